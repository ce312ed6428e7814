package ledger

import (
	"context"
	"fmt"
	"time"
)

const (
	// halveEvery is how soon one sign after another halves the pace again: letters on the way when a receiver begins to refuse all tell of
	// the same thing.
	halveEvery = 5 * time.Minute
	// slowest is how often the pace is halved at most: to a 32nd.
	slowest = 5
	// quiet is how long no sign must come for one halving to be taken back.
	quiet = time.Hour
	// holdAfter is how many signs in a row, without a letter delivered in between, hold a domain, for holdFor after the last.
	// Exchange Online closes a mailbox that gets too much for an hour (Microsoft, "Receiving limits").
	holdAfter = 10
	holdFor   = time.Hour
	// signsKept is how many of the last signs are known again when they are told twice.
	signsKept = 16
)

// brake is what the receiver of a domain's mail has said of our pace.
type brake struct {
	Halved int    `json:"halved,omitempty"` // how often, at Last
	At     int64  `json:"at,omitempty"`     // when it was halved
	Last   int64  `json:"last,omitempty"`   // the last sign
	Row    int    `json:"row,omitempty"`    // signs since the last letter delivered
	Hold   int64  `json:"hold,omitempty"`   // nothing leaves until then
	Seen   string `json:"seen,omitempty"`   // short tokens of the last signs
	Holder string `json:"by,omitempty"`     // short token of the sign that held it
}

// Slow halves the pace of a mail domain, because its receiver takes no more for now; the tenth sign in a row holds it for an
// hour. Each quiet hour takes one halving back. A sign told twice, by the same token, counts once. held says that this sign was
// what holds it, also when it is told again: who could not be told the first time is told then.
func Slow(ctx context.Context, docs Documents, domain, token string, now time.Time) (held bool, err error) {
	err = change(ctx, docs, DocumentName(paceKind, domain), func(r *road) { held = r.Brake.sign(token, now.UnixMilli()) })
	if err != nil {
		return false, fmt.Errorf("slow down: %w", err)
	}
	return held, nil
}

// Ease tells that a domain's receiver took a letter: the signs are in a row no more. The pace stays as it is.
func Ease(ctx context.Context, docs Documents, domain string) error {
	if err := change(ctx, docs, DocumentName(paceKind, domain), func(r *road) { r.Brake.Row = 0 }); err != nil {
		return fmt.Errorf("ease: %w", err)
	}
	return nil
}

func (b *brake) sign(token string, now int64) (held bool) {
	short := shortToken(token)
	if knows(b.Seen, short) {
		return b.Holder == short && now < b.Hold
	}
	b.Seen = remember(b.Seen, short, signsKept)
	b.rein(now)
	level := b.level(now)
	if now-b.At >= halveEvery.Milliseconds() {
		level, b.At = min(level+1, slowest), now
	}
	b.Halved, b.Last = level, now
	if b.Row++; b.Row < holdAfter {
		return false
	}
	if held = now >= b.Hold; held {
		b.Holder = short
	}
	b.Hold = now + holdFor.Milliseconds()
	return held
}

// rein takes back what a clock that ran ahead has put further ahead than it can be.
func (b *brake) rein(now int64) {
	b.At, b.Last = min(b.At, now), min(b.Last, now)
	b.Hold = min(b.Hold, now+holdFor.Milliseconds())
}

// level answers how often the pace is halved now.
func (b *brake) level(now int64) int {
	return max(0, b.Halved-int((now-b.Last)/quiet.Milliseconds()))
}
