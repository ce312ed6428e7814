package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

const (
	// permanentInARow and badOfLast are when a target's channel is suspended: it gives letters back, for good or not.
	permanentInARow        = 3
	badOfLast, lastOutcome = 5, 100
	// breakerPercent of the last mails given back stop everything, or all mail to signers: SES reviews an account at 5 % and pauses it
	// near 10 % (SES developer guide, "Amazon SES sending review process FAQs"). Letters and mail to signers, whose addresses
	// anybody can type, are reckoned apart: where neither has so many, both together have not, and nobody can stop the letters
	// with forged addresses. Not reckoned are what the receiver's limit or the provider's own list sent back, and targets that
	// are suspended already: no target can stop the letters to all others.
	breakerPercent, breakerSpan = 3, 1000
	// lettersLeast and signersLeast are how many mails fewer count as, or a handful would stop a young account.
	lettersLeast, signersLeast = 300, breakerSpan
	// races is how often a step is tried again because somebody else took another.
	races = 5
)

// Alert is something that organizers must know, without personal data.
type Alert struct {
	What     string // "suspended", "breaker" (Target is ledger.TargetSigner where it stops mail to signers alone), "domain-held"
	Campaign string // scope; empty for the whole account
	Target   string
	Channel  ledger.Channel
	Domain   string // of the target's mail
	Reason   string // short code
}

// Feedback takes what a provider tells of the mail it took. Its fields are set once; it is safe for parallel use.
type Feedback struct {
	Ledger Ledger
	// Alert tells the organizers; nil tells nobody but the log. An alert that fails is told again when its event comes again.
	Alert func(ctx context.Context, a Alert) error
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: slog.Default
}

// Take takes events in any order, as often as they come, also before the sender has settled, and answers an error for each that
// must come again; nil for the others. What it cannot assign it drops.
func (f *Feedback) Take(ctx context.Context, events []mailer.Event) []error {
	b := &batch{Feedback: f, errs: make([]error, len(events)), outcomes: map[string][]outcome{}, eased: map[string]bool{}}
	for i, e := range events {
		b.errs[i] = b.take(ctx, i, e)
	}
	b.conclude(ctx)
	return b.errs
}

// batch gathers the outcomes of one call, so that many events cost one write of a document.
type batch struct {
	*Feedback
	errs     []error
	subjects []string // in the order of their first outcome
	outcomes map[string][]outcome
	eased    map[string]bool // domains whose signs are in a row no more, since the last one of this call
}

type outcome struct {
	event int // its index
	ledger.Outcome
	delivery ledger.Delivery
	why      string
	gone     bool // by the provider's own suppression list: every later letter would go nowhere
}

// take settles one event's delivery and gathers what it says of its receiver.
func (b *batch) take(ctx context.Context, i int, e mailer.Event) error {
	id, attempt, ok := ledger.ParseTag(e.Delivery)
	if !ok || e.Kind == 0 { // one left empty proves nothing
		b.log().WarnContext(ctx, "event of no delivery", "kind", e.Kind.String())
		return nil
	}
	d, err := b.settle(ctx, id, attempt, e)
	if errors.Is(err, ledger.ErrNotFound) { // another deployment's, or the ledger is an older one
		b.log().WarnContext(ctx, "event of an unknown delivery", "campaign", id.Campaign, "target", id.Target, "kind", e.Kind.String())
		return nil
	}
	if err != nil {
		return fmt.Errorf("settle event: %w", err)
	}
	b.gather(i, d, attempt, e)
	return b.brake(ctx, d, e)
}

// settle moves a delivery where the event proves it to be, and answers it as it was found last. An event of an earlier attempt
// settles nothing.
func (f *Feedback) settle(ctx context.Context, id ledger.ID, attempt int, e mailer.Event) (ledger.Delivery, error) {
	to := proven(e.Kind)
	for range races {
		d, err := find(ctx, f.Ledger, id)
		if err != nil || d.Attempt != attempt || !ledger.Step(d.State, to) {
			return d, err
		}
		changed, err := f.Ledger.Settle(ctx, ledger.Settlement{
			ID: id, Attempt: attempt, Channel: d.Channel, Claim: d.Claim, From: d.State, To: to,
			At: f.now(), Reason: reason(e), Token: "event " + e.ID, Stranded: strands(d, e),
		})
		if err != nil || changed {
			return d, err
		}
	}
	return ledger.Delivery{}, errors.New("delivery changes all the time")
}

