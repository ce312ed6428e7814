package desk

import (
	"cmp"
	_ "embed" // corrections
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"one-click-protest/internal/address"
)

// The kinds of missions a clean directory knows.
const (
	kindEmbassy          = "embassy"
	kindBranch           = "branch office" // of an embassy in another city
	kindConsulateGeneral = "consulate general"
	kindConsulate        = "consulate"
	kindConsularOffice   = "consular office"
	kindOffice           = "office" // a representation below an embassy
)

// missionKinds maps the published words. What isn't here is no mission to a country and is left out: permanent missions to the
// United Nations and its likes.
var missionKinds = map[string]string{
	"embassy":               kindEmbassy,
	"embassy branch office": kindBranch,
	"embassy office":        kindBranch,
	"consulate general":     kindConsulateGeneral,
	"consulate":             kindConsulate,
	"consular office":       kindConsularOffice,
	"representative office": kindOffice,
	kindBranch:              kindBranch, // a clean directory's own words
	kindOffice:              kindOffice,
}

// mission cleans one row; false if it doesn't belong into the directory.
func (im *importing) mission(raw *rawRow) (Row, bool) {
	if raw.cell("sending_state") != im.state {
		return Row{}, false
	}
	im.report.Read++
	kind, known := missionKinds[raw.cell("mission_type")]
	country := raw.cell("host_country_iso2")
	switch {
	case country == "":
		im.tell(raw, "host_country_iso2", "left out: accredited to no country (%s)", raw.cell("name"))
		return Row{}, false
	case !isCountry(country):
		im.tell(raw, "host_country_iso2", "left out: %q is no country", country)
		return Row{}, false
	case !known:
		im.tell(raw, "mission_type", "left out: a %q is no mission to a country", raw.cell("mission_type"))
		return Row{}, false
	}
	row := Row{Country: country, Kind: kind, City: im.corrected(raw, "city")}
	if row.City == "" && kind == kindEmbassy {
		row.City = im.knownSeat(country)
	}
	if row.City == "" {
		im.tell(raw, "city", "left out: none given, and the id, the name and the time zone need one")
		im.leaveOut(country, kind)
		return Row{}, false
	}
	if column, why := im.unfit(raw, row.City); why != "" {
		im.tell(raw, column, "left out: %s", why)
		im.leaveOut(country, kind)
		return Row{}, false
	}
	row.ID = missionID(im.state, row)
	if reason, closed := closedMissions()[row.ID]; closed {
		im.tell(raw, "mission_type", "left out: %s", reason)
		return Row{}, false
	}
	im.describe(raw, &row)
	im.reach(raw, &row)
	return row, true
}

// unfit says why a mission can't have a row: its city gives an id no letter, or a list that people make says a day that can't be read. A
// directory with either is one that campaigns can't use.
func (im *importing) unfit(raw *rawRow, city string) (column, why string) {
	if citySlug(city) == "" {
		return "city", fmt.Sprintf("%q: the id is made of its Latin letters", city)
	}
	if asOf := raw.cell("as_of"); im.mild && !isDate(asOf) {
		return "as_of", fmt.Sprintf("%q is no date like 2007-12-02", asOf)
	}
	return "", ""
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// knownSeat is where the directory as it is has the embassy in a country; empty unless it has just one.
func (im *importing) knownSeat(country string) string {
	var seats []string
	for _, r := range im.known {
		if r.Country == country && r.Kind == kindEmbassy && r.Retired == "" {
			seats = append(seats, r.City)
		}
	}
	if len(seats) != 1 {
		return ""
	}
	return seats[0]
}

// describe fills in what the mission is.
func (im *importing) describe(raw *rawRow, row *Row) {
	p := placeOf(row.Country, row.City)
	if _, err := time.LoadLocation(p.zone); err != nil || p.zone == "" {
		im.tell(raw, "city", "no time zone known for %q in %s: add it to directory_zones.csv", row.City, row.Country)
		p.zone = ""
	}
	row.Zone = p.zone
	row.Name = missionName(im.state, *row)
	if row.Source = rowSources(raw); row.Source == "" {
		row.Source = cmp.Or(raw.cell("source_url"), im.from)
		im.tell(raw, "source_url", "no public address in it; the source is then %q", row.Source)
	}
	if row.AsOf = raw.cell("as_of"); !isDate(row.AsOf) {
		im.tell(raw, "as_of", "%q is no date", row.AsOf)
		row.AsOf = ""
	}
}

// reach fills in how the mission is reached.
func (im *importing) reach(raw *rawRow, row *Row) {
	im.emails(raw, row)
	row.Phone = im.phones(raw, "phone", *row)
	row.Fax = im.phones(raw, "fax", *row)
	if row.Fax != "" && row.Fax == row.Phone {
		im.tell(raw, "fax", "the phone's number: kept, may be one line for both")
	}
	row.Postal = im.postal(raw, row.Kind)
	row.Website = im.website(raw, row.Country)
}

func isCountry(s string) bool {
	c, err := address.ParseCountry(s)
	return err == nil && string(c) == s
}

// missionID is stable: made from state, host country, city and kind only.
func missionID(state string, row Row) string {
	parts := []string{strings.ToLower(state), strings.ToLower(row.Country), citySlug(row.City)}
	switch row.Kind {
	case kindEmbassy:
	case kindBranch:
		parts = append(parts, "branch") // short: ids have a limit
	default:
		parts = append(parts, citySlug(row.Kind))
	}
	return strings.Join(parts, "-")
}

// citySlug keeps letters without their marks and digits; apostrophes and dots vanish, other gaps become one hyphen.
func citySlug(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '.' || r == '\'' || r == '’' || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	words := strings.FieldsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// publicAddress finds what a reader can look up: web addresses, Wikidata items, data sets of the Korean government.
var publicAddress = regexp.MustCompile(`https?://[^\s;,)"]+|Wikidata Q[0-9]+|\bQ[0-9]{4,}|data\.go\.kr [0-9]{8}`)

// rowSources lists where a row comes from: its base list, its e-mail address, its filled-in cells.
func rowSources(raw *rawRow) string {
	var all []string
	for _, column := range []string{"source_url", "email_source", "notes"} {
		for _, s := range publicAddress.FindAllString(raw.cell(column), -1) {
			s = strings.TrimRight(s, ".:")
			if s[0] == 'Q' {
				s = "Wikidata " + s
			}
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return strings.Join(all, entrySeparator)
}
