package letter

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"

	"one-click-protest/internal/campaign"
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
		return subject, letterValues(s, who).parse(s.body(who))
	}
	body := ast.NewDocument()
	if salutation, _ := s.apart(who); salutation != nil {
		body.AppendChild(body, salutation)
	}
	typedParagraphs(body, nil, signed(s, who))
	return subject, body
}

// apart answers the campaign's letter as its signer may edit it, and the salutation that stands above it: nil where it is part of
// what may be edited.
func (s Source) apart(who Signer) (salutation, rest ast.Node) {
	doc, source := read(s.body(who))
	first := doc.FirstChild()
	alone := s.Several && first != nil && first.Kind() == ast.KindParagraph && isOnly(first, source, "{salutation}")
	letterValues(s, who).fill(doc, source)
	if !alone || s.Salutation == "" {
		return nil, doc
	}
	salutation = doc.FirstChild()
	doc.RemoveChild(doc, salutation)
	return salutation, doc
}

// signed answers the signer's own body with the name below it where it is nowhere in it: the form may have offered the letter
// before it knew the name. A printed letter has a line for it anyway.
func signed(s Source, who Signer) string {
	if s.Channel == ledger.ChannelPrint || strings.Contains(who.Edited.Body, who.Name) {
		return who.Edited.Body
	}
	return who.Edited.Body + "\n\n" + who.Name
}

// subject expands the subject of the signer's variant. {message} and {opening} stay out: they are many lines.
func (s Source) subject(who Signer) string {
	if len(s.Subjects) == 0 {
		return ""
	}
	subject, _ := s.variant(who)
	v := letterValues(s, who)
	v.named["message"] = value{}
	if !s.second() {
		v.named["opening"] = value{}
	}
	return v.line(s.Subjects[subject])
}

// body answers the body's template with the opening of the signer's variant in its place. The opening is the organizer's
// template, so it goes in before anything is parsed, and what a doubled brace escapes stays.
func (s Source) body(who Signer) string {
	if s.second() {
		return s.Body
	}
	opening := ""
	if _, at := s.variant(who); at < len(s.Openings) {
		opening = strings.TrimSpace(s.Openings[at])
	}
	return strings.NewReplacer("{{", "{{", "{opening}", opening).Replace(s.Body)
}

// Variants answers how many letters the source makes for one signer: every subject with every opening.
func (s Source) Variants() int {
	if s.second() {
		return 1
	}
	return campaign.Letter{Subjects: s.Subjects, Openings: s.Openings}.Variants()
}

// variant answers which subject and which opening a signer's letter has. Subjects turn faster; a variant that there is not counts
// on from the first again.
func (s Source) variant(who Signer) (subject, opening int) {
	n := max(who.Variant-1, 0) % s.Variants()
	subjects := max(1, len(s.Subjects))
	return n % subjects, n / subjects
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
	case ledger.ChannelFax:
		doc = notes.addressed(s, body)
		doc.AppendChild(doc, notes.paragraph(noteSigned))
		doc.AppendChild(doc, notes.footer(s, who))
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
		return testMark + subject
	}
	return subject
}

const testMark = "[TEST] "

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

// template answers a note before its values are put in.
func (w *noteWriter) template(key string) string {
	text, known := w.notes[key]
	if !known {
		w.missing = key
	}
	return text
}

func (w *noteWriter) note(parent ast.Node, key string) {
	var f filler
	for _, piece := range w.values.pieces(w.template(key)) {
		f.put(parent, nil, piece)
	}
	f.close(parent)
}

// footer says who sent the letter and whom an answer reaches. In text it stands below a signature separator.
func (w *noteWriter) footer(s Source, who Signer) ast.Node {
	below := &section{tag: "footer", rule: true, lead: []string{"-- "}}
	below.AppendChild(below, w.paragraph(footerNotes(s, who)...))
	return below
}

func footerNotes(s Source, who Signer) []string {
	reply := noteReplyCampaign
	if s.Channel == ledger.ChannelFax { // there is nothing to press "reply" on
		reply = noteReplyFax
	}
	switch {
	case answersSigner(s, who):
		return []string{noteSent, noteReplySigner}
	case who.Proven:
		return []string{noteSent, noteVerified, reply}
	}
	return []string{noteSent, noteUnverified, reply}
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
