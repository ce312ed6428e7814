package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// filler rewrites the inlines of one block into nodes that hold their own text: literals, typed spans, line breaks, emphasis
// and links.
type filler struct {
	values values
	source []byte
	last   rune // the last character so far, 0 at the start of a line
	soft   bool // a line end of the template has still to become a space or nothing
	softAt int  // before which token it stands
	tokens []token
}

func (f *filler) inlines(parent ast.Node) {
	for child := parent.FirstChild(); child != nil; {
		next := child.NextSibling()
		switch n := child.(type) {
		case *ast.Text:
			f.text(parent, n)
		case *ast.AutoLink:
			f.autoLink(parent, n)
		case *ast.Image: // no letter holds images: the words that stand for it remain
			f.inlines(n)
			unwrap(parent, n)
		case *ast.Link:
			f.lineEnd(parent, n, f.firstOf(n))
			f.link(n)
		default:
			f.lineEnd(parent, n, f.firstOf(n))
			f.inlines(n)
		}
		child = next
	}
}

// lineEnd turns a line end of the template into a space before a node, or into nothing between scripts without spaces.
func (f *filler) lineEnd(parent, before ast.Node, first rune) {
	if f.soft && f.last != 0 && !(spaceless(f.last) && spaceless(first)) {
		space := literal(" ")
		parent.InsertBefore(parent, before, space)
		f.tokens = slices.Insert(f.tokens, f.softAt, token{node: space, text: " "})
	}
	f.soft = false
}

// firstOf answers the first character within emphasis or a link.
func (f *filler) firstOf(n ast.Node) rune {
	for n.FirstChild() != nil {
		n = n.FirstChild()
	}
	if t, ok := n.(*ast.Text); ok {
		first, _ := utf8.DecodeRune(t.Value(f.source))
		return first
	}
	return 0
}

// text replaces a text node by its literals and values, and its line end by a break or a space.
func (f *filler) text(parent ast.Node, n *ast.Text) {
	for _, p := range f.values.pieces(string(n.Value(f.source))) {
		if p.template {
			p.text = unescape(p.text)
		}
		f.put(parent, n, p)
	}
	switch {
	case n.HardLineBreak():
		parent.InsertBefore(parent, n, &lineBreak{})
		f.tokens = append(f.tokens, token{kind: edge})
		f.last, f.soft = 0, false
	case n.SoftLineBreak() && !f.soft:
		f.soft, f.softAt = true, len(f.tokens)
	}
	parent.RemoveChild(parent, n)
}

// put inserts one text before a node.
func (f *filler) put(parent, before ast.Node, p piece) {
	t := p.token()
	if p.text != "" {
		first, _ := utf8.DecodeRuneInString(p.text)
		f.lineEnd(parent, before, first)
		f.last, _ = utf8.DecodeLastRuneInString(p.text)
		parent.InsertBefore(parent, before, p.node(&t))
	}
	f.tokens = append(f.tokens, t)
}

// node answers the node of a piece. A token of template text remembers it, for the text may become shorter.
func (p piece) node(t *token) ast.Node {
	if p.typed {
		span := &typedSpan{}
		appendLines(span, p.text)
		return span
	}
	node := literal(p.text)
	if p.template {
		t.node = node
	}
	return node
}

// link fills a link's words. What they lose is their own business, unless they are nothing but empty values.
func (f *filler) link(n *ast.Link) {
	start := len(f.tokens)
	f.inlines(n)
	words := slices.Clone(f.tokens[start:])
	f.tokens = f.tokens[:start]
	if len(words) > 0 && !slices.ContainsFunc(words, func(t token) bool { return t.kind != gap }) {
		f.tokens = append(f.tokens, token{kind: gap})
		return
	}
	f.tokens = append(f.tokens, token{kind: filled}, token{kind: edge})
	f.tokens = append(f.tokens, words...)
	f.tokens = append(f.tokens, token{kind: edge}, token{kind: filled})
}

// close takes out of a filled block what its empty values take along.
func (f *filler) close(block ast.Node) {
	if !slices.ContainsFunc(f.tokens, func(t token) bool { return t.kind == gap }) {
		return
	}
	left := map[*ast.String][]byte{}
	for _, t := range closeGaps(f.tokens) {
		left[t.node] = append(left[t.node], t.text...)
	}
	for _, t := range f.tokens {
		if t.node == nil {
			continue
		}
		t.node.Value = left[t.node]
		if parent := t.node.Parent(); parent != nil && len(t.node.Value) == 0 {
			parent.RemoveChild(parent, t.node)
		}
	}
	dropEmptyInlines(block)
}

// dropEmptyInlines takes out the emphasis and the links in which nothing is left.
func dropEmptyInlines(parent ast.Node) {
	for child := parent.FirstChild(); child != nil; {
		next := child.NextSibling()
		switch child.Kind() {
		case ast.KindEmphasis, ast.KindLink:
			dropEmptyInlines(child)
			dropIfEmpty(child)
		}
		child = next
	}
}

// autoLink becomes an ordinary link, which holds its own text.
func (f *filler) autoLink(parent ast.Node, n *ast.AutoLink) {
	link := ast.NewLink()
	link.Destination = n.URL(f.source)
	if n.AutoLinkType == ast.AutoLinkEmail {
		link.Destination = append([]byte("mailto:"), link.Destination...)
	}
	f.lineEnd(parent, n, 0)
	parent.InsertBefore(parent, n, link)
	f.put(link, nil, piece{value: value{text: string(n.Label(f.source))}})
	parent.RemoveChild(parent, n)
}

func unwrap(parent, n ast.Node) {
	for child := n.FirstChild(); child != nil; {
		next := child.NextSibling()
		parent.InsertBefore(parent, n, child)
		child = next
	}
	parent.RemoveChild(parent, n)
}

// spaceless says whether a script is written without spaces between words, so that a line end in the template is none:
// Chinese and Japanese with their punctuation, not Korean.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) ||
		0x3000 <= r && r <= 0x303F || 0xFF01 <= r && r <= 0xFF60
}

// tidyBreaks takes out the line breaks that parted lines which a missing value left empty.
func tidyBreaks(block ast.Node) {
	empty := true
	for child := block.FirstChild(); child != nil; {
		next := child.NextSibling()
		isBreak := child.Kind() == kindLineBreak
		if isBreak && (empty || next == nil) {
			block.RemoveChild(block, child)
		} else {
			empty = isBreak
		}
		child = next
	}
	if last := block.LastChild(); last != nil && last.Kind() == kindLineBreak {
		block.RemoveChild(block, last)
	}
}

// unescape resolves Markdown's backslash escapes and HTML's entities in an organizer's text.
func unescape(text string) string {
	if !strings.ContainsAny(text, `\&`) {
		return text
	}
	var b strings.Builder
	rest := text
	for {
		at := strings.IndexByte(rest, '\\')
		if at < 0 || at+1 == len(rest) {
			return b.String() + entities(rest)
		}
		b.WriteString(entities(rest[:at]))
		if !util.IsPunct(rest[at+1]) {
			b.WriteByte('\\')
		}
		b.WriteByte(rest[at+1])
		rest = rest[at+2:]
	}
}

func entities(text string) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences([]byte(text))))
}
