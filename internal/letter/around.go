package letter

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"

	"one-click-protest/internal/ledger"
)

// letterParts answers the letter itself: its subject and its body, the campaign's or the signer's own.
func letterParts(s Source, who Signer) (value, ast.Node) {
	ownSubject, ownBody := s.changes(who)
	subject := value{text: truncate(s.subject(who), SubjectMax), typed: ownSubject}
	if ownSubject {
		subject.text = truncate(who.Edited.Subject, SubjectMax)
	}
	if !ownBody {
		return subject, letterValues(s, who).parse(s.Body)
	}
	body := ast.NewDocument()
	typedParagraphs(body, nil, signed(s, who))
	return subject, body
}

// signed answers the signer's own body with the name below it where it is nowhere in it: the form may have offered the letter
// before it knew the name. A printed letter has a line for it anyway.
func signed(s Source, who Signer) string {
	if s.Channel == ledger.ChannelPrint || strings.Contains(who.Edited.Body, who.Name) {
		return who.Edited.Body
	}
	return who.Edited.Body + "\n\n" + who.Name
}

// subject expands the campaign's subject. {message} stays out: own words are many lines.
func (s Source) subject(who Signer) string {
	if len(s.Subjects) == 0 {
		return ""
	}
	v := letterValues(s, who)
	v["message"] = value{}
	return v.line(s.Subjects[0])
}

// documentLanguage is the language of the covering note where there is one.
func (s Source) documentLanguage() string {
	if s.Relay != nil && s.Channel == ledger.ChannelRelay {
		return s.Relay.Language
	}
	return s.Language
}

// around answers the whole of what leaves by the source's channel, and its subject line.
func around(s Source, who Signer, subject value, body ast.Node) (ast.Node, string, error) {
	notes := noteWriter{notes: s.Notes, values: noteValues(s, who, subject)}
	doc := body
	line := s.marked(subject.text)
	switch s.Channel {
	case ledger.ChannelEmail:
		doc.AppendChild(doc, notes.footer(s, who))
	case ledger.ChannelRelay:
		if s.Relay == nil {
			return nil, "", fmt.Errorf("%w: relay missing", errSource)
		}
		cover := coverValues(s, who, subject)
		doc, line = cover.parse(s.Relay.Note), s.marked(truncate(cover.line(s.Relay.Subject), SubjectMax))
		doc.AppendChild(doc, notes.enclosed(s, who, body))
	case ledger.ChannelPrint:
		unsigned := !strings.Contains(plain(body, unwrapped), who.Name)
		doc = notes.addressed(s, body)
		doc.AppendChild(doc, notes.signature(who, unsigned))
	case ledger.ChannelSelf:
		doc = notes.addressed(s, body)
	default:
		return nil, "", fmt.Errorf("%w: no letter goes by channel %q", errSource, s.Channel)
	}
	if notes.missing != "" {
		return nil, "", fmt.Errorf("%w: note %q missing", errSource, notes.missing)
	}
	return doc, line, nil
}

// marked answers a subject line as it leaves: nobody takes a letter of test mode for another, whoever faxes it.
func (s Source) marked(subject string) string {
	if s.Test {
		return "[TEST] " + subject
	}
	return subject
}

// noteWriter writes the house's own sentences. It remembers a missing one.
type noteWriter struct {
	notes   map[string]string
	values  values
	missing string
}

// paragraph answers notes as the lines of one paragraph, which has a direction of its own: an English note may stand in an
// Arabic letter.
func (w *noteWriter) paragraph(keys ...string) ast.Node {
	p := ast.NewParagraph()
	p.SetAttributeString("dir", []byte("auto"))
	for i, key := range keys {
		if i > 0 {
			p.AppendChild(p, &lineBreak{})
		}
		w.note(p, key)
	}
	return p
}

func (w *noteWriter) note(parent ast.Node, key string) {
	text, known := w.notes[key]
	if !known {
		w.missing = key
	}
	var f filler
	for _, piece := range w.values.pieces(text) {
		f.put(parent, nil, piece.value)
	}
}

// footer says who sent the letter and whom an answer reaches. In text it stands below a signature separator.
func (w *noteWriter) footer(s Source, who Signer) ast.Node {
	below := &section{tag: "footer", rule: true, lead: []string{"-- "}}
	keys := []string{noteSent}
	switch {
	case answersSigner(s, who):
		keys = append(keys, noteReplySigner)
	case who.Proven:
		keys = append(keys, noteVerified, noteReplyCampaign)
	default:
		keys = append(keys, noteUnverified, noteReplyCampaign)
	}
	below.AppendChild(below, w.paragraph(keys...))
	return below
}

// enclosed answers the letter as it lies within a relay's covering mail.
func (w *noteWriter) enclosed(s Source, who Signer, body ast.Node) ast.Node {
	inside := &section{tag: "article", language: s.Language, rule: true, lead: []string{strings.Repeat("=", 60), ""}}
	inside.AppendChild(inside, w.addressed(s, body))
	inside.AppendChild(inside, w.footer(s, who))
	return inside
}

// addressed puts the addressee and the subject over a letter that has no mail headers.
func (w *noteWriter) addressed(s Source, body ast.Node) ast.Node {
	doc := ast.NewDocument()
	doc.AppendChild(doc, w.addressee(s))
	about := ast.NewEmphasis(2)
	w.note(about, noteSubject)
	p := ast.NewParagraph()
	p.SetAttributeString("dir", []byte("auto"))
	p.AppendChild(p, about)
	doc.AppendChild(doc, p)
	doc.AppendChild(doc, body)
	return doc
}

func (w *noteWriter) addressee(s Source) ast.Node {
	p := w.paragraph(noteTo)
	for _, block := range []string{s.Target, s.Postal} {
		if block = strings.TrimSpace(block); block != "" {
			appendLines(p, "\n"+block)
		}
	}
	if len(s.Fax) > 0 {
		p.AppendChild(p, &lineBreak{})
		w.note(p, noteFax)
	}
	return p
}

// signature leaves room to sign. Name and country stand below it only where the letter itself has no name.
func (w *noteWriter) signature(who Signer, unsigned bool) ast.Node {
	below := &section{tag: "footer", lead: []string{"", ""}}
	p := w.paragraph(noteSignature)
	appendLines(p, " "+strings.Repeat("_", 30))
	below.AppendChild(below, p)
	if !unsigned {
		return below
	}
	p.AppendChild(p, &lineBreak{})
	name := &typedSpan{}
	name.AppendChild(name, literal(who.Name))
	p.AppendChild(p, name)
	if who.Country != "" {
		appendLines(p, "\n"+who.Country)
	}
	return below
}
