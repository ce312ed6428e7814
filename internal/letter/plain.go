package letter

import (
	"math"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Columns is the width of a letter's text: RFC 5322, section 2.1.1, asks for no more than 78 characters in a line.
const Columns = 78

// unwrapped is the width of text that a form's text field wraps.
const unwrapped = math.MaxInt32

// plain answers a tree as text of at most that many columns.
func plain(doc ast.Node, columns int) string {
	return strings.Join(children(doc, columns), "\n") + "\n"
}

// children answers the lines of a block's blocks, parted by blank lines where they are not items of a tight list.
func children(block ast.Node, columns int) []string {
	var lines []string
	for child := block.FirstChild(); child != nil; child = child.NextSibling() {
		if len(lines) > 0 && !tight(child) {
			lines = append(lines, "")
		}
		lines = append(lines, blockLines(child, columns)...)
	}
	return lines
}

// tight says whether a block follows the one before it without a blank line. A signer's paragraphs never do.
func tight(block ast.Node) bool {
	item := block.Parent()
	if item.Kind() != ast.KindListItem || block.Kind() == ast.KindParagraph {
		return false
	}
	return item.Parent().(*ast.List).IsTight
}

func blockLines(block ast.Node, columns int) []string {
	switch n := block.(type) {
	case *ast.ThematicBreak:
		return []string{"* * *"}
	case *ast.Blockquote:
		return quoteLines(n, columns)
	case *ast.List:
		return listLines(n, columns)
	case *section:
		return append(n.lead[:len(n.lead):len(n.lead)], children(n, columns)...)
	}
	if holdsInlines(block) {
		return wrap(inlineText(block), columns)
	}
	return children(block, columns)
}

// narrow is the width below which quotes and lists within each other are not indented any further.
const narrow = 20

func quoteLines(quote ast.Node, columns int) []string {
	if columns < narrow {
		return children(quote, columns)
	}
	return indent(children(quote, columns-2), "> ", "> ")
}

func listLines(list *ast.List, columns int) []string {
	var lines []string
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		marker := marker(list, number, "-") + " "
		number++
		if len(lines) > 0 && !list.IsTight {
			lines = append(lines, "")
		}
		lines = append(lines, itemLines(item, marker, columns)...)
	}
	return lines
}

// marker answers what stands before an item: its number, or the bullet of a list without numbers.
func marker(list *ast.List, number int, bullet string) string {
	if !list.IsOrdered() {
		return bullet
	}
	return strconv.Itoa(number) + string(list.Marker)
}

func itemLines(item ast.Node, marker string, columns int) []string {
	if columns < narrow {
		return children(item, columns)
	}
	return indent(children(item, columns-len(marker)), marker, strings.Repeat(" ", len(marker)))
}

// indent puts one text before the first line and another before the others, without white space at a line's end.
func indent(lines []string, first, others string) []string {
	for i, line := range lines {
		prefix := others
		if i == 0 {
			prefix = first
		}
		lines[i] = strings.TrimRight(prefix+line, " ")
	}
	return lines
}

// inlineText answers the text of a block's inlines: emphasis without marks, a link's address behind its words.
func inlineText(block ast.Node) string {
	var b strings.Builder
	writeInlines(&b, block)
	return b.String()
}

func writeInlines(b *strings.Builder, parent ast.Node) {
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		switch n := child.(type) {
		case *ast.String:
			b.Write(n.Value)
		case *lineBreak:
			b.WriteByte('\n')
		case *ast.Link:
			writeLink(b, n)
		default:
			writeInlines(b, n)
		}
	}
}

func writeLink(b *strings.Builder, link *ast.Link) {
	words, to := inlineText(link), string(link.Destination)
	b.WriteString(words)
	if words != to && "mailto:"+words != to {
		b.WriteString(" <" + to + ">")
	}
}
