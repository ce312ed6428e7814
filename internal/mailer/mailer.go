// Package mailer says what a mail is to this house and what can come of sending one.
//
// It knows no provider: ses and localmail send, mailertest holds the suite both must pass.
package mailer

import (
	"context"

	"one-click-protest/internal/address"
)

// Class is which stream a mail belongs to: each has its own SES configuration set.
type Class int

// The classes.
const (
	Letter   Class = iota // to a target; suppression off, or one complaint would silence a campaign (SES developer guide, "Using the account-level suppression list")
	ToSigner              // to an address somebody typed; suppression on
)

// Message is one mail. Its texts are UTF-8; senders encode them. Display names are plain text, checked
// before they get here: a control character in one makes the message refused, never sent.
type Message struct {
	Class    Class
	From     address.Email
	FromName string
	To       []address.Email // one target; in test mode all testers
	// Addressee is whom the mail is meant for, in test mode too. Nothing is ever sent there by this field: only a mailer that
	// sends nowhere (localmail's folder) shows it as the recipient.
	Addressee address.Email
	ReplyTo   address.Email // empty for none
	Subject   string
	Text      string
	HTML      string
	Language  string // BCP 47, for the Content-Language header
	// Attachments go with it, at most MaxAttachments: the letter of a fax.
	Attachments []Attachment
	// Tags come back on the provider's events. Names and values of [A-Za-z0-9_-], up to 256 characters (SES
	// MessageTag).
	Tags []Tag
}

// Attachment is a file that goes with a mail. Its name is the house's own, of [A-Za-z0-9._-] and ending in .pdf: no word of a visitor.
type Attachment struct {
	Name      string
	MediaType string // always application/pdf
	Data      []byte // at most MaxAttachment
}

// Tag is a name and a value that a provider repeats on its events.
type Tag struct{ Name, Value string }

// Outcome is what came of one attempt on the wire.
type Outcome int

// The outcomes. Only Accepted says that the mail left, only Refused, Later and Halt say that it surely did not.
const (
	Unknown  Outcome = iota // may have left: never send it again by itself
	Accepted                // the provider took it
	Refused                 // this mail is refused for good: park it
	Later                   // surely not sent: this one can be tried later
	Halt                    // surely not sent, and no other would be: quota, account paused, misconfigured
)

// String names the outcome, for logs.
func (o Outcome) String() string {
	return [...]string{"unknown", "accepted", "refused", "later", "halt"}[o]
}

// Result is the answer of one attempt.
type Result struct {
	Outcome Outcome
	// Reason is a short code for logs and records ("TooManyRequestsException", "timeout"): never a free text, which
	// could repeat an address.
	Reason string
}

// Mailer sends mail.
type Mailer interface {
	// Send makes one attempt on the wire, at most, and says what came of it. It retries nothing: no provider here has an
	// idempotency token, so a retry after an answer that was lost is a second mail. It does not begin when the
	// context is done or nearly so, and returns before the context's deadline with nothing in flight. Safe for
	// parallel use.
	Send(ctx context.Context, m Message) Result
}
