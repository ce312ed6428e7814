package fax

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	address := "https://river.example/" + strings.Repeat("a-b/", 4)
	for _, test := range []struct {
		name, language, text string
		widest               string // line that just fits
		want                 []string
	}{
		{"what fits stays", "en", "one two", "one two", []string{"one two"}},
		{"what doesn't is broken at a space", "en", "one two", "one tw", []string{"one", "two"}},
		{"a space at the end needs no room", "en", "one two", "one", []string{"one", "two"}},
		{"hard line breaks and blank lines stay", "en", "a\n\nb", "abc", []string{"a", "", "b"}},
		{"indentation stays", "en", "a\n  b", "  b", []string{"a", "  b"}},
		{"a hyphen", "en", "well-known", "well-kno", []string{"well-", "known"}},
		{"no break at a no-break space", "en", "abc 10\u00A0km", "abc 10\u00A0k", []string{"abc", "10\u00A0km"}},
		{"a word wider than any line", "en", "unbreakable", "unbre", []string{"unbre", "akabl", "e"}},
		{"accents stay on their letters", "en", "ọ̀ọ̀ọ̀", "ọ̀ọ̀", []string{"ọ̀ọ̀", "ọ̀"}},
		{"an address is one word", "en", "See " + address, address, []string{"See", address}},
		{"unless it is wider than a line", "en", address, "https://river.example/a-b/", []string{"https://river.example/a-b/", "a-b/a-b/a-b/"}},
		{"Korean parts at spaces", "ko", "강을 살리자", "강을 살리", []string{"강을", "살리자"}},
		{"Korean with its particle after Latin", "ko", "저는 UN은 좋다", "저는 UN", []string{"저는", "UN은", "좋다"}},
		{"a long Korean word parts", "ko", "강강강강강", "강강강", []string{"강강강", "강강"}},
		{"Chinese parts anywhere", "zh", "川川川川", "川川川", []string{"川川川", "川"}},
		{"no comma begins a line", "zh", "川川川，川", "川川川", []string{"川川", "川，川"}},
		{"no closing bracket begins a line", "ja", "川川「川」川", "川川「川", []string{"川川", "「川」川"}},
		{"no opening bracket ends a line", "ja", "川川「川", "川川「", []string{"川川", "「川"}},
		{"no small kana and no long-vowel mark begin a line", "ja", "キャンペーン", "キャンペ", []string{"キャン", "ペーン"}},
		{"an ideographic space ends a line unseen", "ja", "川川\u3000川", "川川", []string{"川川", "川"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := facesFor(t, test.language, "")
			text, err := f.text(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, f.wrap(text, f.width(test.widest, text.full)+1e-6)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// hostile draws what nobody would write in a letter.
func hostile() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(
		rapid.SampledFrom([]rune(" \n\u00AD\u200B\u3000-:/,.(“”…—！、。「」ーっ")), rapid.RuneFrom([]rune("abcÄß")), rapid.RuneFrom([]rune("жΩ")),
		rapid.RuneFrom([]rune("강을리")), rapid.RuneFrom([]rune("川直华かナ")), rapid.RuneFrom([]rune("\u0301\u0300\u200D\uFE0F")),
	))
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFaces(must(parsed()), rapid.SampledFrom([]string{"en", "ko", "ja", "zh"}).Draw(t, "language"), "")
		s := hostile().Draw(t, "text")
		width := rapid.Float64Range(0.1, 20).Draw(t, "width")
		text, err := f.text(s)
		if err != nil {
			t.Fatal(err)
		}
		lines := f.wrap(text, width)
		var all strings.Builder
		for _, pieces := range text.lines {
			for _, p := range pieces {
				all.WriteString(p.text)
			}
		}
		if got := strings.Join(lines, ""); bare(strings.ReplaceAll(got, "-", "")) != bare(strings.ReplaceAll(all.String(), "-", "")) {
			t.Fatalf("%q became %q", s, lines)
		}
		for _, line := range lines {
			line = strings.TrimSuffix(line, "-")
			if f.width(line, text.full) > width+1e-6 && uniseg.GraphemeClusterCount(strings.TrimSpace(line)) > 1 {
				t.Fatalf("%q is wider than %.1f em", line, width)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func FuzzSet(f *testing.F) {
	for _, s := range []string{"", "a", "Sehr geehrte\n\nDamen", strings.Repeat("x", 10_000), strings.Repeat("강", 10_000), strings.Repeat("\n", 600), "a\u0301\u200B\u00AD", "سلام", "😀", strings.Repeat("://", 3000)} {
		f.Add(s, "en", 1, 1)
		f.Add(s, "ja", 4, 9)
	}
	f.Fuzz(func(t *testing.T, s, language string, kind, depth int) {
		sheet := sheetWith(s)
		sheet.Language = language
		sheet.Body[0].Depth, sheet.Body[0].Marker = max(depth, 0), s[:min(len(s), 3)]
		sheet.Body[0].Kind = letterKind(kind)
		sheet.Footer, sheet.Date = []string{s}, s[:min(len(s), 90)]
		pages, faces, err := layout(sheet)
		if err != nil {
			if !errors.Is(err, ErrGlyph) && !errors.Is(err, ErrRightToLeft) && !errors.Is(err, ErrPages) {
				t.Fatal(err)
			}
			return
		}
		inside(t, pages, faces)
		if _, err := draw(pages, faces, at); err != nil {
			t.Fatal(err)
		}
	})
}
