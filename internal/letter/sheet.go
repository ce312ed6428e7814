package letter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/text/unicode/norm"

	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// Sheet is a letter as it is set on paper for a fax: all its words, without a layout. Package fax makes pages of it.
type Sheet struct {
	Language  string    // BCP 47, of the letter
	Sender    []string  // who signs: name, the campaign's own fields that were filled in, country
	Date      string    // in the letter's language
	Addressee []string  // name, postal address, fax number: a line each
	Subject   string    // one line, "[TEST] " before it in test mode
	Body      []Passage // salutation first, as the letter has it
	Signature []string  // below the line for it
	Footer    []string  // who sent it through which campaign, and whether the address was verified: small print, a paragraph each
	Page      string    // "Page {page} of {pages}", for package fax to fill in
}

// PassageKind is what a block of a letter is.
type PassageKind int

// The kinds.
const (
	Paragraph PassageKind = iota
	Heading
	Item // of a list
	Quote
	Rule // a line across; it has no text
)

// Passage is one block of a letter's body. Emphasis is lost, a link's address stands behind its words.
type Passage struct {
	Kind   PassageKind
	Marker string // of an item's first block: "1." or "–"
	Depth  int    // how far it is indented: 1 within a list or a quote, 2 within a list in a list
	Text   string // lines that must stay apart are parted by "\n"
}

// NewSheet answers the very words that [Compose] answers for a fax, to be set on paper, under a head that says who writes and when.
// The date comes as it shall stand there. It fails where Compose does, for a source of another channel, and with [ErrFax] for
// what a fax cannot show, be it the signer's, the campaign's or the house's own.
func NewSheet(s Source, who Signer, date string) (Sheet, error) {
	if s.Channel != ledger.ChannelFax {
		return Sheet{}, fmt.Errorf("set letter: %w: no fax goes by channel %q", errSource, s.Channel)
	}
	if err := who.check(); err != nil {
		return Sheet{}, fmt.Errorf("set letter: %w", err)
	}
	subject, body := letterParts(s, who)
	notes := noteWriter{notes: s.Notes, values: noteValues(s, who, subject)}
	sheet := Sheet{
		Language:  s.Language,
		Sender:    sender(s, who),
		Date:      date,
		Addressee: strings.Split(inlineText(notes.addressee(s)), "\n")[1:], // below "To:"
		Subject:   s.marked(subject.text),
		Body:      passages(body, Passage{}),
		Signature: notes.texts(noteSigned),
		Footer:    notes.texts(footerNotes(s, who)...),
		Page:      notes.template(notePage),
	}
	if notes.missing != "" {
		return Sheet{}, fmt.Errorf("set letter: %w: note %q missing", errSource, notes.missing)
	}
	if err := sheet.settle(); err != nil {
		return Sheet{}, fmt.Errorf("set letter: %w", err)
	}
	return sheet, nil
}

func sender(s Source, who Signer) []string {
	lines := []string{who.Name}
	for _, f := range s.Fields {
		lines = append(lines, who.Fields[f])
	}
	return slices.DeleteFunc(append(lines, who.Country), func(line string) bool { return line == "" })
}

// texts answers notes, each as a text of its own.
func (w *noteWriter) texts(keys ...string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, inlineText(w.paragraph(key)))
	}
	return all
}

// settle brings all texts into the form that fonts are asked for, and refuses what a fax cannot show.
func (s *Sheet) settle() error {
	if lang.Dir(s.Language) == "rtl" {
		return errRightToLeft
	}
	var body []*string
	for i := range s.Body {
		body = append(body, &s.Body[i].Text)
	}
	for _, part := range []struct {
		name  string
		texts []*string
	}{
		{"sender", places(s.Sender)}, {"date", []*string{&s.Date}}, {"addressee", places(s.Addressee)},
		{"subject", []*string{&s.Subject}}, {"body", body}, {"signature", places(s.Signature)},
		{"footer", places(s.Footer)}, {"page number", []*string{&s.Page}},
	} {
		for _, text := range part.texts {
			if err := Faxable(*text); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
			*text = norm.NFC.String(*text)
		}
	}
	return nil
}

func places(lines []string) []*string {
	var all []*string
	for i := range lines {
		all = append(all, &lines[i])
	}
	return all
}

// passages answers the blocks in a block, each as the one given: that says what they are and how deep they stand.
func passages(block ast.Node, as Passage) []Passage {
	var all []Passage
	for child := block.FirstChild(); child != nil; child = child.NextSibling() {
		switch n := child.(type) {
		case *ast.ThematicBreak:
			all = append(all, Passage{Kind: Rule, Depth: as.Depth})
		case *ast.Blockquote:
			all = append(all, passages(n, Passage{Kind: Quote, Depth: as.Depth + 1})...)
		case *ast.List:
			all = append(all, items(n, as.Depth+1)...)
		case *ast.Heading:
			kind := as.Kind
			if kind == Paragraph { // one in a list or a quote is a part of it
				kind = Heading
			}
			all = append(all, Passage{Kind: kind, Depth: as.Depth, Text: inlineText(n)})
		default:
			all = append(all, Passage{Kind: as.Kind, Depth: as.Depth, Text: inlineText(n)})
		}
	}
	return all
}

// items answers a list's passages. An item that begins with a list or a quote has its marker on a line of its own.
func items(list *ast.List, depth int) []Passage {
	var all []Passage
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		first := Passage{Kind: Item, Marker: marker(list, number, "–"), Depth: depth}
		inside := passages(item, Passage{Kind: Item, Depth: depth})
		if len(inside) > 0 && inside[0].Kind == Item && inside[0].Depth == depth {
			first.Text, inside = inside[0].Text, inside[1:]
		}
		all = append(append(all, first), inside...)
		number++
	}
	return all
}
