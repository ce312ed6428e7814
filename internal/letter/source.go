package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// Format is the number of today's [Source] and of the rules by which [Compose] turns it into a letter. Raise it with every
// change that shows in a letter: a letter that waited must leave as its signer saw it or not at all.
//
// Versions of format 2 are still composed, by the rules they were kept under, so that no upgrade loses what waits: an empty
// value left its separator behind, and of several subjects the first was used.
const Format = 3

const oldestFormat = 2

// second says whether the rules of format 2 apply.
func (s Source) second() bool { return s.Format == oldestFormat }

// What [Parse] refuses.
var (
	// ErrDigest: the text is not the one that was kept under this digest.
	ErrDigest = errors.New("letter version does not match its digest")
	// ErrFormat: kept by another version of this package, which composed by other rules.
	ErrFormat = errors.New("letter version of another format")
)

// NewSource takes from a campaign what shapes the letter that goes this way in one of the campaign's languages. Notes are the
// house's own sentences in that language; a missing one is taken from [English].
func NewSource(c *campaign.Campaign, w campaign.Way, language string, notes map[string]string) Source {
	text := c.Letters[language]
	s := Source{
		Format:     Format,
		Test:       c.Mode == campaign.Test,
		Language:   language,
		Campaign:   c.Text(c.Title, language),
		FromName:   c.From.Name,
		Salutation: c.Salutation(w.Target, language),
		Target:     w.Target.Name,
		Subjects:   text.Subjects,
		Openings:   text.Openings,
		Body:       text.Body,
		Fields:     fieldNames(c.Fields),
		Several:    c.Several(),
		ReplyTo:    c.ReplyTo,
		Replies:    c.Replies,
		Fax:        w.Target.Fax,
		Postal:     w.Target.Postal,
		Notes:      complete(notes),
	}
	if s.Replies == "" {
		s.Replies = c.From.Address
	}
	return s.Through(w, c)
}

func fieldNames(fields []campaign.Field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// Through answers the same letter by another of the campaign's channels: what a step down the ladder sends to the same target.
// What stands around the letter follows the channel and is the target's as it is today; its own words, and the rules that they are composed by, stay. A letter
// of format 2 has no words for a fax: [Compose] and [NewSheet] refuse it.
func (s Source) Through(w campaign.Way, c *campaign.Campaign) Source {
	s.Channel, s.Relay = w.Channel, nil
	s.Fax, s.Postal = w.Target.Fax, w.Target.Postal
	if w.Channel == ledger.ChannelRelay && c.Relay != nil {
		s.Relay = newRelay(c)
	}
	return s
}

func newRelay(c *campaign.Campaign) *Relay {
	return &Relay{
		Language: c.Relay.Language,
		Campaign: c.Text(c.Title, c.Relay.Language),
		Subject:  c.Relay.Subject,
		Note:     c.Relay.Note,
	}
}

// Version answers the source as the ledger keeps it: JSON whose bytes depend on the source alone, under its SHA-256 in hex.
func (s Source) Version() (ledger.Version, error) {
	text, err := json.Marshal(s) // struct order is fixed, map keys are sorted
	if err != nil {
		return ledger.Version{}, fmt.Errorf("write letter version: %w", err)
	}
	return ledger.Version{Digest: digest(text), Text: text}, nil
}

// Parse answers the source that a version keeps; [ErrDigest] when the text was changed, [ErrFormat] when other rules applied.
func Parse(v ledger.Version) (Source, error) {
	if digest(v.Text) != v.Digest {
		return Source{}, ErrDigest
	}
	var s Source
	if err := json.Unmarshal(v.Text, &s); err != nil {
		return Source{}, fmt.Errorf("read letter version %s: %w", v.Digest, err)
	}
	if s.Format < oldestFormat || s.Format > Format {
		return Source{}, fmt.Errorf("%w: %d, not %d to %d", ErrFormat, s.Format, oldestFormat, Format)
	}
	return s, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
