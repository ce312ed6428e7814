package desk

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readDirectory reads a clean directory file, one that the import wrote and people may have changed since. Unlike campaigns it takes whatever
// stands in the cells: what is wrong there is told by directory check.
func readDirectory(src []byte) ([]Row, error) {
	in := csv.NewReader(bytes.NewReader(src))
	head, err := in.Read()
	if err != nil {
		return nil, mistake{1, "no head; expected the columns " + strings.Join(directoryColumns, ", ")}
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	if err := directoryHead(head); err != nil {
		return nil, err
	}
	var rows []Row
	lines := map[string]int{} // by id
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err // names line and column itself
		}
		line, _ := in.FieldPos(0)
		var r Row
		for i, cell := range cells {
			*r.field(head[i]) = strings.TrimSpace(cell)
		}
		if r.ID == "" {
			return nil, mistake{line, "no id"}
		}
		if first, twice := lines[r.ID]; twice {
			return nil, mistake{line, fmt.Sprintf("id %q is line %d's too", r.ID, first)}
		}
		lines[r.ID], rows = line, append(rows, r)
	}
}

func directoryHead(head []string) error {
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