// strands says that an event leaves a letter undelivered for good, so that another channel may take it. One that was delivered before may have
// been read; one that a restored ledger doubts may have gone on by another channel since, after this very event.
func strands(d ledger.Delivery, e mailer.Event) bool {
	return e.Kind == mailer.Bounced && e.Permanent && !e.Policy && d.State != ledger.StateDelivered && d.Reason != adopted && d.Target != ledger.TargetSigner
}

// proven is the one place where an event becomes a state.
func proven(k mailer.Kind) ledger.State {
	switch k {
	case mailer.Delivered:
		return ledger.StateDelivered
	case mailer.Bounced:
		return ledger.StateBounced
	case mailer.Complained:
		return ledger.StateComplained
	}
	return ledger.StateSent // also a delay: the provider has it
}

// reason is what an organizer later tells apart: what may be tried again from what may not.
func reason(e mailer.Event) string {
	if e.Policy {
		return "Policy"
	}
	return e.Reason
}

// gather keeps what an event says of its target and of its stream. One of an earlier attempt says nothing of the target: that attempt may have
// gone by another channel.
func (b *batch) gather(i int, d ledger.Delivery, attempt int, e mailer.Event) {
	o := outcome{event: i, delivery: d, why: e.Reason, gone: e.Suppressed}
	o.Token = e.ID
	bounced := e.Kind == mailer.Bounced && !e.Policy
	o.Bad = bounced || e.Kind == mailer.Complained
	o.Firm = o.Bad && (e.Permanent || e.Kind == mailer.Complained)
	if d.Target != ledger.TargetSigner && d.Attempt == attempt && (o.Bad || e.Kind == mailer.Delivered) {
		b.add(ledger.HealthOf(d.Campaign, d.Target, d.Channel), o)
	}
	if bounced && !e.Suppressed || e.Kind == mailer.Delivered {
		o.gone = false
		b.add(stream(d), o)
	}
}

func (b *batch) add(subject string, o outcome) {
	if _, ok := b.outcomes[subject]; !ok {
		b.subjects = append(b.subjects, subject)
	}
	b.outcomes[subject] = append(b.outcomes[subject], o)
}

// brake adapts the pace of the receiving mail domain.
func (b *batch) brake(ctx context.Context, d ledger.Delivery, e mailer.Event) error {
	if e.Domain == "" || d.Target == ledger.TargetSigner {
		return nil
	}
	switch {
	case e.Kind == mailer.Delivered:
		return b.ease(ctx, e.Domain)
	case e.Kind == mailer.Delayed, e.Kind == mailer.Bounced && e.Policy:
		b.eased[e.Domain] = false
		held, err := ledger.Slow(ctx, b.Ledger, e.Domain, e.ID, b.now())
		if err == nil && held {
			return b.tell(ctx, Alert{What: "domain-held", Domain: e.Domain, Campaign: d.Campaign, Target: d.Target, Channel: d.Channel, Reason: reason(e)})
		}
		return err
	}
	return nil
}

// ease tells that a domain takes letters, once for all that this call knows of.
func (b *batch) ease(ctx context.Context, domain string) error {
	if b.eased[domain] {
		return nil
	}
	err := ledger.Ease(ctx, b.Ledger, domain)
	b.eased[domain] = err == nil
	return err
}

