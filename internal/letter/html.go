package letter

import (
	"bytes"
	"fmt"
	"html"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"one-click-protest/internal/lang"
)

// section is a part of the document: the letter within a covering mail, or what stands below a letter.
type section struct {
	ast.BaseBlock
	tag      string
	language string   // empty: the document's
	rule     bool     // HTML: a rule before it
	lead     []string // text: lines before it
}

// Kind implements ast.Node.
func (*section) Kind() ast.NodeKind { return kindSection }

// Dump implements ast.Node.
func (n *section) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// document answers a whole HTML document: no style, no image, no link but the organizer's own, so that every mail client
// shows it and nothing in it is fetched.
func document(title, language string, body ast.Node) (string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html%s>\n<head>\n<meta charset=\"utf-8\">\n<title dir=\"auto\">%s</title>\n</head>\n<body>\n",
		languageAttributes(language), html.EscapeString(title))
	if err := htmlRenderer().Render(&b, nil, body); err != nil {
		return "", fmt.Errorf("render HTML: %w", err)
	}
	b.WriteString("</body>\n</html>\n")
	return b.String(), nil
}

func languageAttributes(language string) string {
	if language == "" {
		return ""
	}
	return fmt.Sprintf(` lang="%s" dir="%s"`, html.EscapeString(language), lang.Dir(language))
}

var htmlRenderer = sync.OnceValue(func() renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(goldhtml.NewRenderer(), 1000),
		util.Prioritized(ownNodes{}, 500),
	))
})

// ownNodes renders the nodes that goldmark does not know.
type ownNodes struct{}

// RegisterFuncs implements goldmark's NodeRenderer.
func (ownNodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindLineBreak, renderLineBreak)
	reg.Register(kindTypedSpan, renderTypedSpan)
	reg.Register(kindSection, renderSection)
}

func renderLineBreak(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<br>\n") // a buffered writer keeps its first error for the flush
	}
	return ast.WalkContinue, nil
}

func renderTypedSpan(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<span dir="auto">`)
	} else {
		_, _ = w.WriteString("</span>")
	}
	return ast.WalkContinue, nil
}

func renderSection(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*section)
	switch {
	case !entering:
		_, _ = fmt.Fprintf(w, "</%s>\n", n.tag)
		return ast.WalkContinue, nil
	case n.rule:
		_, _ = w.WriteString("<hr>\n")
	}
	_, _ = fmt.Fprintf(w, "<%s%s>\n", n.tag, languageAttributes(n.language))
	return ast.WalkContinue, nil
}
