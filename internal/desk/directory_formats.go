package desk

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// published is a list as it was read, under the columns of the house's own raw lists, and what such a list knows.
type published struct {
	missions      []*rawRow
	accreditation []*rawRow
	knows         []string        // columns of a clean directory that the list speaks of; all others stay as they are
	partial       bool            // it doesn't name all missions: one that it lacks is still there, and what it leaves empty stays
	unread        map[string]bool // missionClass of missions in it that could not be read
	gaps          bool            // it is worth less than what is known, and only fills what is empty
}

// listFormat is one of the forms in which lists of missions are published.
type listFormat struct {
	name, says string
	is         func(text []byte, head []string) bool // head is the first line's cells; none for JSON and XML
	read       func(im *importing, text []byte) (*published, error)
}

// listFormats is the forms the import knows; the first that fits counts, so that the forgiving one is last.
func listFormats() []listFormat {
	return []listFormat{
		{"house", "CSV as in this project's raw lists", func(_ []byte, head []string) bool { return slices.Contains(head, "sending_state") }, readHouse},
		{"mofa", "Korean missions, data.go.kr 15076569 (CSV) or 15075354 (JSON, XML)", isMofa, readMofa},
		{"contacts", "contacts of Korean missions by country, data.go.kr 15076242 (JSON, XML)",
			func(text []byte, _ []string) bool { return bytes.Contains(text, []byte(contactText)) }, readContacts},
		{"wikidata", "database-of-embassies (semicolon-separated)", isWikidata, readWikidata},
		{"plain", "a table with the columns country and city, and what you have of " + plainColumns(), isPlain, readPlain},
	}
}

// formatNames is for the command line.
const formatNames = "auto,house,plain,mofa,contacts,wikidata"

// findFormat answers the format of a name, or the one that a text looks like.
func findFormat(name string, text []byte) (listFormat, error) {
	head := headOf(text)
	var known []string
	for _, f := range listFormats() {
		if f.name == name || name == "auto" && f.is(text, head) {
			return f, nil
		}
		known = append(known, f.name+": "+f.says)
	}
	return listFormat{}, fmt.Errorf("a list in none of the forms that are known, which are %s", strings.Join(known, "; "))
}

// headOf answers the cells of the first line, without the spaces around them; none for what is no table.
func headOf(text []byte) []string {
	if line := bytes.TrimSpace(text); len(line) == 0 || bytes.IndexByte([]byte("{[<"), line[0]) >= 0 {
		return nil
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.LazyQuotes = separator(text), true
	head, _ := in.Read()
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
	}
	return head
}

var errEncoding = errors.New("neither UTF-8, UTF-16 with a byte order mark nor CP949: save the list as “CSV UTF-8”")

// decoded answers a list's text in UTF-8. What is no UTF-8 is taken for CP949, in which Korean offices publish, if it is Korean in it.
func decoded(src []byte) ([]byte, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(encoding.Nop.NewDecoder()), src)
	if err != nil {
		return nil, errEncoding
	}
	if utf8.Valid(text) {
		return text, nil
	}
	if text, err = korean.EUCKR.NewDecoder().Bytes(src); err != nil || bytes.ContainsRune(text, utf8.RuneError) || !bytes.Contains(text, []byte("국가")) {
		return nil, errEncoding
	}
	return text, nil
}

// readList reads a list in a format, "auto" for the one it looks like.
func (im *importing) readList(format string, src []byte) (*published, error) {
	text, err := decoded(src)
	if err != nil {
		return nil, err
	}
	f, err := findFormat(format, text)
	if err != nil {
		return nil, err
	}
	im.mild = f.name != "house"
	return f.read(im, text)
}

// errUndated: such a list says nowhere how old it is.
var errUndated = errors.New("a list without a date: --as-of says when it was published")

// list reads a list, and an accreditation list (nil: none) besides, into clean rows.
func (im *importing) list(format string, missions []byte, accreditation io.Reader) (*published, []Row, error) {
	p, err := im.readList(format, missions)
	if err != nil {
		return nil, nil, fmt.Errorf("import missions: %w", err)
	}
	if undated := func(r *rawRow) bool { return r.cell("as_of") == "" }; im.mild && slices.ContainsFunc(p.missions, undated) {
		return nil, nil, errUndated
	}
	rows, err := im.clean(p.missions)
	if err != nil {
		return nil, nil, fmt.Errorf("import missions: %w", err)
	}
	p.unread = im.unread
	im.accreditAll(rows, p.accreditation)
	slices.SortStableFunc(im.report.Notices, func(a, b ImportNotice) int { return a.Line - b.Line }) // some formats are read in several goes
	if accreditation == nil {
		return p, rows, nil
	}
	p.knows = append(p.knows, "accredited")
	if err := im.accredit(rows, accreditation); err != nil {
		return nil, nil, fmt.Errorf("import accreditation: %w", err)
	}
	return p, rows, nil
}

// listColumns is all columns that a list can know; a name, an id and a zone are made by the import.
var listColumns = []string{"email", "fax", "phone", "postal", "website"}

func readHouse(_ *importing, text []byte) (*published, error) {
	raws, err := readRaw(text, missionsFile, missionColumns)
	if err != nil {
		return nil, err
	}
	return &published{missions: raws, knows: listColumns}, nil
}

// tableRowsOf reads a table whose cells are parted by a separator; a row may have fewer or more cells than the head.
func tableRowsOf(text []byte, comma rune) (head []string, rows [][]string, lines []int, err error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord = comma, -1
	return allRows(in, func([]string) error { return nil })
}

// unquotedRows reads a table in which a quotation mark is a character like any other.
func unquotedRows(text []byte, comma string) (head []string, rows [][]string, lines []int) {
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		cells := strings.Split(strings.TrimRight(line, "\r\n"), comma)
		switch {
		case head == nil:
			head = cells
		case strings.TrimSpace(line) != "":
			rows, lines = append(rows, cells), append(lines, n)
		}
	}
	return head, rows, lines
}

// inList begins a row in the house's columns.
func inList(line int, heads map[string]string) *rawRow {
	return &rawRow{file: missionsFile, line: line, cells: map[string]string{}, heads: heads}
}

// accreditedIn is a line of an accreditation list that another list implies.
func (im *importing) accreditedIn(raw *rawRow, seat, further string) *rawRow {
	return &rawRow{file: missionsFile, line: raw.line, heads: raw.heads, cells: map[string]string{
		"sending_state": im.state, "seat_country_iso2": seat, "also_accredited_to_iso2": further}}
}

var eightDigits = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?:[^0-9]|$)`)

// dateInName finds the date in a file's name, as in 재외공관_20201231.csv.
func dateInName(name string) string {
	m := eightDigits.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	date := m[1] + "-" + m[2] + "-" + m[3]
	if !isDate(date) {
		return ""
	}
	return date
}
