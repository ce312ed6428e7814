package stack_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stackOf is what CloudFormation would make of the template with some parameters: conditions are decided, and of functions those are resolved that
// depend on parameters alone.
type stackOf struct {
	template   tree
	parameters map[string]string
}

func withParameters(t *testing.T, given map[string]string) stackOf {
	t.Helper()
	s := stackOf{template: template(t), parameters: map[string]string{}}
	for name, p := range at(t, s.template, "Parameters").(tree) {
		value, _ := p.(tree)["Default"].(string)
		if g, ok := given[name]; ok {
			value = g
			if pattern, ok := p.(tree)["AllowedPattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value) {
				t.Fatalf("%s may not be %q", name, value)
			}
		}
		s.parameters[name] = value
	}
	for name := range given {
		at(t, s.template, "Parameters", name)
	}
	return s
}

// made answers what of a section is made: "Resources" or "Outputs".
func (s stackOf) made(t *testing.T, section string) tree {
	t.Helper()
	found := tree{}
	for name, v := range at(t, s.template, section).(tree) {
		condition, ok := v.(tree)["Condition"].(string)
		if !ok || s.holds(t, condition) {
			found[name] = s.resolve(t, v)
		}
	}
	return found
}

func (s stackOf) holds(t *testing.T, condition string) bool {
	t.Helper()
	return s.test(t, at(t, s.template, "Conditions", condition))
}

// test decides a condition.
func (s stackOf) test(t *testing.T, condition any) bool {
	t.Helper()
	for function, of := range condition.(tree) {
		arguments := list(of)
		holds := func(a any) bool { return s.test(t, a) }
		switch function {
		case "Equals":
			return s.resolve(t, arguments[0]) == s.resolve(t, arguments[1])
		case "Not":
			return !s.test(t, arguments[0])
		case "And":
			return !slices.ContainsFunc(arguments, func(a any) bool { return !holds(a) })
		case "Or":
			return slices.ContainsFunc(arguments, holds)
		}
	}
	t.Fatalf("template.yaml: condition %v not understood", condition)
	return false
}

// resolve puts in parameters and decides !If.
func (s stackOf) resolve(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = s.resolve(t, e)
		}
		return out
	case tree:
		return s.resolveTree(t, v)
	}
	return v
}

func (s stackOf) resolveTree(t *testing.T, v tree) any {
	t.Helper()
	if choice, ok := v["If"].([]any); ok {
		if s.holds(t, choice[0].(string)) {
			return s.resolve(t, choice[1])
		}
		return s.resolve(t, choice[2])
	}
	if name, ok := v["Ref"].(string); ok {
		if value, ok := s.parameters[name]; ok {
			return value
		}
		return v
	}
	if text, ok := v["Sub"].(string); ok {
		for name, value := range s.parameters {
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		return text
	}
	out := tree{}
	for key, e := range v {
		out[key] = s.resolve(t, e)
	}
	return out
}

// refusals answers the descriptions of the template's rules that its parameters break.
func (s stackOf) refusals(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, r := range at(t, s.template, "Rules").(tree) {
		if condition, ok := r.(tree)["RuleCondition"]; ok && !s.test(t, condition) {
			continue
		}
		for _, a := range at(t, r, "Assertions").([]any) {
			if !s.test(t, at(t, a, "Assert")) {
				found = append(found, at(t, a, "AssertDescription").(string))
			}
		}
	}
	return found
}
