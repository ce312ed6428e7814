package action

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/seal"
)

// prepared is a checked submission with its letters composed: all that is known of it without asking the ledger.
type prepared struct {
	campaign *campaign.Campaign
	keys     *seal.Key
	checked
	now     time.Time
	key     ledger.Key   // zero in a preview without an address
	proof   ledger.Proof // of the address
	entries []Entry
	sources []letter.Source
}

// prepare checks a submission against its campaign and the clock and composes its letters.
func (s *Service) prepare(ctx context.Context, slug string, sub Submission, strict strictness) (*prepared, error) {
	c, err := s.Campaigns.Get(slug)
	if err != nil {
		return nil, fmt.Errorf("campaign: %w", err)
	}
	p := &prepared{campaign: c, now: s.now(), proof: ledger.ProofNone}
	if err := openAt(c, p.now); err != nil {
		return nil, err
	}
	if p.checked, err = check(c, sub, strict); err != nil {
		return nil, err
	}
	if p.keys, err = s.Keys.Campaign(ctx, c.Scope()); err != nil {
		return nil, fmt.Errorf("campaign keys: %w", err)
	}
	p.identify(sub.Proof)
	if err := p.compose(); err != nil {
		return nil, err
	}
	if sub.Version != "" && sub.Version != p.entries[0].Version || sub.Template != "" && sub.Template != Template(c) {
		return nil, ErrChanged
	}
	return p, nil
}

func openAt(c *campaign.Campaign, now time.Time) error {
	switch c.Phase(now) {
	case campaign.Before:
		return ErrNotOpen
	case campaign.After:
		return ErrClosed
	}
	return nil
}

// identify derives the signer's key from the address, and takes the token of a mailed or of a personal link as proof of that very
// address.
func (p *prepared) identify(token string) {
	if p.signer.Email == "" {
		return
	}
	p.key = ledger.Key{Campaign: p.campaign.Scope(), Signer: p.keys.SignerID(p.signer.Email.Key())}
	switch {
	case token == "":
	case p.mailed(token):
		p.proof = ledger.ProofMail
	case p.invited(token):
		p.proof = ledger.ProofLink
	}
	p.signer.Proven = p.proof != ledger.ProofNone
}

func (p *prepared) mailed(token string) bool {
	subject, err := p.keys.Subject(linkPurpose, token, p.now)
	signer, _ := cutSubject(subject)
	return err == nil && signer == p.key.Signer
}

// invited takes a personal link's token, and credits the partner who mailed it unless the request's origin is another's.
func (p *prepared) invited(token string) bool {
	who, err := unsealSupporter(p.keys, token, p.now)
	if err != nil || who.signerID(p.keys) != p.key.Signer {
		return false
	}
	if partner := p.campaign.Partner(who.Partner); partner != nil && !p.verified {
		p.partner, p.verified = partner.ID, true
	}
	return true
}

// compose finds the signer's targets and writes their letters.
func (p *prepared) compose() error {
	notes := lang.Notes(p.language)
	for _, way := range p.campaign.WaysAt(p.country, p.now) {
		if err := p.add(way, letter.NewSource(p.campaign, way, p.language, notes)); err != nil {
			return err
		}
	}
	return nil
}

func (p *prepared) add(way campaign.Way, source letter.Source) error {
	p.sources = append(p.sources, source)
	text, err := letter.Compose(source, p.shown(p.language))
	if err != nil {
		return fmt.Errorf("compose letter for %s: %w", way.Target.ID, err)
	}
	version, err := source.Version()
	if err != nil {
		return fmt.Errorf("letter version: %w", err)
	}
	e := Entry{Way: way, Letter: text, Version: version.Digest}
	if expected := p.campaign.Expected(way, p.now); way.Channel.Mailed() && expected.After(p.now) {
		e.Expected = expected
	}
	p.entries = append(p.entries, e)
	return nil
}

