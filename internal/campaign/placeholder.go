package campaign

import (
	"iter"
	"strings"
)

// Expand replaces the placeholders of a template written by an organizer. The rule, all of it:
//
//   - {name}, with one or more letters a to z between the braces, is a placeholder: it becomes what value answers for the
//     name. If value answers false it stays as it is (the loader has refused unknown names before).
//   - {{ is a literal {, and }} is a literal }, read from left to right: {{name}} is the text {name}, and {{{name}}} is
//     a value in braces.
//   - Any other brace stands for itself. The loader refuses it, because it is a typing error more often than a wish.
//
// What a value contains is not looked at again: a signer called {message} stays {message}. Never expand what a signer
// typed.
func Expand(text string, value func(name string) (string, bool)) string {
	if !strings.ContainsAny(text, "{}") {
		return text
	}
	var b strings.Builder
	for p := range pieces(text) {
		b.WriteString(p.expand(value))
	}
	return b.String()
}

// piece is a part of a template.
type piece struct {
	kind pieceKind
	text string // the placeholder's name, or the text as it shall appear
	at   int    // byte offset in the template
}

type pieceKind int

const (
	literal     pieceKind = iota
	placeholder           // {name}
	stray                 // a brace that is neither doubled nor part of a placeholder
)

func (p piece) expand(value func(string) (string, bool)) string {
	if p.kind != placeholder {
		return p.text
	}
	if v, ok := value(p.text); ok {
		return v
	}
	return "{" + p.text + "}"
}

// pieces yields the parts of a template in order.
func pieces(text string) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for at := 0; at < len(text); {
			p, size := nextPiece(text[at:])
			p.at = at
			if !yield(p) {
				return
			}
			at += size
		}
	}
}

// nextPiece answers the first part of a template that is not empty, and how many bytes of the template it takes.
func nextPiece(text string) (p piece, size int) {
	brace := strings.IndexAny(text, "{}")
	switch {
	case brace < 0:
		return piece{kind: literal, text: text}, len(text)
	case brace > 0:
		return piece{kind: literal, text: text[:brace]}, brace
	case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
		return piece{kind: literal, text: text[:1]}, 2
	}
	if name := placeholderName(text); name != "" {
		return piece{kind: placeholder, text: name}, len("{") + len(name) + len("}")
	}
	return piece{kind: stray, text: text[:1]}, 1
}

// placeholderName answers the name if a text begins with a placeholder, otherwise nothing.
func placeholderName(text string) string {
	if text[0] != '{' {
		return ""
	}
	rest := text[1:]
	end := strings.IndexFunc(rest, notLower)
	if end < 1 || rest[end] != '}' {
		return ""
	}
	return rest[:end]
}

// isName says whether this may stand between braces.
func isName(s string) bool { return s != "" && !strings.ContainsFunc(s, notLower) }

func notLower(r rune) bool { return r < 'a' || r > 'z' }
