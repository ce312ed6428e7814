package campaign

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ErrNotFound: there is no campaign of this name.
var ErrNotFound = errors.New("no such campaign")

// Problem is one mistake in a file.
type Problem struct {
	File     string // path in the file system that was loaded, behind the folder it lies in if it says so: see [Open]
	Line     int    // from 1
	What     string // is wrong
	Expected string // instead
}

// String is the problem as editors and terminals link it.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s; expected %s", p.File, p.Line, p.What, p.Expected)
}

// Problems is everything wrong with what was loaded, by file and line. The loader answers it as an error and never
// empty. It quotes files that organizers write, nothing that a visitor typed.
type Problems []Problem

// Error is a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// problems collects while loading goes on, so that an organizer sees all of them at once.
type problems struct {
	folder string // before every file
	list   Problems
}

func (p *problems) add(file string, line int, what, expected string) {
	p.list = append(p.list, Problem{File: path.Join(p.folder, file), Line: max(line, 1), What: what, Expected: expected})
}

// err answers nil, or the Problems in an order that depends on nothing but the files.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	sorted := slices.Clone(p.list)
	slices.SortFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.What, b.What), cmp.Compare(a.Expected, b.Expected))
	})
	return slices.Compact(sorted)
}