// conclude notes the outcomes and draws the conclusions, of the targets before the streams. An error makes all events of its subject
// come again.
func (b *batch) conclude(ctx context.Context) {
	last := func(subject string) int {
		if subject == ledger.Account || subject == ledger.TargetSigner {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(b.subjects, func(x, y string) int { return cmp.Compare(last(x), last(y)) })
	for _, subject := range b.subjects {
		outcomes := b.outcomes[subject]
		err := b.judge(ctx, subject, outcomes)
		for _, o := range outcomes {
			if err != nil {
				b.errs[o.event] = err
			}
		}
	}
}

// unsuspended leaves out what targets that are suspended gave back.
func (b *batch) unsuspended(ctx context.Context, outcomes []outcome) ([]outcome, error) {
	controls := map[string]ledger.Control{}
	var kept []outcome
	for _, o := range outcomes {
		d := o.delivery
		if _, ok := controls[d.Campaign]; o.Bad && !ok {
			c, err := ledger.ReadControl(ctx, b.Ledger, d.Campaign)
			if err != nil {
				return nil, err
			}
			controls[d.Campaign] = c
		}
		if !o.Bad || !controls[d.Campaign].Suspends(d.Target, d.Channel) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

func (b *batch) judge(ctx context.Context, subject string, outcomes []outcome) (err error) {
	if subject == ledger.Account {
		if outcomes, err = b.unsuspended(ctx, outcomes); err != nil || len(outcomes) == 0 {
			return err
		}
	}
	var noted []ledger.Outcome
	var last *outcome // that was bad
	gone := false
	for i, o := range outcomes {
		noted = append(noted, o.Outcome)
		gone = gone || o.gone
		if o.Bad {
			last = &outcomes[i]
		}
	}
	h, err := ledger.Note(ctx, b.Ledger, subject, noted...)
	if err != nil || last == nil { // good ones stop nothing, least of all what an organizer has just resumed
		return err
	}
	if subject == ledger.Account || subject == ledger.TargetSigner {
		return b.breaker(ctx, subject, h)
	}
	if bad, _ := h.Among(lastOutcome); gone || h.Row >= permanentInARow || bad >= badOfLast {
		return b.suspend(ctx, *last)
	}
	return nil
}

// suspend stops a target's channel until an organizer resumes it, and tells so once.
func (b *batch) suspend(ctx context.Context, o outcome) error {
	d, untold := o.delivery, false
	err := ledger.Steer(ctx, b.Ledger, d.Campaign, func(c *ledger.Control) {
		untold = c.Suspend(ledger.Suspension{Target: d.Target, Channel: d.Channel, Reason: o.why, Day: day(b.now())})
	})
	if err != nil || !untold {
		return err
	}
	err = b.tell(ctx, Alert{What: "suspended", Campaign: d.Campaign, Target: d.Target, Channel: d.Channel, Reason: o.why})
	if err != nil {
		return err
	}
	return ledger.Steer(ctx, b.Ledger, d.Campaign, func(c *ledger.Control) { c.Told(d.Target, d.Channel) })
}

// stream is whose health a mail counts for: that of all letters, or that of all mail to signers.
func stream(d ledger.Delivery) string {
	if d.Target == ledger.TargetSigner {
		return ledger.TargetSigner
	}
	return ledger.Account
}

// breaker stops a stream, and with that of letters everything, when too much of it comes back.
func (b *batch) breaker(ctx context.Context, stream string, h ledger.Health) error {
	least := lettersLeast
	if stream == ledger.TargetSigner {
		least = signersLeast
	}
	bad, of := h.Among(breakerSpan)
	if 100*bad < breakerPercent*max(of, least) {
		return nil
	}
	untold := false
	const reason = "bounce-rate"
	err := ledger.Steer(ctx, b.Ledger, ledger.Account, func(c *ledger.Control) {
		untold = c.Suspend(ledger.Suspension{Target: stream, Reason: reason, Day: day(b.now())})
		if stream == ledger.Account {
			c.Paused, c.Reason = true, reason
		}
	})
	if err != nil || !untold {
		return err
	}
	alert := Alert{What: "breaker", Reason: reason}
	if stream == ledger.TargetSigner {
		alert.Target = stream
	}
	if err := b.tell(ctx, alert); err != nil {
		return err
	}
	return ledger.Steer(ctx, b.Ledger, ledger.Account, func(c *ledger.Control) { c.Told(stream, "") })
}

func (f *Feedback) tell(ctx context.Context, a Alert) error {
	f.log().ErrorContext(ctx, "alert", "what", a.What, "campaign", a.Campaign, "target", a.Target, "channel", a.Channel,
		"domain", a.Domain, "reason", a.Reason)
	if f.Alert == nil {
		return nil
	}
	if err := f.Alert(ctx, a); err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	return nil
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (f *Feedback) now() time.Time {
	if f.Now == nil {
		return time.Now().Round(0)
	}
	return f.Now().Round(0)
}

func (f *Feedback) log() *slog.Logger {
	if f.Log == nil {
		return slog.Default()
	}
	return f.Log
}
