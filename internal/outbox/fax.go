package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
)

// faxCharacters is the reason of a letter that a fax cannot show.
const faxCharacters = "fax-characters"

// errNoFax: this process cannot set pages.
var errNoFax = errors.New("no typesetter")

// fax answers the mail that a gateway turns into a fax: the letter as pages, dated as the target's clocks are.
func (d *Deliverer) fax(c *campaign.Campaign, v ledger.Delivery, w campaign.Way, s letter.Source, who letter.Signer) (mailer.Message, error) {
	if d.Fax == nil {
		return mailer.Message{}, errNoFax
	}
	sheet, now, err := d.sheet(c, w, s, who)
	if err == nil {
		var pdf []byte
		if pdf, err = d.Fax(sheet, now); err == nil {
			return letter.FaxMessage(c, w, s.Language, v, pdf), nil
		}
	}
	if errors.Is(err, letter.ErrFax) {
		return mailer.Message{}, &parked{ledger.StateHeld, faxCharacters, err}
	}
	return mailer.Message{}, &parked{ledger.StateHeld, "fax-pages", err}
}

// noFax says that no fax is left of the campaign's day. A tick asks the ledger once a campaign, and before the slot, which each of the numbers
// would else take in vain, minute by minute.
func (s *stretch) noFax(ctx context.Context) bool {
	if s.Channel != ledger.ChannelFax {
		return false
	}
	s.tick.mu.Lock()
	none, known := s.faxless[s.Campaign]
	s.tick.mu.Unlock()
	if !known {
		n, err := ledger.Spent(ctx, s.Ledger, s.Campaign, s.Outbox.now())
		none = err == nil && n >= s.of.Fax.Daily // after an error spend will tell
		s.learn(ctx, none)
	}
	if none {
		s.note(func(r *Report) { r.Spent++ })
	}
	return none
}

// learn notes for the tick's other queues whether a fax is left of the campaign's day, and logs once that none is.
func (s *stretch) learn(ctx context.Context, none bool) {
	s.tick.mu.Lock()
	first := none && !s.faxless[s.Campaign]
	if s.faxless == nil {
		s.faxless = map[string]bool{}
	}
	s.faxless[s.Campaign] = none || s.faxless[s.Campaign]
	s.tick.mu.Unlock()
	if first {
		s.Outbox.log().WarnContext(ctx, "the day's faxes are sent", "campaign", s.Campaign, "most", s.of.Fax.Daily)
	}
}

// sheet answers a letter's words on paper, and the time on the target's clocks.
func (d *Deliverer) sheet(c *campaign.Campaign, w campaign.Way, s letter.Source, who letter.Signer) (letter.Sheet, time.Time, error) {
	now := c.Clock(w, d.Outbox.now())
	sheet, err := letter.NewSheet(s, who, lang.Date(s.Language, now))
	return sheet, now, err
}

// faxable says whether a letter that goes by another channel yet could be faxed. One that cannot be composed at all could: by any channel that
// shows when it is tried. An error may pass.
func (d *Deliverer) faxable(ctx context.Context, c *campaign.Campaign, v ledger.Delivery, w campaign.Way) (bool, error) {
	plain, err := d.open(ctx, c, v)
	if err == nil {
		var s letter.Source
		var who letter.Signer
		if s, who, _, err = d.letter(ctx, v, plain); err == nil {
			_, _, err := d.sheet(c, w, s.Through(w, c), who)
			return err == nil, nil
		}
	}
	if errors.As(err, new(*parked)) {
		return true, nil
	}
	return false, err
}

// spend takes one of the campaign's faxes of the day: each costs money.
func (s *stretch) spend(ctx context.Context, now time.Time) bool {
	if s.Channel != ledger.ChannelFax {
		return true
	}
	ok, err := ledger.Spend(ctx, s.Ledger, s.Campaign, s.of.Fax.Daily, now)
	if err != nil {
		s.broken(ctx, s.Campaign, fmt.Errorf("faxes of the day: %w", err))
		return false
	}
	if !ok {
		s.learn(ctx, true)
		s.note(func(r *Report) { r.Spent++ })
	}
	return ok
}

// unspend gives back what was not sent after all: a provider that takes nothing for an hour would use up the day. What a process that dies
// has taken is lost, which errs on the cheap side.
func (s *stretch) unspend(ctx context.Context, taken time.Time) {
	if s.Channel != ledger.ChannelFax {
		return
	}
	ctx, cancel := uncut(ctx)
	defer cancel()
	if err := ledger.Unspend(ctx, s.Ledger, s.Campaign, taken); err != nil {
		s.Outbox.log().WarnContext(ctx, "fax not given back", "campaign", s.Campaign, "error", err)
	}
}
