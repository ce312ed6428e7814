package desk

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Row is one mission of a clean directory file, in the order of its columns. Texts are trimmed and in one line; several
// entries of a cell are parted by "; ".
type Row struct {
	ID            string // state, host country, city and, but for embassies, kind; made from nothing else, so that it stays
	Country       string // ISO 3166-1 alpha-2 or XK: the host country the mission is responsible for
	Kind          string // embassy, branch office, consulate general, consulate, consular office, office
	City          string // where it really stands, also if that is another country
	Name          string // in English
	Email         string // the published address to write to
	Confidence    string // of Email: A its own or a ministry's page, B a host's list or sources that agree, B- one source
	Section       string // of Email: general, press, consular, visa, several
	EmailReason   string // why Email, where several were published
	FurtherEmails string // the others, best first: name@example.org (A, consular)
	Fax           string // E.164, the general number first
	Phone         string // E.164, the general number first
	Postal        string // as published
	Website       string
	Zone          string // IANA time zone of City
	Source        string // public addresses it was taken from
	AsOf          string // YYYY-MM-DD, of the base list
	Accredited    string // further countries an embassy is responsible for, parted by spaces
	Pace          string // the organizers' own, which no list has: see the directory's loader
	Channels      string // likewise
	Retired       string // YYYY-MM-DD since when no list has the mission; empty: it is there
}

// directoryColumns is the head of a clean directory file; fields answers a row's cells in this order. The last ones, from
// firstOptional on, stand only where some row needs them.
var directoryColumns = []string{"id", "country", "kind", "city", "name", "email", "confidence", "section", "email_reason",
	"further_emails", "fax", "phone", "postal", "website", "zone", "source", "as_of", "accredited", "pace", "channels", "retired"}

const firstOptional = 18

func (r *Row) fields() []*string {
	return []*string{&r.ID, &r.Country, &r.Kind, &r.City, &r.Name, &r.Email, &r.Confidence, &r.Section, &r.EmailReason,
		&r.FurtherEmails, &r.Fax, &r.Phone, &r.Postal, &r.Website, &r.Zone, &r.Source, &r.AsOf, &r.Accredited, &r.Pace, &r.Channels, &r.Retired}
}

// field is a row's cell of one of directoryColumns.
func (r *Row) field(column string) *string { return r.fields()[slices.Index(directoryColumns, column)] }

// entrySeparator parts the entries of a cell.
const entrySeparator = "; "

// ImportNotice is one thing that an import could not read, left out, corrected or found odd.
type ImportNotice struct {
	File   string // "missions" or "accreditation"
	Line   int
	Column string
	What   string
}

// The files of an import, as notices call them.
const (
	missionsFile      = "missions"
	accreditationFile = "accreditation"
)

// ImportReport is what an organizer has to know about an import.
type ImportReport struct {
	Read    int // missions in the source
	Notices []ImportNotice
}

// Print writes one line a notice: file:line: column: what and why. The names are those of the two files read.
func (r ImportReport) Print(w io.Writer, missions, accreditation string) error {
	names := map[string]string{missionsFile: missions, accreditationFile: accreditation}
	for _, n := range r.Notices {
		if _, err := fmt.Fprintf(w, "%s:%d: %s: %s\n", names[n.File], n.Line, n.Column, n.What); err != nil {
			return fmt.Errorf("print the report of an import: %w", err)
		}
	}
	return nil
}

// ImportDirectory reads a raw list of a state's missions, messy as published, and the list of states an embassy is
// responsible for besides, into clean rows sorted by id. State is the sending state's ISO code; rows of other states are
// passed over in silence, as one file may hold several.
//
// Nothing is guessed: what can't be read in exactly one way is left out, and reported. The same input gives the same
// output. An error means that a file is no such list, or that a row can't have an id of its own.
//
// Without an accreditation list (nil) no embassy is responsible for further states.
func ImportDirectory(state string, missions, accreditation io.Reader) ([]Row, ImportReport, error) {
	list, err := io.ReadAll(missions)
	if err != nil {
		return nil, ImportReport{}, fmt.Errorf("import missions: %w", err)
	}
	im := &importing{state: state}
	_, rows, err := im.list("house", list, accreditation)
	if err != nil {
		return nil, ImportReport{}, err
	}
	return rows, im.report, nil
}

