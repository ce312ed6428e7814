// Package letter turns a campaign's text and a signer into the letter that leaves: subject, text and HTML.
//
// What a signer typed is literal text wherever it stands: it is never a template, never markup and never a header of its
// own. The package reads no clock and no record: the same [Source] and [Signer] give the same bytes, so that a letter
// that waited for days leaves as its signer saw it.
package letter

import (
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// Source is everything of a campaign that shapes one letter: what a [ledger.Version] keeps. It holds no personal data and no
// address to send to.
type Source struct {
	Format     int               // of this struct and the rules of composing: see [Format]
	Test       bool              // [TEST] before the subject
	Language   string            // of the letter
	Campaign   string            // title in that language
	FromName   string            // the campaign's sender name
	Salutation string            // {salutation}
	Target     string            // the addressee's name
	Channel    ledger.Channel    // what stands around the letter depends on it
	Subjects   []string          // templates: a variant has one of them
	Openings   []string          `json:",omitempty"` // templates, Markdown: one of them becomes {opening}
	Body       string            // template, Markdown
	Several    bool              `json:",omitempty"` // the signer's letter goes to several targets: its draft has no salutation
	Fields     []string          // names of the campaign's own fields: placeholders, empty where a signer left one out
	ReplyTo    campaign.ReplyTo  // whether the signer's address is shown and answered to
	Replies    address.Email     // where answers go otherwise
	Relay      *Relay            // for ledger.ChannelRelay
	Fax        []address.Phone   // the target's
	Postal     string            // the target's, for the addressee block
	Notes      map[string]string // the house's own sentences in the letter's language: see [English]
}

// Relay is a relay organization's covering note. Unlike [campaign.Relay] it has no address: where the mail goes is read from
// the campaign's files when it is sent.
type Relay struct {
	Language string // of the covering note
	Campaign string // title in that language
	Subject  string // template
	Note     string // template, Markdown
}

// Signer is who signs. Every text in it has passed [Clean]: [Line] for the name, the country, the fields and a subject,
// [Block] for own words and a body.
type Signer struct {
	Name    string
	Email   address.Email
	Country string // name in the letter's language
	Fields  map[string]string
	Message string // own words at {message}
	Edited  *Edit  // the signer's own subject and body instead of the campaign's
	Proven  bool   // the address is known to be the signer's
	Variant int    `json:",omitempty"` // which of the letter's variants, from 1; 0 where it has one only
}

// Edit is a letter that the signer changed: plain text, a blank line between paragraphs.
type Edit struct{ Subject, Body string }

// Letter is what leaves, by mail or by the signer's hand. By relay it is the covering mail with the letter in it. By fax its words
// leave as a [Sheet]: text and HTML are what the signer sees of them.
type Letter struct {
	FromName string        // "NAME via SENDER" at most
	ReplyTo  address.Email // the signer's only if proven
	Subject  string        // one line, at most [SubjectMax] characters
	Text     string        // [Columns] columns, LF line ends
	HTML     string        // a whole document
}
