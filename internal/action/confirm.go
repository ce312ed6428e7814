package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/seal"
)

// Opened is what a confirmation link shows to the address's owner. Looking changes nothing.
type Opened struct {
	Campaign *campaign.Campaign
	Language string
	Waiting  []Waiting // the newest first; a forger's may be among them, which is why each is shown
	Standing *Standing // nil: has not taken part
	// Confirmed is the letter that this very Confirm made an action, for its signer to send where the house does not.
	Confirmed *Waiting
}

// Waiting is one submission under the link's address.
type Waiting struct {
	ID      string // to confirm it by
	Name    string // as typed
	Country address.Country
	Letter  Entry
}

func waiting(id string, p *prepared) Waiting {
	return Waiting{ID: id, Name: p.signer.Name, Country: p.country, Letter: p.entries[0]}
}

// Standing is what became of a proven signer's action.
type Standing struct {
	Letters []Stand
}

// Stand is one letter's way and state.
type Stand struct {
	Target  *campaign.Target // nil: the campaign has it no more
	Channel ledger.Channel
	State   ledger.State
}

// pend keeps a submission until its address is proven. The mail's text says nothing of the submission.
func (s *Service) pend(ctx context.Context, p *prepared, sub Submission) error {
	if err := s.keep(ctx, p); err != nil {
		return err
	}
	id := s.token()
	sub.Version = p.entries[0].Version
	plain, err := json.Marshal(sub)
	if err != nil {
		return fmt.Errorf("serialise pending: %w", err)
	}
	pending := ledger.Pending{Key: p.key, ID: id, At: p.now, Expires: p.now.Add(linkLife)}
	pending.Sealed = p.keys.Seal(pendingRecord(pending.Key, id), plain)
	mail, message, err := s.invitation(p, id)
	if err != nil {
		return err
	}
	mailed, err := s.Ledger.Pend(ctx, pending, mail)
	if err != nil {
		return fmt.Errorf("keep pending: %w", err)
	}
	if mailed {
		s.Sender.Send(ctx, mail.Delivery, message.Message(p.campaign, mail.Delivery))
	}
	return nil
}

// invitation is the confirmation mail as a delivery: claimed, because it leaves at once.
func (s *Service) invitation(p *prepared, id string) (ledger.Draft, letter.Invitation, error) {
	link := s.PublicURL + "/c/" + p.campaign.Slug + "/confirm?token=" +
		p.keys.Token(linkPurpose, p.key.Signer, p.now.Add(linkLife))
	inv := letter.Invitation{Email: p.signer.Email, Language: p.language, Link: link}
	d := ledger.Delivery{
		ID:      ledger.ID{Key: ledger.Key{Campaign: p.key.Campaign, Signer: id}, Target: ledger.TargetSigner},
		Attempt: 1,
		Channel: ledger.ChannelEmail,
		State:   ledger.StateClaimed,
		Claim:   s.token(),
		Next:    p.now.Add(lease),
		Changed: day(p.now),
	}
	plain, err := json.Marshal(inv)
	if err != nil {
		return ledger.Draft{}, inv, fmt.Errorf("serialise invitation: %w", err)
	}
	return ledger.Draft{Delivery: d, Sealed: p.keys.Seal(d.ID.Record(), plain), Expires: p.now.Add(linkLife)}, inv, nil
}

// Open answers what waits behind a mailed link. ErrLink for a forged one, ErrLinkExpired when its time has passed.
func (s *Service) Open(ctx context.Context, slug, token string) (Opened, error) {
	l, err := s.link(ctx, slug, token)
	if err != nil {
		return Opened{}, err
	}
	out := Opened{Campaign: l.campaign, Language: l.campaign.Languages[0]}
	if out.Standing, err = s.standing(ctx, l); err != nil {
		return Opened{}, err
	}
	pendings, err := s.Ledger.Waiting(ctx, l.key, s.now(), shown)
	if err != nil {
		return Opened{}, fmt.Errorf("waiting submissions: %w", err)
	}
	for _, pending := range pendings {
		p, err := s.reopen(ctx, l, pending)
		if err != nil {
			s.log().WarnContext(ctx, "pending cannot be shown", "campaign", slug, "reason", err)
			continue
		}
		out.Waiting = append(out.Waiting, waiting(pending.ID, p))
		if len(out.Waiting) == 1 {
			out.Language = p.language
		}
	}
	return out, nil
}

