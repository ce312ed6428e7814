package letter_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// lines answers the text that an edited body becomes.
func lines(t interface {
	Helper()
	Fatal(...any)
}, s letter.Source, body string) []string {
	t.Helper()
	who := signer("Ann Example", "Germany")
	who.Edited = &letter.Edit{Subject: "S", Body: body}
	l, err := letter.Compose(s, who)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(l.Text, "\n")
}

func TestWrap(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	url := "https://river.example/" + strings.Repeat("a-b/", 20)
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{"78 columns stay", strings.Repeat("a", 76) + " b", []string{strings.Repeat("a", 76) + " b"}},
		{"79 don't", strings.Repeat("a", 76) + " bc", []string{strings.Repeat("a", 76), "bc"}},
		{"39 wide characters stay", strings.Repeat("川", 39), []string{strings.Repeat("川", 39)}},
		{"40 don't", strings.Repeat("川", 40), []string{strings.Repeat("川", 39), "川"}},
		{"no comma begins a line", strings.Repeat("川", 39) + "，", []string{strings.Repeat("川", 38), "川，"}},
		{"Korean parts at spaces", strings.Repeat("강", 36) + " 살리자", []string{strings.Repeat("강", 36), "살리자"}},
		{"a long Korean word parts", strings.Repeat("강", 40), []string{strings.Repeat("강", 39), "강"}},
		{"an address is one word", "See " + url, []string{"See", url}},
		{"an address ends at Chinese", "见" + url + strings.Repeat("川", 4), []string{"见", url, "川川川川"}},
		{"THREE-EM DASH", strings.TrimSpace(strings.Repeat("⸻a ", 14)), []string{strings.TrimSpace(strings.Repeat("⸻a ", 13)), "⸻a"}},
		{"poem keeps its indentation", "a\n   b", []string{"a", "   b"}},
		{"an indented unbreakable word", "a\n   " + strings.Repeat("b", 80), []string{"a", "   " + strings.Repeat("b", 80)}},
		{"an unbreakable word stays whole", strings.Repeat("a", 900), []string{strings.Repeat("a", 900)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lines(t, s, test.body)
			if got := strings.Join(got[:len(test.want)], "\n"); got != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(test.want, "\n"))
			}
		})
	}
}

// No line is wider than 78 columns unless it is one word that nothing parts, and none longer than 998 octets.
func TestLinesAreShort(t *testing.T) {
	s := source(t, ledger.ChannelRelay, "ko")
	words := rapid.OneOf(
		rapid.SampledFrom([]string{
			" ", "\n", "\n\n", "강을 살리자 ", "大河两岸的人民，", "川の水は、", "النهر العظيم ", "word ", "hyphen-ated ", "👩🏽\u200D🚒", "e\u0301", "⸻", "กขค",
			"https://x.example/", "- ", "1. ", "> ", "   ",
		}),
		rapid.StringMatching(`[a-z]{1,100} `),
		rapid.Map(rapid.IntRange(1, 400), func(n int) string { return strings.Repeat("👩\u200D", n) }),
		rapid.Map(rapid.IntRange(1, 3000), func(n int) string { return strings.Repeat("a", n) }),
		// Without signs like U+0600: uniseg measures a text that begins with one otherwise than its parts.
		rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) })),
	)
	rapid.Check(t, func(t *rapid.T) {
		body, err := letter.Clean(strings.Join(rapid.SliceOfN(words, 1, 60).Draw(t, "words"), ""), letter.Block(1<<20))
		if err != nil {
			t.Skip("not clean:", err)
		}
		for _, line := range lines(t, s, body) {
			if len(line) > 998 {
				t.Errorf("%d octets in a line", len(line))
			}
			if uniseg.StringWidth(line) > letter.Columns && !oneWord(line) {
				t.Errorf("%d columns: %q", uniseg.StringWidth(line), line)
			}
		}
	})
}

