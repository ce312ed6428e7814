package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

var noon = time.Date(2007, 12, 2, 12, 0, 0, 0, time.UTC)

func claimed(i int64) ledger.Acceptance {
	k := ledger.Key{Campaign: "protest-day", Signer: fmt.Sprintf("%064x", uint64(i)*0x9E3779B97F4A7C15)}
	return ledger.Acceptance{
		Action: ledger.Action{Key: k, Day: noon, Proof: ledger.ProofNone, Language: "en", Consent: "1", Token: fmt.Sprint("t", i)},
		Drafts: []ledger.Draft{{
			Delivery: ledger.Delivery{
				ID: ledger.ID{Key: k, Target: "cn-paris"}, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed,
				Letter: "digest", Claim: "claim", Next: noon.Add(time.Minute), Changed: noon,
			},
			Sealed:  []byte(secret(i)),
			Expires: noon.Add(time.Hour),
		}},
	}
}

// secret stands for the sealed fields of the i-th signer, of about their size.
func secret(i int64) string { return fmt.Sprintf("%0400d", i) }

// sent is what a provider without events settles.
func sent(a ledger.Acceptance) ledger.Settlement {
	d := a.Drafts[0].Delivery
	return ledger.Settlement{
		ID: d.ID, Attempt: 1, Channel: d.Channel, Claim: "claim", From: ledger.StateClaimed, To: ledger.StateSent, At: noon, Token: "s" + a.Action.Token,
		Forget: true,
	}
}

// BenchmarkAcceptSettle is what a submission that leaves at once writes: an accept and a settle, each durable.
func BenchmarkAcceptSettle(b *testing.B) {
	letters(b, "pairs/s", func(l *sqlite.Ledger, i int64) { pair(b, l, i) })
}

// BenchmarkQueueClaimSettle is what a letter that waits writes: an accept, a claim and a settle, each durable.
func BenchmarkQueueClaimSettle(b *testing.B) {
	letters(b, "letters/s", func(l *sqlite.Ledger, i int64) { later(b, l, i) })
}

// BenchmarkDue asks for ten letters beside others that wait and are not due: its cost does not grow with them.
func BenchmarkDue(b *testing.B) {
	for _, waiting := range []int64{0, 1_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			f := newFolder(b)
			l := open(b, f.path)
			f.wait(waiting)
			for i := range int64(10) {
				if _, err := l.Accept(b.Context(), queued(i)); err != nil {
					b.Fatal(err)
				}
			}
			now := queued(0).Drafts[0].Delivery.Next
			for b.Loop() {
				if due, err := l.Due(b.Context(), ledger.Queue{Campaign: "protest-day", Target: "cn-paris", Channel: ledger.ChannelEmail}, now, 10); err != nil || len(due) != 10 {
					b.Fatal(len(due), err)
				}
			}
		})
	}
}

// wait writes n letters that wait for another hour.
func (f folder) wait(n int64) {
	f.Helper()
	f.sql(fmt.Sprintf(`WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d)
		INSERT INTO deliveries SELECT 'protest-day', hex(randomblob(32)), 'cn-paris', 1, 'email', 'queued', 'digest', '', %d, '2007-12-02', '', '', 0, 0
		FROM i WHERE %[1]d > 0`, n, noon.Add(time.Hour).UnixMilli()))
}

// letters measures calls one after the other, and 64 at a time.
func letters(b *testing.B, unit string, call func(l *sqlite.Ledger, i int64)) {
	for _, parallel := range []int{1, 64} {
		b.Run(fmt.Sprintf("parallel=%d", parallel), func(b *testing.B) {
			l := open(b, filepath.Join(b.TempDir(), "ledger.db"))
			if err := l.Adopted(b.Context(), "ours"); err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			b.SetParallelism(parallel / 2) // times GOMAXPROCS, 2 where this was measured
			if parallel == 1 {
				for b.Loop() {
					call(l, n.Add(1))
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						call(l, n.Add(1))
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), unit)
		})
	}
}

func pair(tb testing.TB, l ledger.Records, i int64) {
	a := claimed(i)
	if isNew, err := l.Accept(tb.Context(), a); err != nil || !isNew {
		tb.Errorf("accept: %v, %v", isNew, err)
	}
	if changed, err := l.Settle(tb.Context(), sent(a)); err != nil || !changed {
		tb.Errorf("settle: %v, %v", changed, err)
	}
}

func later(tb testing.TB, l ledger.Records, i int64) {
	a := queued(i)
	if isNew, err := l.Accept(tb.Context(), a); err != nil || !isNew {
		tb.Errorf("accept: %v, %v", isNew, err)
	}
	if _, won, err := l.Claim(tb.Context(), claimOf(a)); err != nil || !won {
		tb.Errorf("claim: %v, %v", won, err)
	}
	if changed, err := l.Settle(tb.Context(), sent(a)); err != nil || !changed {
		tb.Errorf("settle: %v, %v", changed, err)
	}
}
