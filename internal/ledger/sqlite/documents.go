package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"one-click-protest/internal/ledger"
)

const selectDocument = `SELECT body FROM documents WHERE name = ?`

// Document implements ledger.Documents.
func (l *Ledger) Document(ctx context.Context, name string) ([]byte, error) {
	if err := ledger.CheckDocument(name); err != nil {
		return nil, err
	}
	body, err := scanDocument(l.read.QueryRowContext(ctx, selectDocument, name))
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", name, err)
	}
	return body, nil
}

// scanDocument answers nil for one that is not there.
func scanDocument(s scanner) (body []byte, err error) {
	if err := s.Scan(&body); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return body, nil
}

// Change implements ledger.Documents. change runs once, among the writes of all processes: it must not call the ledger.
func (l *Ledger) Change(ctx context.Context, name string, change func(old []byte) ([]byte, error)) error {
	if err := ledger.CheckDocument(name); err != nil {
		return err
	}
	return l.write.do(ctx, "change", func(w *writer) error { return w.change(name, change) })
}

func (w *writer) change(name string, change func(old []byte) ([]byte, error)) error {
	old, err := scanDocument(w.row(selectDocument, name))
	if err != nil {
		return err
	}
	body, err := change(slices.Clone(old)) // it may write into what it is given
	switch {
	case err != nil:
		return fmt.Errorf("document %s: %w", name, err)
	case bytes.Equal(old, body):
		return nil
	case len(body) == 0: // as if it had never been there
		return w.exec(`DELETE FROM documents WHERE name = ?`, name)
	}
	return w.exec(`INSERT INTO documents VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`, name, body)
}
