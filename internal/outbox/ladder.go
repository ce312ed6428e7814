package outbox

import (
	"context"
	"errors"
	"fmt"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// suspended is what [ledger.Stops] answers for a target's channel that gives letters back.
const suspended = "suspended"

// lower answers how a queue's letters go instead, where its channel is suspended: by the best of the channels below it by which the house can
// send and that is not suspended too. nil where it is not suspended, or something else stops the queue as well; and where there is no such
// channel: then the letters wait for an organizer.
func (t *tick) lower(ctx context.Context, q queue) *campaign.Way {
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
	return below(q, s.campaign)
}

// below answers the best way below a queue's channel that is not suspended; nil for none.
func below(q queue, c ledger.Control) *campaign.Way {
	for _, w := range q.of.Below(q.Target, q.Channel) {
		if !c.Suspends(q.Target, w.Channel) {
			return &w
		}
	}
	return nil
}

// stepDown begins a letter's next attempt, by the channel below. It surely has not arrived by this one: it waits, was refused, or
// came back for good. What may have arrived stays where it is, suspended or not.
func (s *stretch) stepDown(ctx context.Context, d ledger.Delivery, to *campaign.Way, why string) verdict {
	if s.over(ctx) {
		return stop
	}
	step := s.Outbox.step(d, why)
	step.To, step.Again, step.Into, step.Next = ledger.StateQueued, true, to.Channel, s.Outbox.now()
	if _, changed := s.Outbox.settle(ctx, step); changed {
		s.note(func(r *Report) { r.Stepped++ })
	}
	return goOn
}

// stranded takes down the ladder what the suspended channel had refused or given back for good before it was suspended.
func (s *stretch) stranded(ctx context.Context) error {
	var after ledger.ID
	for !s.over(ctx) {
		ids, err := s.Ledger.Stranded(ctx, s.Queue, after, dueAtOnce)
		if err != nil {
			return fmt.Errorf("stranded letters: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		for _, id := range ids {
			if err := s.rescue(ctx, id); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
	return nil
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
		return nil
	} else if err != nil {
		return fmt.Errorf("stranded letter: %w", err)
	}
	s.stepDown(ctx, d, s.down, suspended)
	return nil
}

// unfaxable takes a claimed letter that a fax cannot show down the ladder at once: it would wait for nothing. false where there is no
// channel below.
func (s *stretch) unfaxable(ctx context.Context, d ledger.Delivery) bool {
	c, err := s.Outbox.control(ctx, s.Campaign, s.Outbox.now())
	if err != nil {
		return false
	}
	to := below(s.queue, c.campaign)
	if to == nil {
		return false
	}
	back := s.Outbox.back(d, faxCharacters, s.Outbox.now())
	if state, changed := s.Outbox.settle(ctx, back); !changed || state != ledger.StateQueued {
		return true // somebody else's by now; or it lapses
	}
	d.State, d.Claim, d.Reason = ledger.StateQueued, "", faxCharacters
	s.stepDown(ctx, d, to, faxCharacters)
	return true
}
