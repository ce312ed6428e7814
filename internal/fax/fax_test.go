package fax

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/fax/faxtest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// samples answers letters in all scripts, by name.
func samples(t testing.TB) map[string]letter.Sheet {
	t.Helper()
	sheets := shipped(t, 1)
	maps.Copy(sheets, map[string]letter.Sheet{"german": german(), "russian": russian(), "japanese": japaneseSheet(), "mixed": mixed()})
	return sheets
}

func set(t testing.TB, sheet letter.Sheet) []byte {
	t.Helper()
	pdf, err := Set(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func laid(t testing.TB, sheet letter.Sheet) ([]page, *faces) {
	t.Helper()
	pages, f, err := layout(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return pages, f
}

// The goldens tell of each line where it stands, in points, its size, its fonts, and its words.
func TestGolden(t *testing.T) {
	for name, sheet := range samples(t) {
		t.Run(name, func(t *testing.T) {
			pages, f := laid(t, sheet)
			var out strings.Builder
			for i, p := range pages {
				fmt.Fprintf(&out, "page %d\n", i+1)
				for _, l := range p.lines {
					fmt.Fprintf(&out, "%5.1f %5.1f %4.1f %s\n", l.left, l.base, l.size, described(f, l))
				}
			}
			golden(t, name+".txt", out.String())
		})
	}
}

func described(f *faces, l line) string {
	if l.rule > 0 {
		return fmt.Sprintf("rule of %.1f", l.rule)
	}
	s := ""
	if l.bold {
		s = "bold "
	}
	if l.marker != "" {
		s += "(" + l.marker + ") "
	}
	var used []string
	for _, r := range f.runs(l.text, l.full) {
		if !slices.Contains(used, r.face.String()) {
			used = append(used, r.face.String())
		}
	}
	return s + strings.Join(used, "+") + " |" + l.text
}

func TestShippedLettersTakeOnePage(t *testing.T) {
	for name, sheet := range shipped(t, ledger.MaxVariants) {
		if pages, _ := laid(t, sheet); len(pages) != 1 {
			t.Errorf("%s takes %d pages", name, len(pages))
		}
	}
}

// What is drawn is what was laid out: the words in their order, each with a glyph in the PDF's own fonts.
func TestPDFHoldsTheWords(t *testing.T) {
	for name, sheet := range samples(t) {
		pages, _ := laid(t, sheet)
		got, fonts := drawn(t, set(t, sheet))
		if diff := cmp.Diff(bare(wordsOf(pages)), bare(got)); diff != "" {
			t.Errorf("%s (-laid out +drawn):\n%s", name, diff)
		}
		for _, r := range bare(got) {
			if !slices.ContainsFunc(fonts, func(glyphs []byte) bool { return glyphs[2*r] != 0 || glyphs[2*r+1] != 0 }) {
				t.Errorf("%s: no font of the PDF has %U", name, r)
			}
		}
	}
}

func wordsOf(pages []page) string {
	var all strings.Builder
	for _, p := range pages {
		for _, l := range p.lines {
			all.WriteString(l.marker + l.text)
		}
	}
	return all.String()
}

// bare leaves out what leaves no ink.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || invisible(r) {
			return -1
		}
		return r
	}, s)
}

func TestSameSheetSameBytes(t *testing.T) {
	for name, sheet := range samples(t) {
		want := set(t, sheet)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if got, err := Set(sheet, at.In(time.FixedZone("", 3600))); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: other bytes, or %v", name, err)
				}
			})
		}
		group.Wait()
		if later, err := Set(sheet, at.Add(time.Second)); err != nil || bytes.Equal(later, want) {
			t.Errorf("%s: the time is not in the PDF, or %v", name, err)
		}
	}
}

func TestSizeOfAPage(t *testing.T) {
	for name, sheet := range samples(t) {
		if pdf := set(t, sheet); len(pdf) > 60<<10 {
			t.Errorf("%s takes %d KiB", name, len(pdf)>>10)
		}
	}
}

