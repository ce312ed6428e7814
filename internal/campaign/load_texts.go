package campaign

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"one-click-protest/internal/address"
)

// Limits of what organizers write, in characters: pages and mails are laid out for texts of this size.
const (
	maxTitle = 120
	maxLine  = 100
	maxText  = 4000
)

// languages reads the campaign's languages, its first language first.
func (l *loader) languages() {
	v, ok := l.root.need("languages", "a list like [en, ko], the first one first")
	if !ok {
		return
	}
	for _, entry := range v.items("a list like [en, ko]") {
		l.language(entry)
	}
}

func (l *loader) language(v value) {
	s, ok := v.tag()
	switch {
	case !ok:
	case slices.Contains(l.c.Languages, s):
		v.bad(fmt.Sprintf("%q stands here a second time", s), "each language once")
	default:
		l.c.Languages = append(l.c.Languages, s)
	}
}

// tag answers a language tag in its usual form.
func (v value) tag() (string, bool) {
	const expected = "a BCP 47 language tag in its usual form, like en, ko or zh-Hant"
	s, ok := v.text(expected)
	if !ok {
		return "", false
	}
	if tag, err := language.Parse(s); err != nil || tag.String() != s || tag == language.Und {
		v.bad(fmt.Sprintf("%q is no language tag", s), expected)
		return "", false
	}
	return s, true
}

// texts reads what visitors are shown.
func (l *loader) texts() {
	l.c.Title = l.needTexts(l.root, "title", maxTitle)
	l.c.Summary = l.needTexts(l.root, "summary", maxText)
	l.c.Salute = l.needTexts(l.root, "salutation", maxTitle)
	l.consent()
}

func (l *loader) consent() {
	o := l.section("consent", "version: and text: by language")
	if o == nil {
		return
	}
	o.only("version", "text")
	if v, ok := o.need("version", "a short name for this wording, changed with it"); ok {
		l.c.Consent.Version, _ = v.line1(maxLine, "a short name, like 2007-11-01")
	}
	l.c.Consent.Text = l.needTexts(o, "text", maxText)
}

// section answers the mapping of a key that must be there; nil, with the problem told, otherwise.
func (l *loader) section(key, expected string) *object {
	v, ok := l.root.need(key, expected)
	if !ok {
		return nil
	}
	return v.object()
}

// needTexts reads a text in every language of the campaign. Nothing is put into these texts, so they take no placeholders.
func (l *loader) needTexts(o *object, key string, most int) Texts {
	expected := "a text in each of " + strings.Join(l.c.Languages, ", ")
	v, ok := o.need(key, expected)
	if !ok {
		return nil
	}
	in := v.object()
	if in == nil {
		return nil
	}
	all := Texts{}
	if len(l.c.Languages) > 0 { // otherwise that is the problem
		in.only(l.c.Languages...)
	}
	for _, language := range l.c.Languages {
		if text, ok := in.need(language, expected); ok {
			all[language] = text.plain(most)
		}
	}
	return all
}

// plain answers a text of several lines without placeholders.
func (v value) plain(most int) string {
	expected := fmt.Sprintf("text of at most %d characters", most)
	s, ok := v.text(expected)
	if !ok {
		return ""
	}
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unprintableInBody) {
		v.bad("too long, or control or bidirectional characters in it", expected)
	}
	for p := range pieces(s) {
		if p.kind == placeholder {
			v.badAt(v.lineAt(s, p.at), fmt.Sprintf("placeholder {%s}, which nothing replaces here", p.text), "plain text")
		}
	}
	return s
}

// line1 answers a text of one line.
func (v value) line1(most int, expected string) (string, bool) {
	s, ok := v.text(expected)
	if !ok {
		return "", false
	}
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unprintable) {
		v.bad("too long, or more than a line", fmt.Sprintf("%s, at most %d characters", expected, most))
		return "", false
	}
	return s, true
}

// fields reads what is asked of signers besides name, e-mail and country.
func (l *loader) fields() {
	v, ok := l.root.get("fields")
	if !ok {
		l.unsure = l.root.tried("fields")
		return
	}
	for _, entry := range v.items("a list of fields, each with a name and a label") {
		if o := entry.object(); o != nil {
			l.field(o)
		}
	}
}

func (l *loader) field(o *object) {
	o.only("name", "label", "required", "max")
	f := Field{Max: maxLine}
	name, ok := o.need("name", "a name of lower-case letters, which is its placeholder too")
	if ok {
		f.Name = l.fieldName(name)
	}
	l.unsure = l.unsure || f.Name == ""
	f.Label = l.needTexts(o, "label", maxLine)
	if v, ok := o.get("required"); ok {
		f.Required = v.yes()
	}
	if v, ok := o.get("max"); ok {
		f.Max = v.number(1, 200)
	}
	l.c.Fields = append(l.c.Fields, f)
}

func (l *loader) fieldName(v value) string {
	s, ok := v.text("lower-case letters")
	switch taken := slices.ContainsFunc(l.c.Fields, func(f Field) bool { return f.Name == s }); {
	case !ok:
	case !isName(s) || len(s) > maxID:
		v.bad(fmt.Sprintf("%q is no field name", s), "1 to 40 letters a-z")
		return ""
	case taken || slices.Contains(LetterPlaceholders(), s) || s == "email":
		v.bad(fmt.Sprintf("%q is taken", s), "a name of its own")
	}
	return s
}

// email reads an address; empty, with the problem told, if it is none.
func (v value) email() address.Email {
	s, ok := v.text("name@example.org")
	if !ok {
		return ""
	}
	e, err := address.ParseEmail(s)
	if err != nil {
		v.bad(fmt.Sprintf("%q is no e-mail address", s), "name@example.org")
	}
	return e
}
