package campaign_test

import (
	"strings"
	"testing"

	"one-click-protest/internal/campaign"
)

func TestExpand(t *testing.T) {
	values := map[string]string{"name": "Kim", "empty": "", "message": "I am {name} {{", "brace": "{"}
	tests := []struct{ name, text, want string }{
		{"nothing to do", "Dear all", "Dear all"},
		{"a value", "Dear {name}!", "Dear Kim!"},
		{"an empty value", "a{empty}b", "ab"},
		{"values side by side", "{name}{name}", "KimKim"},
		{"unknown stays", "{city}", "{city}"},
		{"values are not looked at again", "{message}", "I am {name} {{"},
		{"values don't join with what follows", "{brace}name}", "{name}"},
		{"doubled braces are one", "{{ and }}", "{ and }"},
		{"a literal placeholder", "{{name}}", "{name}"},
		{"a value in braces", "{{{name}}}", "{Kim}"},
		{"four braces", "{{{{", "{{"},
		{"lone braces stay", "{ } {Name} {na me} {} {name", "{ } {Name} {na me} {} {name"},
		{"a lone brace before a placeholder", "{x{name}", "{xKim"},
		{"no other syntax", "{{.Name}} ${name} {{range}}", "{.Name} $Kim {range}"},
		{"other letters are no names", "{namé} {이름}", "{namé} {이름}"},
		{"closing braces", "}name} }}}", "}name} }}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := campaign.Expand(tt.text, func(name string) (string, bool) { v, ok := values[name]; return v, ok })
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzExpand: doubling the braces of any text makes it come out as it was, and names that are asked for are names.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"", "{name}", "{{name}}", "}{", "{{{a}}}", "{a{b}c}", "{\xff}", "{이름}"} {
		f.Add(s)
	}
	double := strings.NewReplacer("{", "{{", "}", "}}")
	f.Fuzz(func(t *testing.T, text string) {
		got := campaign.Expand(double.Replace(text), func(name string) (string, bool) {
			t.Errorf("asked for %q", name)
			return "", true
		})
		if got != text {
			t.Errorf("%q came out as %q", text, got)
		}
		campaign.Expand(text, func(name string) (string, bool) {
			if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" || !strings.Contains(text, "{"+name+"}") {
				t.Errorf("asked for %q in %q", name, text)
			}
			return "", false
		})
	})
}
