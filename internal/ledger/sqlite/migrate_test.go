package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

// left is a ledger's folder with the file that an older program left.
func left(t *testing.T, script string) folder {
	f := newFolder(t)
	text, err := os.ReadFile(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	f.sql(string(text))
	return f
}

// versionOne is a ledger's folder as the program of schema version 1 left it.
func versionOne(t *testing.T) folder {
	f := left(t, "version1.sql")
	if err := sqlite.CreateMark(f.path, "OG4IFRYZPFZLNJEY6RWSO24C23", 7); err != nil {
		t.Fatal(err)
	}
	return f
}

// sql does to the file what its own program would not.
func (f folder) sql(script string) {
	f.Helper()
	f.db(func(db *sql.DB) error {
		_, err := db.Exec(script)
		return err
	})
}

func (f folder) db(use func(db *sql.DB) error) {
	f.Helper()
	db, err := sql.Open("sqlite", f.path)
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(use(db), db.Close()); err != nil {
		f.Fatal(err)
	}
}

// column answers the last column of what the query answers.
func (f folder) column(query string, args ...any) (values []string) {
	f.Helper()
	f.db(func(db *sql.DB) error {
		rows, err := db.Query(query, args...)
		if err != nil {
			return err
		}
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(sql.RawBytes)
		}
		for rows.Next() {
			if err := rows.Scan(row...); err != nil {
				return err
			}
			values = append(values, string(*row[len(row)-1].(*sql.RawBytes)))
		}
		return rows.Err()
	})
	return values
}

func TestMigratedFromVersionOne(t *testing.T) {
	l := open(t, versionOne(t).path)
	if err := l.Adopted(t.Context(), "ours"); err != nil {
		t.Error(err)
	}
	email := func(target string, s ledger.State) ledger.Bucket {
		return ledger.Bucket{Target: target, Channel: ledger.ChannelEmail, State: s}
	}
	for campaign, want := range map[string]ledger.Tally{
		"other-day": {Actions: 1, Deliveries: map[ledger.Bucket]int{email("cn-paris", ledger.StateQueued): 1}},
		"protest-day": {Actions: 8, Deliveries: map[ledger.Bucket]int{
			email("SIGNER", ledger.StateQueued):                                            1,
			email("cn-paris", ledger.StateQueued):                                          5,
			email("cn-paris", ledger.StateSent):                                            1,
			email("cn-paris", ledger.StateUnknown):                                         1,
			{Target: "cn-paris", Channel: ledger.ChannelPrint, State: ledger.StateOffered}: 1,
		}},
	} {
		tallied(t, l, campaign, want)
	}
}

// tallied holds a campaign's counts, and those of its records, to what they should be.
func tallied(t *testing.T, l *sqlite.Ledger, campaign string, want ledger.Tally) {
	t.Helper()
	got, err := l.Tally(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	recount, err := ledger.Recount(l.Walk(t.Context(), campaign))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got) + cmp.Diff(want, recount); diff != "" {
		t.Errorf("%s:\n%s", campaign, diff)
	}
}

// The actions of before are counted for the partners who brought them, and those that follow with them.
func TestMigratedFromVersionTwo(t *testing.T) {
	l := open(t, left(t, "version2.sql").path)
	waits := ledger.Bucket{Target: "cn-paris", Channel: ledger.ChannelEmail, State: ledger.StateQueued}
	want := map[string]ledger.Tally{
		"other-day": {
			Actions: 2, Partners: map[string]ledger.Brought{"union": {Claimed: 1}}, Deliveries: map[ledger.Bucket]int{waits: 2},
		},
		"protest-day": {
			Actions:    7,
			Partners:   map[string]ledger.Brought{"union": {Verified: 2, Claimed: 1}, "ngo": {Claimed: 1}, "paris-committee": {Verified: 1}},
			Deliveries: map[ledger.Bucket]int{waits: 7},
		},
	}
	check := func() {
		t.Helper()
		for campaign, want := range want {
			tallied(t, l, campaign, want)
			if changed, err := l.Repair(t.Context(), campaign); changed || err != nil {
				t.Errorf("%s: the counts were wrong: %v, %v", campaign, changed, err)
			}
		}
	}
	check()
	a := queued(10)
	a.Action.Partner, a.Subscriber = "ngo", subscriber("ngo", 10)
	if isNew, err := l.Accept(t.Context(), a); !isNew || err != nil {
		t.Fatal(isNew, err)
	}
	after := want["protest-day"]
	after.Actions, after.Partners["ngo"], after.Deliveries[waits] = 8, ledger.Brought{Claimed: 2}, 8
	want["protest-day"] = after
	check()
	ss, err := l.Subscribers(t.Context(), "protest-day", "ngo", "", noon, 9)
	if err != nil || len(ss) != 1 {
		t.Errorf("%v, %v", ss, err)
	}
}

