package desk

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// The columns an import needs; others are passed over.
var (
	missionColumns = []string{"sending_state", "host_country_iso2", "city", "name", "email", "fax", "phone", "postal_address",
		"website", "source_url", "as_of", "mission_type", "email_confidence", "email_section", "email_source", "notes"}
	accreditationColumns = []string{"sending_state", "seat_country_iso2", "also_accredited_to_iso2"}
)

// rawRow is one line as published.
type rawRow struct {
	file  string
	line  int // where it begins
	cells map[string]string
	heads map[string]string // what the list itself calls the columns, where that differs
}

// head is a column as whoever looks at the list finds it.
func (r *rawRow) head(column string) string {
	if own, ok := r.heads[column]; ok {
		return own
	}
	return column
}

// cell answers a column's text in one line: runs of white space are single spaces.
func (r *rawRow) cell(column string) string {
	return strings.Join(strings.Fields(r.cells[column]), " ")
}

// readRaw reads a whole table as spreadsheets write it, in UTF-8.
func readRaw(text []byte, file string, needs []string) ([]*rawRow, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma = separator(text)
	head, rows, lines, err := allRows(in, func(head []string) error {
		for _, name := range needs {
			if !slices.Contains(head, name) {
				return mistake{1, "column " + name + " is missing"}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	raws := make([]*rawRow, len(rows))
	for i, cells := range rows {
		raws[i] = &rawRow{file: file, line: lines[i], cells: byColumn(head, cells)}
	}
	return raws, nil
}

var errNoHead = mistake{1, "no head"}

// allRows reads a table to its end: the head, without a byte order mark, and the rows, with the lines in which they begin. fits says
// what is wrong with the head, before the rows that do not fit it can. A quotation mark that is never closed is told: the rows behind it
// would be that cell's, and their missions gone.
func allRows(in *csv.Reader, fits func(head []string) error) (head []string, rows [][]string, lines []int, err error) {
	for {
		cells, err := in.Read()
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong) && !errors.Is(err, csv.ErrFieldCount):
			return nil, nil, nil, mistake{wrong.StartLine, strayQuote}
		case errors.Is(err, io.EOF) && head == nil:
			return nil, nil, nil, errNoHead
		case errors.Is(err, io.EOF):
			return head, rows, lines, nil
		case err != nil:
			return nil, nil, nil, err // names line and column itself
		case head == nil:
			cells[0] = strings.TrimPrefix(cells[0], "\ufeff")
			if err := fits(cells); err != nil {
				return nil, nil, nil, err
			}
			head = cells
			continue
		}
		line, _ := in.FieldPos(0)
		rows, lines = append(rows, cells), append(lines, line)
	}
}

func byColumn(head, cells []string) map[string]string {
	m := make(map[string]string, len(head))
	for i, name := range head {
		m[name] = strings.ToValidUTF8(cells[i], "\ufffd")
	}
	return m
}
