package desk

import (
	"cmp"
	"slices"
	"strings"
)

// plainHeads is what campaigners call the columns of a table of their own, by the house's names; letters and digits only.
var plainHeads = []struct {
	column, ours string // in a raw list, in a clean directory
	words        []string
}{
	{"host_country_iso2", "country", []string{"country", "countrycode", "hostcountry", "iso", "iso2", "state"}},
	{"city", "city", []string{"city", "town", "place", "seat"}},
	{"mission_type", "kind", []string{"kind", "type", "missiontype"}},
	{"name", "name", []string{"name", "mission", "embassy"}},
	{"email", "email", []string{"email", "mail", "emailaddress", "mailaddress"}},
	{"email_confidence", "confidence", []string{"confidence", "emailconfidence"}},
	{"email_section", "section", []string{"section", "emailsection"}},
	{"fax", "fax", []string{"fax", "faxnumber", "telefax"}},
	{"phone", "phone", []string{"phone", "tel", "telephone", "phonenumber"}},
	{"postal_address", "postal", []string{"postal", "address", "postaladdress", "street"}},
	{"website", "website", []string{"website", "web", "url", "site", "homepage"}},
	{"source_url", "source", []string{"source", "sourceurl", "foundat"}},
	{"as_of", "date", []string{"date", "asof", "checked", "seen"}},
}

func plainColumns() string {
	var names []string
	for _, h := range plainHeads[2:] {
		names = append(names, h.ours)
	}
	return strings.Join(names, ", ")
}

// plainColumn answers the house's name of a column; empty for one it does not know.
func plainColumn(head string) string {
	word := strings.ReplaceAll(citySlug(head), "-", "")
	for _, h := range plainHeads {
		if slices.Contains(h.words, word) {
			return h.column
		}
	}
	return ""
}

func isPlain(_ []byte, head []string) bool {
	has := func(column string) bool {
		return slices.ContainsFunc(head, func(s string) bool { return plainColumn(s) == column })
	}
	return has("host_country_iso2") && has("city")
}

// readPlain reads a table that anybody can make in a spreadsheet: separated by commas, semicolons or tabs, countries as codes or English names.
// What stays unsaid is an embassy, an address from one source (B-) of the general section, and a list of today.
func readPlain(im *importing, text []byte) (*published, error) {
	head, rows, lines, err := tableRowsOf(text, separator(text))
	if err != nil {
		return nil, err
	}
	p := &published{}
	heads := map[string]string{}
	for _, name := range head {
		column := plainColumn(name)
		if column == "" && strings.TrimSpace(name) != "" {
			im.tell(inList(1, nil), strings.TrimSpace(name), "no column that is known: passed over")
		}
		heads[column] = strings.TrimSpace(name)
		ours := map[string]string{"postal_address": "postal"}[column]
		if ours == "" {
			ours = column
		}
		if slices.Contains(listColumns, ours) {
			p.knows = append(p.knows, ours)
		}
	}
	for i, cells := range rows {
		raw := inList(lines[i], heads)
		for j, cell := range cells {
			if j < len(head) {
				raw.cells[plainColumn(head[j])] += cell
			}
		}
		if strings.TrimSpace(strings.Join(cells, "")) != "" {
			im.completePlain(raw)
			p.missions = append(p.missions, raw)
		}
	}
	return p, nil
}

// completePlain says what a campaigner need not.
func (im *importing) completePlain(raw *rawRow) {
	raw.cells["sending_state"] = im.state
	if code := countryNamed(raw.cell("host_country_iso2")); code != "" {
		raw.cells["host_country_iso2"] = code
	}
	raw.cells["mission_type"] = plainKind(raw.cell("mission_type"), raw.cell("name"))
	for column, unsaid := range map[string]string{"email_confidence": "B-", "email_section": "general", "as_of": cmp.Or(im.asOf, im.today)} {
		if raw.cell(column) == "" {
			raw.cells[column] = unsaid
		}
	}
	raw.cells["email"] = withoutMailto(raw.cell("email"))
}

// plainKind is a published word for the kind of a mission, from the column for it or else from the name.
func plainKind(kind, name string) string {
	if kind = strings.ToLower(kind); kind != "" {
		return kind
	}
	name = strings.ToLower(name)
	for _, k := range plainKinds {
		if strings.Contains(name, k[0]) {
			return k[1]
		}
	}
	return "embassy"
}

// plainKinds is words of names and the published kinds they stand for; the first that fits counts.
var plainKinds = [][2]string{{"permanent mission", "permanent mission"}, {"honorary", "honorary consulate"}, {"consulate general", "consulate general"},
	{"general consulate", "consulate general"}, {"consular office", "consular office"}, {"consulate", "consulate"}, {"branch office", "embassy branch office"},
	{"representative office", "representative office"}}

func withoutMailto(s string) string {
	return strings.TrimPrefix(s, "mailto:")
}
