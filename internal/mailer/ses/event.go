package ses

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"one-click-protest/internal/mailer"
)

// Errors of [ParseEvent].
var (
	// ErrNotEvent is that a message tells nothing of a mail of ours: the caller drops it.
	ErrNotEvent = errors.New("no event of a tagged mail")
	// ErrMalformed is that a message looks like JSON and is none, or is longer than any queue lets through. It may have been
	// about any mail, and reading it again won't help: it is for a person to look at.
	ErrMalformed = errors.New("malformed event")
)

// maxEvent is how long a message may be: 1 MiB, the most that SQS carries (SQS developer guide, "Message quotas").
const maxEvent = 1 << 20

// deliveryTag is the tag that names the delivery.
const deliveryTag = "delivery"

// ParseEvent reads a record of SES's event publishing, bare or inside SNS's notification. Nothing of it survives but what
// [mailer.Event] holds: every record repeats the mail's headers, and with them the signer's name and address.
//
// A Reject is a permanent bounce. A Transient/General bounce on which no mail server reported is an automatic reply, so only Sent.
// What it does not know it reads as the weaker: fields that are missing or of another type are empty, and a bounce of unknown
// type is not permanent. A record of several recipients (test mode's) is decided by the worst of them: Policy when one
// receiver says so, Permanent unless all do, and the domain is that of the first who does, else of the first.
//
// ErrNotEvent: what is no JSON object (SES sends "Successfully validated SNS topic …" once), notifications of identities and
// subscriptions, kinds that say nothing of delivery (Open, Click, Subscription, Rendering Failure), records without the
// tag "delivery", and "not-spam" reports.
func ParseEvent(body []byte) (mailer.Event, error) {
	r, err := parse(body)
	if err != nil {
		return mailer.Event{}, err
	}
	if r.EventType == "" && r.Type == "Notification" {
		if r, err = parse([]byte(r.Message)); err != nil {
			return mailer.Event{}, err
		}
	}
	return r.event()
}

// record is the little that is read of a message. Source: SES developer guide, "Contents of event data that Amazon SES
// publishes to Amazon SNS"; the first two are SNS's (SNS developer guide, "Parsing message formats").
type record struct {
	Type, Message string

	EventType string
	Mail      struct {
		Timestamp, MessageID string
		Destination          []string
		Tags                 map[string][]string
	}
	Delivery struct {
		Timestamp  string
		Recipients []string
	}
	DeliveryDelay struct {
		Timestamp, DelayType string
		DelayedRecipients    []recipient
	}
	Bounce struct {
		Timestamp, FeedbackID     string
		BounceType, BounceSubType string
		BouncedRecipients         []recipient
	}
	Complaint struct {
		Timestamp, FeedbackID                   string
		ComplaintSubType, ComplaintFeedbackType string
		ComplainedRecipients                    []recipient
	}
}

// parse decodes what it can: encoding/json skips a value of the wrong type and goes on.
func parse(body []byte) (record, error) {
	var r record
	if len(body) > maxEvent {
		return r, fmt.Errorf("%w: %d bytes", ErrMalformed, len(body))
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return r, fmt.Errorf("%w: no JSON object", ErrNotEvent)
	}
	err := json.Unmarshal(body, &r)
	var mismatch *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &mismatch) {
		// The decoder's own error may quote what it met.
		return r, fmt.Errorf("%w: no JSON", ErrMalformed)
	}
	return r, nil
}

