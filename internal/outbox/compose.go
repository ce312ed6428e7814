package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
)

// parked is why a letter cannot be composed any more, whoever tries.
type parked struct {
	to     ledger.State
	reason string
	err    error
}

func (p *parked) Error() string { return p.reason + ": " + p.err.Error() }
func (p *parked) Unwrap() error { return p.err }

// errSeen: the letter does not compose to the bytes that its signer saw.
var errSeen = errors.New("letter is not the one that its signer saw")

// compose answers the mail of a claimed delivery, from what was sealed with it and from the version of the letter that its signer
// saw. A [parked] error says what becomes of it; any other may pass.
func (d *Deliverer) compose(ctx context.Context, c *campaign.Campaign, v ledger.Delivery, w campaign.Way) (mailer.Message, error) {
	plain, err := d.open(ctx, c, v)
	if err != nil {
		return mailer.Message{}, err
	}
	if v.Target == ledger.TargetSigner {
		var inv letter.Invitation
		if err := json.Unmarshal(plain, &inv); err != nil {
			return mailer.Message{}, &parked{ledger.StateHeld, "unreadable", err}
		}
		return inv.Message(c, v), nil
	}
	s, who, text, err := d.letter(ctx, v, plain)
	if err == nil && v.Channel != s.Channel { // it stepped down the ladder: the same letter, otherwise addressed
		s = s.Through(w, c)
		if text, err = letter.Compose(s, who); err != nil {
			err = &parked{ledger.StateHeld, "letter-changed", err}
		}
	}
	switch {
	case err != nil:
		return mailer.Message{}, err
	case v.Channel == ledger.ChannelFax:
		return d.fax(c, v, w, s, who)
	}
	return text.Message(c, w, s.Language, v), nil
}

// letter answers a letter as its signer saw it, and what it is composed from.
func (d *Deliverer) letter(ctx context.Context, v ledger.Delivery, plain []byte) (letter.Source, letter.Signer, letter.Letter, error) {
	var sealed letter.Sealed
	if err := json.Unmarshal(plain, &sealed); err != nil {
		return letter.Source{}, letter.Signer{}, letter.Letter{}, &parked{ledger.StateHeld, "unreadable", err}
	}
	s, err := d.source(ctx, v.Letter)
	if err != nil {
		return letter.Source{}, letter.Signer{}, letter.Letter{}, err
	}
	text, err := letter.Compose(s, sealed.Signer)
	if err == nil && text.Digest() != sealed.Seen {
		err = errSeen
	}
	if err != nil {
		err = &parked{ledger.StateHeld, "letter-changed", err}
	}
	return s, sealed.Signer, text, err
}

// open answers a delivery's sealed fields in clear.
func (d *Deliverer) open(ctx context.Context, c *campaign.Campaign, v ledger.Delivery) ([]byte, error) {
	box, err := d.Ledger.Sealed(ctx, v.ID, d.Outbox.now())
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, &parked{ledger.StateFailed, "expired", err}
	}
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	keys, err := d.Keys.Campaign(ctx, c.Scope())
	if err != nil {
		return nil, fmt.Errorf("campaign keys: %w", err)
	}
	plain, err := keys.Open(v.ID.Record(), box)
	if err != nil {
		return nil, &parked{ledger.StateHeld, "unopenable", err}
	}
	return plain, nil
}

// sourcesMost bounds what a process remembers: a campaign has a version for each target and language.
const sourcesMost = 2000

// source answers a version. A process asks the ledger once for each: a version never changes.
func (d *Deliverer) source(ctx context.Context, digest string) (letter.Source, error) {
	d.mu.Lock()
	s, ok := d.sources[digest]
	d.mu.Unlock()
	if ok {
		return s, nil
	}
	v, err := d.Ledger.Version(ctx, digest)
	if errors.Is(err, ledger.ErrNotFound) {
		return letter.Source{}, &parked{ledger.StateHeld, "version-lost", err}
	}
	if err != nil {
		return letter.Source{}, fmt.Errorf("compose: %w", err)
	}
	if s, err = letter.Parse(v); err != nil {
		return letter.Source{}, &parked{ledger.StateHeld, "version-format", err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sources == nil || len(d.sources) > sourcesMost {
		d.sources = map[string]letter.Source{}
	}
	d.sources[digest] = s
	return s, nil
}
