package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// errPanic: a mistake of the program's. What it was is not logged, since it could hold a signer's words; its type is.
var errPanic = errors.New("panic at a letter")

// verdict is what one delivery's turn says of its queue.
type verdict int

const (
	goOn verdict = iota
	skip         // not this one
	stop         // nothing more of this queue leaves in this tick
)

// drain sends what is due in a queue until nothing is, or nothing may leave any more. Some letters may be on their way at once.
func (t *tick) drain(ctx context.Context, q queue, within int) error {
	seen := map[ledger.ID]bool{}
	s := &stretch{tick: t, queue: q, mails: map[address.Email]bool{}, down: t.lower(ctx, q)}
	if len(s.down) > 0 {
		if err := s.stranded(ctx); err != nil {
			return err
		}
	}
	for {
		due, err := t.Ledger.Due(ctx, q.Queue, t.Outbox.now(), dueAtOnce)
		if err != nil {
			return fmt.Errorf("due: %w", err)
		}
		var fresh []ledger.Due
		for _, d := range due { // the index lags: what was settled a moment ago may show once more
			if !seen[d.ID] {
				seen[d.ID] = true
				fresh = append(fresh, d)
			}
		}
		if len(fresh) == 0 {
			s.word(ctx, false)
			return nil
		}
		if !s.turns(ctx, fresh, within) {
			s.word(ctx, true)
			return nil
		}
	}
}

// stretch is the way through one queue.
type stretch struct {
	*tick
	queue

	down  []campaign.Way // by which the queue's letters go on, because its channel is suspended, best first; nil: it is not, or there is no such way
	ahead int            // deliveries from this turn's on, of those asked for: so many slots may be used

	mu    sync.Mutex
	slots granted
	mails map[address.Email]bool // the mailboxes the queue's letters go to
}

