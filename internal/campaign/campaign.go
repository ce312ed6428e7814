// Package campaign turns campaign and directory files into checked values, and decides who gets a signer's letter, by
// which channel and when.
//
// It is the sole owner of time zones, and the only source of recipients: nothing that a visitor posts becomes an address
// to send to. It renders nothing and sends nothing.
package campaign

import (
	"slices"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// Texts is one text by language (BCP 47 tag as in the campaign's languages).
type Texts map[string]string

// Mode says whether letters go to their targets.
type Mode string

// The modes.
const (
	Test Mode = "test" // every letter goes to the testers, under keys and counts of its own
	Live Mode = "live"
)

// Editable says how much of the letter is the signer's to change.
type Editable string

// The ways to edit.
const (
	EditNone  Editable = "none"  // the campaign's letter as it is
	EditWords Editable = "words" // the signer's own words at {message}
	EditWhole Editable = "whole" // subject and body
)

// Confirm says when a submission needs proof of its e-mail address before it is an action.
type Confirm string

// The ways to confirm.
const (
	ConfirmAlways Confirm = "always"
	ConfirmEdited Confirm = "edited" // only where the signer changed the letter
	ConfirmOff    Confirm = "off"
)

// ReplyTo says whom an answer to a letter reaches.
type ReplyTo string

// The ways to reply.
const (
	ReplyToSigner   ReplyTo = "signer"   // needs proof of the address: Confirm must be ConfirmAlways
	ReplyToCampaign ReplyTo = "campaign" // Replies
)

// AfterDay says what happens to letters that the release day did not suffice for.
type AfterDay string

// The ways to go on after the day.
const (
	AfterContinue AfterDay = "continue"
	AfterPrint    AfterDay = "print"
)

// Campaign is one protest, checked: every value in it may be used as it stands.
type Campaign struct {
	Slug      string
	Title     Texts
	Summary   Texts
	Mode      Mode
	Testers   []address.Email // at least one in test mode
	From      Sender
	Opens     time.Time // zero: open since ever
	Closes    time.Time // zero: no end
	Release   Local     // zero: at once; otherwise this local time at each target
	AfterDay  AfterDay
	Hours     Hours // zero: round the clock
	Pace      ledger.Pace
	Languages []string
	Fields    []Field
	Editable  Editable
	Confirm   Confirm
	ReplyTo   ReplyTo
	Replies   address.Email // where answers go under ReplyToCampaign; From.Address if the file says nothing
	Partners  []Partner
	Goal      int // 0: none
	Consent   Consent
	Privacy   Privacy
	Letters   map[string]Letter // by language, one for each of Languages
	Relay     *Relay            // nil: none
	Fax       *Fax              // nil: none
	Salute    Texts             // {salutation}, unless the target has its own
	// LetterLanguages is in which language a letter is written unless its signer chooses another: by target's id, or by the
	// country where the target stands; see [Campaign.LetterLanguage].
	LetterLanguages map[string]string
	Pictures        map[string]Picture // by language: what sites that link here show; may be empty

	State address.Country // whose missions are written to; empty: targets.csv has the target

	routing
}

// Salutation answers how a target is addressed: as its own row says, or else as the campaign does.
func (c *Campaign) Salutation(t *Target, language string) string {
	if t.Salute != nil {
		return c.Text(t.Salute, language)
	}
	return c.Text(c.Salute, language)
}

// Scope is the name under which the campaign's keys and records stand: in test mode another than live.
func (c *Campaign) Scope() string {
	if c.Mode == Test {
		return c.Slug + "-TEST" // slugs are lower case: no live campaign can have this name
	}
	return c.Slug
}

// Recipients answers where a mail by this way goes: its address, in test mode the testers.
func (c *Campaign) Recipients(w Way) []address.Email {
	if c.Mode == Test {
		return c.Testers
	}
	return []address.Email{w.To}
}

// Sender is the address all letters of a campaign come from: a verified SES identity.
type Sender struct {
	Name    string
	Address address.Email
}

// Field is something a campaign asks of its signers beyond name, e-mail and country. Its name is a placeholder too.
type Field struct {
	Name     string // lower-case letters
	Label    Texts
	Required bool
	Max      int // characters
}

// Partner is a site that embeds the form.
type Partner struct {
	ID      string
	Name    string
	Origins []string // scheme, host and port, as browsers send them
	// Key is what subscribers are sealed to, so that the partner alone can read them; nil: signers are not asked.
	Key *seal.PublicKey
	// Privacy is the page where the partner says what it does with its subscribers' data; required with Key.
	Privacy string
}

// Partner answers the partner of an id; nil where there is none.
func (c *Campaign) Partner(id string) *Partner {
	for i := range c.Partners {
		if c.Partners[i].ID == id {
			return &c.Partners[i]
		}
	}
	return nil
}

// PartnerAt answers the partner one of whose sites has an origin; nil where none has.
func (c *Campaign) PartnerAt(origin string) *Partner {
	for i := range c.Partners {
		if slices.Contains(c.Partners[i].Origins, origin) {
			return &c.Partners[i]
		}
	}
	return nil
}

// Picture is a campaign's picture in one language, as in picture.<lang>.png.
type Picture struct {
	MediaType     string // image/png or image/jpeg
	Width, Height int    // pixels
	Data          []byte
}

// Consent is what a signer agrees to.
type Consent struct {
	Version string
	Text    Texts
}

// Privacy says who answers for the signers' data.
type Privacy struct {
	Controller Texts
	Contact    address.Email
	Retention  int // days that sealed fields may stay, at most, when nothing settles them
}

// Letter is the campaign's text in one language, as in letter.<lang>.md.
type Letter struct {
	Language string
	Subjects []string // at least one
	Openings []string // what {opening} becomes, one of them in each letter; none where the body has no such placeholder
	Body     string   // Markdown with placeholders
}

// Variants is how many letters the subjects and openings make: each subject with each opening.
func (l Letter) Variants() int { return max(1, len(l.Subjects)) * max(1, len(l.Openings)) }

// Variants is how many letters the campaign's subjects and openings make, in each of its languages.
func (c *Campaign) Variants() int {
	for _, l := range c.Letters { // the loader made sure that all have as many
		return l.Variants()
	}
	return 1
}

// Relay is an organization that forwards letters.
type Relay struct {
	Name     string
	Address  address.Email
	Language string // of the covering note
	Subject  string // of the mail to the relay, with placeholders
	Note     string // Markdown with placeholders
}

// Fax is the gateway that turns a mail with a letter into a fax, and what the campaign spends on it.
type Fax struct {
	Gateway Gateway
	Hours   Hours       // of the target's local day; the campaign's hours hold besides
	Pace    ledger.Rate // of each number
	Daily   int         // faxes of a UTC day at most, all numbers together: each costs money
}

// Target is who is written to: a mission of a directory or a row of targets.csv.
type Target struct {
	ID         string
	Kind       string          // embassy, consulate general, office, ...
	Country    address.Country // where it stands
	City       string
	Name       string    // in English
	Emails     []Mailbox // the chosen one first
	Fax        []address.Phone
	Phone      []address.Phone
	Postal     string
	Website    string
	Zone       string // IANA time zone of the city
	Source     string
	AsOf       time.Time
	Accredited []address.Country // further countries it is responsible for
	Salute     Texts             // {salutation} for this target; nil: the campaign's
	Pace       int               // letters an hour that its mailbox takes; 0: the campaign's
	Channels   []ledger.Channel  // its own ladder, best first; nil: the campaign's
	Retired    time.Time         // since when nobody is written to there any more; zero: not. Its id and what waits for it stay
}

// Mailbox is one published e-mail address with what is known of it.
type Mailbox struct {
	Address    address.Email
	Confidence string // A, B or B- (see the directory's README)
	Section    string // general, press, consular, visa, several
}

// Way is how a signer's letter reaches one target.
type Way struct {
	Target  *Target
	Channel ledger.Channel
	To      address.Email // for email, fax (at the gateway) and relay: where the mail goes in live mode
}