func sheetWith(body string) letter.Sheet {
	return letter.Sheet{Language: "en", Sender: []string{"Ann Example"}, Subject: "S", Body: []letter.Passage{{Text: body}}, Signature: []string{"Ann Example"}, Page: "{page}/{pages}"}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"Arabic", "secret سلام", ErrRightToLeft},
		{"Hebrew", "secret שלום", ErrRightToLeft},
		{"Arabic digits", "secret ١٢٣", ErrRightToLeft},
		{"an override", "secret \u202Eabc", ErrRightToLeft},
		{"a right-to-left mark", "secret \u200Fabc", ErrRightToLeft},
		{"emoji", "secret 😀", ErrGlyph},
		{"Devanagari", "secret नमस्ते", ErrGlyph},
		{"Thai", "secret สวัสดี", ErrGlyph},
		{"old Hangul, which no syllable composes", "secret \u1112\u119E\u11AB", ErrGlyph},
		{"a rare Han character", "secret \U00020000", ErrGlyph},
		{"a control", "secret \x07", ErrGlyph},
		{"broken UTF-8", "secret \xff", ErrGlyph},
		{"11 pages of small print", strings.Repeat("secret\n", 11*60), ErrPages},
		{"nothing but lines", strings.Repeat("\n", 10_000), ErrPages},
		{"a megabyte", strings.Repeat("secret ", 1<<20/7), ErrPages},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, sheet := range everywhere(test.text) {
				if _, err := Set(sheet, at); !errors.Is(err, test.want) || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v, want %v", err, test.want)
				}
			}
		})
	}
}

// everywhere answers sheets with a text in one of their parts each.
func everywhere(text string) []letter.Sheet {
	return []letter.Sheet{sheetWith(text), {Sender: []string{text}}, {Date: text}, {Addressee: []string{text}}, {Subject: text}, {Signature: []string{text}}, {Footer: []string{text}},
		{Body: []letter.Passage{{Kind: letter.Item, Marker: "1.", Depth: 1, Text: text}}}}
}

func TestPageAndMarkerAreChecked(t *testing.T) {
	for _, sheet := range []letter.Sheet{{Page: "😀"}, {Body: []letter.Passage{{Kind: letter.Item, Marker: "😀", Text: "a"}}}} {
		if _, err := Set(sheet, at); !errors.Is(err, ErrGlyph) {
			t.Errorf("got %v", err)
		}
	}
}

func TestTenPagesAreSet(t *testing.T) {
	pages, _ := laid(t, sheetWith(strings.Repeat("line\n", 10*45)))
	if len(pages) != pagesMax {
		t.Errorf("%d pages", len(pages))
	}
}

func TestDecomposedTextIsComposed(t *testing.T) {
	got, _ := drawn(t, set(t, sheetWith("A\u0308rger \u1112\u1161\u11AB")))
	if !strings.Contains(got, "Ärger 한") {
		t.Errorf("got %q", got)
	}
}

// Another program than ours finds the words in their order.
func TestPopplerReadsTheWords(t *testing.T) {
	for name, sheet := range samples(t) {
		pages, _ := laid(t, sheet)
		if diff := cmp.Diff(bare(wordsOf(pages)), bare(faxtest.Text(t, set(t, sheet)))); diff != "" {
			t.Errorf("%s (-laid out +read):\n%s", name, diff)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	for name, sheet := range samples(b) {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = len(set(b, sheet))
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// What a form takes for a fax at the most, package action's limits, can be set: it was accepted.
func TestLongestOwnBody(t *testing.T) {
	const characters, lines = 8000, 150
	for _, word := range []string{"汉", "한글 ", "wide WORDS "} {
		body := strings.Repeat(word, characters/len([]rune(word)))
		step := len([]rune(body)) / lines
		var b strings.Builder
		for i, r := range []rune(body) {
			if b.WriteRune(r); i%step == step-1 {
				b.WriteString("\n")
			}
		}
		sheet := shipped(t, 1)["protest-day-2007-zh"]
		sheet.Body = append(sheet.Body, letter.Passage{Text: strings.TrimSpace(b.String())})
		pages, _ := laid(t, sheet)
		t.Logf("%q: %d pages", word, len(pages))
	}
}
