package sqlite_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// What a query reads is told by its plan: each step finds its rows by an index, none goes through a table or sorts.
func TestNoQueryOfATickReadsWhatIsNotDue(t *testing.T) {
	f := newFolder(t)
	open(t, f.path)
	for name, want := range map[string][]string{
		"due":      {"SEARCH deliveries USING COVERING INDEX outbox (campaign=? AND target=? AND channel=? AND state=? AND next<?)"},
		"stranded": {"SEARCH deliveries USING COVERING INDEX stranded (campaign=? AND target=? AND channel=? AND signer>?)"},
		"purge sealed": {
			"SEARCH sealed USING PRIMARY KEY (campaign=? AND signer=? AND target=?)", "LIST SUBQUERY",
			"SEARCH sealed USING COVERING INDEX sealed_expires (expires<?)",
		},
		"purge pendings": {
			"SEARCH pendings USING PRIMARY KEY (campaign=? AND signer=? AND id=?)", "LIST SUBQUERY",
			"SEARCH pendings USING COVERING INDEX pendings_expires (expires<?)",
		},
		"subscribers": {"SEARCH subscribers USING PRIMARY KEY (campaign=? AND partner=? AND id>?)"},
		"purge subscribers": {
			"SEARCH subscribers USING PRIMARY KEY (campaign=? AND partner=? AND id=?)", "LIST SUBQUERY",
			"SEARCH subscribers USING COVERING INDEX subscribers_expires (expires<?)",
		},
		"purge mails": {
			"SEARCH mails USING PRIMARY KEY (campaign=? AND ration=?)", "LIST SUBQUERY",
			"SEARCH mails USING COVERING INDEX mails_at (at<?)",
		},
	} {
		if diff := cmp.Diff(want, f.plan(sqlite.Queries()[name])); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
}

func (f folder) plan(query string) []string {
	f.Helper()
	steps := f.column("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	for i, step := range steps {
		if strings.HasPrefix(step, "LIST SUBQUERY ") {
			steps[i] = "LIST SUBQUERY" // its number tells nothing
		}
	}
	return steps
}

// A claim of a queued delivery is a send begun.
func TestClaimsAreMarked(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	if err := l.Adopted(t.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	a := queued(1)
	if _, err := l.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	early, late := claimOf(a), claimOf(a)
	early.Now, late.Token = noon, "another"
	for _, c := range []ledger.Claim{early, claimOf(a), claimOf(a), late} { // not yet; won; repeated; lost
		if _, _, err := l.Claim(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	f.marked(1)
}

func claimOf(a ledger.Acceptance) ledger.Claim {
	d := a.Drafts[0].Delivery
	return ledger.Claim{ID: d.ID, Token: "claim", Now: d.Next, Until: d.Next.Add(time.Minute)}
}

// What has expired goes by the clock of whoever looks for work, when nothing is written any more.
func TestDuePurges(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	for i := range int64(3) {
		if _, err := l.Accept(t.Context(), claimed(i)); err != nil {
			t.Fatal(err)
		}
		s := sent(claimed(i))
		s.Forget = false
		if _, err := l.Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if left := f.secrets(3); left != 3 {
		t.Fatalf("%d sent letters may still have to be composed again; want 3", left)
	}
	for hours, want := range []int{3, 0} {
		if _, err := l.Roll(t.Context(), "protest-day", noon.Add(time.Duration(hours)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if left := f.secrets(3); left != want {
			t.Errorf("after %d hours %d secrets in the files; want %d", hours, left, want)
		}
	}
}

// One call purges no more than others can wait for; the next ones go on at once.
func TestPurgesAreBounded(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	const n = 2*sqlite.PurgeMost + 1
	f.sql(`WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ` + strconv.Itoa(n) + `)
		INSERT INTO sealed SELECT 'protest-day', printf('%064x', n), 'cn-paris', randomblob(400), 1 FROM i`)
	for _, want := range []int{n - sqlite.PurgeMost, n - 2*sqlite.PurgeMost, 0} {
		if _, err := l.Roll(t.Context(), "protest-day", noon); err != nil {
			t.Fatal(err)
		}
		if got := f.column(`SELECT count(*) FROM sealed`)[0]; got != strconv.Itoa(want) {
			t.Errorf("%s left, want %d", got, want)
		}
	}
	if f.logSize() != 0 {
		t.Error("the log still holds what was purged")
	}
}
