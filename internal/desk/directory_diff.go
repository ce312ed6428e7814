package desk

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
)

// diffCommand compares two directory files.
type diffCommand struct {
	Old string `arg:"" type:"existingfile" help:"A directory file."`
	New string `arg:"" type:"existingfile" help:"The one it is to become."`
	CSV bool   `name:"csv" help:"Print the changes as CSV."`
}

// Run prints what changes. That something does is no failure.
func (c *diffCommand) Run(env Env) error {
	var sides [2]directoryFile
	for i, name := range []string{c.Old, c.New} {
		src, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("directory: %w", err)
		}
		if sides[i].rows, err = readDirectory(src); err != nil {
			return misused("%s: %w", name, err)
		}
		sides[i].usable = usableAddresses(src)
	}
	changes := directoryChanges(sides[0], sides[1])
	if c.CSV {
		return changesCSV(env.Stdout, changes)
	}
	return printChanges(env.Stdout, c.New, changes)
}

// directoryFile is a directory and what campaigns that say nothing of addresses may write to in it.
type directoryFile struct {
	rows   []Row
	usable map[string]address.Email // by id
}

func usableAddresses(src []byte) map[string]address.Email {
	missions, _ := campaign.ReadDirectory("", src)
	usable := map[string]address.Email{}
	for _, m := range missions {
		if to, ok := campaign.DefaultAddress(m.Target); ok && m.Retired.IsZero() {
			usable[m.ID] = to
		}
	}
	return usable
}

// fileOf is rows as the file that they would be.
func fileOf(rows []Row) (directoryFile, []byte, error) {
	var clean bytes.Buffer
	if err := WriteDirectory(&clean, rows); err != nil {
		return directoryFile{}, nil, err
	}
	return directoryFile{rows, usableAddresses(clean.Bytes())}, clean.Bytes(), nil
}

// changeKind is what happens to a mission, in the order in which it is told.
type changeKind int

const (
	missionRemoved changeKind = iota
	missionRetired
	missionReturned
	missionAdded
	addressLost
	addressWon
	cellChanged
)

// String is the kind in a table.
func (k changeKind) String() string {
	return [...]string{"removed", "retired", "returned", "added", "no longer usable", "newly usable", "changed"}[k]
}

// directoryChange is one thing that differs between two directories.
type directoryChange struct {
	kind          changeKind
	id            string
	column        string // for cellChanged
	before, after string
}

// String is the change in a line.
func (c directoryChange) String() string {
	switch c.kind {
	case missionRemoved:
		return fmt.Sprintf("removed: %s (%s): letters may wait there, and nobody would find them: keep the row and fill in the column retired", c.id, c.before)
	case missionRetired:
		return fmt.Sprintf("retired: %s (%s) since %s: no new letters; those that wait still find it", c.id, c.before, c.after)
	case missionReturned:
		return fmt.Sprintf("returned: %s (%s): gets letters again", c.id, c.after)
	case missionAdded:
		return fmt.Sprintf("added: %s (%s)", c.id, c.after)
	case addressLost:
		return fmt.Sprintf("no longer usable: %s: %s", c.id, c.before)
	case addressWon:
		return fmt.Sprintf("newly usable: %s: %s", c.id, c.after)
	}
	return fmt.Sprintf("changed: %s: %s %q → %q", c.id, c.column, c.before, c.after)
}

// directoryChanges is all that changes from one directory to another, by kind and id.
func directoryChanges(before, after directoryFile) []directoryChange {
	var all []directoryChange
	was, is := byRowID(before.rows), byRowID(after.rows)
	for _, r := range before.rows {
		if _, still := is[r.ID]; !still {
			all = append(all, directoryChange{kind: missionRemoved, id: r.ID, before: r.Name})
		}
	}
	for _, r := range after.rows {
		old, there := was[r.ID]
		if !there {
			all = append(all, directoryChange{kind: missionAdded, id: r.ID, after: r.Name})
			continue
		}
		all = append(all, rowChanges(old, r)...)
		from, to := before.usable[r.ID], after.usable[r.ID]
		switch {
		case from != "" && to == "" && r.Retired == "":
			all = append(all, directoryChange{kind: addressLost, id: r.ID, before: string(from)})
		case from == "" && to != "":
			all = append(all, directoryChange{kind: addressWon, id: r.ID, after: string(to)})
		}
	}
	slices.SortStableFunc(all, func(a, b directoryChange) int { return int(a.kind - b.kind) })
	return all
}

func byRowID(rows []Row) map[string]Row {
	by := make(map[string]Row, len(rows))
	for _, r := range rows {
		by[r.ID] = r
	}
	return by
}

func rowChanges(old, r Row) []directoryChange {
	var all []directoryChange
	switch {
	case old.Retired == "" && r.Retired != "":
		all = append(all, directoryChange{kind: missionRetired, id: r.ID, before: r.Name, after: r.Retired})
	case old.Retired != "" && r.Retired == "":
		all = append(all, directoryChange{kind: missionReturned, id: r.ID, before: old.Retired, after: r.Name})
	}
	for _, column := range directoryColumns {
		a, b := *old.field(column), *r.field(column)
		if a != b && (column != "retired" || a != "" && b != "") {
			all = append(all, directoryChange{cellChanged, r.ID, column, a, b})
		}
	}
	return all
}

// printChanges prints the sums and a line each.
func printChanges(w io.Writer, name string, changes []directoryChange) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintf(w, "%s: nothing changes\n", name)
		return err
	}
	counts := map[changeKind]int{}
	for _, c := range changes {
		counts[c.kind]++
	}
	var sums []string
	for kind := missionRemoved; kind <= cellChanged; kind++ {
		if counts[kind] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", counts[kind], kind))
		}
	}
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%s: %s\n", name, strings.Join(sums, ", "))
	for _, c := range changes {
		_, _ = fmt.Fprintln(&out, c)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func changesCSV(w io.Writer, changes []directoryChange) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"change", "id", "column", "before", "after"}) // Flush keeps the first error
	for _, c := range changes {
		_ = out.Write([]string{c.kind.String(), c.id, c.column, harmless(c.before), harmless(c.after)})
	}
	out.Flush()
	return out.Error()
}
