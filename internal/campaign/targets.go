package campaign

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// column is one of a directory's columns. targets.csv needs only some of them, and may have salutation.<language> besides.
type column int

const (
	colID column = iota
	colCountry
	colKind
	colCity
	colName
	colEmail
	colConfidence
	colSection
	colEmailReason // for people
	colFurtherEmails
	colFax
	colPhone
	colPostal
	colWebsite
	colZone
	colSource
	colAsOf
	colAccredited
	colPace
	colChannels
	colRetired
)

// columns names them, in the order in which the import writes them; it writes no pace and no channels, which are the organizers' to say.
var columns = [...]string{"id", "country", "kind", "city", "name", "email", "confidence", "section", "email_reason",
	"further_emails", "fax", "phone", "postal", "website", "zone", "source", "as_of", "accredited", "pace", "channels", "retired"}

func (c column) String() string { return columns[c] }

const salutationColumn = "salutation." // and a language

var (
	directoryNeeds = []column{colID, colCountry, colKind, colName, colSource, colAsOf}
	targetsNeed    = []column{colID, colName}
)

// kinds are those of a directory's missions. One at an international organization is none of them: it speaks to no country.
var kinds = []string{kindEmbassy, "branch office", "consulate general", "consulate", "consular office", "office"}

// kindEmbassy goes before all others.
const kindEmbassy = "embassy"

// maxCSV bounds what is read of one directory: some 300 missions take 100 KiB.
const maxCSV = 2 << 20

// table is the targets of one CSV file and the lines they stand in.
type table struct {
	file    string
	targets []*Target
	lines   map[*Target]int
	byID    map[string]*Target
	unread  bool // rows are missing that can't be read: what isn't there may be among them
}

// csvFile reads one CSV file of targets; each problem has the line of its cell.
type csvFile struct {
	file        string
	problems    *problems
	own         bool     // targets.csv: the organizer wrote the rows, so what is known of their addresses may stay unsaid
	languages   []string // of the campaign, where own
	width       int
	at          [len(columns)]int // which cell, from 1; 0: the file has no such column
	salutations map[string]int    // cell by language
}

func (f *csvFile) needs() []column {
	if f.own {
		return targetsNeed
	}
	return directoryNeeds
}

// read answers every row that can be read at all.
func (f *csvFile) read(src []byte) *table {
	rows := bytes.Count(src, []byte("\n"))
	t := &table{file: f.file, lines: make(map[*Target]int, rows), byID: make(map[string]*Target, rows)}
	r := csv.NewReader(bytes.NewReader(src))
	r.ReuseRecord = true
	if t.unread = !f.head(r); t.unread {
		return t
	}
	row := &row{csvFile: f, reader: r}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t
		}
		if err != nil {
			t.unread = true
			if !f.shortRow(err) {
				return t
			}
			continue
		}
		row.cells = cells
		t.enter(row)
	}
}

// shortRow tells an error of the CSV itself; true if the rows behind it can still be read.
func (f *csvFile) shortRow(err error) bool {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		f.problems.add(f.file, 1, "not CSV: "+err.Error(), "comma-separated values")
		return false
	}
	if errors.Is(err, csv.ErrFieldCount) {
		f.problems.add(f.file, at.StartLine, "more or fewer cells than the head has", fmt.Sprintf("%d cells", f.width))
		return true
	}
	f.problems.add(f.file, at.Line, "not CSV: "+at.Err.Error(), "comma-separated values, cells with commas or quotes in \"quotes\"")
	return false
}

