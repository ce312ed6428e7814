package desk

import (
	"html"
	"regexp"
	"strings"

	nethtml "golang.org/x/net/html"

	"one-click-protest/internal/address"
)

// contactText is the field of data.go.kr 15076242 with a country's contacts: HTML, escaped once more. Its headings are <h3> or in [brackets], and
// say whose contacts follow: the embassy, a consulate general with its city, police, hospitals. Below them stand lines like
// "ㅇ 대표번호(근무시간 중) : (233) 302-771-705".
const contactText = "contact_remark"

var contactHeads = map[string]string{"host_country_iso2": "country_iso_alp2", "email": contactText, "fax": contactText, "phone": contactText, "postal_address": contactText,
	"name": contactText, "city": contactText, "mission_type": contactText, "notes": contactText}

// readContacts takes the contacts of Korean missions. They are the ministry's own (A), and no list of all missions: partial.
func readContacts(im *importing, text []byte) (*published, error) {
	items, _, err := answered(text, contactText)
	if err != nil {
		return nil, err
	}
	p := &published{knows: []string{"email", "fax", "phone", "postal"}, partial: true}
	for _, it := range items {
		p.missions = append(p.missions, im.contacts(it)...)
	}
	return p, nil
}

var (
	contactHeading = regexp.MustCompile(`^\[([^\]]+)\]$`)
	contactLine    = regexp.MustCompile(`^[\sㅇ○o※·•*-]*([^:：]*?)\s*[:：]\s*(.+)$`)
	// notTheMission is in the labels of what stands below a mission's heading and isn't its own: the consular section, the call centre at home,
	// lines for emergencies.
	notTheMission = regexp.MustCompile(`영사부|영사과|영사콜센터|긴급|사건사고|야간|휴일`)
)

// contactFields is which column a label speaks of, by words in it.
var contactFields = []struct {
	column string
	words  *regexp.Regexp
}{
	{"fax", regexp.MustCompile(`(?i)팩스|fax`)},
	{"postal_address", regexp.MustCompile(`주소`)},
	{"phone", regexp.MustCompile(`(?i)전화|대표번호|연락처|^tel`)},
}

// contacts reads one country's text.
func (im *importing) contacts(it item) []*rawRow {
	country := strings.ToUpper(it.cells["country_iso_alp2"])
	var all []*rawRow
	var current *rawRow
	heading := ""
	for _, line := range textLines(it.cells[contactText]) {
		if line.heading {
			heading = line.text
			all, current = begun(all, im.contactsOf(it.line, country, line.text))
			continue
		}
		if current == nil {
			im.strayContacts(it.line, heading, line.text)
			continue
		}
		enterContact(current, line.text)
	}
	for _, raw := range all {
		raw.cells["email_section"] = sectionOfAll(raw.cells["email"])
	}
	return all
}

// begun enters the row of a heading, unless an earlier heading named the same mission: "대사관 연락처" is often followed by "[대사관]".
func begun(all []*rawRow, raw *rawRow) ([]*rawRow, *rawRow) {
	if raw == nil {
		return all, nil
	}
	for _, r := range all {
		if r.cells["mission_type"] == raw.cells["mission_type"] && r.cells["city"] == raw.cells["city"] {
			return all, r
		}
	}
	return append(all, raw), raw
}

// sectionOfAll is the section of a mission's addresses: of several each names its own department or none; the only one is the general one,
// unless it names a department.
func sectionOfAll(cell string) string {
	if e, err := address.ParseEmail(cell); err == nil && sectionOf(e, "several") == "several" {
		return "general"
	}
	return "several"
}

// contactsOf begins the row of the mission that a heading names; nil for other headings.
func (im *importing) contactsOf(line int, country, heading string) *rawRow {
	kind := koreanKind(heading)
	city := koreanCity(country, kind, heading)
	if kind == "" || kind == "permanent mission" || kind != "embassy" && city == "" {
		return nil
	}
	raw := inList(line, contactHeads)
	raw.cells = map[string]string{"sending_state": "KR", "host_country_iso2": country, "city": city, "mission_type": kind, "name": heading,
		"source_url": "data.go.kr 15076242", "as_of": im.asOf, "email_confidence": "A"}
	return raw
}

// strayContacts tells addresses that stand below no mission's heading.
func (im *importing) strayContacts(line int, heading, text string) {
	for _, s := range looseAddress.FindAllString(text, -1) {
		im.tell(inList(line, contactHeads), "email", "%s not taken: it stands below the heading %q", s, heading)
	}
}

// enterContact puts a line into the columns it speaks of.
func enterContact(raw *rawRow, text string) {
	add := func(column, s string) {
		if raw.cells[column] != "" {
			s = raw.cells[column] + "; " + s
		}
		raw.cells[column] = s
	}
	mails := looseAddress.FindAllString(text, -1)
	for _, s := range mails {
		add("email", s)
	}
	m := contactLine.FindStringSubmatch(text)
	if m == nil || len(mails) > 0 || notTheMission.MatchString(m[1]) {
		return
	}
	for _, f := range contactFields {
		if f.words.MatchString(m[1]) {
			if f.column != "postal_address" || raw.cells[f.column] == "" {
				add(f.column, m[2])
			}
			return
		}
	}
}

type textLine struct {
	text    string
	heading bool
}

// textLines answers the lines that a reader of an HTML text sees.
func textLines(src string) []textLine {
	if !strings.Contains(src, "<") {
		src = html.UnescapeString(src)
	}
	var all []textLine
	var line strings.Builder
	heading := false
	end := func() {
		text := strings.Join(strings.Fields(line.String()), " ")
		line.Reset()
		if m := contactHeading.FindStringSubmatch(text); m != nil {
			all = append(all, textLine{text: m[1], heading: true})
		} else if text != "" {
			all = append(all, textLine{text: text, heading: heading})
		}
	}
	for z := nethtml.NewTokenizer(strings.NewReader(src)); ; {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			end()
			return all
		}
		if kind == nethtml.TextToken {
			line.Write(z.Text())
			continue
		}
		name, _ := z.TagName()
		switch tag := string(name); tag {
		case "a", "b", "span", "strong", "font", "u", "em", "i":
		default:
			end()
			heading = tag == "h3" && kind == nethtml.StartTagToken
		}
	}
}
