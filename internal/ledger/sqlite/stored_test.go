package sqlite_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// What fails after a commit fails no call: what a caller takes for lost is stored, and a letter it has claimed would never leave.

func TestAMarkThatCannotBeRaised(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	if err := l.Adopted(t.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	pair(t, l, 1)
	waits := queued(2)
	if _, err := l.Accept(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	mend, err := sqlite.BreakMark(l, f.path)
	if err != nil {
		t.Fatal(err)
	}
	pair(t, l, 3) // stored, and its letter leaves and is settled
	f.marked(1)

	for what, begin := range map[string]func() (bool, error){
		"accept": func() (bool, error) { return l.Accept(t.Context(), claimed(4)) },
		"claim":  func() (bool, error) { _, won, err := l.Claim(t.Context(), claimOf(waits)); return won, err },
		"pend":   func() (bool, error) { p, mail := pending(5); return l.Pend(t.Context(), p, mail) },
	} {
		if ok, err := begin(); ok || err == nil || !strings.Contains(err.Error(), "mark file cannot be raised") {
			t.Errorf("%s begins a send: %v, %v", what, ok, err)
		}
	}
	if _, _, err := l.Find(t.Context(), claimed(4).Action.Key); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the refused accept: %v", err)
	}
	if _, err := l.Accept(t.Context(), queued(6)); err != nil { // what begins no send goes on
		t.Error(err)
	}

	if err := mend(); err != nil {
		t.Fatal(err)
	}
	if _, won, err := l.Claim(t.Context(), claimOf(waits)); !won || err != nil {
		t.Errorf("the claim, mended: %v, %v", won, err)
	}
	pair(t, l, 4)
	f.marked(4)
	if err := l.Adopted(t.Context(), "ours"); err != nil {
		t.Error(err)
	}
}

// The process ended before the mark could be raised: the next one raises it before anything is sent, so that a backup from between
// is noticed.
func TestAdoptedRaisesAMarkLeftBehind(t *testing.T) {
	f := newFolder(t)
	f.session(0, 3)
	f.copy(f.path+".mark", f.path+".old")
	f.session(3, 1)
	f.copy(f.path, f.path+".bak")
	f.session(4, 1)
	f.copy(f.path+".old", f.path+".mark")
	f.session(5, 0)
	f.marked(5)
	f.remove("-wal", "-shm")
	f.copy(f.path+".bak", f.path)
	f.adopted(ledger.ErrNotAdopted)
}

func (f folder) marked(want uint64) {
	f.Helper()
	if got, err := sqlite.Mark(f.path); err != nil || got != want {
		f.Errorf("mark %d, %v; want %d", got, err, want)
	}
}

func TestALogThatCannotBeTakenIntoTheFile(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	a := claimed(1)
	if _, err := l.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	mend, err := sqlite.BreakCheckpoint(l)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := l.Settle(t.Context(), sent(a)); !changed || err != nil { // the first settle purges
		t.Errorf("stored, and answered %v, %v", changed, err)
	}
	if f.logSize() == 0 {
		t.Fatal("the checkpoint was not kept from its work")
	}
	if err := mend(); err != nil {
		t.Fatal(err)
	}
	next := sent(a) // settles nothing, a minute later: the purge is due again
	next.At, next.Token = noon.Add(time.Minute), "again"
	if _, err := l.Settle(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if n := f.logSize(); n != 0 {
		t.Errorf("a log of %d bytes after the next purge", n)
	}
	if left := f.secrets(2); left != 0 {
		t.Error("the secret is left in the files")
	}
}

func (f folder) logSize() int64 {
	f.Helper()
	info, err := os.Stat(f.path + "-wal")
	if err != nil {
		f.Fatal(err)
	}
	return info.Size()
}

func queued(i int64) ledger.Acceptance {
	a := claimed(i)
	a.Drafts[0].Delivery.State, a.Drafts[0].Delivery.Claim = ledger.StateQueued, ""
	return a
}

// pending is a pending with its confirmation mail.
func pending(i int64) (ledger.Pending, ledger.Draft) {
	p := ledger.Pending{
		Key: claimed(i).Action.Key, ID: ledger.PendingID(noon, "PENDING"), Ration: "mailbox", Sealed: []byte(secret(i)), At: noon,
		Expires: noon.Add(time.Hour),
	}
	mail := claimed(i).Drafts[0]
	mail.Delivery.ID = ledger.ID{Key: ledger.Key{Campaign: p.Campaign, Signer: p.ID}, Target: ledger.TargetSigner}
	return p, mail
}