// Letters of before are of no variant, and none of them is taken for stranded.
func TestMigratedFromVersionThree(t *testing.T) {
	l := open(t, left(t, "version3.sql").path)
	tallied(t, l, "protest-day", sumOfThree())
	wantStranded(t, l)
	for e, err := range l.Walk(t.Context(), "") {
		if err != nil || e.Delivery != nil && e.Delivery.Variant != 0 {
			t.Errorf("%+v, %v", e.Delivery, err)
		}
	}
}

// From then on they go as new ones do: one strands, one that bounced before goes on by fax, beside a new letter in a variant.
func TestMigratedFromVersionThreeGoesOn(t *testing.T) {
	l := open(t, left(t, "version3.sql").path)
	a := queued(10)
	a.Drafts[0].Delivery.Variant = 2
	if isNew, err := l.Accept(t.Context(), a); !isNew || err != nil {
		t.Fatal(isNew, err)
	}
	strands, goes := sent(queued(1)), sent(queued(3))
	strands.ID.Signer, strands.From, strands.To, strands.Stranded = "00000001", ledger.StateQueued, ledger.StateBounced, true
	goes.ID.Signer, goes.From, goes.To, goes.Again, goes.Into = "00000003", ledger.StateBounced, ledger.StateQueued, true, ledger.ChannelFax
	for _, s := range []ledger.Settlement{strands, goes} {
		if changed, err := l.Settle(t.Context(), s); !changed || err != nil {
			t.Error(changed, err)
		}
	}
	want := sumOfThree() // one came to the queue and one to what has bounced, from where one left each
	want.Actions, want.Variants = 9, map[int]int{2: 1}
	want.Deliveries[ledger.Bucket{Target: "cn-paris", Channel: ledger.ChannelFax, State: ledger.StateQueued}] = 1
	tallied(t, l, "protest-day", want)
	wantStranded(t, l, strands.ID)
	if box, err := l.Sealed(t.Context(), goes.ID, noon); string(box) != "box 3" || err != nil {
		t.Errorf("sealed %q, %v", box, err)
	}
	for _, campaign := range []string{"protest-day", "other-day"} {
		if changed, err := l.Repair(t.Context(), campaign); changed || err != nil {
			t.Errorf("%s: the counts were wrong: %v, %v", campaign, changed, err)
		}
	}
}

// sumOfThree is what version3.sql holds of protest-day.
func sumOfThree() ledger.Tally {
	t := ledger.Tally{Actions: 8, Partners: map[string]ledger.Brought{"union": {Verified: 1}}, Deliveries: map[ledger.Bucket]int{
		{Target: "cn-paris", Channel: ledger.ChannelPrint, State: ledger.StateOffered}: 1,
	}}
	for s, n := range map[ledger.State]int{
		ledger.StateQueued: 2, ledger.StateBounced: 2, ledger.StateSent: 1, ledger.StateDelivered: 1, ledger.StateHeld: 1,
	} {
		t.Deliveries[ledger.Bucket{Target: "cn-paris", Channel: ledger.ChannelEmail, State: s}] = n
	}
	return t
}

func wantStranded(t *testing.T, l *sqlite.Ledger, want ...ledger.ID) {
	t.Helper()
	q := ledger.Queue{Campaign: "protest-day", Target: "cn-paris", Channel: ledger.ChannelEmail}
	if got, err := l.Stranded(t.Context(), q, ledger.ID{}, 9); err != nil || !slices.Equal(got, want) {
		t.Errorf("stranded: %v, %v; want %v", got, err, want)
	}
}

// No table keeps the order in which signers came: the one with a rowid has one row.
func TestTablesTellNoOrder(t *testing.T) {
	f := newFolder(t)
	open(t, f.path)
	tables := f.column(`SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID'`)
	if diff := cmp.Diff([]string{"identity"}, tables); diff != "" {
		t.Error(diff)
	}
}