// A line ends only where UAX #14 lets it, also where a short cut found the end of a word.
func TestLinesEndWhereTheyMay(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	words := rapid.OneOf(
		rapid.SampledFrom([]string{
			"( ", "“ ", "” ", " ?", " !", "« ", " »", "/ ", "- ", "-", ".", ", ", "... ", "한국", "한국 ", "2007년 ", "(한국) ", "中", "。", "é ", "1.5 ",
			" ) ", "¿", "\u00A0", "\u2011", "\u200B", "\u2060", "— ", "% ", "$ ", "ก", "😀 ",
		}),
		rapid.StringMatching(`[a-z0-9.,]{1,12} `),
	)
	rapid.Check(t, func(t *rapid.T) {
		body, err := letter.Clean(strings.Join(rapid.SliceOfN(words, 20, 100).Draw(t, "words"), ""), letter.Block(1<<20))
		if err != nil {
			t.Skip("not clean:", err)
		}
		may := map[int]bool{}
		for rest, state := body, -1; rest != ""; {
			_, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
			may[len(body)-len(rest)] = true
		}
		at := 0
		for _, line := range lines(t, s, body) {
			if at == len(body) {
				break
			}
			found := strings.Index(body[at:], strings.TrimLeft(line, " "))
			at += found + len(strings.TrimLeft(line, " "))
			at += len(body[at:]) - len(strings.TrimLeft(body[at:], " "))
			if found < 0 || !may[at] {
				t.Fatalf("line may not end after %q", line)
			}
		}
	})
}

// oneWord says whether UAX #14 has no place to part a line, or, where it holds an address, none behind a space: an address must not be parted,
// nor from what follows it without one, and a question mark stays with it even behind a space.
func oneWord(line string) bool {
	line = strings.TrimSpace(line) // other white space than ours ends no line that holds nothing else
	for rest, state := line, -1; ; {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		if rest == "" || strings.HasSuffix(segment, " ") || !strings.Contains(line, "://") {
			return rest == ""
		}
	}
}

func TestMarkdownOfOrganizers(t *testing.T) {
	s := source(t, ledger.ChannelSelf, "en")
	s.Body = strings.Join([]string{
		"# Heading {name}", "Under\n=====", "***", "<div>raw</div> <b>html</b>", "    indented", "![picture of {name}](http://x.example/p.png)",
		"a \\{name\\} {{name}} &copy; &lt; \\*", "[bad](javascript:alert(1)) <a@b.example>", "9. nine\n\n   more\n\n10. ten {message}",
		"- {message}\n- {message}", "> {message}", "before {message} after", "*{name}*\n{city}",
	}, "\n\n")
	who := signer("*Ann*", "Germany")
	who.Message = "one\ntwo\n\n- three"
	l := compose(t, s, who)
	golden(t, "markdown.txt", l.Text)
	golden(t, "markdown.html", l.HTML)
	who.Message = ""
	golden(t, "markdown-silent.txt", compose(t, s, who).Text)
}

func TestDeepQuotesAndLists(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	for _, prefix := range []string{"> ", "- ", "123456789. "} {
		s.Body = strings.Repeat(prefix, 300) + strings.Repeat("a", 890) + " {name}"
		for line := range strings.SplitSeq(compose(t, s, signer("Ann", "Germany")).Text, "\n") {
			if len(line) > 998 {
				t.Errorf("%q: a line of %d octets", prefix, len(line))
			}
		}
	}
}

// No line of an organizer's letter is lost, however it begins.
func TestNothingOfATemplateIsLost(t *testing.T) {
	s := source(t, ledger.ChannelSelf, "en")
	line := rapid.Map(rapid.SampledFrom([]string{
		"", " ", "    ", "\t", "        ", "- ", "  - ", "1. ", "   7) ", "# ", "> ", ">     ", "***\n", "===\n", "---\n", "```\n", "<div>\n",
		"<!--\n", "\n", "\n\n", "**", "[", "![", "{name} ", "\\", "| a |\n", "[x]: ", "&", "<", "*",
	}), func(s string) string { return s })
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		var want []string
		for i, prefix := range rapid.SliceOfN(line, 1, 20).Draw(t, "prefixes") {
			word := "word" + strconv.Itoa(i) + "."
			if prefix == "[x]: " { // a link's definition is no text
				b.WriteString("\n[x]: http://x.example/\n")
				continue
			}
			b.WriteString(prefix + word + "\n")
			want = append(want, word)
		}
		s.Body = b.String()
		l, err := letter.Compose(s, letter.Signer{Name: "Ann"})
		if err != nil {
			t.Fatal(err)
		}
		_, html := read(t, l.HTML)
		for _, word := range want {
			if !strings.Contains(l.Text, word) || !strings.Contains(html, word) {
				t.Errorf("%s lost from %q:\n%s", word, s.Body, l.Text)
			}
		}
	})
}
