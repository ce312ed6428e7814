package campaign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// yamlFile reads one YAML document node by node, so that every problem has its line and none hides the next one. It is
// stricter than YAML: text is not guessed from numbers, and anchors, aliases, tags, merge keys and repeated keys
// are refused.
type yamlFile struct {
	file     string
	offset   int // lines before the document, for front matter
	problems *problems
}

// value is one node with the line it, or else its key, stands in, and the keys that lead there.
type value struct {
	f    *yamlFile
	node ast.Node
	line int
	path string // from.address; empty for the document
}

// object is a mapping with the keys it may have.
type object struct {
	value
	entries map[string]value
	order   []string
	meant   []string // absent keys that unknown ones were probably meant to be
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
	return f.value(root.Docs[0].Body, 1+f.offset, "").object()
}

// value wraps a node. The line of last resort is its key's.
func (f *yamlFile) value(n ast.Node, line int, path string) value {
	if n != nil {
		if tk := n.GetToken(); tk != nil && tk.Position != nil {
			line = tk.Position.Line + f.offset
		}
	}
	return value{f: f, node: n, line: line, path: path}
}

// bad tells a problem with this value.
func (v value) bad(what, expected string) { v.badAt(v.line, what, expected) }

// badAt is bad for another line of the value.
func (v value) badAt(line int, what, expected string) {
	if v.path != "" {
		what = v.path + ": " + what
	}
	v.f.problems.add(v.f.file, line, what, expected)
}

// under answers the path of a key.
func (v value) under(key string) string {
	if v.path == "" {
		return key
	}
	return v.path + "." + key
}

// quoted is what stands there, for problems: a single word or number itself, otherwise its kind.
func (v value) quoted() string {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return strconv.Quote(n.Value)
	case *ast.FloatNode, *ast.IntegerNode:
		return strconv.Quote(n.GetToken().Value)
	}
	return v.kind()
}

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
		v.bad(v.quoted()+" is no whole number", expected)
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
		v.bad(v.quoted()+" is neither true nor false", "true or false")
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
		items[i] = v.f.value(entry, v.line, v.path)
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
	key := o.f.value(entry.Key, o.line, o.path)
	name, ok := entry.Key.(*ast.StringNode)
	if !ok {
		key.bad("a key that is no plain text", "key: value")
		return
	}
	if _, twice := o.entries[name.Value]; twice {
		key.bad(fmt.Sprintf("key %q stands here a second time", name.Value), "each key once")
		return
	}
	o.entries[name.Value] = value{f: o.f, node: entry.Value, line: key.line, path: o.under(name.Value)}
	o.order = append(o.order, name.Value)
}

// only tells the keys that mean nothing here, before any is asked for.
func (o *object) only(keys ...string) {
	absent := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { _, there := o.entries[key]; return there })
	for _, key := range o.order {
		if slices.Contains(keys, key) {
			continue
		}
		at := o.value
		at.line = o.lineOf(key)
		at.bad(fmt.Sprintf("unknown key %q", key)+didYouMean(key, absent), "one of "+strings.Join(keys, ", "))
		if meant := nearest(key, absent); meant != "" {
			o.meant = append(o.meant, meant)
		}
	}
}

// get answers the value of a key; false if it is absent.
func (o *object) get(key string) (value, bool) {
	v, ok := o.entries[key]
	return v, ok
}

// tried says whether a key is there, if only misspelt: what follows from its absence is no problem of its own then.
func (o *object) tried(key string) bool {
	_, there := o.entries[key]
	return there || o.misspelt(key)
}

// misspelt says that a key was probably meant by an unknown one, which is told already.
func (o *object) misspelt(key string) bool { return slices.Contains(o.meant, key) }

// need is get for a key that must be there.
func (o *object) need(key, expected string) (value, bool) {
	v, ok := o.get(key)
	if !o.tried(key) {
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
