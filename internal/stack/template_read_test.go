package stack_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// tree is a mapping of the template. CloudFormation's short forms stand in it as their long ones: !Ref x is {Ref: x}.
type tree map[string]any

func template(t *testing.T) tree {
	t.Helper()
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, file.Docs[0].Body).(tree)
}

// plain turns a parsed node into maps, slices and text. goccy/go-yaml decodes unknown tags as if they were not there.
func plain(t *testing.T, node ast.Node) any {
	t.Helper()
	switch n := node.(type) {
	case *ast.MappingNode:
		m := tree{}
		for _, v := range n.Values {
			m[text(v.Key)] = plain(t, v.Value)
		}
		return m
	case *ast.MappingValueNode:
		return tree{text(n.Key): plain(t, n.Value)}
	case *ast.SequenceNode:
		list := []any{}
		for _, v := range n.Values {
			list = append(list, plain(t, v))
		}
		return list
	case *ast.TagNode:
		return tree{strings.TrimPrefix(n.Start.Value, "!"): plain(t, n.Value)}
	case *ast.LiteralNode:
		return n.Value.Value
	case ast.ScalarNode:
		return text(n)
	}
	t.Fatalf("line %d: %T not understood", node.GetToken().Position.Line, node)
	return nil
}

func text(node ast.Node) string { return node.GetToken().Value }

// at walks down to a value; the test fails where there is none.
func at(t *testing.T, from any, path ...string) any {
	t.Helper()
	for i, name := range path {
		m, ok := from.(tree)
		if !ok || m[name] == nil {
			t.Fatalf("template.yaml: nothing at %s", strings.Join(path[:i+1], "."))
		}
		from = m[name]
	}
	return from
}

func resources(t *testing.T, kind string) map[string]tree {
	t.Helper()
	found := map[string]tree{}
	for name, r := range at(t, template(t), "Resources").(tree) {
		if at(t, r, "Type") == kind {
			found[name] = r.(tree)
		}
	}
	if len(found) == 0 {
		t.Fatalf("template.yaml: no %s", kind)
	}
	return found
}

func number(t *testing.T, from any, path ...string) int {
	t.Helper()
	n, err := strconv.Atoi(at(t, from, path...).(string))
	if err != nil {
		t.Fatalf("template.yaml: %s: %v", strings.Join(path, "."), err)
	}
	return n
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}
