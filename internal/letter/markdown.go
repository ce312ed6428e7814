package letter

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown answers the parser for an organizer's Markdown: CommonMark without HTML, which stays as the text it is, and
// without code, which no letter holds and which indented text would become by mistake.
var markdown = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
		),
	)
})

// paragraphs takes indented lines too: without code blocks nobody else does, and a line that no parser takes ends the letter.
type paragraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine implements goldmark's BlockParser.
func (paragraphs) CanAcceptIndentedLine() bool { return true }

// parse answers a template's blocks with the values in their places. The template is parsed before any value is put in, and
// the values are put in as text nodes: nothing in them is markup. The tree refers to no source text.
func (v values) parse(template string) ast.Node {
	doc, source := read(template)
	v.fill(doc, source)
	return doc
}

// read answers a template's blocks before any value is put in, and the source that they refer to.
func read(template string) (doc ast.Node, source []byte) {
	source = []byte(template)
	return markdown().Parse(text.NewReader(source)), source
}

// fill puts the values into a block and the blocks in it, and takes out blocks that become empty.
func (v values) fill(block ast.Node, source []byte) {
	for child := block.FirstChild(); child != nil; {
		next := child.NextSibling()
		switch {
		case !holdsInlines(child):
			v.fill(child, source)
			dropIfEmpty(child)
		case v.isMessage(child, source):
			typedParagraphs(block, child, v.named["message"].text)
			block.RemoveChild(block, child)
		default:
			f := filler{values: v, source: source}
			f.inlines(child)
			f.close(child)
			tidyBreaks(child)
			dropIfEmpty(child)
		}
		child = next
	}
}

func holdsInlines(block ast.Node) bool {
	switch block.Kind() {
	case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
		return true
	}
	return false
}

func dropIfEmpty(block ast.Node) {
	if block.FirstChild() == nil && block.Kind() != ast.KindThematicBreak {
		block.Parent().RemoveChild(block.Parent(), block)
	}
}

// isMessage says whether a paragraph is {message} and nothing else: it becomes the signer's paragraphs.
func (v values) isMessage(block ast.Node, source []byte) bool {
	_, known := v.named["message"]
	return known && isOnly(block, source, "{message}")
}

// isOnly says whether a block is this text and nothing else.
func isOnly(block ast.Node, source []byte, text string) bool {
	only, ok := block.FirstChild().(*ast.Text)
	return ok && only.NextSibling() == nil && string(only.Value(source)) == text
}

// typedParagraphs puts a signer's paragraphs before a block: a blank line parts paragraphs, a line end is a line break.
func typedParagraphs(parent, before ast.Node, typed string) {
	for paragraph := range strings.SplitSeq(typed, "\n\n") {
		paragraph = strings.Trim(paragraph, "\n")
		if paragraph == "" {
			continue
		}
		p := ast.NewParagraph()
		p.SetAttributeString("dir", []byte("auto"))
		appendLines(p, paragraph)
		parent.InsertBefore(parent, before, p)
	}
}

// appendLines appends text whose line ends are line breaks.
func appendLines(parent ast.Node, text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			parent.AppendChild(parent, &lineBreak{})
		}
		if line != "" {
			parent.AppendChild(parent, literal(line))
		}
	}
}

// literal answers a node that renders as this very text.
func literal(text string) *ast.String {
	s := ast.NewString([]byte(text))
	s.SetRaw(true) // no entities, no backslash escapes
	return s
}

// lineBreak is a line break within a block.
type lineBreak struct{ ast.BaseInline }

// typedSpan holds what a signer typed within an organizer's sentence: its direction is its own.
type typedSpan struct{ ast.BaseInline }

var (
	kindLineBreak = ast.NewNodeKind("LineBreak")
	kindTypedSpan = ast.NewNodeKind("TypedSpan")
	kindSection   = ast.NewNodeKind("Section")
)

// Kind implements ast.Node.
func (*lineBreak) Kind() ast.NodeKind { return kindLineBreak }

// Dump implements ast.Node.
func (n *lineBreak) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// Kind implements ast.Node.
func (*typedSpan) Kind() ast.NodeKind { return kindTypedSpan }

// Dump implements ast.Node.
func (n *typedSpan) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
