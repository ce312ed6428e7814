package mailertest

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// SESMail is one mail as SES was asked to send it.
type SESMail struct {
	MessageID        string // what SES answered, or would have
	ConfigurationSet string
	From             string // as on the wire: RFC 5322, encoded
	To, ReplyTo      []string
	Subject          string
	Text, HTML       string
	Headers, Tags    []mailer.Tag
	Attachments      []SESAttachment
}

// SESAttachment is a file of a [SESMail], by the service's names.
type SESAttachment struct {
	FileName, ContentType, ContentDisposition, ContentTransferEncoding string

	RawContent []byte
}

// Message decodes the mail to what the sender meant. Its class is ToSigner when the configuration set is signersSet.
func (m SESMail) Message(signersSet string) (mailer.Message, error) {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return mailer.Message{}, fmt.Errorf("decoding From: %w", err)
	}
	out := mailer.Message{
		From: address.Email(from.Address), FromName: from.Name, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
		Language: m.header("Content-Language"), Tags: m.Tags,
	}
	for _, a := range m.Attachments {
		out.Attachments = append(out.Attachments, mailer.Attachment{Name: a.FileName, MediaType: a.ContentType, Data: a.RawContent})
	}
	for _, to := range m.To {
		out.To = append(out.To, address.Email(to))
	}
	if len(m.ReplyTo) > 0 {
		out.ReplyTo = address.Email(m.ReplyTo[0])
	}
	if m.ConfigurationSet == signersSet {
		out.Class = mailer.ToSigner
	}
	return out, nil
}

// String renders the mail for reading.
func (m SESMail) String() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line("From", m.From)
	line("To", strings.Join(m.To, ", "))
	line("Reply-To", strings.Join(m.ReplyTo, ", "))
	line("Subject", m.Subject)
	for _, h := range m.Headers {
		line(h.Name, h.Value)
	}
	line("Configuration set", m.ConfigurationSet)
	for _, t := range m.Tags {
		line("Tag", t.Name+"="+t.Value)
	}
	for _, a := range m.Attachments {
		line("Attachment", fmt.Sprintf("%s (%s, %d bytes)", a.FileName, a.ContentType, len(a.RawContent)))
	}
	fmt.Fprintf(&b, "\n%s\n", m.Text)
	if m.HTML != "" {
		fmt.Fprintf(&b, "\n--- HTML ---\n%s\n", m.HTML)
	}
	return b.String()
}

func (m SESMail) header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// sendEmail is the request's JSON: the members that this house uses (SESv2 API reference, SendEmail).
type sendEmail struct {
	ConfigurationSetName string
	FromEmailAddress     string
	ReplyToAddresses     []string
	Destination          struct{ ToAddresses []string }
	Content              struct {
		Simple struct {
			Subject content
			Body    struct{ Text, Html content }
			Headers []mailer.Tag

			Attachments []SESAttachment
		}
	}
	EmailTags []mailer.Tag
}

type content struct{ Data, Charset string }

// Patterns and bounds of the service's model (MessageHeader, MessageTag, Attachment).
var (
	headerName  = regexp.MustCompile(`^[!-9;-@A-~]{1,126}$`)
	headerValue = regexp.MustCompile(`^[ -~]{1,995}$`)
	tagText     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	ascii       = regexp.MustCompile(`^[ -~]+$`)
	fileName    = regexp.MustCompile(`^[ -~]{1,255}$`)
	fileType    = regexp.MustCompile(`^[ -~]{1,78}$`)
)

// check answers what the service would refuse.
func (e sendEmail) check() string {
	simple := e.Content.Simple
	if n := len(e.Destination.ToAddresses); n == 0 || n > mailer.MaxRecipients {
		return "recipients"
	}
	for _, a := range append(append([]string{e.FromEmailAddress}, e.Destination.ToAddresses...), e.ReplyToAddresses...) {
		if _, err := mail.ParseAddress(a); err != nil || !ascii.MatchString(a) {
			return "address"
		}
	}
	for _, c := range []content{simple.Subject, simple.Body.Text, simple.Body.Html} {
		if c.Data != "" && c.Charset != "UTF-8" {
			return "charset"
		}
	}
	for _, h := range simple.Headers {
		if !headerName.MatchString(h.Name) || !headerValue.MatchString(h.Value) {
			return "header"
		}
	}
	for _, a := range simple.Attachments {
		if !a.sound() {
			return "attachment"
		}
	}
	for _, t := range e.EmailTags {
		if !tagText.MatchString(t.Name) || !tagText.MatchString(t.Value) {
			return "tag"
		}
	}
	return ""
}

// sound: left out, the encoding is seven bits, which a PDF is not.
func (a SESAttachment) sound() bool {
	inline := a.ContentDisposition == "INLINE"
	return fileName.MatchString(a.FileName) && fileType.MatchString(a.ContentType) && len(a.RawContent) > 0 &&
		(inline || a.ContentDisposition == "ATTACHMENT") && a.ContentTransferEncoding == "BASE64"
}

func (e sendEmail) mail() SESMail {
	simple := e.Content.Simple
	return SESMail{
		ConfigurationSet: e.ConfigurationSetName, From: e.FromEmailAddress, To: e.Destination.ToAddresses, ReplyTo: e.ReplyToAddresses,
		Subject: simple.Subject.Data, Text: simple.Body.Text.Data, HTML: simple.Body.Html.Data,
		Headers: simple.Headers, Tags: e.EmailTags, Attachments: simple.Attachments,
	}
}
