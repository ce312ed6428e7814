package letter

import (
	"crypto/sha256"
	"encoding/hex"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

// Sealed is what is sealed with a delivery, so that its letter can be composed again from its kept version.
type Sealed struct {
	Signer Signer `json:"signer"`
	Seen   string `json:"seen"` // Digest of the letter as its signer saw it: one that composes to anything else must not leave
}

// Digest identifies the letter's very bytes.
func (l Letter) Digest() string {
	h := sha256.New()
	for _, part := range []string{l.Subject, l.Text, l.HTML} {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Message is the letter as the mail of one delivery, but for a fax: see [FaxMessage]. In test mode it goes to the campaign's
// testers, whatever the way says.
func (l Letter) Message(c *campaign.Campaign, w campaign.Way, language string, d ledger.Delivery) mailer.Message {
	return mailer.Message{
		Class:     mailer.Letter,
		From:      c.From.Address,
		FromName:  l.FromName,
		To:        c.Recipients(w),
		Addressee: w.To,
		ReplyTo:   l.ReplyTo,
		Subject:   l.Subject,
		Text:      l.Text,
		HTML:      l.HTML,
		Language:  language,
		Tags:      tags(c, d),
	}
}

// faxSubjectMax is InterFAX's limit for a subject, "[TEST] " counted.
const faxSubjectMax = 60

// FaxMessage is a faxed letter as the mail of one delivery: to the gateway, with the letter in a PDF. What its header and its body say,
// gateways may print, so no word of a signer is in them; their reports go to From, for there is no Reply-To. The text is an
// empty line: some gateways fax it as a page of its own. In test mode it goes to the campaign's testers, whatever the way says.
func FaxMessage(c *campaign.Campaign, w campaign.Way, language string, d ledger.Delivery, pdf []byte) mailer.Message {
	mark := ""
	if c.Mode == campaign.Test {
		mark = testMark
	}
	return mailer.Message{
		Class:       mailer.Letter,
		From:        c.From.Address,
		FromName:    truncate(c.From.Name, fromNameMax),
		To:          c.Recipients(w),
		Addressee:   w.To,
		Subject:     mark + truncate(c.Text(c.Title, language), faxSubjectMax-len(mark)),
		Text:        "\n",
		Language:    language,
		Attachments: []mailer.Attachment{{Name: "letter.pdf", MediaType: "application/pdf", Data: pdf}},
		Tags:        tags(c, d),
	}
}

// Invitation is what a confirmation mail is composed from. It goes to an address that somebody typed, so it holds no word of
// a visitor.
type Invitation struct {
	Email    address.Email `json:"email"`
	Language string        `json:"language"`
	Link     string        `json:"link"`
}

// Message is the confirmation mail. Subject and sender name say nothing of what it is about: they show on locked screens. In
// test mode it goes to the testers: nothing reaches an address that a visitor typed.
func (i Invitation) Message(c *campaign.Campaign, d ledger.Delivery) mailer.Message {
	return mailer.Message{
		Class:     mailer.ToSigner,
		From:      c.From.Address,
		To:        c.Recipients(campaign.Way{To: i.Email}),
		Addressee: i.Email,
		ReplyTo:   c.Replies,
		Subject:   lang.Text(i.Language, "mail.confirm.subject"),
		Text:      lang.Text(i.Language, "mail.confirm.text", "campaign", c.Text(c.Title, i.Language), "link", i.Link),
		Language:  i.Language,
		Tags:      tags(c, d),
	}
}

// tags let the provider's events find the delivery again.
func tags(c *campaign.Campaign, d ledger.Delivery) []mailer.Tag {
	return []mailer.Tag{{Name: "campaign", Value: c.Scope()}, {Name: "delivery", Value: d.Tag()}}
}
