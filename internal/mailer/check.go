package mailer

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxRecipients is how many addresses one message may go to: SES takes 50 (SES developer guide, "Service quotas").
const MaxRecipients = 50

// MaxAttachments is how many files one message may carry: a fax is one document, so that no gateway chooses the order of two.
const MaxAttachments = 1

// MaxAttachment is how many bytes a file may have. In lines of base64 they are 7.2 MB, which leaves the mail below 10 MB, from
// where on SES throttles its bandwidth (SES developer guide, "Service quotas"), and below what fax gateways take (InterFAX, "System
// limitations": 20 MB, 10 MB of signed mail). A letter has a few pages: what is longer is a mistake.
const MaxAttachment = 5 << 20

// Fault names the part of a message that must not get on the wire: a short code, never the value, which could be an
// address.
type Fault string

// Ready says whether a sender may begin: the message is sound and the context leaves at least the margin. Otherwise the
// result is the whole answer of [Mailer.Send]: Refused for an unsound message, Later for a lack of time.
func Ready(ctx context.Context, m Message, margin time.Duration) (Result, bool) {
	if fault := m.Check(); fault != "" {
		return Result{Outcome: Refused, Reason: string(fault)}, false
	}
	if ctx.Err() != nil {
		return Result{Outcome: Later, Reason: "ContextDone"}, false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < margin {
		return Result{Outcome: Later, Reason: "ContextNearlyDone"}, false
	}
	return Result{}, true
}

// Check answers what is unsound in a message, or "" when nothing is. It is the last line before the wire, for all senders
// alike: encoders turn a line break in a name into an encoded word that decodes to a line break again, instead of failing.
func (m Message) Check() Fault {
	switch {
	case m.Class != Letter && m.Class != ToSigner:
		return "InvalidClass"
	case !addressSafe(string(m.From)):
		return "InvalidFrom"
	case !headerSafe(m.FromName):
		return "InvalidFromName"
	case !recipientsSafe(m):
		return "InvalidTo"
	case m.ReplyTo != "" && !addressSafe(string(m.ReplyTo)):
		return "InvalidReplyTo"
	case strings.TrimSpace(m.Subject) == "" || !headerSafe(m.Subject):
		return "InvalidSubject"
	case m.Text == "" || !bodySafe(m.Text):
		return "InvalidText"
	case !bodySafe(m.HTML):
		return "InvalidHTML"
	case len(m.Attachments) > MaxAttachments || slices.ContainsFunc(m.Attachments, unsound):
		return invalidAttachment
	case len(m.Language) > 64 || !only(m.Language, isLanguage):
		return "InvalidLanguage"
	case !tagsSafe(m.Tags):
		return "InvalidTags"
	}
	return ""
}

func recipientsSafe(m Message) bool {
	seen := map[string]bool{}
	for _, to := range m.To {
		// The same address twice would be the same letter twice.
		key := strings.ToLower(string(to))
		if seen[key] || !addressSafe(key) {
			return false
		}
		seen[key] = true
	}
	return len(m.To) > 0 && len(m.To) <= MaxRecipients
}

// addressSafe is not a parser (that is package address): it holds that nothing in an address can end it, add a second one
// or become a header, in SMTP (RFC 5321, 4.1.2: dot-atom only) as in a header. Lengths: RFC 5321, 4.5.3.1.
func addressSafe(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && len(s) <= 254 && len(local) > 0 && len(local) <= 64 && len(domain) > 0 &&
		only(local, isAtom) && only(domain, isDomain)
}

// headerSafe: no controls (they could end the header), no bidi overrides and line separators (they could make a name show
// as another), no "=?" (an ASCII text that a mail client would decode, RFC 2047).
func headerSafe(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unfit) && !strings.Contains(s, "=?")
}

func unfit(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// bodySafe: line feeds and tabs are the only controls a text needs; senders write CRLF themselves.
func bodySafe(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

const invalidAttachment Fault = "InvalidAttachment"

// Check answers what is unsound in a file, or "" when nothing is. Its name is safe in a header, in quotes, and as a file's name
// on whatever machine: no path, no hidden file. SES wants its extension (SES developer guide, "Working with attachments").
func (a Attachment) Check() Fault {
	named := len(a.Name) > 0 && len(a.Name) <= 64 && a.Name[0] != '.' && only(a.Name, isFile) && strings.HasSuffix(a.Name, ".pdf")
	if !named || a.MediaType != "application/pdf" || len(a.Data) == 0 || len(a.Data) > MaxAttachment {
		return invalidAttachment
	}
	return ""
}

func unsound(a Attachment) bool { return a.Check() != "" }

func tagsSafe(tags []Tag) bool {
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[t.Name] || !tagSafe(t.Name) || !tagSafe(t.Value) {
			return false
		}
		seen[t.Name] = true
	}
	return true
}

func tagSafe(s string) bool { return s != "" && len(s) <= 256 && only(s, isTag) }

func only(s string, ok func(rune) bool) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) })
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isLanguage(r rune) bool { return isAlnum(r) || r == '-' }
func isDomain(r rune) bool   { return isAlnum(r) || r == '-' || r == '.' }
func isTag(r rune) bool      { return isAlnum(r) || r == '-' || r == '_' }
func isFile(r rune) bool     { return isTag(r) || r == '.' }
func isAtom(r rune) bool     { return isAlnum(r) || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r) }
