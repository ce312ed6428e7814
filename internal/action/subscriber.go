package action

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// Subscribed is what a partner learns of a signer who asked it for news: the JSON that is sealed to the partner's key.
type Subscribed struct {
	Name     string       `json:"name"`
	Email    string       `json:"email"`
	Country  string       `json:"country"`  // ISO 3166-1 alpha-2 or XK
	Language string       `json:"language"` // that the signer reads
	Proof    ledger.Proof `json:"proof"`    // none: anybody may have typed the address, so ask it first
	Day      string       `json:"day"`      // UTC
	Campaign string       `json:"campaign"` // slug
	Consent  string       `json:"consent"`  // the words agreed to
}

// boxStep is what a subscriber's length before sealing is a multiple of: a length of its own could be that of one signer's other sealed
// fields. Most fit into one step, and two with their box into the 1 KB that a write to DynamoDB is billed by.
const boxStep = 480

// subscribe keeps a signer who asked for news and had taken part before. A partner that found only new signers in its export would
// know of any address that it tries there whether that had taken part (promise 4).
func (s *Service) subscribe(ctx context.Context, asked *ledger.Subscriber) error {
	if asked == nil {
		return nil
	}
	if err := s.Ledger.Subscribe(ctx, *asked); err != nil {
		return fmt.Errorf("keep subscriber: %w", err)
	}
	return nil
}

// padded ends in spaces, which JSON allows.
func padded(plain []byte) []byte {
	return append(plain, bytes.Repeat([]byte(" "), (boxStep-len(plain)%boxStep)%boxStep)...)
}

// informer is the credited partner, if the signer asked for its news and it may be asked for them; nil otherwise.
func (p *prepared) informer() *campaign.Partner {
	partner := p.campaign.Partner(p.partner)
	if partner == nil || !p.informed || partner.Key == nil {
		return nil
	}
	return partner
}

// subscriber answers the signer for the credited partner; nil where the signer did not ask, or the partner asks nobody. Its id is
// random, and its time a day's, so that neither leads to an action.
func (s *Service) subscriber(p *prepared) (*ledger.Subscriber, error) {
	partner := p.informer()
	if partner == nil {
		return nil, nil
	}
	language := p.spoken()
	plain, err := json.Marshal(Subscribed{
		Name: p.signer.Name, Email: string(p.signer.Email), Country: string(p.country), Language: language,
		Proof: p.proof, Day: day(p.now).Format(time.DateOnly), Campaign: p.campaign.Slug,
		Consent: lang.Text(language, "subscribe.box", "partner", partner.Name),
	})
	if err != nil {
		return nil, fmt.Errorf("serialise subscriber: %w", err)
	}
	return &ledger.Subscriber{
		Campaign: p.key.Campaign,
		Partner:  partner.ID,
		ID:       s.token(),
		Sealed:   partner.Key.Seal(padded(plain)),
		Expires:  day(p.now).AddDate(0, 0, p.campaign.Privacy.Retention),
	}, nil
}