// turns gives each delivery its turn, and answers whether the queue goes on.
func (s *stretch) turns(ctx context.Context, due []ledger.Due, within int) bool {
	free := make(chan struct{}, within)
	var group sync.WaitGroup
	var mu sync.Mutex
	on := true
	for i, d := range due {
		free <- struct{}{}
		s.ahead = len(due) - i // letters go one at a time; mail to signers asks for no slots
		mu.Lock()
		going := on
		mu.Unlock()
		if !going {
			<-free
			break
		}
		group.Go(func() {
			defer func() { <-free }()
			if s.turn(ctx, d.ID) == stop {
				mu.Lock()
				on = false
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return on
}

// turn looks at one delivery: lets a lapsed claim go to unknown, and sends one that waits. Finding it first costs a read, and spares
// the slot and the write where there is nothing to claim.
func (s *stretch) turn(ctx context.Context, id ledger.ID) (v verdict) {
	if ctx.Err() != nil {
		return stop
	}
	defer func() {
		if p := recover(); p != nil { // one letter must not end every tick; if it was claimed it becomes unknown
			s.broken(ctx, s.Campaign, fmt.Errorf("%w: %T", errPanic, p))
			v = skip
		}
	}()
	d, err := find(ctx, s.Ledger, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return goOn
	case err != nil:
		s.broken(ctx, id.Campaign, err)
		return stop
	case d.Queue() != s.Queue: // the index lags
		return skip
	case d.State == ledger.StateClaimed:
		s.lapse(ctx, d)
		return goOn
	case d.State != ledger.StateQueued:
		return goOn
	case len(s.down) > 0:
		return s.stepDown(ctx, d, s.down, suspended)
	}
	return s.send(ctx, d)
}

// lapse settles a claim that nobody settled in its time: its letter may have been sent.
func (s *stretch) lapse(ctx context.Context, d ledger.Delivery) {
	if s.Outbox.now().Before(d.Next) {
		return
	}
	step := s.Outbox.step(d, "claim-lapsed")
	step.To = ledger.StateUnknown
	s.settle(ctx, step)
}

// send claims a delivery that may leave, and sends it. What takes time, the provider's rate, is waited for before the claim.
func (s *stretch) send(ctx context.Context, d ledger.Delivery) verdict {
	if s.over(ctx) {
		return stop
	}
	way, next := s.sendable(ctx, d)
	if next != goOn {
		return next
	}
	if s.noFax(ctx) || !s.slot(ctx, way) || !s.rate(ctx) {
		return stop
	}
	// The wait may have been long: a pause holds all the same, and a slot that is too old is none.
	now := s.Outbox.now()
	if s.Outbox.stopped(ctx, d) != "" || !s.slot(ctx, way) || !s.spend(ctx, now) {
		return stop
	}
	next, left := s.claim(ctx, d, way)
	if !left {
		s.unspend(ctx, now)
	}
	return next
}

// sendable answers how a delivery goes now, and goOn if neither organizers nor the campaign's files keep it.
func (s *stretch) sendable(ctx context.Context, d ledger.Delivery) (campaign.Way, verdict) {
	switch why := s.Outbox.stopped(ctx, d); why {
	case "":
	case "halted": // seen by an earlier tick or the inline path of this process; not renewed by itself
		s.halted(s.Outbox.haltedNow())
		return campaign.Way{}, stop
	default:
		s.note(func(r *Report) { r.Stopped++ })
		return campaign.Way{}, stop
	}
	way, ok := s.way()
	if !ok {
		s.note(func(r *Report) { r.Wayless++ })
		return way, stop
	}
	if s.Target == ledger.TargetSigner {
		s.age(d.Next)
		return way, goOn
	}
	ok, next := s.of.SendableAt(way, s.Outbox.now())
	switch {
	case !ok && next.IsZero():
		return way, s.hold(ctx, d, "after-day")
	case !ok:
		return way, stop
	}
	s.age(later(d.Next, s.of.Expected(way, d.Next)))
	return way, goOn
}

// way answers how the queue's letters go now; false where the campaign's files have no such way any more: they wait until there is one
// again, or an organizer decides.
func (s *stretch) way() (campaign.Way, bool) {
	switch {
	case s.of == nil:
		return campaign.Way{}, false
	case s.Target == ledger.TargetSigner:
		return campaign.Way{}, true
	}
	return s.of.WayBy(s.Target, s.Channel)
}

// hold parks a letter that would wait for nothing: its day is over, where the campaign wants none to arrive after it, or no channel that is
// left can take it. An organizer decides. What waits for its hour, or for a way, stays in the queue.
func (s *stretch) hold(ctx context.Context, d ledger.Delivery, why string) verdict {
	step := s.Outbox.step(d, why)
	step.To = ledger.StateHeld
	s.Outbox.log().WarnContext(ctx, "letter held", "campaign", d.Campaign, "target", d.Target, "reason", step.Reason)
	s.settle(ctx, step)
	if s.over(ctx) {
		return stop
	}
	return skip
}

// age notes how long a delivery has waited that may leave now, counted from when it first might have: what waited for its release is
// not late at once.
func (s *stretch) age(since time.Time) {
	if waits := s.began.Sub(since); waits > 0 {
		s.note(func(r *Report) { r.Oldest = max(r.Oldest, waits) })
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// claim takes a delivery for this process alone, uses a slot, and sends it. left says that the mail left, or may have.
func (s *stretch) claim(ctx context.Context, d ledger.Delivery, way campaign.Way) (v verdict, left bool) {
	slot := s.use()
	ctx, cancel := uncut(ctx) // a tick that is stopped finishes what it has claimed: cut off, it would be unknown
	defer cancel()
	claim := ledger.Claim{ID: d.ID, Token: s.Outbox.token(), Now: s.Outbox.now()}
	claim.Until = claim.Now.Add(claimLease)
	d, won, err := s.Ledger.Claim(ctx, claim)
	if err != nil { // if it was written it lapses
		s.broken(ctx, s.Campaign, err)
		return stop, false
	}
	if !won {
		return goOn, false
	}
	return s.attempt(ctx, d, way, slot)
}

// attempt composes a claimed delivery's mail and sends it.
func (s *stretch) attempt(ctx context.Context, d ledger.Delivery, way campaign.Way, slot time.Time) (v verdict, left bool) {
	m, err := s.compose(ctx, s.of, d, way)
	if err != nil {
		return s.uncomposed(ctx, d, err), false
	}
	step, result := s.Outbox.attempt(ctx, d, m, slot)
	s.settle(ctx, step)
	return s.react(ctx, result), step.To == ledger.StateSent || step.To == ledger.StateUnknown
}

// uncomposed parks a letter that cannot be composed any more, so that it does not block the next.
func (s *stretch) uncomposed(ctx context.Context, d ledger.Delivery, err error) verdict {
	step := s.Outbox.back(d, "ledger", s.Outbox.now().Add(retryLater))
	var park *parked
	if errors.As(err, &park) && park.reason == faxCharacters && s.unfaxable(ctx, d) {
		return goOn
	}
	if park != nil {
		step = s.Outbox.step(d, park.reason)
		step.To = park.to
	}
	s.Outbox.log().ErrorContext(ctx, "letter not composed", "campaign", d.Campaign, "target", d.Target, "reason", step.Reason, "error", err)
	s.settle(ctx, step)
	return goOn
}

// settle writes a step and counts it, if it was this one.
func (s *stretch) settle(ctx context.Context, step ledger.Settlement) {
	to, changed := s.Outbox.settle(ctx, step)
	if !changed {
		return
	}
	s.note(func(r *Report) {
		switch to {
		case ledger.StateSent:
			r.Sent++
			if step.ID.Target == ledger.TargetSigner {
				r.Confirmed++
			}
		case ledger.StateFailed:
			if step.ID.Target != ledger.TargetSigner { // anybody can type an address that is refused
				r.Failed++
			}
		case ledger.StateHeld:
			r.Held++
		case ledger.StateUnknown:
			r.Unknown++
		case ledger.StateQueued:
			r.Later++
		}
	})
}

// find answers one delivery.
func find(ctx context.Context, l ledger.Records, id ledger.ID) (ledger.Delivery, error) {
	_, deliveries, err := l.Find(ctx, id.Key)
	if err != nil {
		return ledger.Delivery{}, err
	}
	for _, d := range deliveries {
		if d.ID == id {
			return d, nil
		}
	}
	return ledger.Delivery{}, fmt.Errorf("delivery: %w", ledger.ErrNotFound)
}
