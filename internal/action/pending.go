package action

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// pend keeps a submission until its address is proven. The mail's text says nothing of the submission.
func (s *Service) pend(ctx context.Context, p *prepared, sub Submission) error {
	if err := s.keep(ctx, p); err != nil {
		return err
	}
	plain, err := p.held(sub).marshal()
	if err != nil {
		return fmt.Errorf("serialise pending: %w", err)
	}
	id := ledger.PendingID(p.now, s.token())
	pending := ledger.Pending{
		Key: p.key, ID: id, Ration: p.keys.RationID(rationed(p.signer.Email)), At: p.now, Expires: p.now.Add(linkLife),
	}
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
		s.Sender.Send(ctx, mail.Delivery, message.Message(p.campaign, mail.Delivery), ledger.Pace{})
	}
	return nil
}

// rationed names what confirmation mail is rationed by. A mailbox's tagged addresses share one mail a day, so that nobody fills it
// with victim+1, victim+2, …; the plain address has one of its own, so that nobody uses it up by such a tag either.
func rationed(e address.Email) string {
	if key := e.Key(); !strings.Contains(key, "+") {
		return key
	}
	return "+" + e.Mailbox()
}

// held is what a pending seals: the submission as it was checked, bounded in every part, and whom it was to reach.
type held struct {
	Submission Submission   `json:"submission"`
	Letters    []heldLetter `json:"letters"`
	// A pending of before signers had several targets says here whom it was to reach, with the version in the submission.
	Target  string         `json:"target,omitempty"`
	Channel ledger.Channel `json:"channel,omitempty"`
}

func (h held) seen() []heldLetter {
	if h.Target == "" {
		return h.Letters
	}
	return []heldLetter{{Target: h.Target, Channel: h.Channel, Version: h.Submission.Version}}
}

type heldLetter struct {
	Target  string         `json:"target"`
	Channel ledger.Channel `json:"channel"`
	Version string         `json:"version"`
}

func (p *prepared) held(sub Submission) held {
	sub.Name, sub.Email, sub.Country = p.signer.Name, string(p.signer.Email), string(p.country)
	if sub.Language = p.chosen; p.signer.Edited != nil {
		sub.Language = p.language
	}
	sub.Message, sub.Letter, sub.Fields = p.signer.Message, p.signer.Edited, p.signer.Fields
	sub.Partner, sub.Version, sub.Proof = p.partner, "", ""
	sub.Reads, sub.Variant = p.reads, p.signer.Variant
	sub.Origin, sub.Framed = "", p.verified // however it was verified, it stays so
	h := held{Submission: sub}
	for _, e := range p.entries {
		h.Letters = append(h.Letters, heldLetter{Target: e.Way.Target.ID, Channel: e.Way.Channel, Version: e.Version})
	}
	return h
}

// marshal writes texts as they are: escaped for HTML they could be six times as long.
func (h held) marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(h)
	return b.Bytes(), err
}

// invitation is the confirmation mail as a delivery: claimed, because it leaves at once.
func (s *Service) invitation(p *prepared, id string) (ledger.Draft, letter.Invitation, error) {
	link := s.PublicURL + "/c/" + p.campaign.Slug + "/confirm?token=" +
		p.keys.Token(linkPurpose, linkSubject(p.key.Signer, id), p.now.Add(linkLife))
	inv := letter.Invitation{Email: p.signer.Email, Language: p.spoken(), Link: link}
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

func pendingRecord(k ledger.Key, id string) string {
	return "pending\x00" + k.Campaign + "\x00" + k.Signer + "\x00" + id
}
