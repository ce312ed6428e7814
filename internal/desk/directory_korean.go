package desk

import (
	"bytes"
	_ "embed" // the names
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Country, a word of the Korean name of a mission other than the embassy (empty: the embassy), the city it is in. Lists of the Korean ministry
// name missions in Korean only and give no city. Hand-kept, as the other tables.
//
//go:embed directory_korean.csv
var koreanCSV string

var koreanCities = sync.OnceValue(func() map[string][][]string {
	all := map[string][][]string{}
	for f := range tableRows(koreanCSV) {
		all[f[0]] = append(all[f[0]], f[1:])
	}
	return all
})

// koreanKinds is the published words for the kinds of missions, by the Korean words in their names; the first that fits counts, as an office of
// a consulate general has both in its name.
var koreanKinds = [][2]string{{"분관", "embassy branch office"}, {"출장소", "consular office"}, {"총영사관", "consulate general"}, {"영사관", "consulate"},
	{"대표사무소", "representative office"}, {"대사관", "embassy"}, {"대표부", "permanent mission"}}

// koreanKind answers the kind that a Korean name says; empty if it says none.
func koreanKind(name string) string {
	for _, k := range koreanKinds {
		if strings.Contains(name, k[0]) {
			return k[1]
		}
	}
	return ""
}

// koreanCity answers where the mission of a Korean name is; empty where the table doesn't say. Where a name has two cities the last one is the
// office's own.
func koreanCity(country, kind, name string) string {
	name = strings.Join(strings.Fields(name), "")
	seat, city, last := "", "", -1
	for _, f := range koreanCities()[country] {
		if f[0] == "" {
			seat = f[1]
		} else if at := strings.LastIndex(name, f[0]); at > last {
			city, last = f[1], at
		}
	}
	if kind == "embassy" || kind == "representative office" {
		return seat
	}
	return city
}

// The lists of data.go.kr 15076569 (CSV, CP949 or UTF-8) and 15075354 (the same as an API's answer in JSON or XML) by the house's columns. Their
// other columns are positions, and numbers of the consular call centre and for emergencies.
var (
	mofaCSV = map[string]string{
		"host_country_iso2": "국가코드(ISO 2자리 코드)", "manage": "겸임(관할)", "mission_type": "재외공관 유형", "name": "재외공관명",
		"phone": "전화번호", "postal_address": "재외공관주소",
	}
	mofaAPI = map[string]string{
		"host_country_iso2": "country_iso_alp2", "manage": "embassy_manage_ty_cd_nm", "mission_type": "embassy_ty_cd_nm", "name": "embassy_kor_nm",
		"phone": "tel_no", "postal_address": "emblgbd_addr",
	}
)

func isMofa(text []byte, head []string) bool {
	return slices.Contains(head, mofaCSV["name"]) || head == nil && bytes.Contains(text, []byte(mofaAPI["name"]))
}

// readMofa reads the Korean ministry's list of missions. It has no e-mail, fax and web addresses. A row managed as 겸임 (accredited besides) or
// 관할 (in the area of) says that a mission, named as in its own row, is responsible for a further country.
func readMofa(im *importing, text []byte) (*published, error) {
	raws, whole, err := mofaRows(text)
	if err != nil {
		return nil, err
	}
	p := &published{knows: []string{"phone", "postal", "accredited"}, partial: !whole}
	if !whole {
		im.tell(raws[0], "name", "a page of a longer answer: missions that it lacks stay as they are")
	}
	seats := map[string]string{} // by name
	for _, raw := range raws {
		im.completeMofa(raw)
		if managed := raw.cell("manage"); managed != "겸임" && managed != "관할" {
			seats[raw.cell("name")] = raw.cell("host_country_iso2")
			p.missions = append(p.missions, raw)
		}
	}
	for _, raw := range raws {
		managed := raw.cell("manage")
		if managed != "겸임" && managed != "관할" {
			continue
		}
		seat, ok := seats[raw.cell("name")]
		if !ok || raw.cell("mission_type") != "embassy" {
			im.tell(raw, "name", "left out: %q, responsible for %s, is no embassy with a row of its own", raw.cell("name"), raw.cell("host_country_iso2"))
			continue
		}
		p.accreditation = append(p.accreditation, im.accreditedIn(raw, seat, raw.cell("host_country_iso2")))
	}
	return p, nil
}

// completeMofa says what the list does not.
func (im *importing) completeMofa(raw *rawRow) {
	country, name := strings.ToUpper(raw.cell("host_country_iso2")), raw.cell("name")
	kind := koreanKind(name)
	if kind == "" {
		kind = raw.cell("mission_type")
	}
	said := map[string]string{"sending_state": "KR", "host_country_iso2": country, "mission_type": kind, "city": koreanCity(country, kind, name), "as_of": im.asOf}
	maps.Copy(raw.cells, said)
}

// mofaRows reads either of its forms; an answer need not be whole: it says how many entries there are in all.
func mofaRows(text []byte) (raws []*rawRow, whole bool, err error) {
	heads, source, total := mofaCSV, "data.go.kr 15076569", 0
	var items []item
	if headOf(text) != nil {
		items, err = tableItems(text, mofaCSV)
	} else {
		heads, source = mofaAPI, "data.go.kr 15075354"
		items, total, err = answered(text, mofaAPI["name"])
	}
	if err != nil {
		return nil, false, err
	}
	for _, it := range items {
		raw := inList(it.line, heads)
		for column, own := range heads {
			raw.cells[column] = it.cells[own]
		}
		raw.cells["source_url"] = source
		raws = append(raws, raw)
	}
	return raws, len(items) >= total, nil
}

// item is an entry of an answer or a row of a table.
type item struct {
	line  int
	cells map[string]string
}

func tableItems(text []byte, needs map[string]string) ([]item, error) {
	head, rows, lines, err := tableRowsOf(text, separator(text))
	if err != nil {
		return nil, err
	}
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
	}
	for _, own := range needs {
		if !slices.Contains(head, own) {
			return nil, fmt.Errorf("line 1: column %s is missing", own)
		}
	}
	var items []item
	for i, cells := range rows {
		it := item{line: lines[i], cells: map[string]string{}}
		for j := range min(len(head), len(cells)) {
			it.cells[head[j]] = cells[j]
		}
		items = append(items, it)
	}
	return items, nil
}

