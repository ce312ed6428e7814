package action

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
	if err := p.showable(); err != nil {
		return nil, err
	}
	if sub.Version != "" && sub.Version != p.version() || sub.Template != "" && sub.Template != Template(c) {
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
	p.signer.Variant = p.varied()
	for i, way := range p.campaign.WaysAt(p.country, p.now) {
		language := p.languageOf(way, i > 0)
		if i == 0 {
			p.language = language
		}
		if err := p.add(way, letter.NewSource(p.campaign, way, language, lang.Notes(language))); err != nil {
			return err
		}
	}
	return nil
}

// languageOf answers the language of one letter: what its signer chose, or wrote the first one in, or else what suits its target.
func (p *prepared) languageOf(w campaign.Way, further bool) string {
	wanted := p.chosen
	if further && p.signer.Edited != nil {
		wanted = p.language
	}
	if wanted != "" && p.campaign.Writes(w, wanted) {
		return wanted
	}
	return p.campaign.LetterLanguage(w, p.reads)
}

// varied is the variant that was asked for, or else one by the address, so that a repeat gets the same; a preview without an address
// takes the clock's, so that visitors see different ones. 0 where there is one only.
func (p *prepared) varied() int {
	n := p.campaign.Variants()
	switch {
	case n < 2:
		return 0
	case p.variant > 0:
		return p.variant
	}
	of := p.key.Signer
	if of == "" { // hashed: a page that is kept for a minute would else come in one variant for ever
		of = strconv.FormatInt(p.now.Unix(), 10)
	}
	sum := sha256.Sum256([]byte("variant\x00" + of))
	return 1 + int(binary.BigEndian.Uint32(sum[:])%uint32(n))
}

func (p *prepared) add(way campaign.Way, source letter.Source) error {
	p.sources = append(p.sources, source)
	text, err := letter.Compose(source, p.shown(source.Language))
	if err != nil {
		return fmt.Errorf("compose letter for %s: %w", way.Target.ID, err)
	}
	version, err := source.Version()
	if err != nil {
		return fmt.Errorf("letter version: %w", err)
	}
	e := Entry{Way: way, Language: source.Language, Letter: text, Version: version.Digest}
	if expected := p.campaign.Expected(way, p.now); way.Channel.Mailed() && expected.After(p.now) {
		e.Expected = expected
	}
	p.entries = append(p.entries, e)
	return nil
}

// version is the only letter's, or that of all together.
func (p *prepared) version() string {
	if len(p.entries) == 1 {
		return p.entries[0].Version
	}
	h := sha256.New()
	for _, e := range p.entries {
		_, _ = h.Write([]byte(e.Version))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// in is the signer as a letter in a language has them.
func (p *prepared) in(language string) letter.Signer {
	who := p.signer
	who.Country = lang.Country(language, string(p.country))
	return who
}

// shown is the signer as the letter will show them when it leaves: proven where it leaves only after proof, and in a preview
// with a word in a language in the place of what is still missing.
func (p *prepared) shown(language string) letter.Signer {
	who := p.in(language)
	who.Proven = who.Proven || p.mustConfirm()
	if who.Name == "" {
		who.Name = lang.Text(language, "paper.name")
	}
	if who.Email == "" {
		who.Email = address.Email(lang.Text(language, "paper.email"))
	}
	return who
}

// maxFaxLines is how many lines own words have at most that are faxed: with what is as long as it may be, and lines that are broken, the letter stays
// under the ten pages that package fax sets.
const maxFaxLines = 150

// showable holds what is faxed to what a fax can show.
func (p *prepared) showable() error {
	if !slices.ContainsFunc(p.entries, func(e Entry) bool { return e.Way.Channel == ledger.ChannelFax }) {
		return nil
	}
	if fields := unshowable(p.campaign, p.signer); len(fields) > 0 {
		return &Invalid{Fields: fields}
	}
	return nil
}

// unshowable answers which of a signer's words no fax shows.
func unshowable(c *campaign.Campaign, who letter.Signer) (fields []FieldError) {
	texts := []struct{ field, text string }{{"name", who.Name}}
	for _, f := range c.Fields {
		texts = append(texts, struct{ field, text string }{"fields." + f.Name, who.Fields[f.Name]})
	}
	texts = append(texts, struct{ field, text string }{"message", who.Message})
	if who.Edited != nil {
		texts = append(texts, struct{ field, text string }{"letter.subject", who.Edited.Subject}, struct{ field, text string }{"letter.body", who.Edited.Body})
	}
	for _, t := range texts {
		if letter.Faxable(t.text) != nil {
			fields = append(fields, FieldError{Field: t.field, Code: Fax})
		}
		if strings.Count(t.text, "\n") >= maxFaxLines {
			fields = append(fields, FieldError{Field: t.field, Code: Lines, Max: maxFaxLines})
		}
	}
	return fields
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

// told is the variant that the i-th letter counts as: none where its signer wrote it.
func (p *prepared) told(i int) int {
	if p.changedIn(i) {
		return 0
	}
	return p.signer.Variant
}

func (p *prepared) receipt() Receipt {
	return Receipt{
		Campaign: p.campaign, Language: p.language, Reads: p.reads, Confirm: p.mustConfirm(),
		Variant: p.signer.Variant, Version: p.version(), Letters: p.entries,
	}
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
	d.Letter, d.Variant = e.Version, p.told(i)
	d.State, d.Next = ledger.StateQueued, p.now
	inline := e.Expected.IsZero() && e.Way.Channel != ledger.ChannelFax // the queue's sender sets the pages
	if inline && s.Sender.Ready(ctx, d, p.campaign.Recipients(e.Way)) {
		d.State, d.Claim, d.Next = ledger.StateClaimed, s.token(), p.now.Add(lease)
	}
	fields, err := json.Marshal(letter.Sealed{Signer: p.in(e.Language), Seen: e.Letter.Digest()})
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
