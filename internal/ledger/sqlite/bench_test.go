package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
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

func sent(a ledger.Acceptance) ledger.Settlement {
	d := a.Drafts[0].Delivery
	return ledger.Settlement{
		ID: d.ID, Attempt: 1, Channel: d.Channel, Claim: d.Claim, From: ledger.StateClaimed, To: ledger.StateSent, At: noon, Token: "s" + a.Action.Token,
	}
}

// BenchmarkAcceptSettle is what a submission that leaves at once writes: an accept and a settle, each durable.
func BenchmarkAcceptSettle(b *testing.B) {
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
					pair(b, l, n.Add(1))
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						pair(b, l, n.Add(1))
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
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
