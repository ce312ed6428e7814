package fax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"one-click-protest/internal/letter"
)

func letterKind(n int) letter.PassageKind {
	return letter.PassageKind(min(max(n, 0), int(letter.Rule)))
}

// inside holds that everything stands within the margins, and each line below the one before.
func inside(t interface{ Errorf(string, ...any) }, pages []page, f *faces) {
	if len(pages) == 0 || len(pages) > pagesMax {
		t.Errorf("%d pages", len(pages))
	}
	for i, p := range pages {
		last := 0.0
		for _, l := range p.lines {
			// A soft hyphen may stick out, and a mark of many characters.
			if right := l.left + max(l.rule, f.width(l.text, l.full)*l.size); l.left < side || right > pageWidth-side+l.size {
				t.Errorf("page %d: a line from %.1f to %.1f", i+1, l.left, right)
			}
			if l.base < last || l.base < edge || l.base > pageHeight-edge+0.01 {
				t.Errorf("page %d: a line at %.1f below one at %.1f", i+1, l.base, last)
			}
			last = l.base
		}
	}
}

func TestHostileTextStaysOnThePage(t *testing.T) {
	for name, unit := range map[string]string{
		"one word": "w", "one address": "://", "Korean without spaces": "강", "Chinese without marks": "川", "marks on one letter": "\u0301", "spaces": " ", "joiners": "a\u200D", "nothing": "",
	} {
		for _, kind := range []letter.PassageKind{letter.Paragraph, letter.Heading, letter.Item, letter.Quote} {
			t.Run(fmt.Sprint(name, " ", kind), func(t *testing.T) {
				sheet := sheetWith("")
				sheet.Body = []letter.Passage{{Kind: kind, Depth: 30, Marker: "1.", Text: strings.Repeat(unit, 5_000)}}
				if kind == letter.Paragraph {
					sheet.Body = []letter.Passage{{Text: strings.Repeat(unit, 10_000)}}
				}
				pages, f := laid(t, sheet)
				inside(t, pages, f)
			})
		}
	}
}

func numbered(n int) []letter.Passage {
	var body []letter.Passage
	for i := range n {
		body = append(body, letter.Passage{Text: fmt.Sprintf("paragraph %d", i)})
	}
	return body
}

// firsts answers what the pages after the first begin with.
func firsts(pages []page) []string {
	var all []string
	for _, p := range pages[1:] {
		all = append(all, p.lines[0].text)
	}
	return all
}

// Whatever the length of a letter, no page of it has its signature without words of the letter, ends with a heading or what
// introduces a list, or has a paragraph's first or last line alone.
func TestPagesEndWell(t *testing.T) {
	for n := range 60 {
		sheet := sheetWith("")
		sheet.Body = numbered(n)
		for i := range 4 {
			sheet.Body = append(sheet.Body, letter.Passage{Kind: letter.Heading, Text: fmt.Sprintf("heading %d", i)}, letter.Passage{Text: "one\ntwo\nthree\nfour"},
				letter.Passage{Text: "intro"}, letter.Passage{Kind: letter.Item, Marker: "–", Depth: 1, Text: "item"})
		}
		sheet.Body = append(sheet.Body, letter.Passage{Text: "Yours,"}, letter.Passage{Text: "Ann"})
		sheet.Footer = []string{"small print"}
		pages, _ := laid(t, sheet)
		for _, first := range firsts(pages) {
			if slices.Contains([]string{"two", "four", "item", "Yours,", "Ann", "Ann Example", "", "small print"}, first) {
				t.Errorf("%d paragraphs: a page begins with %q", n, first)
			}
		}
	}
}

func TestSizeFallsForTheSakeOfAPage(t *testing.T) {
	var got []string
	for n := 20; n < 40; n++ {
		sheet := sheetWith("")
		sheet.Body = numbered(n)
		pages, _ := laid(t, sheet)
		got = append(got, fmt.Sprintf("%d: %d of %.1f pt", n, len(pages), pages[0].lines[0].size))
	}
	golden(t, "sizes.txt", strings.Join(got, "\n")+"\n")
}

func TestHanKeepsItsSize(t *testing.T) {
	for n := range 50 {
		sheet := sheetWith("")
		sheet.Language, sheet.Body = "zh", numbered(n)
		if pages, _ := laid(t, sheet); pages[0].lines[0].size < sizeOfMany {
			t.Errorf("%d paragraphs: %.1f pt", n, pages[0].lines[0].size)
		}
	}
}

func TestFootOfPages(t *testing.T) {
	sheet := sheetWith("")
	sheet.Body, sheet.Footer = numbered(50), []string{"small print"}
	pages, _ := laid(t, sheet)
	var got []string
	for _, p := range pages {
		for _, l := range p.lines {
			if l.size == smallest {
				got = append(got, l.text)
			}
		}
	}
	if diff := cmp.Diff([]string{"1/2", "small print", "Ann Example", "2/2"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every row comes onto one page, in order, and no page is fuller than it may be.
func TestPaginateLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
			// No lower than capitals, which stand in the middle: else they would stick out.
			return row{text: rapid.StringN(1, 3, 6).Draw(t, "text"), size: 11, height: rapid.Float64Range(8, 90).Draw(t, "height"),
				above: rapid.Float64Range(0, 40).Draw(t, "above"), tied: rapid.Bool().Draw(t, "tied")}
		}), 0, 60).Draw(t, "rows")
		var got []row
		for _, p := range paginate(rows, copyText{faces: newFaces(must(parsed()), "en", "")}) {
			for _, l := range p.lines[:len(p.lines)-1] {
				if got = append(got, l.row); l.base > edge+textHeight {
					t.Fatalf("a line at %.1f", l.base)
				}
			}
		}
		if !slices.Equal(got, rows) {
			t.Fatalf("%d rows became %d", len(rows), len(got))
		}
	})
}
