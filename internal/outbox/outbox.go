// Package outbox is how mail leaves: at once, where the pace allows ([Outbox.Send]), or from the queue ([Deliverer.Tick]); and how what
// the provider tells of it comes back ([Feedback.Take]).
//
// It never sends twice: what cannot be known becomes unknown and stays so until a provider's event or an organizer settles
// it. It knows no provider and no database.
package outbox

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

const (
	// settleTime is what is kept back of the caller's time for writing down what happened.
	settleTime = 1500 * time.Millisecond
	// wireMargin is how long a claim must still last when the attempt begins: longer than any attempt, so that no mail is
	// on the wire when somebody else may call the delivery unknown.
	wireMargin = 15 * time.Second
	// retryLater is when to look again at what surely was not sent.
	retryLater = time.Minute
	// haltLife is how long a process that saw the provider halt tries nothing, unless the provider says otherwise before.
	haltLife = time.Minute
	// slotLife is how old a slot may be when its mail gets on the wire: a process that was frozen in between would otherwise send in
	// a time that the pace has given to others. In any window no more letters leave than are granted in one that is longer by this.
	slotLife = 10 * time.Second
)

// Ledger is what leaving needs of a ledger.
type Ledger interface {
	ledger.Records
	ledger.Documents
}

// Outbox sends claimed deliveries. Its fields are set once; it is safe for parallel use.
type Outbox struct {
	Ledger Ledger
	Mailer mailer.Mailer
	// Events says that the provider tells what becomes of a mail it took: a letter's sealed fields are kept until it does.
	Events   bool
	SlotTime time.Duration    // how long a letter that has just been signed asks for a slot; 0: 300 ms
	Now      func() time.Time // nil: time.Now
	NewToken func() string    // nil: crypto/rand.Text
	Log      *slog.Logger     // nil: slog.Default

	mu       sync.Mutex
	slotless map[address.Email]time.Time // mailboxes without a slot before that time
	controls map[string]steered
	halted   halt
}

// halt is that the provider takes nothing for now.
type halt struct {
	until time.Time
	why   string
}

// Ready says whether a letter that has just been signed may be tried at once, by what this process knows: nothing stops its
// campaign or target, and no slot of its mailboxes was refused until now. Where it says no the letter belongs into the queue.
func (o *Outbox) Ready(ctx context.Context, d ledger.Delivery, to []address.Email) bool {
	return o.stopped(ctx, d) == "" && !o.knowsNoSlot(to)
}

// Send makes one attempt for a delivery that the caller has claimed, if its mailboxes have a slot, settles it, and answers the state
// it is now in. It goes on when the visitor hangs up, ends before ctx's deadline, and returns with nothing in flight. When the
// settlement cannot be written the delivery stays claimed, and becomes unknown when its claim lapses.
func (o *Outbox) Send(ctx context.Context, d ledger.Delivery, m mailer.Message, pace ledger.Pace) ledger.State {
	ctx, cancel := uncut(ctx)
	defer cancel()
	state, _ := o.settle(ctx, o.sent(ctx, d, m, pace))
	return state
}

// sent is the step of a delivery that was tried, or must wait.
func (o *Outbox) sent(ctx context.Context, d ledger.Delivery, m mailer.Message, pace ledger.Pace) ledger.Settlement {
	if why := o.stopped(ctx, d); why != "" {
		return o.back(d, why, o.now())
	}
	granted := o.now()
	if !o.slot(ctx, m.To, pace) {
		return o.back(d, "pace", o.now())
	}
	if pace == (ledger.Pace{}) {
		granted = time.Time{}
	}
	step, _ := o.attempt(ctx, d, m, granted)
	return step
}

// settle writes a step and answers the state the delivery is now in, as far as it is known, and whether it was this step.
func (o *Outbox) settle(ctx context.Context, step ledger.Settlement) (ledger.State, bool) {
	changed, err := o.Ledger.Settle(ctx, step)
	switch {
	case err != nil:
		o.log().ErrorContext(ctx, "delivery not settled", "campaign", step.ID.Campaign, "target", step.ID.Target, "to", step.To, "error", err)
		return step.From, false
	case !changed:
		// Somebody was faster: an event that proves the sending, or a claim taken for lapsed. What stands is theirs.
		o.log().WarnContext(ctx, "delivery settled by another", "campaign", step.ID.Campaign, "target", step.ID.Target, "to", step.To)
	}
	return step.To, changed
}

// attempt is the one place from which a mail gets on the wire. granted is when its slot was; zero for mail that needs none. The result
// is zero where nothing was tried.
func (o *Outbox) attempt(ctx context.Context, d ledger.Delivery, m mailer.Message, granted time.Time) (ledger.Settlement, mailer.Result) {
	if why := late(d, granted, o.now()); why != "" { // right before the wire: a frozen process may wake minutes later
		o.log().WarnContext(ctx, "mail not tried", "campaign", d.Campaign, "target", d.Target, "reason", why)
		return o.back(d, why, o.now()), mailer.Result{}
	}
	wire, cancel := beforeDeadline(ctx)
	result := o.Mailer.Send(wire, m)
	cancel()
	if result.Outcome == mailer.Halt {
		o.halt(result.Reason)
	}
	if result.Outcome != mailer.Accepted {
		o.log().WarnContext(ctx, "mail not accepted", "campaign", d.Campaign, "target", d.Target,
			"outcome", result.Outcome.String(), "reason", result.Reason)
	}
	step := o.step(d, result.Reason)
	step.To, step.Next = state(result.Outcome, o.now())
	step.Stranded = step.To == ledger.StateFailed && d.Target != ledger.TargetSigner
	step.Forget = !o.Events
	return step, result
}

// late says why it is too late to send with this claim and slot, or "".
func late(d ledger.Delivery, granted, now time.Time) string {
	switch {
	case d.Next.Sub(now) < wireMargin:
		return "claim-lapsing"
	case !granted.IsZero() && lapsed(granted, now):
		return "slot-lapsed"
	}
	return ""
}

// state is the one place where an outcome on the wire becomes a state; next is when to look again at what is queued.
func state(outcome mailer.Outcome, now time.Time) (to ledger.State, next time.Time) {
	switch outcome {
	case mailer.Accepted:
		return ledger.StateSent, time.Time{}
	case mailer.Refused:
		return ledger.StateFailed, time.Time{}
	case mailer.Later, mailer.Halt:
		return ledger.StateQueued, now.Add(retryLater)
	}
	return ledger.StateUnknown, time.Time{}
}

// back is the step of a claimed delivery that was surely not sent, into the queue.
func (o *Outbox) back(d ledger.Delivery, reason string, next time.Time) ledger.Settlement {
	step := o.step(d, reason)
	step.To, step.Next = ledger.StateQueued, next
	return step
}

// step is a settlement of a delivery as it stands, without where to.
func (o *Outbox) step(d ledger.Delivery, reason string) ledger.Settlement {
	return ledger.Settlement{
		ID: d.ID, Attempt: d.Attempt, Channel: d.Channel, Claim: d.Claim, From: d.State,
		At: o.now(), Reason: reason, Token: o.token(),
	}
}

// beforeDeadline is the caller's context without its last moments.
func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-settleTime))
}

// uncut is a context that ends with ctx's time, but not when ctx is cancelled.
func uncut(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	ctx = context.WithoutCancel(ctx)
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline)
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
