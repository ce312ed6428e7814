package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// token is what the comma rule sees of a line: a stretch of template text, a value, or an empty value, the gap. Only template text
// is ever taken out.
type token struct {
	kind  tokenKind
	text  string
	node  *ast.String // that holds the template text; nil where no tree is made
	taken bool        // of a gap: it has taken its separator
}

type tokenKind int

const (
	wording   tokenKind = iota // of the template: all of it, until split tells more
	filled                     // a value with text in it
	gap                        // a value without
	edge                       // of a line
	space                      // as long as it is
	separator                  // between the items of a list
	colon                      // after what stands for a line: a separator only where nothing stands before it
	stop                       // the end of a sentence or quotation
	opening
	closing
)

// kindOf answers the kind of a character of template text.
func kindOf(r rune) tokenKind {
	switch {
	case unicode.IsSpace(r):
		return space
	case strings.ContainsRune(",;·|/–—，、；،؛", r):
		return separator
	case strings.ContainsRune(":：", r):
		return colon
	case strings.ContainsRune(".!?…。！？؟۔”»」』", r):
		return stop
	case strings.ContainsRune("([（［【", r):
		return opening
	case strings.ContainsRune(")]）］】", r):
		return closing
	}
	return wording
}

func (p piece) token() token {
	switch {
	case p.template:
		return token{text: p.text}
	case p.text == "":
		return token{kind: gap}
	}
	return token{kind: filled, text: p.text}
}

// split takes template text apart: words and spaces as they are, punctuation by the character.
func (t token) split() []token {
	if t.kind != wording {
		return []token{t}
	}
	var all []token
	for rest := t.text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		kind := kindOf(r)
		if last := len(all) - 1; last >= 0 && all[last].kind == kind && (kind == wording || kind == space) {
			all[last].text += rest[:size]
		} else {
			all = append(all, token{kind: kind, text: rest[:size], node: t.node})
		}
		rest = rest[size:]
	}
	return all
}

// row is what stands on one line after another, parted by edges.
type row []token

// closeGaps applies the comma rule: an empty value takes its separator along, brackets with nothing in them go with the space before
// them, and no two spaces stay where a value was between them. A list of values is left as if it had been written without
// the empty ones.
func closeGaps(tokens []token) []token {
	if !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == gap }) {
		return tokens
	}
	var r row
	for _, t := range tokens {
		r = append(r, t.split()...)
	}
	for at := 0; at < len(r); {
		if r[at].kind == gap {
			r, at = r.closeGap(at)
		} else {
			at++
		}
	}
	return r
}

// closeGap takes one step at a gap and answers where to go on: at the gap again, or behind it when it is gone.
func (r row) closeGap(at int) (row, int) {
	left, right := r.beside(at)
	before, after := r.kind(left), r.kind(right)
	switch {
	case after == gap: // two empty values that nothing but space parts are one
		return slices.Delete(r, at, right), at
	case before == opening && after == closing:
		r[left] = token{kind: gap}
		return slices.Delete(r, left+1, right+1), left
	case r[at].taken: // it is nobody's business any more
	case before == separator && ends(after):
		r[at].taken = true
		return slices.Delete(r, left, at), left
	case after == separator && r.beginsItem(left, right), after == colon && (before == edge || before == opening):
		r[at].taken = true
		return slices.Delete(r, at+1, right+1), at
	}
	return r.drop(at)
}

// ends says whether an item of a list is over before a token of this kind. Where text follows the gap, the item is not
// empty, and its separator stays.
func ends(after tokenKind) bool {
	return after == separator || after == colon || after == stop || after == closing || after == edge
}

// beginsItem says whether the gap between these two is the whole item, or has but words of the template before it, as
// "from {city}, {country}" has: there the separator stands between values. After a value it parts that from the next one.
func (r row) beginsItem(left, right int) bool {
	switch r.kind(left) {
	case edge, opening, stop, colon:
		return true
	case wording:
		for next := right + 1; ; next++ {
			switch r.kind(next) {
			case space, gap, separator, opening:
			default:
				return r.kind(next) == filled
			}
		}
	}
	return false
}

// beside answers the places of what stands left and right of a gap, over spaces.
func (r row) beside(at int) (left, right int) {
	for left = at - 1; r.kind(left) == space; left-- {
	}
	for right = at + 1; r.kind(right) == space; right++ {
	}
	return left, right
}

// kind answers the kind at a place; before the first and after the last there is an edge.
func (r row) kind(at int) tokenKind {
	if at < 0 || at >= len(r) {
		return edge
	}
	return r[at].kind
}

// drop takes out a gap, and the space that would be one too many.
func (r row) drop(at int) (row, int) {
	before, after := r.kind(at-1), r.kind(at+1)
	switch {
	case after == space && (before == space || before == edge || before == opening):
		return slices.Delete(r, at, at+2), at
	case before == space && ends(after):
		return slices.Delete(r, at-1, at+1), at - 1
	}
	return slices.Delete(r, at, at+1), at
}
