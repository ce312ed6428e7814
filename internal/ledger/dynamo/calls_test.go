package dynamo_test

import (
	"context"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// The calls in a row that each operation makes when nothing goes wrong.
func TestCallsPerOperation(t *testing.T) {
	dynamotest.Open(t) // skips where there is no DynamoDB Local
	wire := &wire{then: pass}
	l := dynamotest.Open(t).Records(wire)
	k := ledger.Key{Campaign: "protest-day", Signer: "ann"}
	a, p, p2 := acceptance(k, "token"), pending(k, "FIRST"), pending(k, "SECOND")
	q := waiting(ledger.Key{Campaign: "protest-day", Signer: "bob"}, "paris")
	claim := ledger.Claim{ID: q.Drafts[0].Delivery.ID, Token: "claim", Now: noon, Until: noon.Add(time.Minute)}
	release := settlement(q, "release")
	release.To, release.Next = ledger.StateQueued, noon
	second := settlement(q, "down")
	second.From, second.To, second.Next, second.Again, second.Into = ledger.StateQueued, ledger.StateQueued, noon, true, ledger.ChannelFax
	stranded := settlement(q, "stranded")
	stranded.Attempt, stranded.Channel, stranded.From, stranded.To, stranded.Stranded = 2, ledger.ChannelFax, ledger.StateQueued, ledger.StateBounced, true
	note := ledger.DocumentName("NOTE", "paris")
	write := func(ctx context.Context, text string) error {
		return l.Change(ctx, note, func([]byte) ([]byte, error) { return []byte(text), nil })
	}
	for _, op := range []struct {
		what string
		want int
		call func(ctx context.Context) error
	}{
		{"adopted, the first time", 3, func(ctx context.Context) error { return l.Adopted(ctx, "ours") }},
		{"adopted", 2, func(ctx context.Context) error { return l.Adopted(ctx, "ours") }},
		{"keep", 1, func(ctx context.Context) error { return l.Keep(ctx, ledger.Version{Digest: "d", Text: []byte("t")}) }},
		{"version", 1, func(ctx context.Context) error { _, err := l.Version(ctx, "d"); return err }},
		{"accept", 1, func(ctx context.Context) error { _, err := l.Accept(ctx, a); return err }},
		{"accept of a repeat", 1, func(ctx context.Context) error { _, err := l.Accept(ctx, acceptance(k, "x")); return err }},
		{"find", 1, func(ctx context.Context) error { _, _, err := l.Find(ctx, k); return err }},
		{"sealed", 1, func(ctx context.Context) error { _, err := l.Sealed(ctx, a.Drafts[0].Delivery.ID, noon); return err }},
		{"settle", 1, func(ctx context.Context) error { _, err := l.Settle(ctx, settlement(a, "s")); return err }},
		{"settle of a late event", 1, func(ctx context.Context) error { _, err := l.Settle(ctx, settlement(a, "x")); return err }},
		{"pend with a mail", 1, func(ctx context.Context) error { _, err := l.Pend(ctx, p, invitation(p)); return err }},
		{"pend without", 2, func(ctx context.Context) error { _, err := l.Pend(ctx, p2, invitation(p2)); return err }},
		{"pending", 1, func(ctx context.Context) error { _, err := l.Pending(ctx, k, p.ID, noon); return err }},
		{"waiting", 1, func(ctx context.Context) error { _, err := l.Waiting(ctx, k, noon, 5); return err }},
		{"accept, queued", 1, func(ctx context.Context) error { _, err := l.Accept(ctx, q); return err }},
		{"due", 2, func(ctx context.Context) error {
			_, err := l.Due(ctx, ledger.Queue{Campaign: "protest-day", Target: "paris", Channel: ledger.ChannelEmail}, noon, 5)
			return err
		}},
		{"claim", 1, func(ctx context.Context) error { _, _, err := l.Claim(ctx, claim); return err }},
		{"claim of a repeat", 1, func(ctx context.Context) error { _, _, err := l.Claim(ctx, claim); return err }},
		{"release", 1, func(ctx context.Context) error { _, err := l.Settle(ctx, release); return err }},
		{"step on the ladder", 1, func(ctx context.Context) error { _, err := l.Settle(ctx, second); return err }},
		{"settle, stranded", 1, func(ctx context.Context) error { _, err := l.Settle(ctx, stranded); return err }},
		{"stranded", 1, func(ctx context.Context) error {
			ids, err := l.Stranded(ctx, ledger.Queue{Campaign: "protest-day", Target: "paris", Channel: ledger.ChannelFax}, ledger.ID{}, 5)
			if len(ids) != 1 {
				t.Errorf("%d stranded", len(ids))
			}
			return err
		}},
		{"stranded, of none", 0, func(ctx context.Context) error {
			_, err := l.Stranded(ctx, ledger.Queue{}, ledger.ID{}, 0)
			return err
		}},
		{"document", 1, func(ctx context.Context) error { _, err := l.Document(ctx, note); return err }},
		{"change", 2, func(ctx context.Context) error { return write(ctx, "a") }},
		{"change to the same", 1, func(ctx context.Context) error { return write(ctx, "a") }},
		{"adopt", 2, func(ctx context.Context) error { return l.Adopt(ctx, "ours") }},
		{"roll", ledger.Shards + 2, func(ctx context.Context) error { _, err := l.Roll(ctx, "protest-day", noon); return err }},
		{"roll of the same", ledger.Shards + 1, func(ctx context.Context) error { _, err := l.Roll(ctx, "protest-day", noon); return err }},
		{"subscribe", 1, func(ctx context.Context) error {
			return l.Subscribe(ctx, ledger.Subscriber{Campaign: "protest-day", Partner: "union", ID: "ID", Sealed: []byte("box"), Expires: noon})
		}},
		{"subscribers", 1, func(ctx context.Context) error {
			_, err := l.Subscribers(ctx, "protest-day", "union", "", noon, 9)
			return err
		}},
		{"unsubscribe", 2, func(ctx context.Context) error { return l.Unsubscribe(ctx, "protest-day", "union", numbered(26)) }},
		{"unsubscribe none", 0, func(ctx context.Context) error { return l.Unsubscribe(ctx, "protest-day", "union", []string{""}) }},
		{"tally", ledger.Shards, func(ctx context.Context) error { _, err := l.Tally(ctx, "protest-day"); return err }},
	} {
		if err := op.call(t.Context()); err != nil {
			t.Errorf("%s: %v", op.what, err)
		}
		if got := wire.calls(); got != op.want {
			t.Errorf("%s: %d calls, want %d", op.what, got, op.want)
		}
	}
}
