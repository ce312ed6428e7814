package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// What was sealed is gone from the files, not only from the answers, when it was settled or has expired.
func TestDeletedBytesAreGoneFromTheFiles(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	for i := range int64(40) {
		if _, err := l.Accept(t.Context(), claimed(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlite.Checkpoint(l); err != nil {
		t.Fatal(err)
	}
	if left := f.secrets(40); left != 40 {
		t.Fatalf("the test looks in the wrong place: %d of 40 found", left)
	}
	for i := range int64(39) {
		if _, err := l.Settle(t.Context(), sent(claimed(i))); err != nil {
			t.Fatal(err)
		}
	}
	late := sent(claimed(39)) // settles nothing: another claim. Its clock makes the purge due.
	late.Claim, late.At = "another", noon.Add(2*time.Hour)
	if _, err := l.Settle(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if left := f.secrets(40); left != 0 {
		t.Errorf("%d secrets left in the files", left)
	}
}

// secrets counts the sealed fields of the first n signers that stand anywhere in the folder.
func (f folder) secrets(n int64) (left int) {
	var all []byte
	files, err := filepath.Glob(f.path + "*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, data...)
	}
	for i := range n {
		if bytes.Contains(all, []byte(secret(i))) {
			left++
		}
	}
	return left
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no Unix permissions on this system")
	}
	f := newFolder(t)
	l := open(t, f.path)
	if err := l.Adopted(t.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	pair(t, l, 1)
	for _, suffix := range []string{"", "-wal", "-shm", ".mark"} {
		info, err := os.Stat(f.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", suffix, info.Mode())
		}
	}
}

func TestProcessesMayCreateTheFileTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?with%odd#names", "ledger.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range int64(8) {
		group.Go(func() {
			l, err := sqlite.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			pair(t, l, i)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	tally, err := open(t, path).Tally(t.Context(), "protest-day")
	if err != nil || tally.Actions != 8 {
		t.Errorf("%d actions, %v", tally.Actions, err)
	}
}

func TestAnUnknownSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, []byte("this is no database, however long one may look at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := sqlite.Open(path); err == nil {
		t.Errorf("opened; close: %v", l.Close())
	}
}

// While another process holds the lock, a write waits for as long as its caller may, and then has written nothing.
func TestBusyUntilTheDeadline(t *testing.T) {
	f := newFolder(t)
	l, other := open(t, f.path), open(t, f.path)
	release, err := sqlite.Hold(other)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	a := claimed(1)
	if isNew, err := l.Accept(ctx, a); isNew || !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("%v, %v; want ErrBusy", isNew, err)
	}
	waited := make(chan error, 1)
	go func() { // a patient one is served when the lock is free
		_, err := l.Accept(context.Background(), claimed(2))
		waited <- err
	}()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if _, _, err := l.Find(t.Context(), a.Action.Key); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the abandoned write: %v", err)
	}
}

// Writes that share a commit share nothing else.
func TestAFailedWriteUndoesItselfAlone(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	release, err := sqlite.Hold(l) // so that what follows queues up for one commit
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var spoiled error
	for i := range int64(10) {
		group.Go(func() { pair(t, l, i) })
	}
	group.Go(func() { spoiled = sqlite.Spoil(l, t.Context()) })
	if err := release(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if spoiled == nil || !strings.Contains(spoiled.Error(), "nowhere") {
		t.Errorf("the spoiled write: %v", spoiled)
	}
	if _, err := l.Version(t.Context(), "spoiled"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("its half: %v", err)
	}
	if tally, err := l.Tally(t.Context(), "protest-day"); err != nil || tally.Actions != 10 {
		t.Errorf("%d actions, %v", tally.Actions, err)
	}
}

func TestClosed(t *testing.T) {
	l, err := sqlite.Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if isNew, err := l.Accept(t.Context(), claimed(1)); isNew || err == nil {
		t.Errorf("%v, %v", isNew, err)
	}
}
