package desk

import (
	"slices"
	"strings"
	"sync"

	"one-click-protest/internal/address"
)

// The database of embassies is a table made of Wikidata every now and then (CC0): its columns since 2020 are operator, operatorQID, country,
// countryQID, city, cityQID, address, latitude, longitude, phone, email, website, …, type, typeQID, creation, QID; later editions have
// operatorISO, countryISO, jurisdictions and jurisdictionQIDs besides. Cells are never quoted, semicolons in them replaced; the head has one
// more separator than the rows.
var wikidataNeeds = []string{"operator", "country", "city", "phone", "email", "website", "type", "QID"}

// wikidataHeads is what it calls the house's columns.
var wikidataHeads = map[string]string{"host_country_iso2": "country", "postal_address": "address", "mission_type": "type", "source_url": "QID",
	"also_accredited_to_iso2": "jurisdictions", "seat_country_iso2": "jurisdictions"}

func isWikidata(_ []byte, head []string) bool {
	return !slices.ContainsFunc(wikidataNeeds, func(s string) bool { return !slices.Contains(head, s) })
}

// readWikidata takes the missions of the state. Who edits Wikidata is anybody, so an address is of confidence B-; and many missions are missing
// there, so the list is partial; what is known from elsewhere stays.
func readWikidata(im *importing, text []byte) (*published, error) {
	head, rows, lines := unquotedRows(text, ";")
	p := &published{knows: append([]string{"accredited"}, listColumns...), partial: true, gaps: true}
	for i, cells := range rows {
		cell := func(name string) string {
			if at := slices.Index(head, name); at >= 0 && at < len(cells) {
				return cells[at]
			}
			return ""
		}
		if codeOr(cell("operatorISO"), cell("operator")) != im.state {
			continue
		}
		raw := inList(lines[i], wikidataHeads)
		raw.cells = map[string]string{
			"sending_state": im.state, "host_country_iso2": codeOr(cell("countryISO"), cell("country")), "city": cell("city"),
			"mission_type": wikidataKind(cell("type")), "name": cell("country") + " " + cell("type"), "phone": cell("phone"),
			"postal_address": cell("address"), "website": cell("website"), "email": withoutMailto(cell("email")),
			"email_confidence": "B-", "email_section": "general", "as_of": im.asOf,
			"source_url": strings.TrimPrefix(cell("QID"), "http://www.wikidata.org/entity/"),
		}
		p.missions = append(p.missions, raw)
		p.accreditation = append(p.accreditation, im.jurisdictions(raw, cell("jurisdictions"))...)
	}
	return p, nil
}

// wikidataKind is the house's word for a type; Commonwealth states call their embassies to each other high commissions.
func wikidataKind(kind string) string {
	if kind == "high commission" {
		return "embassy"
	}
	return kind
}

// jurisdictions reads the names of all states an embassy is responsible for, parted by upright strokes.
func (im *importing) jurisdictions(raw *rawRow, names string) []*rawRow {
	var all []*rawRow
	seat := raw.cells["host_country_iso2"]
	for name := range strings.SplitSeq(names, "|") {
		if code := countryNamed(name); raw.cells["mission_type"] == "embassy" && name != "" && code != seat {
			all = append(all, im.accreditedIn(raw, seat, codeOr(code, name)))
		}
	}
	return all
}

// codeOr answers a code, or else the one of a name; the name itself where it is nobody's.
func codeOr(code, name string) string {
	if code == "" {
		code = countryNamed(name)
	}
	if code == "" {
		return name
	}
	return code
}

// otherNames is what lists call countries besides their CLDR name: Wikidata's labels and common short forms.
var otherNames = map[string]string{
	"bosnia": "BA", "burma": "MM", "cabo-verde": "CV", "congo": "CG", "czech-republic": "CZ", "danish-realm": "DK", "democratic-republic-of-the-congo": "CD",
	"dprk": "KP", "dr-congo": "CD", "east-timor": "TL", "federated-states-of-micronesia": "FM", "great-britain": "GB", "holland": "NL", "holy-see": "VA",
	"hong-kong": "HK", "ivory-coast": "CI", "kingdom-of-denmark": "DK", "kingdom-of-the-netherlands": "NL", "korea": "KR", "macao": "MO", "macau": "MO",
	"macedonia": "MK", "myanmar": "MM", "palestine": "PS", "peoples-republic-of-china": "CN", "republic-of-ireland": "IE", "republic-of-korea": "KR",
	"republic-of-moldova": "MD", "republic-of-the-congo": "CG", "russian-federation": "RU", "saint-kitts-and-nevis": "KN", "saint-lucia": "LC",
	"saint-vincent-and-the-grenadines": "VC", "state-of-palestine": "PS", "swaziland": "SZ", "turkey": "TR", "uae": "AE", "uk": "GB",
	"united-states-of-america": "US", "usa": "US", "vatican": "VA", "viet-nam": "VN",
}

// codesByName is every country's code by nameSlug of each of its names.
var codesByName = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, c := range address.Countries() {
		all[nameSlug(c.Name())] = string(c)
	}
	for name, code := range otherNames {
		all[name] = code
	}
	return all
})

// countryNamed answers the code of a country, given as a code or by one of its English names; empty for what is none.
func countryNamed(s string) string {
	if c, err := address.ParseCountry(s); err == nil {
		return string(c)
	}
	slug := nameSlug(s)
	if code, ok := codesByName()[slug]; ok {
		return code
	}
	return codesByName()[strings.TrimPrefix(slug, "the-")]
}

func nameSlug(s string) string { return citySlug(strings.ReplaceAll(s, "&", " and ")) }