// WriteDirectory writes a clean directory file: UTF-8 CSV with a head.
func WriteDirectory(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	columns := columnsOf(rows)
	_ = out.Write(columns) // Flush keeps the first error
	for i := range rows {
		cells := make([]string, len(columns))
		for j, column := range columns {
			cells[j] = *rows[i].field(column)
		}
		_ = out.Write(cells)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	return nil
}

// columnsOf leaves out the optional columns that no row needs.
func columnsOf(rows []Row) []string {
	columns := slices.Clone(directoryColumns[:firstOptional])
	for _, column := range directoryColumns[firstOptional:] {
		if slices.ContainsFunc(rows, func(r Row) bool { return *r.field(column) != "" }) {
			columns = append(columns, column)
		}
	}
	return columns
}

// importing is one import under way.
type importing struct {
	state  string
	asOf   string          // of a list that says no date itself
	today  string          // of a campaigner's own table that says none
	from   string          // what the list is called: the source of rows that say none
	known  []Row           // the directory as it is
	mild   bool            // a row that can't have an id of its own is left out instead of ending the import
	unread map[string]bool // missionClass of what was left out though it is a mission: it isn't gone
	report ImportReport
}

// missionClass is what is known of a mission that can't be told from others.
func missionClass(country, kind string) string { return country + " " + kind }

// leaveOut remembers a mission that can't have a row.
func (im *importing) leaveOut(country, kind string) {
	if im.unread == nil {
		im.unread = map[string]bool{}
	}
	im.unread[missionClass(country, kind)] = true
}

// clean makes rows of what was read.
func (im *importing) clean(raws []*rawRow) ([]Row, error) {
	var rows []Row
	lines := map[string]int{} // by id
	for _, raw := range raws {
		row, ok := im.mission(raw)
		if !ok {
			continue
		}
		if err := unfitID(row.ID, lines); err != nil {
			if !im.mild {
				return nil, fmt.Errorf("line %d: %w", raw.line, err)
			}
			im.tell(raw, "city", "left out: %v", err)
			im.leaveOut(row.Country, row.Kind)
			continue
		}
		lines[row.ID] = raw.line
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.ID, b.ID) })
	return rows, nil
}

// unfitID says why a row can't have an id.
func unfitID(id string, lines map[string]int) error {
	if len(id) > maxTargetID {
		return fmt.Errorf("id %q has more than %d characters", id, maxTargetID)
	}
	if first, twice := lines[id]; twice {
		return fmt.Errorf("id %q is line %d's too", id, first)
	}
	return nil
}

// maxTargetID is the loader's limit: ids stand in database keys and mail tags.
const maxTargetID = 40

// accredit enters the further countries into the rows of the embassies they are covered from.
func (im *importing) accredit(rows []Row, src io.Reader) error {
	text, err := io.ReadAll(src)
	if err == nil {
		text, err = decoded(text)
	}
	if err != nil {
		return err
	}
	raws, err := readRaw(text, accreditationFile, accreditationColumns)
	if err != nil {
		return err
	}
	im.accreditAll(rows, raws)
	return nil
}

func (im *importing) accreditAll(rows []Row, raws []*rawRow) {
	for _, raw := range raws {
		if raw.cell("sending_state") == im.state {
			im.accreditOne(rows, raw)
		}
	}
}

func (im *importing) accreditOne(rows []Row, raw *rawRow) {
	seat, further := raw.cell("seat_country_iso2"), raw.cell("also_accredited_to_iso2")
	if !isCountry(further) {
		im.tell(raw, "also_accredited_to_iso2", "%q is no country", further)
		return
	}
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Country == seat && r.Kind == kindEmbassy })
	if i < 0 {
		im.tell(raw, "seat_country_iso2", "no embassy in %q among the missions", seat)
		return
	}
	all := append(strings.Fields(rows[i].Accredited), further)
	slices.Sort(all)
	rows[i].Accredited = strings.Join(slices.Compact(all), " ")
}

// tell adds a notice.
func (im *importing) tell(raw *rawRow, column, format string, args ...any) {
	im.report.Notices = append(im.report.Notices, ImportNotice{
		File: raw.file, Line: raw.line, Column: raw.head(column), What: fmt.Sprintf(format, args...),
	})
}
