package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// accidents leave a ledger that is not adopted.
func accidents() map[string]func(f folder) {
	return map[string]func(f folder){
		"the mark is lost":    func(f folder) { f.session(0, 3); f.remove(".mark") },
		"the mark is cut":     func(f folder) { f.session(0, 3); f.truncate(".mark", 30) },
		"the mark is damaged": func(f folder) { f.session(0, 3); f.damage(".mark") },
		"the mark is another's": func(f folder) {
			f.session(0, 3)
			if err := sqlite.CreateMark(f.path, "ANOTHERSANOTHERSANOTHERSAN", 700); err != nil {
				f.Fatal(err)
			}
		},
		"the mark is ahead": func(f folder) {
			f.session(0, 3)
			f.copy(f.path, f.path+".bak")
			f.session(3, 2)
			f.copy(f.path+".bak", f.path)
		},
		"the secret changed":             func(f folder) { f.session(0, 3); f.sql(`UPDATE identity SET fingerprint = 'theirs'`) },
		"the identity was never written": folder.unadopted,
		"the identity is lost":           func(f folder) { f.session(0, 3); f.forgetIdentity() },
		"the database is lost":           func(f folder) { f.session(0, 3); f.remove("", "-wal", "-shm") },
		"both are lost, records stay":    func(f folder) { f.session(0, 3); f.remove(".mark"); f.forgetIdentity() },
	}
}

func (f folder) truncate(suffix string, size int64) {
	f.Helper()
	if err := os.Truncate(f.path+suffix, size); err != nil {
		f.Fatal(err)
	}
}

// damage leaves the file as long as it was.
func (f folder) damage(suffix string) {
	f.Helper()
	data := f.read(suffix)
	if err := os.WriteFile(f.path+suffix, bytes.Repeat([]byte{0xff}, len(data)), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f folder) read(suffix string) []byte {
	f.Helper()
	data, err := os.ReadFile(f.path + suffix)
	if err != nil {
		f.Fatal(err)
	}
	return data
}

func (f folder) adopt() {
	f.Helper()
	f.visit(func(l *sqlite.Ledger) {
		if err := l.Adopt(f.Context(), "ours"); err != nil {
			f.Fatal(err)
		}
	})
}

// keep copies a file, if it is there.
func (f folder) keep(suffix, as string) {
	f.Helper()
	if _, err := os.Stat(f.path + suffix); !errors.Is(err, os.ErrNotExist) {
		f.copy(f.path+suffix, f.path+as)
	}
}

func (f folder) forgetIdentity() {
	f.Helper()
	f.sql(`UPDATE identity SET ledger = '', fingerprint = '', sends = 0`)
}

// unadopted writes a record before anybody asked whether the ledger is adopted.
func (f folder) unadopted() {
	f.Helper()
	f.visit(func(l *sqlite.Ledger) { pair(f, l, 0) })
}

func TestAdoptMends(t *testing.T) {
	for name, happens := range accidents() {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			happens(f)
			f.adopted(ledger.ErrNotAdopted)
			f.adopt()
			f.adopted(nil)
			f.visit(func(l *sqlite.Ledger) {
				if err := l.Adopted(t.Context(), "theirs"); !errors.Is(err, ledger.ErrNotAdopted) {
					t.Errorf("another secret: %v", err)
				}
			})
		})
	}
}

// From then on it notices what it noticed before: nothing from before the adoption passes, nor what is older than a later send, nor an
// empty file in the database's place.
func TestAdoptedAnewItNoticesAgain(t *testing.T) {
	for _, name := range []string{"the mark is lost", "the mark is ahead", "the secret changed", "the database is lost"} {
		happens := accidents()[name]
		for then, restore := range map[string]func(f folder){
			"a backup from before":         func(f folder) { f.remove(""); f.keep(".before", "") },
			"a backup from after":          func(f folder) { f.session(10, 1); f.copy(f.path+".after", f.path) },
			"the mark from before":         func(f folder) { f.remove(".mark"); f.keep(".oldmark", ".mark") },
			"nothing but the mark is left": func(f folder) { f.remove("") },
		} {
			t.Run(name+", then "+then, func(t *testing.T) {
				f := newFolder(t)
				happens(f)
				f.keep("", ".before")
				f.keep(".mark", ".oldmark")
				f.adopt()
				f.copy(f.path, f.path+".after")
				restore(f)
				f.adopted(ledger.ErrNotAdopted)
			})
		}
	}
}

// A process that dies while it adopts leaves a ledger that is still not adopted, and can be.
func TestDyingWhileItAdopts(t *testing.T) {
	for name, happens := range accidents() {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			happens(f)
			f.visit(func(l *sqlite.Ledger) {
				if err := sqlite.AdoptAndDie(l, "ours"); err != nil {
					t.Fatal(err)
				}
			})
			f.adopted(ledger.ErrNotAdopted)
			f.adopt()
			f.adopted(nil)
		})
	}
}

func TestAdoptingAgainChangesNothing(t *testing.T) {
	f := newFolder(t)
	f.session(0, 3)
	f.remove(".mark")
	f.adopt()
	identity, mark := f.identity(), f.read(".mark")
	f.adopt()
	if diff := cmp.Diff(identity, f.identity()) + cmp.Diff(mark, f.read(".mark")); diff != "" {
		t.Error(diff)
	}
	f.marked(3)
}

func (f folder) identity() []string {
	f.Helper()
	return f.column(`SELECT ledger || fingerprint || sends FROM identity`)
}

// Another process, which has the file open, goes on under the new identity and raises the new mark.
func TestAdoptBesideAnotherProcess(t *testing.T) {
	for _, lost := range [][]string{nil, {".mark"}} {
		f := newFolder(t)
		l := open(t, f.path)
		if err := l.Adopted(t.Context(), "theirs"); err != nil {
			t.Fatal(err)
		}
		pair(t, l, 1)
		f.remove(lost...)
		f.adopt()
		if err := l.Adopted(t.Context(), "theirs"); !errors.Is(err, ledger.ErrNotAdopted) {
			t.Error(err)
		}
		if err := l.Adopted(t.Context(), "ours"); err != nil {
			t.Error(err)
		}
		pair(t, l, 2)
		f.marked(2)
		f.adopted(nil)
	}
}

// An adoption whose mark cannot be written has not happened.
func TestAdoptWithoutAMark(t *testing.T) {
	f := newFolder(t)
	f.session(0, 3)
	f.remove(".mark")
	if err := os.Mkdir(f.path+".mark", 0o700); err != nil {
		t.Fatal(err)
	}
	before := f.identity()
	if err := open(t, f.path).Adopt(t.Context(), "ours"); err == nil || errors.Is(err, ledger.ErrNotAdopted) {
		t.Errorf("%v; want why it cannot be written", err)
	}
	if diff := cmp.Diff(before, f.identity()); diff != "" {
		t.Error(diff)
	}
	f.remove(".mark")
	f.adopt()
	f.adopted(nil)
}
