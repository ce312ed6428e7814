package desk

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
)

// directoryCheckCommand tells what in a directory somebody should look at before the day.
type directoryCheckCommand struct {
	Directories []string `arg:"" optional:"" help:"States (CN) or files; all shipped directories if none is named." placeholder:"FILE or STATE"`
	OlderThan   int      `default:"18" help:"After how many months an address is to be looked up again." placeholder:"MONTHS"`
	CSV         bool     `name:"csv" help:"Print the findings as CSV."`
}

// Run prints the findings of each directory. Only what campaigns refuse to read is a mistake; everything else is for people to judge.
func (c *directoryCheckCommand) Run(env Env) error {
	if c.OlderThan < 0 {
		return misused("--older-than %d: less than no month", c.OlderThan)
	}
	files, err := c.files(env)
	if err != nil {
		return err
	}
	var all []finding
	for _, f := range files {
		r := review{file: f, now: env.Now(), months: c.OlderThan}
		found := r.findings()
		all = append(all, found...)
		if !c.CSV {
			r.print(env.Stdout, found)
		}
	}
	if c.CSV {
		if err := findingsCSV(env.Stdout, all); err != nil {
			return fmt.Errorf("findings: %w", err)
		}
	}
	malformed := 0
	for _, f := range all {
		if f.group == groupMalformed {
			malformed++
		}
	}
	if malformed > 0 {
		return misused("%d mistakes: campaigns cannot use such a directory", malformed)
	}
	return nil
}

// sourceFile is a directory file that was read.
type sourceFile struct {
	name  string // as people find it
	state string
	src   []byte
}

// files reads what was asked for.
func (c *directoryCheckCommand) files(env Env) ([]sourceFile, error) {
	names := c.Directories
	if len(names) == 0 {
		shipped, err := fs.Glob(env.Files, "directory/*.csv")
		if err != nil || len(shipped) == 0 {
			return nil, misused("no directory there to check")
		}
		for _, name := range shipped {
			names = append(names, stateOf(name))
		}
	}
	var files []sourceFile
	for _, name := range names {
		f, err := directoryNamed(env, name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// stateOf is whose missions a file has, by its name.
func stateOf(file string) string {
	return strings.ToUpper(strings.TrimSuffix(filepath.Base(file), ".csv"))
}

// directoryNamed reads a shipped directory by its state, or else a file.
func directoryNamed(env Env, name string) (sourceFile, error) {
	if len(name) != len("CN") {
		src, err := os.ReadFile(name)
		if err != nil {
			return sourceFile{}, misused("%s: neither a state like CN nor a file that can be read", name)
		}
		return sourceFile{name, stateOf(name), src}, nil
	}
	shipped := "directory/" + strings.ToLower(name) + ".csv"
	src, err := fs.ReadFile(env.Files, shipped)
	if err != nil {
		return sourceFile{}, misused("no directory of %s: no file %s", strings.ToUpper(name), shipped)
	}
	if l, ok := env.Files.(campaign.Located); ok {
		shipped = path.Join(l.Folder(), shipped)
	}
	return sourceFile{shipped, strings.ToUpper(name), src}, nil
}

// findingGroup is what kind of thing was found.
type findingGroup int

// The groups, in the order in which they are told.
const (
	groupMalformed findingGroup = iota
	groupDuplicate
	groupShared
	groupNoWay
	groupVisa
	groupFreeMail
	groupFaxIsPhone
	groupForeign
	groupAccredited
	groupNobody
	groupRetired
	groupOld
)

// String is the group in a table.
func (g findingGroup) String() string {
	return [...]string{"malformed", "same mission twice", "address shared", "no way", "visa desk only", "free mail", "fax is phone", "number of another country",
		"accreditation", "nobody responsible", "retired", "old"}[g]
}

// says is the group as a heading.
func (g findingGroup) says() string {
	return [...]string{
		"Malformed: campaigns cannot use the directory",
		"The same mission twice: same country, city and kind",
		"An address that several missions share: which of them reads it?",
		"No address of any kind: collect one, or the country's letters end elsewhere",
		"Nothing but consular or visa mailboxes: used only where a campaign says so",
		"Addresses at free-mail providers: anybody can have one; used only where a campaign names the mission",
		"Fax and phone are one number: does a machine answer?",
		"Numbers of a country where the mission neither is nor stands: stale?",
		"Accreditation to further countries: in doubt the ministry's own list says",
		"Countries that no mission of the directory is responsible for, territories left out: their letters go to the campaign's fallback",
		"Retired missions: no new letters; waiting ones still find them",
		"Addresses older than wanted, the oldest first: look them up again",
	}[g]
}

// finding is one thing to look at.
type finding struct {
	file  string
	line  int // 0: the file as a whole
	id    string
	group findingGroup
	what  string
}

// String is the finding as editors and terminals link it.
func (f finding) String() string {
	place := f.file
	if f.line > 0 {
		place += ":" + strconv.Itoa(f.line)
	}
	if f.id != "" {
		return place + ": " + f.id + ": " + f.what
	}
	return place + ": " + f.what
}

// review is the check of one directory.
type review struct {
	file     sourceFile
	now      time.Time
	months   int
	missions []campaign.Mission // without the retired
	found    []finding
}

func (r *review) tell(group findingGroup, m campaign.Mission, format string, args ...any) {
	f := finding{file: r.file.name, group: group, what: fmt.Sprintf(format, args...)}
	if m.Target != nil {
		f.line, f.id = m.Line, m.ID
	}
	r.found = append(r.found, f)
}

// findings is everything to look at, by group and line; of the old addresses the oldest first.
func (r *review) findings() []finding {
	all, wrong := campaign.ReadDirectory(r.file.name, r.file.src)
	if !isCountry(r.file.state) && len(all) > 0 { // a file of another name: ids begin with the state
		state, _, _ := strings.Cut(all[0].ID, "-")
		r.file.state = strings.ToUpper(state)
	}
	for _, p := range wrong {
		r.found = append(r.found, finding{file: p.File, line: p.Line, group: groupMalformed, what: p.What + "; expected " + p.Expected})
	}
	for _, m := range all {
		if !m.Retired.IsZero() {
			r.tell(groupRetired, m, "since %s", m.Retired.Format(time.DateOnly))
			continue
		}
		r.missions = append(r.missions, m)
	}
	for _, m := range r.missions {
		r.reach(m)
		r.numbers(m)
	}
	r.twice()
	r.accreditations()
	slices.SortStableFunc(r.found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.line, b.line))
	})
	r.old()
	return r.found
}

