package outbox

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// suspended is what [ledger.Stops] answers for a target's channel that gives letters back.
const suspended = "suspended"

// lower answers how a queue's letters go instead, where its channel is suspended: by the channels below it by which the house can
// send and that are not suspended too, best first. nil where it is not suspended, or something else stops the queue as well; and where there is no
// such channel: then the letters wait for an organizer.
func (t *tick) lower(ctx context.Context, q queue) []campaign.Way {
	if q.of == nil || q.Target == ledger.TargetSigner {
		return nil
	}
	s, err := t.Outbox.control(ctx, q.Campaign, t.Outbox.now())
	if err != nil { // turns will tell
		return nil
	}
	if ledger.Stops(s.account, s.campaign, q.Target, q.Channel) != suspended {
		return nil
	}
	return q.of.Below(q.Target, q.Channel, s.campaign)
}

// stepDown begins a letter's next attempt, by the first of the ways below that can take it. It surely has not arrived by this one: it waits,
// was refused, or came back for good. What may have arrived stays where it is, suspended or not. What none can take is left to an organizer: what
// waits is held where it is, for the mended channel; what came back leaves the ladder, or every tick would come upon it.
func (s *stretch) stepDown(ctx context.Context, d ledger.Delivery, down []campaign.Way, why string) verdict {
	if s.over(ctx) {
		return stop
	}
	to, err := s.taking(ctx, d, down)
	switch {
	case err != nil:
		s.broken(ctx, s.Campaign, fmt.Errorf("step down: %w", err))
		return stop
	case to == nil && d.State == ledger.StateQueued:
		return s.hold(ctx, d, faxCharacters)
	case to == nil:
		s.Outbox.settle(ctx, s.Outbox.abandon(d))
		return goOn
	}
	step := s.Outbox.step(d, why)
	step.To, step.Again, step.Into, step.Next = ledger.StateQueued, true, to.Channel, s.Outbox.now()
	if _, changed := s.Outbox.settle(ctx, step); changed {
		s.note(func(r *Report) { r.Stepped++ })
	}
	return goOn
}

// taking answers the first way that can take a letter; nil for none. A fax cannot show every letter.
func (s *stretch) taking(ctx context.Context, d ledger.Delivery, down []campaign.Way) (*campaign.Way, error) {
	for _, w := range down {
		if w.Channel != ledger.ChannelFax {
			return &w, nil
		}
		if ok, err := s.faxable(ctx, s.of, d, w); err != nil || ok {
			return &w, err
		}
	}
	return nil, nil
}

// stranded takes down the ladder what the suspended channel had refused or given back for good before it was suspended.
func (s *stretch) stranded(ctx context.Context) error {
	for id, err := range allStranded(ctx, s.Ledger, s.Queue) {
		if err != nil || s.over(ctx) {
			return err
		}
		if err := s.rescue(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// allStranded yields what has stranded in a queue, page by page. It may yield what is settled meanwhile. After an error it ends.
func allStranded(ctx context.Context, l ledger.Records, q ledger.Queue) iter.Seq2[ledger.ID, error] {
	return func(yield func(ledger.ID, error) bool) {
		var after ledger.ID
		for {
			ids, err := l.Stranded(ctx, q, after, dueAtOnce)
			if err != nil {
				yield(ledger.ID{}, fmt.Errorf("stranded letters: %w", err))
				return
			}
			if len(ids) == 0 {
				return
			}
			for _, after = range ids {
				if !yield(after, nil) {
					return
				}
			}
		}
	}
}

// rescue steps one letter down, if what it is composed from is still there.
func (s *stretch) rescue(ctx context.Context, id ledger.ID) error {
	d, err := find(ctx, s.Ledger, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stranded letter: %w", err)
	}
	if d.Queue() != s.Queue || d.State != ledger.StateFailed && d.State != ledger.StateBounced { // the index lags
		return nil
	}
	if _, err := s.Ledger.Sealed(ctx, id, s.Outbox.now()); errors.Is(err, ledger.ErrNotFound) {
		s.Outbox.settle(ctx, s.Outbox.abandon(d)) // else every tick would come upon it
		return nil
	} else if err != nil {
		return fmt.Errorf("stranded letter: %w", err)
	}
	s.stepDown(ctx, d, s.down, suspended)
	return nil
}

// abandon is the step that leaves a failed or bounced letter where it stands, for good.
func (o *Outbox) abandon(d ledger.Delivery) ledger.Settlement {
	step := o.step(d, d.Reason)
	step.To, step.At, step.Abandon = d.State, d.Changed, true
	return step
}

// unfaxable takes a claimed letter that a fax cannot show down the ladder at once: it would wait for nothing. false where there is no
// channel below.
func (s *stretch) unfaxable(ctx context.Context, d ledger.Delivery) bool {
	c, err := s.Outbox.control(ctx, s.Campaign, s.Outbox.now())
	if err != nil {
		return false
	}
	down := s.of.Below(s.Target, s.Channel, c.campaign)
	if len(down) == 0 {
		return false
	}
	back := s.Outbox.back(d, faxCharacters, s.Outbox.now())
	if state, changed := s.Outbox.settle(ctx, back); !changed || state != ledger.StateQueued {
		return true // somebody else's by now; or it lapses
	}
	d.State, d.Claim, d.Reason = ledger.StateQueued, "", faxCharacters
	s.stepDown(ctx, d, down, faxCharacters)
	return true
}
