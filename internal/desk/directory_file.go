package desk

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// readDirectory reads a clean directory file, one that the import wrote and people may have changed since. Unlike campaigns it takes whatever
// stands in the cells: what is wrong there is told by directory check.
func readDirectory(src []byte) ([]Row, error) {
	head, table, at, err := allRows(csv.NewReader(bytes.NewReader(src)), directoryHead)
	if errors.Is(err, errNoHead) {
		return nil, mistake{1, "no head; expected the columns " + strings.Join(directoryColumns, ", ")}
	}
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(table))
	lines := map[string]int{} // by id
	for i, cells := range table {
		r := &rows[i]
		for j, cell := range cells {
			*r.field(head[j]) = strings.TrimSpace(cell)
		}
		if r.ID == "" {
			return nil, mistake{at[i], "no id"}
		}
		if first, twice := lines[r.ID]; twice {
			return nil, mistake{at[i], fmt.Sprintf("id %q is line %d's too", r.ID, first)}
		}
		lines[r.ID] = at[i]
	}
	return rows, nil
}

func directoryHead(head []string) error {
	if len(head) == 1 && strings.ContainsAny(head[0], ";\t") {
		return mistake{1, "cells parted by semicolons or tabs; expected commas between them"}
	}
	for i, name := range head {
		if !slices.Contains(directoryColumns, name) || slices.Contains(head[:i], name) {
			return mistake{1, fmt.Sprintf("column %q is none of a directory, or stands there twice; expected %s", name, strings.Join(directoryColumns, ", "))}
		}
	}
	if !slices.Contains(head, "id") {
		return mistake{1, "no column id"}
	}
	return nil
}
