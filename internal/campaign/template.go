package campaign

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"one-click-protest/internal/ledger"
)

// LetterPlaceholders answers what may stand between braces in a letter, besides the names of the campaign's fields. Whoever
// composes the letter has a value for each.
func LetterPlaceholders() []string {
	return []string{salutation, "name", "country", "target", "campaign", ownWords, begins}
}

// RelayPlaceholders answers the same for a relay's covering note and its subject.
func RelayPlaceholders() []string {
	return []string{"name", "country", "target", "campaign", "fax", "subject"}
}

// inBody are placeholders that make no sense in a subject line.
var inBody = []string{salutation, ownWords, begins}

// Limits of a letter: a page is some 3,000 characters, and mail clients cut a subject off long before this.
const (
	maxLetter  = 16 << 10 // bytes of the file
	maxBody    = 5000     // characters: with names and 2,000 of own words put in, a signer can still change it (8,000)
	maxSubject = 200
)

// Placeholders that have rules of their own.
const (
	salutation = "salutation"
	ownWords   = "message" // what the signer adds
	begins     = "opening" // one of the letter's openings
)

// letterFile reads one letter.<lang>.md.
type letterFile struct {
	file     string
	problems *problems
	known    []string // placeholders
	unsure   bool     // there may be more
	editable Editable
}

func (f *letterFile) bad(line int, what, expected string) {
	f.problems.add(f.file, line, what, expected)
}

