package localmail

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
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
	err = decodeBody(&m, in.Header.Get("Content-Type"), in.Header.Get("Content-Transfer-Encoding"), in.Body)
	return m, date, err
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

func decodeBody(m *mailer.Message, contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("reading Content-Type: %w", err)
	}
	if kind != "multipart/alternative" {
		if encoding == "quoted-printable" {
			body = quotedprintable.NewReader(body)
		}
		return decodePart(m, kind, body)
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextPart() // decodes quoted-printable by itself
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a part: %w", err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")) // one that can't be read is skipped below
		if err := decodePart(m, kind, part); err != nil {
			return err
		}
	}
}

func decodePart(m *mailer.Message, kind string, body io.Reader) error {
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
