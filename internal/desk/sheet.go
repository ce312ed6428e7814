package desk

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sheet reads a table as spreadsheets write it: UTF-8 with or without a byte order mark or UTF-16 with one, its cells separated by
// commas, semicolons or tabs, quoted where they need it.
type sheet struct {
	csv     *csv.Reader
	columns []string
	cells   map[string]string // of the row read last, by column
}

// mistake is what is wrong with a line. It repeats no cell: those are people's data.
type mistake struct {
	line int
	what string
}

// Error begins with the line, as a compiler's does.
func (m mistake) Error() string { return fmt.Sprintf("line %d: %s", m.line, m.what) }

const strayQuote = "a quotation mark where none can be, or one that is never closed"

// headerRoom is how long a header may be for its separator to be found.
const headerRoom = 4096

// openSheet reads the header, whose names must be among the known ones, the needed ones all there.
func openSheet(r io.Reader, known, needed []string) (*sheet, error) {
	text := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder())), headerRoom)
	head, err := text.Peek(headerRoom)
	if err != nil && err != io.EOF {
		return nil, err
	}
	s := &sheet{csv: csv.NewReader(text), cells: map[string]string{}}
	s.csv.Comma, s.csv.FieldsPerRecord, s.csv.ReuseRecord = separator(head), -1, true
	expected := "expected a header with " + strings.Join(needed, ", ")
	if rest := slices.DeleteFunc(slices.Clone(known), func(name string) bool { return slices.Contains(needed, name) }); len(rest) > 0 {
		expected += ", and if you like " + strings.Join(rest, ", ")
	}
	names, err := s.csv.Read()
	if err != nil {
		return nil, mistake{1, "no header; " + expected}
	}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case name == "" && i == len(names)-1: // a separator at the end
		case !slices.Contains(known, name):
			return nil, mistake{1, fmt.Sprintf("column %d has an unknown name; %s", i+1, expected)}
		case slices.Contains(s.columns, name):
			return nil, mistake{1, "column " + name + " stands there twice"}
		}
		s.columns = append(s.columns, name)
	}
	for _, name := range needed {
		if !slices.Contains(s.columns, name) {
			return nil, mistake{1, "no column " + name + "; " + expected}
		}
	}
	return s, nil
}

// separator answers which of the three the header line has most of.
func separator(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, r := range ";\t" {
		if bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(best))) {
			best = r
		}
	}
	return best
}

// next reads a row and answers its line. A mistake is of this row alone: the next one can be read. io.EOF ends. Empty rows are passed over.
func (s *sheet) next() (line int, err error) {
	for {
		row, err := s.csv.Read()
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong):
			return wrong.StartLine, mistake{wrong.StartLine, strayQuote}
		case err != nil:
			return 0, err
		}
		line, _ := s.csv.FieldPos(0)
		clear(s.cells)
		for i, cell := range row {
			switch cell = strings.TrimSpace(cell); {
			case !utf8.ValidString(cell):
				return line, mistake{line, "not UTF-8; save the table as “CSV UTF-8”"}
			case cell == "":
			case i >= len(s.columns) || s.columns[i] == "":
				return line, mistake{line, "more cells than the header has columns"}
			default:
				s.cells[s.columns[i]] = cell
			}
		}
		if len(s.cells) > 0 {
			return line, nil
		}
	}
}

// formula says whether spreadsheet programs take a cell for something to compute, whoever wrote it (OWASP, "CSV Injection").
func formula(cell string) bool {
	return cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0]))
}

// harmless is a cell that spreadsheet programs show as text.
func harmless(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}
