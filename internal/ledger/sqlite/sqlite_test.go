package sqlite_test

import (
	"path/filepath"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/ledger/sqlite"
)

func TestContract(t *testing.T) {
	ledgertest.Suite(t, func(t *testing.T) (one, other ledger.Ledger) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		return open(t, path), open(t, path)
	})
}

// open opens the ledger as a process of its own would: with its own connections.
func open(t testing.TB, path string) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
