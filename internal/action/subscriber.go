package action

import (
	"encoding/json"
	"fmt"
	"time"

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

// subscriber answers the signer for the credited partner; nil where the signer did not ask, or the partner asks nobody. Its id is
// random, and its time a day's, so that neither leads to an action.
func (s *Service) subscriber(p *prepared) (*ledger.Subscriber, error) {
	partner, known := partnerOf(p.campaign, p.partner)
	if !p.informed || !known || partner.Key == nil {
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
		Sealed:   partner.Key.Seal(plain),
		Expires:  day(p.now).AddDate(0, 0, p.campaign.Privacy.Retention),
	}, nil
}
