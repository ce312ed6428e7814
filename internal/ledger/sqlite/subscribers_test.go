package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// subscriber is the i-th signer for a partner, until the next day's beginning.
func subscriber(partner string, i int64) *ledger.Subscriber {
	return &ledger.Subscriber{
		Campaign: "protest-day", Partner: partner, ID: fmt.Sprintf("ID-%d", i), Sealed: []byte(secret(i)), Expires: noon.Add(24 * time.Hour),
	}
}

// subscribed is a ledger with n subscribers whose sealed fields are in the file, and nothing else that is secret.
func subscribed(t *testing.T, n int64) (folder, *sqlite.Ledger) {
	t.Helper()
	f := newFolder(t)
	l := open(t, f.path)
	for i := range n {
		a := queued(i)
		a.Action.Partner, a.Subscriber, a.Drafts[0].Sealed = "union", subscriber("union", i), nil
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlite.Checkpoint(l); err != nil {
		t.Fatal(err)
	}
	if left := f.secrets(n); left != int(n) {
		t.Fatalf("the test looks in the wrong place: %d of %d found", left, n)
	}
	return f, l
}

// What was handed over is gone from the files at once, not only from the answers.
func TestUnsubscribedBytesAreGoneFromTheFiles(t *testing.T) {
	f, l := subscribed(t, 3)
	if err := l.Unsubscribe(t.Context(), "protest-day", "union", []string{"ID-0", "ID-1", "ID-2"}); err != nil {
		t.Fatal(err)
	}
	if left := f.secrets(3); left != 0 {
		t.Errorf("%d secrets left in the files", left)
	}
}

// Whom nobody fetched goes by the clock, to the day.
func TestExpiredSubscribersArePurged(t *testing.T) {
	f, l := subscribed(t, 3)
	end := noon.Add(24 * time.Hour).Truncate(24 * time.Hour)
	for _, c := range []struct {
		at   time.Time
		want int
	}{{end.Add(-time.Minute), 3}, {end, 0}} {
		if _, err := l.Roll(t.Context(), "protest-day", c.at); err != nil {
			t.Fatal(err)
		}
		if left := f.secrets(3); left != c.want {
			t.Errorf("at %v %d secrets in the files; want %d", c.at, left, c.want)
		}
	}
}
