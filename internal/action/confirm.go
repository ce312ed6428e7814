package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/seal"
)

// Opened is what a confirmation link shows to the address's owner. Looking changes nothing.
type Opened struct {
	Campaign *campaign.Campaign
	Language string    // of the letter
	Reads    string    // interface language of the page that the letter was written on; empty where it was not said
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
	Letters []Entry
	// Informer is the partner that whoever wrote it asked to be kept informed by; nil: none.
	Informer *campaign.Partner
}

func waiting(id string, p *prepared) Waiting {
	return Waiting{ID: id, Name: p.signer.Name, Country: p.country, Letters: p.entries, Informer: p.informer()}
}

// Standing is what became of a proven signer's action.
type Standing struct {
	Letters  []Stand
	Unproven bool // the action was taken under this address without proof: perhaps not by its owner
}

// Stand is one letter's way and state.
type Stand struct {
	Target  *campaign.Target // nil: the campaign has it no more
	Channel ledger.Channel
	State   ledger.State
}

// Open answers what waits behind a mailed link. ErrLink for a forged one, ErrLinkExpired when its time has passed.
func (s *Service) Open(ctx context.Context, slug, token string) (Opened, error) {
	l, err := s.link(ctx, slug, token)
	if err != nil {
		return Opened{}, err
	}
	out := Opened{Campaign: l.campaign, Language: l.campaign.Languages[0]}
	if err := s.stand(ctx, l, &out); err != nil {
		return Opened{}, err
	}
	pendings, err := s.behind(ctx, l)
	if err != nil {
		return Opened{}, err
	}
	for _, pending := range pendings {
		p, err := s.reopen(ctx, l, pending)
		if err != nil {
			s.log().WarnContext(ctx, "pending cannot be shown", "campaign", slug, "reason", err)
			continue
		}
		out.Waiting = append(out.Waiting, waiting(pending.ID, p))
		if len(out.Waiting) == 1 {
			out.Language, out.Reads = p.language, p.reads
		}
	}
	return out, nil
}

// behind answers what a link shows: the newest pendings under its address, and in any case the one it was mailed for, which a flood
// of others must not bury. Another one a flood can bury: the page leads to the form, where the link is proof enough.
func (s *Service) behind(ctx context.Context, l link) ([]ledger.Pending, error) {
	pendings, err := s.Ledger.Waiting(ctx, l.key, s.now(), shown)
	if err != nil {
		return nil, fmt.Errorf("waiting submissions: %w", err)
	}
	if slices.ContainsFunc(pendings, func(p ledger.Pending) bool { return p.ID == l.pending }) {
		return pendings, nil
	}
	own, err := s.Ledger.Pending(ctx, l.key, l.pending, s.now())
	switch {
	case errors.Is(err, ledger.ErrNotFound): // confirmed, or replaced
		return pendings, nil
	case err != nil:
		return nil, fmt.Errorf("find pending: %w", err)
	}
	return append(pendings, own), nil
}

// Confirm makes the chosen pending an action with proof, sends what may leave at once and answers what became of it. A second
// press, on any device, answers what stands. ErrLinkExpired when the submission is gone and nobody took part. informed says that the
// address's owner wants the news that whoever wrote the submission asked for: a forger may have ticked that box.
func (s *Service) Confirm(ctx context.Context, slug, token, id string, informed bool) (Opened, error) {
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
	if err := s.confirm(ctx, l, id, informed, &out); err != nil {
		return Opened{}, err
	}
	if err := s.stand(ctx, l, &out); err != nil {
		return Opened{}, err
	}
	if out.Standing == nil {
		return Opened{}, ErrLinkExpired
	}
	return out, nil
}

func (s *Service) confirm(ctx context.Context, l link, id string, informed bool, out *Opened) error {
	chosen, err := s.Ledger.Pending(ctx, l.key, id, s.now())
	if errors.Is(err, ledger.ErrNotFound) {
		return nil // used already, or expired: what stands says which
	}
	if err != nil {
		return fmt.Errorf("find pending: %w", err)
	}
	p, err := s.reopen(ctx, l, chosen)
	if err != nil {
		return err
	}
	p.informed = p.informed && informed
	ids, err := s.together(ctx, l, id)
	if err != nil {
		return err
	}
	out.Language, out.Reads = p.language, p.reads
	isNew, err := s.accept(ctx, p, ids)
	if isNew {
		w := waiting(id, p)
		out.Confirmed = &w
	}
	return err
}