// read answers the letter: YAML between two lines of --- with its subject or subjects, and below them the body.
func (f *letterFile) read(language string, src []byte) Letter {
	l := Letter{Language: language}
	src = bytes.TrimPrefix(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	if !utf8.Valid(src) || len(src) > maxLetter {
		f.bad(1, "too long, or not UTF-8", fmt.Sprintf("UTF-8 text of at most %d bytes", maxLetter))
		return l
	}
	front, body, ok := cutFront(string(src))
	if !ok {
		f.bad(1, "no front matter", "a line ---, subject: ..., and another line ---")
		return l
	}
	l.Subjects, l.Openings = f.front(front)
	l.Body = strings.TrimSpace(body)
	if n := utf8.RuneCountInString(l.Body) + longest(l.Openings); n > maxBody {
		f.bad(1, fmt.Sprintf("too long: %d characters", n), fmt.Sprintf("a letter of at most %d, which is more than a page", maxBody))
	}
	f.body(body, strings.Count(front, "\n")+3, len(l.Openings) > 0)
	if n := l.Variants(); n > ledger.MaxVariants {
		f.bad(1, fmt.Sprintf("%d subjects and %d openings make %d variants", len(l.Subjects), len(l.Openings), n), fmt.Sprintf("%d at most", ledger.MaxVariants))
	}
	return l
}

// longest answers how many characters the longest text has.
func longest(texts []string) (most int) {
	for _, text := range texts {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// cutFront parts a letter behind its front matter.
func cutFront(src string) (front, body string, ok bool) {
	rest, ok := strings.CutPrefix(src, "---\n")
	if !ok {
		return "", "", false
	}
	if body, ok := strings.CutPrefix(rest, "---\n"); ok {
		return "", body, true
	}
	front, body, ok = strings.Cut(rest, "\n---\n")
	return front + "\n", body, ok
}

// front reads the subjects and openings.
func (f *letterFile) front(front string) (subjects, openings []string) {
	y := &yamlFile{file: f.file, offset: 1, problems: f.problems}
	o := y.read([]byte(front))
	if o == nil {
		return nil, nil
	}
	o.only("subjects", "subject", "openings")
	subjects = f.subjects(o)
	if v, ok := o.get("openings"); ok {
		openings = f.list(v, "paragraphs, one of which becomes {opening}", f.opening)
	}
	return subjects, openings
}

func (f *letterFile) subjects(o *object) []string {
	if many, ok := o.get("subjects"); ok {
		if one, both := o.get("subject"); both {
			one.bad("both subject and subjects", "one of them")
		}
		return f.list(many, "lines of text", f.subject)
	}
	if one, ok := o.need("subject", "subject: a line of text, or subjects: a list of them"); ok {
		return f.list(one, "lines of text", f.subject)
	}
	return nil
}

// list reads one text or a list of them.
func (f *letterFile) list(v value, expected string, read func(value) (string, bool)) []string {
	entries := []value{v}
	if v.kind() == "a list" {
		entries = v.items(expected)
	}
	var all []string
	for _, entry := range entries {
		s, ok := read(entry)
		if ok && slices.Contains(all, s) {
			entry.bad("stands here a second time", expected+", each once")
		}
		if ok {
			all = append(all, s)
		}
	}
	return all
}

// maxOpening is a paragraph's length in characters.
const maxOpening = 1000

// opening reads one paragraph, which may hold what the body may, but for what has a paragraph of its own.
func (f *letterFile) opening(v value) (string, bool) {
	expected := fmt.Sprintf("a paragraph of at most %d characters", maxOpening)
	s, ok := v.text(expected)
	if !ok {
		return "", false
	}
	if strings.ContainsFunc(s, unprintableInBody) || utf8.RuneCountInString(s) > maxOpening || strings.Contains(s, "\n\n") {
		v.bad("no paragraph, or too long", expected)
	}
	for _, m := range append(templateMistakes(s, f.inLine(), f.unsure), linkMistakes(s)...) {
		v.badAt(v.lineAt(s, m.at), m.what, m.expected)
	}
	return s, true
}

// inLine answers the placeholders that need no paragraph of their own.
func (f *letterFile) inLine() []string {
	return slices.DeleteFunc(slices.Clone(f.known), func(name string) bool { return slices.Contains(inBody, name) })
}

func (f *letterFile) subject(v value) (string, bool) {
	expected := fmt.Sprintf("one line of at most %d characters", maxSubject)
	s, ok := v.text(expected)
	if !ok {
		return "", false
	}
	if strings.ContainsFunc(s, unprintable) || utf8.RuneCountInString(s) > maxSubject {
		v.bad("a subject that is no short line", expected)
	}
	for _, m := range templateMistakes(s, f.inLine(), f.unsure) {
		v.bad(m.what, m.expected)
	}
	return s, true
}

// body checks the Markdown below the front matter, which begins in the given line.
func (f *letterFile) body(body string, line int, opens bool) {
	if strings.TrimSpace(body) == "" {
		f.bad(line, "an empty letter", "the text of the letter, in Markdown")
		return
	}
	lineOf := func(at int) int { return line + strings.Count(body[:at], "\n") }
	for _, m := range append(templateMistakes(body, f.known, f.unsure), linkMistakes(body)...) {
		f.bad(lineOf(m.at), m.what, m.expected)
	}
	if at := strings.IndexFunc(body, unprintableInBody); at >= 0 {
		f.bad(lineOf(at), "a control or bidirectional character", "plain text")
	}
	f.ownWords(body, lineOf)
	f.openingIn(body, lineOf, opens)
}

func unprintableInBody(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) }

// ownWords holds {message} to the campaign's choice: several paragraphs of a signer's words need a place of their own.
func (f *letterFile) ownWords(body string, lineOf func(int) int) {
	found := f.alone(body, ownWords, lineOf)
	switch {
	case found > 1:
		f.bad(lineOf(0), "{message} stands here more than once", "one place for the signer's own words")
	case found > 0 && f.editable == EditNone:
		f.bad(lineOf(0), "{message} in a letter that nobody may edit", "editable: words or whole, or no {message}")
	case found == 0 && f.editable == EditWords:
		f.bad(lineOf(0), "no place for the signer's own words", "{message} in a paragraph of its own, or editable: none")
	}
}

// openingIn holds {opening} and the openings to each other.
func (f *letterFile) openingIn(body string, lineOf func(int) int, opens bool) {
	switch found := f.alone(body, begins, lineOf); {
	case found > 1:
		f.bad(lineOf(0), "{opening} stands here more than once", "one place for the opening")
	case found == 1 && !opens:
		f.bad(lineOf(0), "{opening}, but no openings", "openings: a list of paragraphs in the letter's head")
	case found == 0 && opens:
		f.bad(lineOf(0), "openings, but no place for them", "{opening} in a paragraph of its own")
	}
}

// alone answers how often a placeholder stands in a text, and tells where it has no paragraph of its own.
func (f *letterFile) alone(body, name string, lineOf func(int) int) (found int) {
	for p := range pieces(body) {
		if p.kind != placeholder || p.text != name {
			continue
		}
		found++
		if !ownParagraph(body, p.at, len("{}")+len(name)) {
			f.bad(lineOf(p.at), "{"+name+"} within a paragraph", "a paragraph of its own, with empty lines around it")
		}
	}
	return found
}

// ownParagraph says whether nothing else stands in the paragraph of a part of a text.
func ownParagraph(text string, at, size int) bool {
	before, after := text[:at], text[at+size:]
	return (strings.TrimSpace(before) == "" || strings.HasSuffix(before, "\n\n")) &&
		(strings.TrimSpace(after) == "" || strings.HasPrefix(after, "\n\n"))
}

// mistake is a brace that doesn't do what its writer meant.
type mistake struct {
	at             int
	what, expected string
}

// templateMistakes answers the unknown placeholders and stray braces of a template; if it isn't sure which are known, only
// the braces.
func templateMistakes(text string, known []string, unsure bool) []mistake {
	var all []mistake
	for p := range pieces(text) {
		switch {
		case p.kind == placeholder && !unsure && !slices.Contains(known, p.text):
			all = append(all, mistake{p.at, unknownPlaceholder(p.text, known), "one of " + braced(known)})
		case p.kind == stray:
			all = append(all, mistake{p.at, fmt.Sprintf("a lone %s", p.text), "a placeholder, one of " + braced(known) + ", or two braces for one"})
		}
	}
	return all
}

func unknownPlaceholder(name string, known []string) string {
	what := fmt.Sprintf("unknown placeholder {%s}", name)
	if meant := nearest(name, known); meant != "" {
		what += fmt.Sprintf(": did you mean {%s}?", meant)
	}
	return what
}

func braced(names []string) string { return "{" + strings.Join(names, "}, {") + "}" }
