package letter_test

import (
	"fmt"
	"strings"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

func variants(t testing.TB) letter.Source {
	t.Helper()
	s := source(t, ledger.ChannelEmail, "en")
	s.Subjects = []string{"A {country}", "B", "C"}
	s.Openings = []string{"One, {name} of {country}.\n", "*Two*."}
	s.Body = "{salutation}\n\n{opening}\n\n{message}\n\nYours"
	return s
}

// Each variant is a letter of its own, whatever else is the same; one that there is not is one of them.
func TestVariants(t *testing.T) {
	s := variants(t)
	if s.Variants() != 6 {
		t.Fatalf("%d variants, want 6", s.Variants())
	}
	openings := []string{"One, Ann of Germany.", "Two."}
	subjects := []string{"A Germany", "B", "C"}
	for v := -1; v <= 14; v++ {
		who := signer("Ann", "Germany")
		who.Variant = v
		l := compose(t, s, who)
		n := max(v-1, 0) % 6
		want := "Your Excellency\n\n" + openings[n/3] + "\n\nYours\n\n-- \n"
		if l.Subject != subjects[n%3] || !strings.HasPrefix(l.Text, want) {
			t.Errorf("variant %d: %q\n%s", v, l.Subject, l.Text)
		}
		if d := letter.Draft(s, who); d.Subject != subjects[n%3] || !strings.Contains(d.Body, openings[n/3]) {
			t.Errorf("draft of variant %d: %q", v, d)
		}
	}
}

func TestVariantsOfAFewTexts(t *testing.T) {
	for _, test := range []struct{ subjects, openings, want int }{{0, 0, 1}, {1, 0, 1}, {3, 0, 3}, {0, 2, 2}, {2, 2, 4}} {
		s := variants(t)
		s.Subjects, s.Openings = s.Subjects[:test.subjects], s.Openings[:test.openings]
		if got := s.Variants(); got != test.want {
			t.Errorf("%d subjects, %d openings: %d variants", test.subjects, test.openings, got)
		}
		compose(t, s, letter.Signer{Name: "Ann", Variant: 7})
	}
}

// The draft of another variant is another letter: who sends it changed the one that was fixed.
func TestChangedKnowsTheVariant(t *testing.T) {
	s, who := variants(t), signer("Ann", "Germany")
	who.Variant = 5
	for _, known := range []letter.Signer{who, {Country: "Germany", Variant: 5}, {Variant: 5}} {
		draft := letter.Draft(s, known)
		who.Edited = &draft
		if s.Changed(who) {
			t.Errorf("the draft for %+v counts as changed", known)
		}
	}
	other := letter.Draft(s, letter.Signer{Name: "Ann", Country: "Germany", Variant: 4})
	if who.Edited = &other; !s.Changed(who) {
		t.Error("another variant's draft counts as unchanged")
	}
}

// An opening is the organizer's template wherever the body has it; what looks like one and is escaped stays.
func TestOpeningIsTemplate(t *testing.T) {
	for _, test := range []struct{ opening, body, want string }{
		{"**{name}** {{x}} \\*", "> {opening}", "> Ann {x} *"},
		{"x", "{{opening}} {{{opening}}}", "{opening} {x}"},
		{"{city}", "a\n\n{opening}\n\nb", "a\n\nb"},
		{"", "a\n\n{opening}\n\nb", "a\n\nb"},
	} {
		s := source(t, ledger.ChannelEmail, "en")
		s.Openings, s.Body = []string{test.opening}, test.body
		got, _, _ := strings.Cut(compose(t, s, letter.Signer{Name: "Ann"}).Text, "\n\n-- \n")
		if got != test.want {
			t.Errorf("%q in %q: got %q, want %q", test.opening, test.body, got, test.want)
		}
	}
	s, who := variants(t), signer("{opening}", "Germany")
	who.Message = "{opening}"
	if l := compose(t, s, who); strings.Count(l.Text, "{opening}") != 3 { // opening, message, footer
		t.Errorf("what a signer typed became a template:\n%s", l.Text)
	}
}

// What a signer of several letters edits holds no target's salutation, and each letter begins with its own.
func TestSeveralTargets(t *testing.T) {
	s, who := variants(t), signer("Ann", "Germany")
	s.Several, who.Message = true, "Please."
	campaigns := compose(t, s, who)
	draft := letter.Draft(s, who)
	if want := "One, Ann of Germany.\n\nPlease.\n\nYours"; draft.Body != want {
		t.Errorf("draft %q, want %q", draft.Body, want)
	}
	if who.Edited = &draft; compose(t, s, who) != campaigns {
		t.Error("the unchanged draft became another letter")
	}
	for i, salutation := range []string{"Dear *Sir*", "Dear Madam"} {
		s.Salutation = salutation
		who.Edited = &letter.Edit{Subject: "S", Body: fmt.Sprintf("%d. Stop.\n\nAnn", i+1)}
		l := compose(t, s, who)
		want := fmt.Sprintf("%s\n\n%d. Stop.\n\nAnn\n\n-- \n", salutation, i+1)
		if !strings.HasPrefix(l.Text, want) || !strings.Contains(l.HTML, "<p>"+salutation+"</p>\n<p dir=\"auto\">") {
			t.Errorf("got:\n%s\n%s", l.Text, l.HTML)
		}
	}
}

func TestSeveralTakesOnlyASalutationAlone(t *testing.T) {
	for _, body := range []string{"{salutation},\n\na", "# {salutation}\n\na", "a\n\n{salutation}", "{{salutation}}\n\na", ""} {
		s := variants(t)
		s.Body = body
		who := signer("Ann", "Germany")
		want := letter.Draft(s, who)
		s.Several = true
		if got := letter.Draft(s, who); got != want {
			t.Errorf("%q: draft %q, want %q", body, got, want)
		}
		who.Edited = &letter.Edit{Subject: "S", Body: "Ann says stop."}
		if l := compose(t, s, who); !strings.HasPrefix(l.Text, "Ann says stop.\n\n-- \n") {
			t.Errorf("%q: got:\n%s", body, l.Text)
		}
	}
}