// together answers the ids of the pendings that go when one of them is confirmed: the newest under that address, and the chosen
// one in any case. What a flood leaves expires.
func (s *Service) together(ctx context.Context, l link, chosen string) ([]string, error) {
	pendings, err := s.Ledger.Waiting(ctx, l.key, s.now(), ledger.MaxParts-1)
	if err != nil {
		return nil, fmt.Errorf("waiting submissions: %w", err)
	}
	ids := []string{chosen}
	for _, pending := range pendings {
		if pending.ID != chosen {
			ids = append(ids, pending.ID)
		}
	}
	return ids, nil
}

// link is a genuine mailed link.
type link struct {
	campaign *campaign.Campaign
	keys     *seal.Key
	key      ledger.Key
	pending  string // the one it was mailed for
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
	subject, err := keys.Subject(linkPurpose, token, s.now())
	switch {
	case errors.Is(err, seal.ErrExpired):
		return link{}, ErrLinkExpired
	case err != nil:
		return link{}, ErrLink
	}
	signer, pending := cutSubject(subject)
	return link{campaign: c, keys: keys, key: ledger.Key{Campaign: c.Scope(), Signer: signer}, pending: pending, token: token}, nil
}

// linkSubject is what a link's token carries: whose address it proves, and which submission it was mailed for.
func linkSubject(signer, pending string) string { return signer + " " + pending }

func cutSubject(subject string) (signer, pending string) {
	signer, pending, _ = strings.Cut(subject, " ")
	return signer, pending
}

// reopen prepares a pending again, now proven, with the letter its signer saw: from the kept version, should the campaign
// have changed since.
func (s *Service) reopen(ctx context.Context, l link, pending ledger.Pending) (*prepared, error) {
	plain, err := l.keys.Open(pendingRecord(l.key, pending.ID), pending.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open pending: %w", err)
	}
	var kept held
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, fmt.Errorf("read pending: %w", err)
	}
	sub := kept.Submission
	sub.Version, sub.Proof = "", l.token
	if sub.Variant > l.campaign.Variants() { // it had more: the letter is one of them all the same
		sub.Variant = 0
	}
	p, err := s.prepare(ctx, l.campaign.Slug, sub, complete)
	if err != nil {
		return nil, err
	}
	p.signer.Variant = kept.Submission.Variant
	return p, s.restore(ctx, p, kept.seen())
}

// restore composes each letter again from the version that its signer saw, where the campaign's is another by now. ErrChanged when
// the letters would reach others than the signer saw, or by another channel: they name whom they were for.
func (s *Service) restore(ctx context.Context, p *prepared, seen []heldLetter) error {
	today := p.entries
	if len(today) != len(seen) {
		return ErrChanged
	}
	sources := p.sources
	p.entries, p.sources = nil, nil
	for i, was := range seen {
		way, source := today[i].Way, sources[i]
		if way.Target.ID != was.Target || way.Channel != was.Channel {
			return ErrChanged
		}
		if today[i].Version == was.Version || !way.Channel.Mailed() {
			p.entries, p.sources = append(p.entries, today[i]), append(p.sources, source)
			continue
		}
		source, err := s.keptSource(ctx, was.Version)
		if err != nil {
			return err
		}
		if err := p.add(way, source); err != nil {
			return err
		}
	}
	p.language = p.entries[0].Language
	return nil
}

func (s *Service) keptSource(ctx context.Context, digest string) (letter.Source, error) {
	v, err := s.Ledger.Version(ctx, digest)
	if err != nil {
		return letter.Source{}, fmt.Errorf("letter version: %w", err)
	}
	source, err := letter.Parse(v)
	if errors.Is(err, letter.ErrFormat) {
		return letter.Source{}, ErrChanged // this program composes no such letters any more
	}
	if err != nil {
		return letter.Source{}, fmt.Errorf("letter version: %w", err)
	}
	return source, nil
}

// stand fills in what became of the link's signer; nothing when there is no action.
func (s *Service) stand(ctx context.Context, l link, out *Opened) error {
	taken, deliveries, err := s.Ledger.Find(ctx, l.key)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find action: %w", err)
	}
	out.Standing = &Standing{Unproven: taken.Proof == ledger.ProofNone}
	order := func(a, b ledger.Delivery) int { return l.campaign.Order(a.ID.Target, b.ID.Target) }
	for _, d := range slices.SortedStableFunc(slices.Values(deliveries), order) {
		target, _ := l.campaign.Target(d.Target)
		out.Standing.Letters = append(out.Standing.Letters, Stand{Target: target, Channel: d.Channel, State: d.State})
	}
	return nil
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}
