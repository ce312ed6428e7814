package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// folder is a ledger's folder, with the steps that backups and accidents take.
type folder struct {
	testing.TB
	path string
}

func newFolder(tb testing.TB) folder { return folder{tb, filepath.Join(tb.TempDir(), "ledger.db")} }

// visit opens the ledger as a process of its own would, which ends after it.
func (f folder) visit(call func(l *sqlite.Ledger)) {
	f.Helper()
	l, err := sqlite.Open(f.path)
	if err != nil {
		f.Fatal(err)
	}
	call(l)
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
}

// session opens the ledger, adopts it, sends to n new signers from the i-th on, and closes it.
func (f folder) session(i, n int64) {
	f.Helper()
	f.visit(func(l *sqlite.Ledger) {
		if err := l.Adopted(f.Context(), "ours"); err != nil {
			f.Fatal(err)
		}
		for ; n > 0; i, n = i+1, n-1 {
			pair(f, l, i)
		}
	})
}

func (f folder) copy(from, to string) {
	f.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		f.Fatal(err)
	}
}

func (f folder) remove(suffixes ...string) {
	f.Helper()
	for _, s := range suffixes {
		if err := os.Remove(f.path + s); err != nil && !errors.Is(err, os.ErrNotExist) {
			f.Fatal(err)
		}
	}
}

func (f folder) adopted(want error) {
	f.Helper()
	f.visit(func(l *sqlite.Ledger) {
		if err := l.Adopted(f.Context(), "ours"); !errors.Is(err, want) {
			f.Errorf("Adopted = %v; want %v", err, want)
		}
	})
}

func TestAdopted(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(f folder)
		want    error
	}{
		"nothing happens": {func(f folder) { f.session(0, 3) }, nil},
		"nothing was sent since the backup": {func(f folder) {
			f.session(0, 3)
			f.copy(f.path, f.path+".bak")
			f.session(0, 0)
			f.copy(f.path+".bak", f.path)
		}, nil},
		"a backup from before a send is restored": {func(f folder) {
			f.session(0, 3)
			f.copy(f.path, f.path+".bak")
			f.session(3, 1)
			f.copy(f.path+".bak", f.path)
		}, ledger.ErrNotAdopted},
		"more sends follow than the mark has slots": {func(f folder) {
			f.session(0, 3)
			f.copy(f.path, f.path+".bak")
			f.session(3, 600)
			f.copy(f.path+".bak", f.path)
		}, ledger.ErrNotAdopted},
		"the mark is lost": {func(f folder) {
			f.session(0, 3)
			f.remove(".mark")
		}, ledger.ErrNotAdopted},
		"the mark is cut short": {func(f folder) {
			f.session(0, 3)
			if err := os.Truncate(f.path+".mark", 30); err != nil {
				f.Fatal(err)
			}
		}, ledger.ErrNotAdopted},
		"the mark is another ledger's": {func(f folder) {
			f.session(0, 3)
			other := newFolder(f.TB)
			other.session(0, 1)
			f.copy(other.path+".mark", f.path+".mark")
		}, ledger.ErrNotAdopted},
		"the database is lost": {func(f folder) {
			f.session(0, 3)
			f.remove("", "-wal", "-shm")
		}, ledger.ErrNotAdopted},
		"the database is lost before anything was sent": {func(f folder) {
			f.session(0, 0)
			f.remove("", "-wal", "-shm")
		}, nil},
		"the process died between commit and mark": {func(f folder) {
			f.session(0, 3)
			f.copy(f.path+".mark", f.path+".old")
			f.session(3, 1)
			f.copy(f.path+".old", f.path+".mark")
		}, nil},
		"records were written before it was asked": {func(f folder) {
			pair(f, open(f, f.path), 0)
		}, ledger.ErrNotAdopted},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			c.happens(f)
			f.adopted(c.want)
		})
	}
}

// A backup may also be taken of a live ledger, whose log was just taken into the file.
func TestAdoptedAfterALiveBackup(t *testing.T) {
	f := newFolder(t)
	l := open(f, f.path)
	if err := l.Adopted(f.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	pair(t, l, 1)
	if err := sqlite.Checkpoint(l); err != nil {
		t.Fatal(err)
	}
	f.copy(f.path, f.path+".bak")
	a := claimed(2) // begun, and its outcome never written down
	if _, err := l.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "ledger.db")
	f.copy(f.path+".bak", restored)
	f.copy(f.path+".mark", restored+".mark")
	folder{t, restored}.adopted(ledger.ErrNotAdopted)
	f.adopted(nil)
}

// A claim that leaves the queue is a send begun, too.
func TestClaimsFromTheQueueAreMarked(t *testing.T) {
	f := newFolder(t)
	a := queued(1)
	l := open(f, f.path)
	if err := l.Adopted(f.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Checkpoint(l); err != nil {
		t.Fatal(err)
	}
	f.copy(f.path, f.path+".bak")
	if _, won, err := l.Claim(t.Context(), claimOf(a)); err != nil || !won {
		t.Fatal(won, err)
	}
	restored := filepath.Join(t.TempDir(), "ledger.db")
	f.copy(f.path+".bak", restored)
	f.copy(f.path+".mark", restored+".mark")
	folder{t, restored}.adopted(ledger.ErrNotAdopted)
}

func TestTheMarkIsNeverLowered(t *testing.T) {
	f := newFolder(t)
	one, other := open(f, f.path), open(f, f.path)
	var group sync.WaitGroup
	for i, l := range []*sqlite.Ledger{one, other} {
		if err := l.Adopted(t.Context(), "ours"); err != nil {
			t.Fatal(err)
		}
		for w := range 8 {
			group.Go(func() {
				for n := range 20 {
					pair(t, l, int64(i*1000+w*100+n))
				}
			})
		}
	}
	group.Wait()
	if got, err := sqlite.Mark(f.path); err != nil || got != 2*8*20 {
		t.Errorf("mark %d, %v; want every send begun", got, err)
	}
	f.adopted(nil)
}

// A process that is late with an old number does not lower what a faster one has written.
func TestASlowProcessDoesNotLowerTheMark(t *testing.T) {
	f := newFolder(t)
	f.session(0, 3)
	if err := sqlite.RaiseMark(f.path, 700, 699, 5); err != nil {
		t.Fatal(err)
	}
	if got, err := sqlite.Mark(f.path); err != nil || got != 700 {
		t.Errorf("mark %d, %v; want 700", got, err)
	}
	f.adopted(ledger.ErrNotAdopted)
}
