package letter_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// typed draws text as a hostile or careless signer may type it, cleaned.
func typed(limit letter.Limit) *rapid.Generator[string] {
	scraps := rapid.OneOf(
		rapid.SampledFrom([]string{
			"{name}", "{message}", "{{.}}", "{{name}}", "}", "<script>alert(1)</script>", "<b>", "</p>", "<!--", "]]>", "&lt;", "&#60;",
			"&", "\"", "'", "](javascript:alert(1))", "![x](http://x.example/x.png)", "[a](b)", "<http://x.example/>", "**bold**",
			"_em_", "`code`", "\\*", "\\", "# head", "> quote", "1. one", "- item", "---", "===", "    code", "\x00", "\r\n", "\n",
			"\n\n", "김하늘", "王小明", "山田太郎", "محمد علي", "\u200F", "\u200D", "👩🏽\u200D🚒", "e\u0301", "http://x.example/" + strings.Repeat("y", 90),
			strings.Repeat("W", 120), "⸻",
		}),
		rapid.StringN(0, 20, -1),
	)
	joined := rapid.Map(rapid.SliceOfN(scraps, 1, 12), func(s []string) string { return strings.Join(s, " ") })
	return rapid.Custom(func(t *rapid.T) string {
		clean, err := letter.Clean(joined.Draw(t, "typed"), limit)
		if err != nil {
			t.Skip("not clean:", err)
		}
		return clean
	})
}

// What a signer types appears as it is, in text up to wrapping and in HTML, and makes no element.
func TestTypedTextIsLiteral(t *testing.T) {
	line, block := typed(letter.Line(1000)), typed(letter.Block(5000))
	sources := map[string]letter.Source{
		"email": source(t, ledger.ChannelEmail, "en"),
		"relay": source(t, ledger.ChannelRelay, "zh"),
		"print": source(t, ledger.ChannelPrint, "ar"),
		"fax":   source(t, ledger.ChannelFax, "en"),
	}
	rapid.Check(t, func(t *rapid.T) {
		s := sources[rapid.SampledFrom([]string{"email", "relay", "print", "fax"}).Draw(t, "channel")]
		who := letter.Signer{
			Name: line.Draw(t, "name"), Country: "Germany", Email: "a@b.example", Message: block.Draw(t, "message"),
			Fields: map[string]string{"city": line.Draw(t, "city")},
		}
		expect := []string{who.Name, who.Message, who.Fields["city"]}
		if s.Channel == ledger.ChannelPrint { // its template has no {city}
			expect = expect[:2]
		}
		if rapid.Bool().Draw(t, "edits") {
			who.Edited = &letter.Edit{Subject: "Own subject", Body: who.Message}
			expect = expect[:2]
		}
		l, err := letter.Compose(s, who)
		if err != nil {
			t.Fatal(err)
		}
		skeleton, text := read(t, l.HTML)
		for _, want := range expect {
			if !strings.Contains(solid(l.Text), solid(want)) {
				t.Errorf("text lost %q:\n%s", want, l.Text)
			}
			if !strings.Contains(solid(text), solid(want)) {
				t.Errorf("HTML lost %q:\n%s", want, l.HTML)
			}
		}
		harmless, err := letter.Compose(s, neutral(who))
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := read(t, harmless.HTML); skeleton != want {
			t.Errorf("typed text made elements: %s\nwant %s", skeleton, want)
		}
		if again, _ := letter.Compose(s, who); again != l {
			t.Error("another letter from the same arguments")
		}
	})
}

// neutral answers a signer whose texts have the same lines but only one letter in them. An edited body stays without the
// name if it was.
func neutral(who letter.Signer) letter.Signer {
	plain := func(letter rune) func(string) string {
		return func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == '\n' {
					return r
				}
				return letter
			}, s)
		}
	}
	if who.Edited != nil {
		body := plain('x')(who.Edited.Body)
		if strings.Contains(who.Edited.Body, who.Name) {
			who.Name = "x"
		} else {
			who.Name = "y"
		}
		who.Edited = &letter.Edit{Subject: "Own subject", Body: body}
	} else {
		who.Name = plain('y')(who.Name)
	}
	who.Message = plain('x')(who.Message)
	who.Fields = map[string]string{"city": plain('x')(who.Fields["city"])}
	return who
}

// solid takes the white space out.
func solid(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// read answers a document's tags with their attributes, and its text.
func read(t interface{ Fatal(...any) }, document string) (skeleton, text string) {
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var tags, texts strings.Builder
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			tags.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				tags.WriteString(" " + a.Key + "=" + a.Val)
			}
			tags.WriteString(">")
		case html.TextNode:
			texts.WriteString(n.Data)
		case html.CommentNode:
			tags.WriteString("<!---->")
		}
	}
	return tags.String(), texts.String()
}