// head reads the first line; false if no row can be understood without it.
func (f *csvFile) head(r *csv.Reader) bool {
	cells, err := r.Read()
	if errors.Is(err, io.EOF) {
		f.problems.add(f.file, 1, "empty file", "a head with the columns "+listColumns(f.needs()))
		return false
	}
	if err != nil {
		return f.shortRow(err)
	}
	if len(cells) == 1 && strings.ContainsAny(cells[0], ";\t") { // as spreadsheets of many countries save it
		f.problems.add(f.file, 1, "cells parted by semicolons or tabs", "commas between them")
		return false
	}
	f.width = len(cells)
	f.salutations = map[string]int{}
	for i, name := range cells {
		f.column(i, strings.TrimPrefix(name, "\ufeff"))
	}
	for _, c := range f.needs() {
		if f.at[c] == 0 {
			f.problems.add(f.file, 1, fmt.Sprintf("column %s is missing", c), "the columns "+listColumns(f.needs()))
		}
	}
	return f.at[colID] > 0
}

func listColumns(list []column) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.String()
	}
	return strings.Join(names, ", ")
}

// column enters the i-th cell of the head.
func (f *csvFile) column(i int, name string) {
	language, salutes := strings.CutPrefix(name, salutationColumn)
	known := slices.Index(columns[:], name)
	twice := false
	switch {
	case salutes && slices.Contains(f.languages, language):
		_, twice = f.salutations[language]
		f.salutations[language] = i
	case known >= 0:
		twice = f.at[known] != 0
		f.at[known] = i + 1
	case salutes && f.own && len(f.languages) == 0: // told already
	default:
		f.problems.add(f.file, 1, fmt.Sprintf("unknown column %q", name)+didYouMean(name, columns[:]), "one of "+strings.Join(f.known(), ", "))
	}
	if twice {
		f.problems.add(f.file, 1, fmt.Sprintf("column %q stands here a second time", name), "each column once")
	}
}

func (f *csvFile) known() []string {
	known := slices.Clone(columns[:])
	for _, language := range f.languages {
		known = append(known, salutationColumn+language)
	}
	return known
}

// row is one line of the file.
type row struct {
	*csvFile
	cells  []string
	reader *csv.Reader // which knows the lines of the cells until it reads on
}

func (r *row) lineOf(cell int) int {
	line, _ := r.reader.FieldPos(cell)
	return line
}

// cell answers a column's text; empty where the file has no such column.
func (r *row) cell(c column) string {
	i := r.at[c]
	if i == 0 {
		return ""
	}
	return strings.TrimSpace(r.cells[i-1])
}

func (r *row) line() int { return r.lineOf(0) }

// bad tells a problem with a column's cell.
func (r *row) bad(c column, what, expected string) {
	line := r.line()
	if i := r.at[c]; i > 0 {
		line = r.lineOf(i - 1)
	}
	r.problems.add(r.file, line, c.String()+": "+what, expected)
}

// need is cell for what must not be empty, if the file has the column at all.
func (r *row) need(c column, expected string) string {
	s := r.cell(c)
	if r.at[c] > 0 && s == "" {
		r.bad(c, "empty", expected)
	}
	return s
}

// clean tells control characters, broken UTF-8 and what reorders text: the cells go into letters and pages.
func (r *row) clean() bool {
	ok := true
	for i, s := range r.cells {
		if !isPlainASCII(s) && (!utf8.ValidString(s) || strings.ContainsFunc(s, unprintable)) {
			r.problems.add(r.file, r.lineOf(i), "control characters, or not UTF-8", "plain text in one line")
			ok = false
		}
	}
	return ok
}

// isPlainASCII spares most cells the look at each character, a tenth of loading a directory.
func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// unprintable is true for control characters, line breaks among them, and for bidirectional overrides and isolates.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// enter keeps a row that has an id of its own.
func (t *table) enter(r *row) {
	if !r.clean() {
		t.unread = true
		return
	}
	target := r.target()
	if target.ID == "" {
		t.unread = true
		return
	}
	if first, twice := t.byID[target.ID]; twice {
		r.bad(colID, fmt.Sprintf("%q is the id of line %d too", target.ID, t.lines[first]), "each id once")
		return
	}
	t.byID[target.ID] = target
	t.lines[target] = r.line()
	t.targets = append(t.targets, target)
}
