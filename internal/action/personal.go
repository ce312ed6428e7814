package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// Supporter is whom a personal link is made for, as the organizer or partner who mails it knows them.
type Supporter struct {
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Country  string            `json:"country"`
	Language string            `json:"language,omitempty"` // of the letter; empty: as for everybody
	Fields   map[string]string `json:"fields,omitempty"`
	Partner  string            `json:"partner,omitempty"` // who mails the link, and is credited, verified
}

// Personal is what a personal link shows before anything is sent: enough for its owner to know themselves by, too little for whoever else
// gets to see the page.
type Personal struct {
	Receipt
	Name, Email string // masked
	Country     string // ISO 3166-1 alpha-2 or XK
}

// NewPersonal answers the token of a personal link: sealed, for one campaign, until it expires. [Invalid] names every field that could not be
// used, so that a link that is mailed works; but for what [Unshowable] tells, which changes with how the letter goes.
func NewPersonal(c *campaign.Campaign, keys *seal.Key, who Supporter, expires time.Time) (string, error) {
	checked, err := who.check(c)
	if who.Partner != "" && c.Partner(who.Partner) == nil {
		err = unknownPartner(err)
	}
	if err != nil {
		return "", err
	}
	who.Name, who.Email, who.Country = checked.signer.Name, string(checked.signer.Email), string(checked.country)
	who.Fields = checked.signer.Fields
	plain, err := json.Marshal(who)
	if err != nil {
		return "", fmt.Errorf("serialise supporter: %w", err)
	}
	return keys.Token(personalPurpose, string(plain), expires), nil
}

// Unshowable answers which of a supporter's fields no fax shows, where one of their letters goes by fax as things stand: the page behind
// their link asks them to write it in other letters first. Nothing of one who can't have a link.
func Unshowable(c *campaign.Campaign, who Supporter) []FieldError {
	checked, err := who.check(c)
	if err != nil || !slices.ContainsFunc(c.Ways(checked.country), func(w campaign.Way) bool { return w.Channel == ledger.ChannelFax }) {
		return nil
	}
	return unshowable(c, checked.signer)
}

func unknownPartner(err error) error {
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		invalid = &Invalid{}
	}
	return &Invalid{Fields: append(invalid.Fields, FieldError{Field: "partner", Code: Unknown})}
}

// OpenPersonal answers what a personal link would send, its signer masked in the letter too, and writes nothing. ErrLink for a forged one,
// ErrPersonalExpired when its time has passed; [Invalid] where the campaign has changed so much since
// the link was made that it asks for more.
func (s *Service) OpenPersonal(ctx context.Context, slug, token, reads string) (Personal, error) {
	c, who, err := s.personal(ctx, slug, token)
	if err != nil {
		return Personal{}, err
	}
	sub := who.submission()
	sub.Consent, sub.Reads, sub.Proof = c.Consent.Version, reads, token
	p, err := s.prepare(ctx, slug, sub, complete)
	if err != nil {
		return Personal{}, err
	}
	p.mask()
	if err := p.compose(); err != nil {
		return Personal{}, err
	}
	if err := p.translate(); err != nil {
		return Personal{}, err
	}
	return Personal{Receipt: p.receipt(), Name: p.signer.Name, Email: string(p.signer.Email), Country: string(p.country)}, nil
}

// SubmitPersonal takes part as the link's owner, as [Service.Submit] does: the link is proof of the address. sub holds what the page
// behind the link says: Consent, Version, Reads; all else is the link's.
func (s *Service) SubmitPersonal(ctx context.Context, slug, token string, sub Submission) (Receipt, error) {
	_, who, err := s.personal(ctx, slug, token)
	if err != nil {
		return Receipt{}, err
	}
	own := who.submission()
	own.Consent, own.Version, own.Variant, own.Reads, own.Proof = sub.Consent, sub.Version, sub.Variant, sub.Reads, token
	return s.Submit(ctx, slug, own)
}

func (s *Service) personal(ctx context.Context, slug, token string) (*campaign.Campaign, Supporter, error) {
	c, err := s.Campaigns.Get(slug)
	if err != nil {
		return nil, Supporter{}, fmt.Errorf("campaign: %w", err)
	}
	keys, err := s.Keys.Campaign(ctx, c.Scope())
	if err != nil {
		return c, Supporter{}, fmt.Errorf("campaign keys: %w", err)
	}
	who, err := unsealSupporter(keys, token, s.now())
	return c, who, err
}

// unsealSupporter answers whom a token was made for; ErrLink or ErrPersonalExpired.
func unsealSupporter(keys *seal.Key, token string, now time.Time) (Supporter, error) {
	subject, err := keys.Subject(personalPurpose, token, now)
	switch {
	case errors.Is(err, seal.ErrExpired):
		return Supporter{}, ErrPersonalExpired
	case err != nil:
		return Supporter{}, ErrLink
	}
	var who Supporter
	if err := json.Unmarshal([]byte(subject), &who); err != nil {
		return Supporter{}, ErrLink
	}
	return who, nil
}

func (who Supporter) submission() Submission {
	return Submission{Name: who.Name, Email: who.Email, Country: who.Country, Language: who.Language, Fields: who.Fields}
}

// check checks what the link's owner would send.
func (who Supporter) check(c *campaign.Campaign) (checked, error) {
	sub := who.submission()
	sub.Consent = c.Consent.Version
	return check(c, sub, complete)
}

// signerID is the supporter's in the campaign: what is typed may be another spelling of the same address.
func (who Supporter) signerID(keys *seal.Key) string {
	email, err := address.ParseEmail(who.Email)
	if err != nil {
		return ""
	}
	return keys.SignerID(email.Key())
}
