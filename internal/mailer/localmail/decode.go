package localmail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// decode reads a mail of the kind that compose makes. It is the standard library's reader on purpose: another than the
// writer's, so that each checks the other. (go-mail's own parser also drops headers it does not know, as X-Protest-Tags.)
func decode(r io.Reader) (mailer.Message, time.Time, error) {
	in, err := mail.ReadMessage(r)
	if err != nil {
		return mailer.Message{}, time.Time{}, fmt.Errorf("reading headers: %w", err)
	}
	m, date, err := decodeHeader(in.Header)
	if err != nil {
		return mailer.Message{}, time.Time{}, err
	}
	err = decodeBody(&m, textproto.MIMEHeader(in.Header), in.Body, 0)
	return m, date, err
}

// decodeHead is decode for the headers alone; of the rest it reads no more than a buffer.
func decodeHead(r io.Reader) (mailer.Message, time.Time, error) {
	in, err := mail.ReadMessage(r)
	if err != nil {
		return mailer.Message{}, time.Time{}, fmt.Errorf("reading headers: %w", err)
	}
	return decodeHeader(in.Header)
}

func decodeHeader(h mail.Header) (m mailer.Message, date time.Time, err error) {
	from, err := mail.ParseAddress(h.Get("From"))
	if err != nil {
		return m, date, fmt.Errorf("reading From: %w", err)
	}
	to, err := h.AddressList("To")
	if err != nil {
		return m, date, fmt.Errorf("reading To: %w", err)
	}
	date, err = h.Date()
	if err != nil {
		return m, date, fmt.Errorf("reading Date: %w", err)
	}
	m.Subject, err = new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		return m, date, fmt.Errorf("reading Subject: %w", err)
	}
	m.From, m.FromName = address.Email(from.Address), from.Name
	for _, a := range to {
		m.To = append(m.To, address.Email(a.Address))
	}
	if reply, err := h.AddressList("Reply-To"); err == nil {
		m.ReplyTo = address.Email(reply[0].Address)
	}
	m.Language = h.Get("Content-Language")
	m.Tags = decodeTags(h.Get(headerTags))
	if h.Get("Auto-Submitted") == "auto-generated" {
		m.Class = mailer.ToSigner
	}
	return m, date, nil
}

func decodeTags(s string) (tags []mailer.Tag) {
	for part := range strings.SplitSeq(s, ", ") {
		if name, value, ok := strings.Cut(part, "="); ok {
			tags = append(tags, mailer.Tag{Name: name, Value: value})
		}
	}
	return tags
}

// deepest is how deep parts may lie in parts: text and HTML are alternatives, which lie beside a file.
const deepest = 2

func decodeBody(m *mailer.Message, h textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("reading Content-Type: %w", err)
	}
	switch disposition, named, _ := mime.ParseMediaType(h.Get("Content-Disposition")); {
	case disposition == "attachment": // a name that can't be read is none, and refused
		return decodeFile(m, mailer.Attachment{Name: named["filename"], MediaType: kind}, h, body)
	case kind == "multipart/mixed" || kind == "multipart/alternative":
		return decodeParts(m, multipart.NewReader(body, params["boundary"]), depth+1)
	case h.Get("Content-Transfer-Encoding") == "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	return decodeText(m, kind, body)
}

func decodeParts(m *mailer.Message, parts *multipart.Reader, depth int) error {
	if depth > deepest {
		return errors.New("parts lie too deep")
	}
	for {
		part, err := parts.NextPart() // decodes quoted-printable by itself, and forgets the header
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a part: %w", err)
		}
		if err := decodeBody(m, part.Header, part, depth); err != nil {
			return err
		}
	}
}

// decodeFile reads no more than a file may have, and refuses what no sender lets through: whoever shows a file relies on its name
// and its type.
func decodeFile(m *mailer.Message, a mailer.Attachment, h textproto.MIMEHeader, body io.Reader) (err error) {
	if len(m.Attachments) == mailer.MaxAttachments || h.Get("Content-Transfer-Encoding") != "base64" {
		return errors.New("no file of ours")
	}
	file := base64.NewDecoder(base64.StdEncoding, body)
	if a.Data, err = io.ReadAll(io.LimitReader(file, mailer.MaxAttachment+1)); err != nil {
		return fmt.Errorf("reading a file: %w", err)
	}
	if fault := a.Check(); fault != "" {
		return fmt.Errorf("reading a file: %s", fault)
	}
	m.Attachments = append(m.Attachments, a)
	return nil
}

func decodeText(m *mailer.Message, kind string, body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("reading a text: %w", err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = text
	case "text/html":
		m.HTML = text
	}
	return nil
}