// Confirm makes the chosen pending an action with proof, sends what may leave at once and answers what became of it. A second
// press, on any device, answers what stands. ErrLinkExpired when the submission is gone and nobody took part.
func (s *Service) Confirm(ctx context.Context, slug, token, id string) (Opened, error) {
	l, err := s.link(ctx, slug, token)
	if err != nil {
		return Opened{}, err
	}
	if err := openAt(l.campaign, s.now()); err != nil {
		return Opened{}, err
	}
	if err := s.checkAdopted(ctx); err != nil {
		return Opened{}, err
	}
	out := Opened{Campaign: l.campaign, Language: l.campaign.Languages[0]}
	if err := s.confirm(ctx, l, id, &out); err != nil {
		return Opened{}, err
	}
	if out.Standing, err = s.standing(ctx, l); err != nil {
		return Opened{}, err
	}
	if out.Standing == nil {
		return Opened{}, ErrLinkExpired
	}
	return out, nil
}

func (s *Service) confirm(ctx context.Context, l link, id string, out *Opened) error {
	pendings, err := s.Ledger.Waiting(ctx, l.key, s.now(), 4*shown)
	if err != nil {
		return fmt.Errorf("waiting submissions: %w", err)
	}
	var ids []string
	var chosen *ledger.Pending
	for i, pending := range pendings {
		ids = append(ids, pending.ID)
		if pending.ID == id {
			chosen = &pendings[i]
		}
	}
	if chosen == nil {
		return nil // used already, or expired: what stands says which
	}
	p, err := s.reopen(ctx, l, *chosen)
	if err != nil {
		return err
	}
	out.Language = p.language
	states, err := s.accept(ctx, p, ids)
	if states != nil {
		w := waiting(id, p)
		out.Confirmed = &w
	}
	return err
}

// link is a genuine mailed link.
type link struct {
	campaign *campaign.Campaign
	keys     *seal.Key
	key      ledger.Key
	token    string
}

func (s *Service) link(ctx context.Context, slug, token string) (link, error) {
	c, err := s.Campaigns.Get(slug)
	if err != nil {
		return link{}, fmt.Errorf("campaign: %w", err)
	}
	keys, err := s.Keys.Campaign(ctx, c.Scope())
	if err != nil {
		return link{}, fmt.Errorf("campaign keys: %w", err)
	}
	signer, err := keys.Subject(linkPurpose, token, s.now())
	switch {
	case errors.Is(err, seal.ErrExpired):
		return link{}, ErrLinkExpired
	case err != nil:
		return link{}, ErrLink
	}
	return link{campaign: c, keys: keys, key: ledger.Key{Campaign: c.Scope(), Signer: signer}, token: token}, nil
}

// reopen prepares a pending again, now proven, with the letter its signer saw: from the kept version, should the campaign
// have changed since.
func (s *Service) reopen(ctx context.Context, l link, pending ledger.Pending) (*prepared, error) {
	plain, err := l.keys.Open(pendingRecord(l.key, pending.ID), pending.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open pending: %w", err)
	}
	var sub Submission
	if err := json.Unmarshal(plain, &sub); err != nil {
		return nil, fmt.Errorf("read pending: %w", err)
	}
	seen := sub.Version
	sub.Version, sub.Proof = "", l.token
	p, err := s.prepare(ctx, l.campaign.Slug, sub, complete)
	if err != nil {
		return nil, err
	}
	if p.entries[0].Version == seen || !p.entries[0].Way.Channel.Mailed() {
		return p, nil
	}
	return p, s.restore(ctx, p, seen)
}

// restore composes the first letter again from the version that its signer saw.
func (s *Service) restore(ctx context.Context, p *prepared, digest string) error {
	v, err := s.Ledger.Version(ctx, digest)
	if err != nil {
		return fmt.Errorf("letter version: %w", err)
	}
	source, err := letter.Parse(v)
	if err != nil {
		return fmt.Errorf("letter version: %w", err)
	}
	way := p.entries[0].Way
	p.entries, p.sources = p.entries[:0], p.sources[:0]
	return p.add(way, source)
}

// standing answers what became of the link's signer; nil when there is no action.
func (s *Service) standing(ctx context.Context, l link) (*Standing, error) {
	_, deliveries, err := s.Ledger.Find(ctx, l.key)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil //nolint:nilnil // Opened.Standing documents nil
	}
	if err != nil {
		return nil, fmt.Errorf("find action: %w", err)
	}
	out := &Standing{}
	for _, d := range deliveries {
		target, _ := l.campaign.Target(d.Target)
		out.Letters = append(out.Letters, Stand{Target: target, Channel: d.Channel, State: d.State})
	}
	return out, nil
}

func pendingRecord(k ledger.Key, id string) string {
	return "pending\x00" + k.Campaign + "\x00" + k.Signer + "\x00" + id
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}
