package letter_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// gapless answers what a body and a subject become for a signer who left all fields but the name and the country empty.
func gapless(t testing.TB, template string) (body, subject string) {
	t.Helper()
	s := source(t, ledger.ChannelEmail, "en")
	s.Fields = []string{"city", "job", "title"}
	s.Body, s.Subjects = template, []string{template}
	l := compose(t, s, letter.Signer{Name: "Ann Lee", Country: "Russia"})
	body, _, _ = strings.Cut(l.Text, "\n\n-- \n")
	return body, l.Subject
}

// An empty value takes its separator along.
func TestGaps(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"{name}, {city}, {country}", "Ann Lee, Russia"},
		{"{city}, {country}", "Russia"},
		{"{name}, {city}", "Ann Lee"},
		{"{name}, {city}, {job}, {title}, {country}", "Ann Lee, Russia"},
		{"{city}, {job}, {country}", "Russia"},
		{"{name}, {city}, {job}", "Ann Lee"},
		{"{name} ({city})", "Ann Lee"},
		{"{name} ({city}), {country}", "Ann Lee, Russia"},
		{"{name} ({city}, {job}) lives", "Ann Lee lives"},
		{"{name} ({city}, {country})", "Ann Lee (Russia)"},
		{"{name}, ({city}; {job}), {country}", "Ann Lee, Russia"},
		{"{name} [{city}] ( {job} ), {country}", "Ann Lee, Russia"},
		{"{name}; {city}; {country}", "Ann Lee; Russia"},
		{"{name} · {city} · {country}", "Ann Lee · Russia"},
		{"{name} | {city} | {country}", "Ann Lee | Russia"},
		{"{name}/{city}/{country}", "Ann Lee/Russia"},
		{"{name} – {city} – {country}", "Ann Lee – Russia"},
		{"{name}，{city}，{country}", "Ann Lee，Russia"},
		{"{name}、{city}、{country}", "Ann Lee、Russia"},
		{"{name}；{city}", "Ann Lee"},
		{"{city}، {country}", "Russia"},
		{"{name}（{city}），{country}", "Ann Lee，Russia"},
		{"I live in {city}, {country}.", "I live in Russia."},
		{"I live in {country}, {city}.", "I live in Russia."},
		{"I live in {country} {city}!", "I live in Russia!"},
		{"From {name}: {city}, {country}", "From Ann Lee: Russia"},
		{"{city}: {name}", "Ann Lee"},
		{"{name}, {city}: stop", "Ann Lee: stop"},
		{"“{name}, {city}”", "“Ann Lee”"},
		// What is no list of values keeps its separators.
		{"{name} {title}, {country}", "Ann Lee, Russia"},
		{"{title} {name}, {country}", "Ann Lee, Russia"},
		{"{name}, {title} {country}", "Ann Lee, Russia"},
		{"{name}, {city} and more, {country}", "Ann Lee, and more, Russia"},
		{"I, {name} of {city}, ask, and hope", "I, Ann Lee of, ask, and hope"},
		{"a, , b; () {name}", "a, , b; () Ann Lee"},
		{"{name}  in  {country}", "Ann Lee  in  Russia"},
	} {
		if body, subject := gapless(t, test.template); body != test.want || subject != test.want {
			t.Errorf("%s: body %q, subject %q, want %q", test.template, body, subject, test.want)
		}
	}
}

func TestGapsInMarkdown(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"**{name}**, *{city}*, __{country}__", "Ann Lee, Russia"},
		{"{name},\n{city},\n{country}", "Ann Lee, Russia"},
		{"{name},\\\n{city},\\\n{country}", "Ann Lee,\nRussia"},
		{"{name}, {city}\\\n*{city}*, {job}\\\n({title})\\\n{country}", "Ann Lee\nRussia"},
		{"- {city}, {job}\n- {country}", "- Russia"},
		{"# {city}, {job}\n\n> ({city})\n\na", "a"},
		{"{name}, [{city}](http://x.example/), {country}", "Ann Lee, Russia"},
		{"[{name}, {city}](http://x.example/), {country}", "Ann Lee <http://x.example/>, Russia"},
		{"{city}, <http://x.example/>", "http://x.example/"},
		{"{name}, ![{city}](p.png), {country}", "Ann Lee, Russia"},
		{"{name}\\, {city}&#44; {country}", "Ann Lee, Russia"},
		{"{city}、\n川", "川"},
		{"川\n{city}\n{job}\n川", "川川"},
		{"a\n{city}\n{job}\nb", "a b"},
		{"a {city}\n{job} b", "a b"},
	} {
		if got, _ := gapless(t, test.template); got != test.want {
			t.Errorf("%q: got %q, want %q", test.template, got, test.want)
		}
	}
}

// Typed text keeps its own separators and spaces, whatever is empty beside it.
func TestGapsTouchNoTypedText(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	s.Body, s.Subjects = "{city}, {name} ({city}), {message}.", []string{"{city}, {name}, {city}"}
	who := letter.Signer{Name: ", (Ann) ,", Message: "one, , ()\ntwo ,"}
	l := compose(t, s, who)
	if want := ", (Ann) ,, one, , ()\ntwo ,."; !strings.HasPrefix(l.Text, want) {
		t.Errorf("got:\n%s", l.Text)
	}
	if l.Subject != who.Name {
		t.Errorf("subject %q", l.Subject)
	}
}

// Without an empty value a letter is composed as ever, and with one nothing is lost but separators, brackets and spaces.
func TestGapsLoseSeparatorsAlone(t *testing.T) {
	s := source(t, ledger.ChannelSelf, "en")
	s.Fields = []string{"city", "job"}
	scrap := rapid.SampledFrom([]string{
		"{city}", "{job}", "{name}", "{country}", ", ", "; ", " · ", "/", "、", "(", ")", "（", "）", " ", ": ", ". ", "a", "川", "\n", "\\\n", "**b**", "*{city}*",
	})
	rapid.Check(t, func(t *rapid.T) {
		s.Body = "x " + strings.Join(rapid.SliceOfN(scrap, 1, 20).Draw(t, "scraps"), "") + " x"
		s.Subjects = []string{strings.NewReplacer("\\", "", "*", "").Replace(s.Body)}
		who := letter.Signer{Name: "Ann", Country: "Russia", Fields: map[string]string{"city": "Köln", "job": "baker"}}
		old := s
		old.Format = 2
		same(t, "all given", mustCompose(t, old, who), mustCompose(t, s, who))
		who.Fields = nil
		same(t, "some empty", skeleton(mustCompose(t, old, who)), skeleton(mustCompose(t, s, who)))
	})
}

func mustCompose(t *rapid.T, s letter.Source, who letter.Signer) letter.Letter {
	l, err := letter.Compose(s, who)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func same(t *rapid.T, name string, want, got letter.Letter) {
	if want != got {
		t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", name, got.Subject, got.Text, want.Subject, want.Text)
	}
}

// skeleton answers a letter's text without what the comma rule may take out.
func skeleton(l letter.Letter) letter.Letter {
	bare := func(text string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || strings.ContainsRune(",;·/、:()（）", r) {
				return -1
			}
			return r
		}, text)
	}
	return letter.Letter{Subject: bare(l.Subject), Text: bare(l.Text)}
}
