package letter

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
)

// SubjectMax is how many characters a subject has at most, "[TEST] " not counted. A longer one is cut at its end.
const SubjectMax = 200

// fromNameMax keeps a From header's display name within one line.
const fromNameMax = 78

// Compose answers the letter of this signer: a function of its arguments alone. An edit that is none ([Source.Changed]) is not
// taken for one, so that the campaign's letter keeps its lists and links. It fails for a signer without a name, for
// texts that did not pass [Clean], with their error, and for a source that no campaign makes.
func Compose(s Source, who Signer) (Letter, error) {
	if err := who.check(); err != nil {
		return Letter{}, fmt.Errorf("compose letter: %w", err)
	}
	subject, body := letterParts(s, who)
	doc, subjectLine, err := around(s, who, subject, body)
	if err != nil {
		return Letter{}, fmt.Errorf("compose letter: %w", err)
	}
	html, err := document(subjectLine, s.documentLanguage(), doc)
	if err != nil {
		return Letter{}, fmt.Errorf("compose letter: %w", err)
	}
	return Letter{
		FromName: fromName(who.Name, s.FromName),
		ReplyTo:  replyTo(s, who),
		Subject:  subjectLine,
		Text:     plain(doc, Columns),
		HTML:     html,
	}, nil
}

// check refuses a signer whose texts did not pass Clean. Errors name the text, never what it says.
func (who Signer) check() error {
	c := checker{}
	c.text("name", who.Name, Line(1))
	c.text("email", string(who.Email), Line(0))
	c.text("country", who.Country, Line(0))
	c.text("message", who.Message, Block(0))
	for _, name := range slices.Sorted(maps.Keys(who.Fields)) {
		c.text(name, who.Fields[name], Line(0))
	}
	if who.Edited != nil {
		c.text("edited subject", who.Edited.Subject, Line(1))
		c.text("edited body", who.Edited.Body, Block(1))
	}
	return c.err
}

// checker keeps the first error of several texts.
type checker struct{ err error }

// text checks one text; a limit of 0 allows it to be empty.
func (c *checker) text(name, text string, limit Limit) {
	if c.err != nil || text == "" && limit.max == 0 {
		return
	}
	limit.max = math.MaxInt // lengths are the caller's
	clean, err := Clean(text, limit)
	if err == nil && clean != text {
		err = errUnclean
	}
	if err != nil {
		c.err = fmt.Errorf("%s: %w", name, err)
	}
}

// replyTo never answers an address that was only typed.
func replyTo(s Source, who Signer) address.Email {
	if answersSigner(s, who) {
		return who.Email
	}
	return s.Replies
}

func answersSigner(s Source, who Signer) bool {
	return s.ReplyTo == campaign.ReplyToSigner && who.Proven && who.Email != ""
}

// fromName answers what mail programs show as the sender: the signer via the campaign, or the campaign alone where the name is
// too long or could be taken for an address or for a part of the header.
func fromName(name, sender string) string {
	full := name + " via " + sender
	if utf8.RuneCountInString(full) > fromNameMax || confusing(name) {
		return truncate(sender, fromNameMax)
	}
	return full
}

// confusing looks through compatibility forms: a full-width @ is an @ to the eye. Invisible characters go too, but for
// ZWNJ and ZWJ, which names need.
func confusing(name string) bool {
	return strings.ContainsAny(norm.NFKC.String(name), "@<>\",;:\\[]()\u00AD\u200B\u200E\u200F\u061C\u2060")
}

// truncate cuts a text to so many characters, between what readers take for characters.
func truncate(text string, max int) string {
	if utf8.RuneCountInString(text) <= max {
		return text
	}
	var b strings.Builder
	left, state := max-1, -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if left -= utf8.RuneCountInString(cluster); left < 0 {
			break
		}
		b.WriteString(cluster)
	}
	return strings.TrimSpace(b.String()) + "…"
}

var (
	errSource  = errors.New("not a letter's source")
	errUnclean = errors.New("not cleaned")
)
