package campaign

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// yamlFile reads one YAML document node by node, so that every problem has its line and none hides the next one. It is
// stricter than YAML: text is not guessed from numbers, and anchors, aliases, tags, merge keys and repeated keys
// are refused.
type yamlFile struct {
	file     string
	offset   int // lines before the document, for front matter
	problems *problems
}

// value is one node with the line it, or else its key, stands in.
type value struct {
	f    *yamlFile
	node ast.Node
	line int
}

// object is a mapping of which every key must be asked for.
type object struct {
	value
	entries map[string]value
	order   []string
	asked   []string
}

// maxYAML bounds what is parsed: a campaign is a page or two of text.
const maxYAML = 64 << 10

// read parses a document whose root is a mapping; nil, with the problems told, for anything else.
func (f *yamlFile) read(src []byte) *object {
	root, err := parse(src)
	if err != nil {
		line, what := syntaxError(err)
		f.problems.add(f.file, line+f.offset, "not YAML: "+what, "key: value lines, indented with spaces")
		return nil
	}
	if len(root.Docs) != 1 {
		f.problems.add(f.file, 1+f.offset, fmt.Sprintf("%d YAML documents", len(root.Docs)), "one")
		return nil
	}
	if root.Docs[0].Body == nil {
		f.problems.add(f.file, 1+f.offset, "nothing in it", "key: value lines")
		return nil
	}
	return f.value(root.Docs[0].Body, 1+f.offset).object()
}

// parse shields the process from a panic in the parser, which its own fuzzing has met before.
func parse(src []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the parser gave up on it")
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey()) // duplicates are told by object, all of them
}

// syntaxError answers where and what, without the library's excerpt of the source.
func syntaxError(err error) (line int, what string) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) {
		return 1, err.Error()
	}
	if tk := at.GetToken(); tk != nil && tk.Position != nil {
		line = tk.Position.Line
	}
	return line, at.GetMessage()
}

// value wraps a node. The line of last resort is its key's.
func (f *yamlFile) value(n ast.Node, line int) value {
	if n != nil {
		if tk := n.GetToken(); tk != nil && tk.Position != nil {
			line = tk.Position.Line + f.offset
		}
	}
	return value{f: f, node: n, line: line}
}

// bad tells a problem with this value.
func (v value) bad(what, expected string) { v.f.problems.add(v.f.file, v.line, what, expected) }

// kind names what stands there, for problems.
func (v value) kind() string {
	switch v.node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	}
	return "something else"
}

// text answers a text that is not empty.
func (v value) text(expected string) (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.BoolNode:
		v.bad(v.kind()+" where a text belongs", expected+" (in quotes)")
		return "", false
	default:
		v.bad(v.kind()+" where a text belongs", expected)
		return "", false
	}
	s = strings.TrimSpace(s)
	if s == "" {
		v.bad("empty text", expected)
	}
	return s, s != ""
}

// lineAt answers the line of a byte offset in a text: exact for a literal block, the value's own line where YAML folds.
func (v value) lineAt(text string, at int) int {
	n, ok := v.node.(*ast.LiteralNode)
	if !ok || n.Start == nil || !strings.HasPrefix(n.Start.Value, "|") {
		return v.line
	}
	return v.line + 1 + strings.Count(text[:at], "\n")
}

// number answers a whole number between two bounds.
func (v value) number(least, most int) int {
	expected := fmt.Sprintf("a whole number from %d to %d", least, most)
	n, ok := v.node.(*ast.IntegerNode)
	if !ok {
		v.bad(v.kind()+" where a whole number belongs", expected)
		return 0
	}
	i, err := strconv.Atoi(n.Token.Value)
	if err != nil || i < least || i > most {
		v.bad(fmt.Sprintf("%q is out of bounds", n.Token.Value), expected)
		return 0
	}
	return i
}

// yes answers a truth value.
func (v value) yes() bool {
	n, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.bad(v.kind()+" where true or false belongs", "true or false")
		return false
	}
	return n.Value
}

// items answers the entries of a list.
func (v value) items(expected string) []value {
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.bad(v.kind()+" where a list belongs", expected)
		return nil
	}
	if len(n.Values) == 0 {
		v.bad("an empty list", expected)
	}
	items := make([]value, len(n.Values))
	for i, entry := range n.Values {
		items[i] = v.f.value(entry, v.line)
	}
	return items
}

// object answers the mapping; nil, with the problem told, for anything else.
func (v value) object() *object {
	n, ok := v.node.(*ast.MappingNode)
	if !ok {
		v.bad(v.kind()+" where a mapping belongs", "key: value lines")
		return nil
	}
	o := &object{value: v, entries: make(map[string]value, len(n.Values))}
	for _, entry := range n.Values {
		o.enter(entry)
	}
	return o
}

func (o *object) enter(entry *ast.MappingValueNode) {
	key := o.f.value(entry.Key, o.line)
	name, ok := entry.Key.(*ast.StringNode)
	if !ok {
		key.bad("a key that is no plain text", "key: value")
		return
	}
	if _, twice := o.entries[name.Value]; twice {
		key.bad(fmt.Sprintf("key %q stands here a second time", name.Value), "each key once")
		return
	}
	o.entries[name.Value] = value{f: o.f, node: entry.Value, line: key.line}
	o.order = append(o.order, name.Value)
}

// get answers the value of a key; false if it is absent.
func (o *object) get(key string) (value, bool) {
	if !slices.Contains(o.asked, key) {
		o.asked = append(o.asked, key)
	}
	v, ok := o.entries[key]
	return v, ok
}

// need is get for a key that must be there.
func (o *object) need(key, expected string) (value, bool) {
	v, ok := o.get(key)
	if !ok {
		o.bad(fmt.Sprintf("%s is missing", key), expected)
	}
	return v, ok
}

// lineOf answers where a key stands, or else where its mapping begins.
func (o *object) lineOf(key string) int {
	if v, ok := o.entries[key]; ok {
		return v.line
	}
	return o.line
}

// done tells the keys that nobody asked for.
func (o *object) done() {
	for _, key := range o.order {
		if !slices.Contains(o.asked, key) {
			o.f.problems.add(o.f.file, o.lineOf(key), fmt.Sprintf("unknown key %q", key), "one of "+strings.Join(o.asked, ", "))
		}
	}
}