func TestMigratedRecordsAreWhole(t *testing.T) {
	l := open(t, versionOne(t).path)
	k, day := ledger.Key{Campaign: "protest-day", Signer: "00000003"}, noon.Truncate(24*time.Hour)
	a, ds, err := l.Find(t.Context(), k)
	wantA := ledger.Action{Key: k, Day: day, Proof: ledger.ProofNone, Language: "en", Consent: "1", Token: "token-3"}
	wantDs := []ledger.Delivery{{
		ID: ledger.ID{Key: k, Target: "cn-paris"}, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed,
		Letter: "digest", Claim: "claim", Next: noon.Add(3 * time.Minute), Changed: day,
	}}
	if diff := cmp.Diff(wantA, a) + cmp.Diff(wantDs, ds); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if box, err := l.Sealed(t.Context(), wantDs[0].ID, noon); string(box) != "box 3" || err != nil {
		t.Errorf("sealed %q, %v", box, err)
	}
	if v, err := l.Version(t.Context(), "digest"); string(v.Text) != "Dear Ambassador" || err != nil {
		t.Errorf("version %q, %v", v.Text, err)
	}
	p, err := l.Pending(t.Context(), ledger.Key{Campaign: "protest-day", Signer: "0000000a"}, "0F9PIU800-PENDING", noon)
	if string(p.Sealed) != "box pending" || err != nil {
		t.Errorf("pending %q, %v", p.Sealed, err)
	}
}

// What waited before the migration is found by the index, and goes on from where it stood.
func TestMigratedOutboxIsDue(t *testing.T) {
	l := open(t, versionOne(t).path)
	due, err := l.Due(t.Context(), ledger.Queue{Campaign: "protest-day", Target: "cn-paris", Channel: ledger.ChannelEmail}, noon.Add(4*time.Minute), 9)
	if err != nil {
		t.Fatal(err)
	}
	var signers []string
	for _, d := range due {
		signers = append(signers, d.ID.Signer)
	}
	if diff := cmp.Diff([]string{"00000003", "00000004", "00000001", "00000002"}, signers); diff != "" {
		t.Error(diff)
	}
	changed, err := l.Settle(t.Context(), ledger.Settlement{
		ID: due[0].ID, Attempt: 1, Channel: ledger.ChannelEmail, Claim: "claim", From: ledger.StateClaimed, To: ledger.StateUnknown,
		At: noon, Token: "lapsed",
	})
	if !changed || err != nil {
		t.Error(changed, err)
	}
	if changed, err := l.Repair(t.Context(), "protest-day"); changed || err != nil {
		t.Errorf("the counts were wrong: %v, %v", changed, err)
	}
}

func TestProcessesMayMigrateTogether(t *testing.T) {
	f := versionOne(t)
	var group sync.WaitGroup
	for i := range int64(8) {
		group.Go(func() {
			l, err := sqlite.Open(f.path)
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
	if tally, err := open(t, f.path).Tally(t.Context(), "protest-day"); err != nil || tally.Actions != 8+8 {
		t.Errorf("%d actions, %v", tally.Actions, err)
	}
}

// A migration is one transaction: the older program still reads what it could not finish.
func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	f := versionOne(t)
	f.sql(`CREATE TABLE documents (in_the_way)`)
	before := f.column(`SELECT name FROM sqlite_master ORDER BY name`)
	if l, err := sqlite.Open(f.path); err == nil {
		t.Errorf("opened; close: %v", l.Close())
	}
	if diff := cmp.Diff(before, f.column(`SELECT name FROM sqlite_master ORDER BY name`)); diff != "" {
		t.Error(diff)
	}
	if v := f.column(`PRAGMA user_version`); v[0] != "1" {
		t.Errorf("version %s", v[0])
	}
	f.sql(`DROP TABLE documents`)
	if changed, err := open(t, f.path).Repair(t.Context(), "protest-day"); changed || err != nil {
		t.Errorf("tried again, the counts are wrong: %v, %v", changed, err)
	}
}

func TestAnotherSchemaVersionIsRefused(t *testing.T) {
	for _, version := range []int{sqlite.SchemaVersion() + 1, -1} {
		f := newFolder(t)
		f.session(0, 1)
		f.sql(fmt.Sprintf(`PRAGMA user_version = %d`, version))
		l, err := sqlite.Open(f.path)
		if err == nil {
			t.Fatalf("opened; close: %v", l.Close())
		}
		if want := fmt.Sprintf("schema version %d, this program knows %d", version, sqlite.SchemaVersion()); !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