func (r record) event() (mailer.Event, error) {
	e := mailer.Event{Delivery: r.tag()}
	if e.Delivery == "" {
		return mailer.Event{}, fmt.Errorf("%w: %s without tag", ErrNotEvent, code(r.EventType, "record"))
	}
	var at, feedback string
	switch r.EventType {
	case "Send":
		e.Kind, e.Domain = mailer.Sent, bare(r.Mail.Destination).domain()
	case "Delivery":
		e.Kind, e.Domain = mailer.Delivered, bare(r.Delivery.Recipients).domain()
		at = r.Delivery.Timestamp
	case "DeliveryDelay":
		r.delayed(&e)
		at = r.DeliveryDelay.Timestamp
	case "Bounce":
		r.bounced(&e)
		at, feedback = r.Bounce.Timestamp, r.Bounce.FeedbackID
	case "Complaint":
		r.complained(&e)
		at, feedback = r.Complaint.Timestamp, r.Complaint.FeedbackID
	case "Reject": // SES found a virus in it: it would again
		e.Kind, e.Reason, e.Permanent = mailer.Bounced, "Reject", true
		e.Domain = bare(r.Mail.Destination).domain()
	}
	if e.Kind == 0 {
		return mailer.Event{}, fmt.Errorf("%w: %s", ErrNotEvent, code(r.EventType, "record"))
	}
	e.ID = identity(r.EventType, e.Delivery, r.Mail.MessageID, r.Mail.Timestamp, at, feedback)
	return e, nil
}

// tag answers the delivery's tag, as long and of such characters as SES lets it be (SESv2 API reference, MessageTag).
func (r record) tag() string {
	values := r.Mail.Tags[deliveryTag]
	if len(values) == 0 || len(values[0]) > 256 || !plain(values[0], "_-") {
		return ""
	}
	return values[0]
}

func (r record) delayed(e *mailer.Event) {
	list := recipients(r.DeliveryDelay.DelayedRecipients)
	e.Kind, e.Reason = mailer.Delayed, code(r.DeliveryDelay.DelayType, "Undetermined")
	// SpamDetected is "a large amount of unsolicited email from your account", IPFailure "blocked or throttled by the
	// recipient's email provider" (SES developer guide, "Delivery Delay object").
	e.Policy = list.policy() || e.Reason == "SpamDetected" || e.Reason == "IPFailure"
	e.Domain = list.domain()
}

func (r record) bounced(e *mailer.Event) {
	kind, sub := r.Bounce.BounceType, r.Bounce.BounceSubType
	list := recipients(r.Bounce.BouncedRecipients)
	e.Reason = code(kind, "Undetermined") + "/" + code(sub, "Undetermined")
	e.Domain = list.domain()
	if e.Reason == "Transient/General" && list.silent() {
		// An "out of the office" reply: SES reports it as such a bounce (SES developer guide, "Bounce types"), but no mail
		// server gave the mail back. Called a bounce, a letter that arrived could be sent again.
		e.Kind = mailer.Sent
		return
	}
	e.Kind = mailer.Bounced
	e.Suppressed = kind == "Permanent" && (sub == "Suppressed" || strings.HasSuffix(sub, "SuppressionList"))
	e.Policy = list.policy() && !e.Suppressed // what did not leave met no receiver
	// Undetermined is decided by the status: it would be wrong to give up a mailbox because SES could not read a reply, or to
	// go on writing to an address that its mail server says is none.
	e.Permanent = (kind == "Permanent" || kind != "Transient" && list.noAddress()) && !(e.Policy && list.allPolicy())
}

func (r record) complained(e *mailer.Event) {
	c := r.Complaint
	if c.ComplaintFeedbackType == "not-spam" { // the recipient took it out of the spam: the contrary
		return
	}
	list := recipients(c.ComplainedRecipients)
	e.Kind, e.Reason = mailer.Complained, code(c.ComplaintSubType, code(c.ComplaintFeedbackType, "Undetermined"))
	e.Suppressed = strings.HasSuffix(c.ComplaintSubType, "SuppressionList")
	e.Domain = list.domain()
}

// code answers one of SES's codes; anything that is not made as they are may be a text, and is not repeated.
func code(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	if len(s) > 48 || !plain(s, "-") {
		return "Other"
	}
	return s
}

// plain says that there is nothing but ASCII letters, digits and these others.
func plain(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(others, r)
	})
}

// identity hashes what tells one event from another; 96 bits never meet by chance among one deployment's events.
func identity(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
