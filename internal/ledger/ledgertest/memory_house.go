package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"one-click-protest/internal/ledger"
)

// Document implements [ledger.Documents].
func (m *Memory) Document(ctx context.Context, name string) (doc []byte, err error) {
	if err := ledger.CheckDocument(name); err != nil {
		return nil, err
	}
	err = m.do(ctx, "Document", func() error {
		doc = slices.Clone(m.documents[name])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// Change implements [ledger.Documents]. change runs while the ledger is locked: it must not call the ledger.
func (m *Memory) Change(ctx context.Context, name string, change func(old []byte) ([]byte, error)) error {
	if err := ledger.CheckDocument(name); err != nil {
		return err
	}
	return m.do(ctx, "Change", func() error {
		old := m.documents[name]
		doc, err := change(slices.Clone(old))
		if err != nil {
			return fmt.Errorf("change: %w", err)
		}
		if !bytes.Equal(old, doc) {
			m.documents[name] = slices.Clone(doc)
		}
		if len(doc) == 0 {
			delete(m.documents, name)
		}
		return nil
	})
}

// Adopted implements [ledger.Identity].
func (m *Memory) Adopted(ctx context.Context, fingerprint string) error {
	return m.do(ctx, "Adopted", func() error {
		m.adopted = cmp.Or(m.adopted, fingerprint)
		if m.adopted != fingerprint {
			return ledger.ErrNotAdopted
		}
		return nil
	})
}

// Adopt implements [ledger.Identity].
func (m *Memory) Adopt(ctx context.Context, fingerprint string) error {
	return m.do(ctx, "Adopt", func() error {
		m.adopted = fingerprint
		return nil
	})
}
