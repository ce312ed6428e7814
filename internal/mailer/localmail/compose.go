// Package localmail sends mail without a cloud: into a folder of .eml files, where it is captured and goes nowhere
// ([Folder]), or to an SMTP server ([SMTP]), such as Mailpit on the same machine or a relay.
package localmail

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// Origin is where dates and ids of mails come from. The zero value is the clock and crypto/rand. Both must be safe for
// parallel use if the mailer is used so.
type Origin struct {
	Now    func() time.Time
	Random io.Reader
}

// stamp is what makes one mail unlike all others.
type stamp struct {
	date time.Time
	id   string // 16 hex digits, in the file's name and the Message-ID
	rim  string // multipart boundary
}

func (o Origin) stamp() (stamp, error) {
	now, random := o.Now, o.Random
	if now == nil {
		now = time.Now
	}
	if random == nil {
		random = rand.Reader
	}
	var b [24]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return stamp{}, fmt.Errorf("drawing a mail's id: %w", err)
	}
	return stamp{date: now().UTC(), id: hex.EncodeToString(b[:8]), rim: hex.EncodeToString(b[8:])}, nil
}

// Headers that only captured mails carry: a real letter must not tell its target which record it belongs to.
const (
	headerClass = "X-Protest-Class"
	headerTags  = "X-Protest-Tags"
)

// compose builds the mail as RFC 5322 and MIME want it: text before HTML, since the last part is the preferred one (RFC 2046,
// 5.1.4), in quoted-printable, non-ASCII headers in encoded words; beside them a file, in base64.
func compose(m mailer.Message, s stamp) *gomail.Msg {
	out := gomail.NewMsg(frame(m, s)...)
	out.SetDateWithValue(s.date)
	// Not the library's own id, which would tell the machine's name.
	_, domain, _ := strings.Cut(string(m.From), "@")
	out.SetMessageIDWithValue(s.id + "@" + domain)
	out.FromMailAddress(&mail.Address{Name: m.FromName, Address: string(m.From)})
	out.ToMailAddress(bare(m.To...)...)
	if m.ReplyTo != "" {
		out.ReplyToMailAddress(bare(m.ReplyTo)...)
	}
	out.Subject(m.Subject)
	if m.Language != "" {
		out.SetGenHeader(gomail.HeaderContentLang, m.Language)
	}
	if m.Class == mailer.ToSigner {
		// A machine wrote it: no vacation answers (RFC 3834, section 5). A letter is a person's.
		out.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		out.AttachReadSeeker(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.MediaType)))
	}
	return out
}

// frame: the library takes one boundary for all levels of a mail, so where alternatives lie beside a file it draws its own.
func frame(m mailer.Message, s stamp) []gomail.MsgOption {
	options := []gomail.MsgOption{gomail.WithNoDefaultUserAgent()}
	if m.HTML != "" && len(m.Attachments) > 0 {
		return options
	}
	return append(options, gomail.WithBoundary(s.rim))
}

// mark adds the headers that only captured mails carry.
func mark(out *gomail.Msg, m mailer.Message) {
	out.SetGenHeader(headerClass, classes[m.Class])
	if len(m.Tags) == 0 {
		return
	}
	tags := make([]string, len(m.Tags))
	for i, t := range m.Tags {
		tags[i] = t.Name + "=" + t.Value
	}
	out.SetGenHeader(headerTags, strings.Join(tags, ", "))
}

// classes are the names of the classes in files.
var classes = [...]string{mailer.Letter: "letter", mailer.ToSigner: "signer"}

func bare(list ...address.Email) []*mail.Address {
	out := make([]*mail.Address, len(list))
	for i, a := range list {
		out[i] = &mail.Address{Address: string(a)}
	}
	return out
}
