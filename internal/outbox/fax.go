package outbox

import (
	"context"
	"errors"
	"fmt"

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
	now := c.Clock(w, d.Outbox.now())
	sheet, err := letter.NewSheet(s, who, lang.Date(s.Language, now))
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

// spend takes one of the campaign's faxes of the day: each costs money. What is taken and not sent is lost, which errs on the cheap side.
func (s *stretch) spend(ctx context.Context) bool {
	if s.Channel != ledger.ChannelFax {
		return true
	}
	ok, err := ledger.Spend(ctx, s.Ledger, s.Campaign, s.of.Fax.Daily, s.Outbox.now())
	if err != nil {
		s.broken(ctx, s.Campaign, fmt.Errorf("faxes of the day: %w", err))
		return false
	}
	if !ok {
		s.note(func(r *Report) { r.Spent++ })
		s.Outbox.log().WarnContext(ctx, "the day's faxes are sent", "campaign", s.Campaign, "target", s.Target, "most", s.of.Fax.Daily)
	}
	return ok
}