// shown is the signer as the letter will show them when it leaves: proven where it leaves only after proof, and in a preview
// with a word in a language in the place of what is still missing.
func (p *prepared) shown(language string) letter.Signer {
	who := p.signer
	who.Proven = who.Proven || p.mustConfirm()
	if who.Name == "" {
		who.Name = lang.Text(language, "paper.name")
	}
	if who.Email == "" {
		who.Email = address.Email(lang.Text(language, "paper.email"))
	}
	return who
}

// changed says whether the letter holds anything that the campaign did not write.
func (p *prepared) changed() bool {
	return p.sources[0].Changed(p.signer)
}

func (p *prepared) mustConfirm() bool {
	if p.signer.Proven {
		return false
	}
	switch p.campaign.Confirm {
	case campaign.ConfirmAlways:
		return true
	case campaign.ConfirmEdited:
		return p.changed() || p.speaks()
	default:
		return false
	}
}

// speaks says whether a name or a field says more than a name or a place does: without proof nobody sends words of their own.
func (p *prepared) speaks() bool {
	if speech(p.signer.Name) || strings.ContainsFunc(p.signer.Name, unicode.IsNumber) { // a postcode has digits, a name none
		return true
	}
	for _, value := range p.signer.Fields {
		if speech(value) {
			return true
		}
	}
	return false
}

// speech finds punctuation that names and places do not have, and what looks like a domain: a dot between words of two letters
// and more. Full-width letters and the like are read as plain ones. It is no regular expression, because compiling one with
// Unicode classes costs every cold start 0.2 ms.
func speech(text string) bool {
	text = norm.NFKC.String(text)
	if strings.ContainsAny(text, "!?/@:;<>=#*|\"“”[]∕⁄∶") {
		return true
	}
	runes := []rune(text)
	for i := 2; i < len(runes)-2; i++ {
		if (runes[i] == '.' || runes[i] == '。') && word(runes[i-2:i]) && word(runes[i+1:i+3]) {
			return true
		}
	}
	return false
}

func word(runes []rune) bool {
	return !slices.ContainsFunc(runes, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

func (p *prepared) receipt() Receipt {
	return Receipt{Campaign: p.campaign, Language: p.language, Reads: p.reads, Confirm: p.mustConfirm(), Letters: p.entries}
}

func (p *prepared) action(token string) ledger.Action {
	return ledger.Action{
		Key:             p.key,
		Day:             day(p.now),
		Proof:           p.proof,
		Language:        p.language,
		Consent:         p.consent,
		Partner:         p.partner,
		PartnerVerified: p.verified,
		Token:           token,
	}
}

// draft is the delivery of the i-th letter: claimed by this process where it may leave now, queued where it must wait, offered
// where the signer sends it. What waits for its hour is queued without one: the hour is worked out when it is sent.
func (s *Service) draft(ctx context.Context, p *prepared, i int) (ledger.Draft, error) {
	e := p.entries[i]
	d := ledger.Delivery{
		ID:      ledger.ID{Key: p.key, Target: e.Way.Target.ID},
		Attempt: 1,
		Channel: e.Way.Channel,
		Changed: day(p.now),
	}
	if !e.Way.Channel.Mailed() {
		d.State = ledger.StateOffered
		return ledger.Draft{Delivery: d}, nil
	}
	d.Letter = e.Version
	d.State, d.Next = ledger.StateQueued, p.now
	if e.Expected.IsZero() && s.Sender.Ready(ctx, d, p.campaign.Recipients(e.Way)) {
		d.State, d.Claim, d.Next = ledger.StateClaimed, s.token(), p.now.Add(lease)
	}
	fields, err := json.Marshal(letter.Sealed{Signer: p.signer, Seen: e.Letter.Digest()})
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("serialise sealed fields: %w", err)
	}
	sealed := p.keys.Seal(d.ID.Record(), fields)
	return ledger.Draft{Delivery: d, Sealed: sealed, Expires: p.expiry(e)}, nil
}

// expiry is the backstop after which sealed fields go even if nothing settles them, counted from when the letter may leave.
func (p *prepared) expiry(e Entry) time.Time {
	from := p.now
	if e.Expected.After(from) {
		from = e.Expected
	}
	return from.AddDate(0, 0, p.campaign.Privacy.Retention)
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