// old tells the addresses that are older than wanted.
func (r *review) old() {
	missions := slices.Clone(r.missions)
	slices.SortStableFunc(missions, func(a, b campaign.Mission) int { return a.AsOf.Compare(b.AsOf) })
	for _, m := range missions {
		if !hasAddress(m) || m.AsOf.IsZero() || monthsOld(m.AsOf, r.now) <= r.months {
			continue
		}
		r.tell(groupOld, m, "%d months (%s): %s", monthsOld(m.AsOf, r.now), m.AsOf.Format(time.DateOnly), strings.Join(channelsOf(m), ", "))
	}
}

// channelsOf is what a mission can be reached by.
func channelsOf(m campaign.Mission) []string {
	var all []string
	for _, box := range m.Emails {
		if box.Address != "" {
			all = append(all, string(box.Address))
		}
	}
	if len(m.Fax) > 0 {
		all = append(all, "fax "+string(m.Fax[0]))
	}
	if m.Postal != "" {
		all = append(all, "post")
	}
	return all
}

// hasAddress says whether a letter could be sent, in whatever way.
func hasAddress(m campaign.Mission) bool { return len(channelsOf(m)) > 0 }

// ageBands is the ages that are summed up, in months.
var ageBands = []int{6, 12, 18, 24, 36}

// ages says how old the addresses are on the whole.
func (r *review) ages() string {
	counts := make([]int, len(ageBands)+1)
	undated, none := 0, 0
	for _, m := range r.missions {
		switch {
		case !hasAddress(m):
			none++
		case m.AsOf.IsZero():
			undated++
		default:
			band, _ := slices.BinarySearch(ageBands, monthsOld(m.AsOf, r.now)+1)
			counts[band]++
		}
	}
	parts := []string{fmt.Sprintf("%d missions", len(r.missions))}
	for i, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, bandName(i)))
		}
	}
	if undated > 0 {
		parts = append(parts, fmt.Sprintf("%d with addresses without a date", undated))
	}
	if none > 0 {
		parts = append(parts, fmt.Sprintf("%d without any address", none))
	}
	return strings.Join(parts, "; ")
}

func bandName(i int) string {
	switch i {
	case 0:
		return fmt.Sprintf("with addresses younger than %d months", ageBands[0])
	case len(ageBands):
		return fmt.Sprintf("with addresses of %d months or more", ageBands[i-1])
	}
	return fmt.Sprintf("with addresses of %d to %d months", ageBands[i-1], ageBands[i]-1)
}

// print prints the findings below the headings of their groups.
func (r *review) print(w io.Writer, found []finding) {
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%s: %s\n", r.file.name, r.ages())
	last := findingGroup(-1)
	for i, f := range found {
		if f.group == last {
			continue
		}
		last = f.group
		end := slices.IndexFunc(found[i:], func(g finding) bool { return g.group != f.group })
		if end < 0 {
			end = len(found) - i
		}
		_, _ = fmt.Fprintf(&out, "\n%s (%d)\n%s", f.group.says(), end, groupLines(found[i:i+end]))
	}
	_, _ = fmt.Fprintln(&out)
	_, _ = io.WriteString(w, out.String()) // Main looks after the error
}

// groupLines is a line for each finding; countries, which have no line in the file, are put together.
func groupLines(found []finding) string {
	var out strings.Builder
	var countries []string
	for _, f := range found {
		if f.group == groupNobody {
			countries = append(countries, f.what)
			continue
		}
		_, _ = fmt.Fprintln(&out, f)
	}
	if len(countries) > 0 {
		out.WriteString(wrapped(countries))
	}
	return out.String()
}

func findingsCSV(w io.Writer, found []finding) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"file", "line", "id", "group", "finding"}) // Flush keeps the first error
	for _, f := range found {
		line := ""
		if f.line > 0 {
			line = strconv.Itoa(f.line)
		}
		_ = out.Write([]string{f.file, line, f.id, f.group.String(), harmless(f.what)})
	}
	out.Flush()
	return out.Error()
}
