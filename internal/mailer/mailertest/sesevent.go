package mailertest

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"one-click-protest/internal/mailer"
)

// SESEvent says what SES reports about a mail. The zero value of a field is what is usual for its type.
type SESEvent struct {
	Type string // Send, Delivery, DeliveryDelay, Bounce, Complaint, Reject; another has no object of its own
	// Cause is of a Bounce its type and subtype ("Permanent/General"), of a DeliveryDelay its type
	// ("TransientCommunicationFailure"), of a Complaint its feedback type ("abuse") or OnAccountSuppressionList.
	Cause string
	// Status and Diagnostic are what the receiving server said: "5.1.1", "smtp; 550 5.1.1 user unknown". Of a Bounce without
	// Cause and both, and of a DeliveryDelay without both, they are made up.
	Status, Diagnostic string
	Recipients         []string  // whom it is about; nil for all of the mail's
	At                 time.Time // zero for a fixed time
}

// Event answers the record that SES would publish about the mail, of the shape of SES's documentation and with all the copies
// of its headers (SES developer guide, "Examples of event data that Amazon SES publishes to Amazon SNS"). The same mail and
// event make the same bytes: a repeated event.
func (m SESMail) Event(e SESEvent) []byte {
	if e.At.IsZero() {
		e.At = time.Date(2007, time.December, 2, 8, 0, 0, 0, time.UTC)
	}
	if e.Recipients == nil {
		e.Recipients = m.To
	}
	record := map[string]any{"eventType": e.Type, "mail": m.record(e.At)}
	switch e.Type {
	case "Send":
		record["send"] = map[string]any{}
	case "Delivery":
		record["delivery"] = map[string]any{
			"timestamp": stamp(e.At), "processingTimeMillis": 1337, "recipients": e.Recipients,
			"smtpResponse": "250 2.0.0 OK queued", "reportingMTA": reporter,
		}
	case "DeliveryDelay":
		record["deliveryDelay"] = e.delay()
	case "Bounce":
		record["bounce"] = m.bounce(e)
	case "Complaint":
		record["complaint"] = m.complaint(e)
	case "Reject":
		record["reject"] = map[string]any{"reason": "Bad content"}
	}
	return encode(record)
}

// Notification answers the message that SNS makes of a record where raw message delivery is off.
func Notification(record []byte) []byte {
	return encode(map[string]any{
		"Type": "Notification", "MessageId": "4b6c0e0e-0000-5000-8000-000000000000",
		"TopicArn": "arn:aws:sns:eu-central-1:123456789012:events", "Subject": "Amazon SES Email Event Notification",
		"Message": string(record), "Timestamp": "2007-12-02T08:00:01.000Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
	})
}

// reporter is who reports: SES's own server.
const reporter = "a8-70.smtp-out.eu-central-1.amazonses.com"

// record is the mail object.
func (m SESMail) record(at time.Time) map[string]any {
	tags := map[string][]string{"ses:configuration-set": {m.ConfigurationSet}, "ses:caller-identity": {"web"}, "ses:source-ip": {"192.0.2.1"}}
	for _, t := range m.Tags {
		tags[t.Name] = []string{t.Value}
	}
	headers := append([]mailer.Tag{
		{Name: "From", Value: m.From}, {Name: "Reply-To", Value: strings.Join(m.ReplyTo, ", ")}, {Name: "To", Value: strings.Join(m.To, ", ")},
		{Name: "Subject", Value: m.Subject}, {Name: "MIME-Version", Value: "1.0"},
	}, m.Headers...)
	list := make([]map[string]string, len(headers))
	for i, h := range headers {
		list[i] = map[string]string{"name": h.Name, "value": h.Value}
	}
	return map[string]any{
		"timestamp": stamp(at.Add(-2 * time.Second)), "messageId": m.MessageID, "source": m.From, "sendingAccountId": "123456789012",
		"sourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/campaign.example", "destination": m.To,
		"headersTruncated": false, "headers": list, "tags": tags,
		"commonHeaders": map[string]any{
			"from": []string{m.From}, "replyTo": m.ReplyTo, "to": m.To, "messageId": m.MessageID, "subject": m.Subject,
		},
	}
}

func (e SESEvent) delay() map[string]any {
	if e.Status == "" && e.Diagnostic == "" {
		e.Status, e.Diagnostic = "4.4.1", "smtp; 421 4.4.1 Unable to connect to remote host"
	}
	return map[string]any{
		"timestamp": stamp(e.At), "delayType": cmp.Or(e.Cause, "TransientCommunicationFailure"), "reportingMTA": reporter,
		"expirationTime": stamp(e.At.Add(14 * time.Hour)), "delayedRecipients": e.reported(""),
	}
}

func (m SESMail) bounce(e SESEvent) map[string]any {
	if e.Cause == "" {
		e.Cause = "Permanent/General"
		if e.Status == "" && e.Diagnostic == "" {
			e.Status, e.Diagnostic = "5.1.1", "smtp; 550 5.1.1 user unknown"
		}
	}
	action := "failed"
	if e.Status == "" && e.Diagnostic == "" { // no delivery status notification came with it
		action = ""
	}
	kind, sub, _ := strings.Cut(e.Cause, "/")
	return map[string]any{
		"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": e.reported(action), "timestamp": stamp(e.At),
		"feedbackId": m.feedback(e), "reportingMTA": "dns; " + reporter,
	}
}

func (m SESMail) complaint(e SESEvent) map[string]any {
	c := map[string]any{
		"complainedRecipients": e.reported(""), "timestamp": stamp(e.At), "feedbackId": m.feedback(e),
		"complaintSubType": nil, "arrivalDate": stamp(e.At),
	}
	if e.Cause == "OnAccountSuppressionList" {
		c["complaintSubType"] = e.Cause
		return c
	}
	c["complaintFeedbackType"] = cmp.Or(e.Cause, "abuse")
	c["userAgent"] = "ExampleCorp Feedback Loop (V0.01)"
	return c
}

// reported lists the recipients with what was said of them; fields that nobody filled are missing, as SES does it.
func (e SESEvent) reported(action string) []map[string]string {
	list := make([]map[string]string, len(e.Recipients))
	for i, to := range e.Recipients {
		list[i] = map[string]string{"emailAddress": to}
		for name, value := range map[string]string{"action": action, "status": e.Status, "diagnosticCode": e.Diagnostic} {
			if value != "" {
				list[i][name] = value
			}
		}
	}
	return list
}

// feedback is the id of a bounce or complaint.
func (m SESMail) feedback(e SESEvent) string {
	return m.MessageID + "-" + strings.ToLower(e.Type) + "-" + e.At.UTC().Format("20060102T150405.000")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// encode can't fail for what this file makes.
func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}
