// Package outbox is how mail leaves: one attempt on the wire for a claimed delivery, and its settlement.
//
// It never sends twice: what cannot be known becomes unknown and stays so until a provider's event or an organizer settles
// it. It knows no provider and no database.
package outbox

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

const (
	// settleTime is what is kept back of the caller's time for writing down what happened.
	settleTime = 1500 * time.Millisecond
	// wireMargin is how long a claim must still last when the attempt begins: longer than any attempt, so that no mail is
	// on the wire when somebody else may call the delivery unknown.
	wireMargin = 15 * time.Second
	// retryLater and retryHalt are when to look again at what surely was not sent: soon after a throttle, later when no
	// mail would leave at all.
	retryLater = time.Minute
	retryHalt  = 15 * time.Minute
)

// Outbox sends claimed deliveries. Its fields are set once; it is safe for parallel use.
type Outbox struct {
	Records  ledger.Records
	Mailer   mailer.Mailer
	Now      func() time.Time // nil: time.Now
	NewToken func() string    // nil: crypto/rand.Text
	Log      *slog.Logger     // nil: slog.Default
}

// Send makes one attempt for a delivery that the caller has claimed, settles it, and answers the state it is now in. It goes on
// when the visitor hangs up, ends before ctx's deadline, and returns with nothing in flight. When the settlement cannot be
// written the delivery stays claimed, and becomes unknown when its claim lapses.
func (o *Outbox) Send(ctx context.Context, d ledger.Delivery, m mailer.Message) ledger.State {
	step := o.attempt(ctx, d, m)
	changed, err := o.Records.Settle(ctx, step)
	switch {
	case err != nil:
		o.log().ErrorContext(ctx, "delivery not settled", "campaign", d.Campaign, "target", d.Target, "to", step.To, "error", err)
		return ledger.StateClaimed
	case !changed:
		// Somebody was faster: an event that proves the sending, or a claim taken for lapsed. What stands is theirs.
		o.log().WarnContext(ctx, "delivery settled by another", "campaign", d.Campaign, "target", d.Target, "to", step.To)
	}
	return step.To
}

func (o *Outbox) attempt(ctx context.Context, d ledger.Delivery, m mailer.Message) ledger.Settlement {
	result := mailer.Result{Outcome: mailer.Later, Reason: "claim-lapsing"}
	if d.Next.Sub(o.now()) >= wireMargin { // right before the wire: a frozen process may wake minutes later
		wire, cancel := beforeDeadline(ctx)
		result = o.Mailer.Send(wire, m)
		cancel()
	}
	now := o.now()
	step := settlement(result, now)
	step.ID, step.Attempt, step.Channel, step.Claim, step.From = d.ID, d.Attempt, d.Channel, d.Claim, ledger.StateClaimed
	step.At, step.Token = now, o.token()
	if result.Outcome != mailer.Accepted {
		o.log().WarnContext(ctx, "mail not accepted", "campaign", d.Campaign, "target", d.Target,
			"outcome", result.Outcome.String(), "reason", result.Reason)
	}
	return step
}

// settlement is the one place where an outcome on the wire becomes a state.
func settlement(r mailer.Result, now time.Time) ledger.Settlement {
	step := ledger.Settlement{Reason: r.Reason}
	switch r.Outcome {
	case mailer.Accepted:
		step.To = ledger.StateSent
	case mailer.Refused:
		step.To = ledger.StateFailed
	case mailer.Later:
		step.To, step.Next = ledger.StateQueued, now.Add(retryLater)
	case mailer.Halt:
		step.To, step.Next = ledger.StateQueued, now.Add(retryHalt)
	default:
		step.To = ledger.StateUnknown
	}
	return step
}

// beforeDeadline is the caller's context without its last moments.
func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-settleTime))
}

// now is the wall clock alone: the monotonic one stands still while a machine sleeps, and a claim goes on lapsing.
func (o *Outbox) now() time.Time {
	if o.Now == nil {
		return time.Now().Round(0)
	}
	return o.Now().Round(0)
}

func (o *Outbox) token() string {
	if o.NewToken == nil {
		return rand.Text()
	}
	return o.NewToken()
}

func (o *Outbox) log() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}