// envelope is what an answer says of itself.
type envelope struct {
	said  string // a message
	total int    // entries in all, on all pages
}

var errNoEntries = errors.New("an answer without entries")

// answered reads the entries of an API's answer, JSON or XML, that have a field, and how many there are in all.
func answered(text []byte, field string) ([]item, int, error) {
	read := jsonItems
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		read = xmlItems
	}
	items, e, err := read(text, field)
	switch {
	case err != nil:
		return nil, 0, err
	case len(items) == 0:
		return nil, 0, fmt.Errorf("%w; it says %q", errNoEntries, e.said)
	}
	return items, e.total, nil
}

// jsonItems collects the objects with the field wherever they lie: answers come as data, or as response, body, items, item. The n-th of them has
// the n-th line that names the field.
func jsonItems(text []byte, field string) (items []item, e envelope, err error) {
	var answer any
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, e, fmt.Errorf("not JSON: %w", err)
	}
	rest, line := text, 1
	for _, o := range e.objects(answer, field) {
		at := bytes.Index(rest, []byte(`"`+field+`"`))
		line += bytes.Count(rest[:max(at, 0)], []byte("\n"))
		rest = rest[max(at, 0)+1:]
		it := item{line: line, cells: map[string]string{}}
		for name, value := range o {
			if s, ok := value.(string); ok {
				it.cells[name] = s
			}
		}
		items = append(items, it)
	}
	return items, e, nil
}

func (e *envelope) objects(value any, field string) (found []map[string]any) {
	switch v := value.(type) {
	case []any:
		for _, entry := range v {
			found = append(found, e.objects(entry, field)...)
		}
	case map[string]any:
		if _, ok := v[field]; ok {
			return []map[string]any{v}
		}
		for _, name := range sortedKeys(v) {
			e.enter(name, fmt.Sprint(v[name]))
			found = append(found, e.objects(v[name], field)...)
		}
	}
	return found
}

// enter keeps what the envelope is asked for.
func (e *envelope) enter(name, text string) {
	switch name {
	case "resultMsg", "returnAuthMsg":
		e.said = text
	case "totalCount":
		e.total, _ = strconv.Atoi(text)
	}
}

// xmlItems collects the elements called item.
func xmlItems(text []byte, field string) (items []item, e envelope, err error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return items, e, nil
		}
		if err != nil {
			return nil, e, fmt.Errorf("not XML: %w", err)
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case start.Name.Local == "item":
			it, err := xmlItem(d, start)
			if err != nil {
				return nil, e, err
			}
			if _, ok := it.cells[field]; ok {
				items = append(items, it)
			}
		case slices.Contains([]string{"resultMsg", "returnAuthMsg", "totalCount"}, start.Name.Local):
			var text string
			_ = d.DecodeElement(&text, &start) // the next token tells what is wrong
			e.enter(start.Name.Local, text)
		}
	}
}

func xmlItem(d *xml.Decoder, start xml.StartElement) (item, error) {
	var entry struct {
		Fields []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	line, _ := d.InputPos()
	if err := d.DecodeElement(&entry, &start); err != nil {
		return item{}, fmt.Errorf("not XML: %w", err)
	}
	it := item{line: line, cells: map[string]string{}}
	for _, f := range entry.Fields {
		it.cells[f.XMLName.Local] = f.Text
	}
	return it, nil
}
