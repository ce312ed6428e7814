package fax

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"one-click-protest/internal/letter"
)

func facesFor(t testing.TB, language, all string) *faces {
	t.Helper()
	fonts, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return newFaces(fonts, language, all)
}

// What a form lets through has a glyph, whatever the letter's language: nobody's letter is refused after it was accepted.
func TestFontsHaveWhatLettersMayHave(t *testing.T) {
	for language := range orders {
		f := facesFor(t, language, "")
		n := 0
		for r := rune(' '); r <= unicode.MaxRune; r++ {
			if !letter.FaxRune(r) {
				continue
			}
			n++
			if err := f.check(string(r)); err != nil {
				t.Errorf("%s: %U: %v", language, r, err)
			}
		}
		if n < 30_000 {
			t.Errorf("%d characters", n)
		}
	}
}

// Lines are measured before it is known which font a Han character gets.
func TestHanIsOneEmWide(t *testing.T) {
	f := facesFor(t, "zh", "")
	for r := rune(0x4E00); r <= 0xFAFF; r++ {
		if !unicode.Is(unicode.Han, r) {
			continue
		}
		for _, face := range []face{japanese, han} {
			if g := f.of(face, r); g.found && g.width != 1 {
				t.Errorf("%U is %.2f em wide in %v", r, g.width, face)
			}
		}
	}
}

func TestFontsOfALine(t *testing.T) {
	for _, test := range []struct{ language, all, line, want string }{
		{"en", "", "Ann Ёлкина Ωμέγα", "latin"},
		{"en", "", "Ann 王小明", "latin han"},
		{"en", "王小明 김하늘", "王小明", "japanese"},
		{"en", "中华 김하늘", "中华", "han"},
		{"en", "髙橋さん", "髙橋", "japanese"},
		{"en", "", "Əli Məmmədov", "latin"},
		{"ja", "", "山\uFA11", "japanese"},
		{"ja", "", "直接", "japanese"},
		{"ja", "", "中华人民共和国、", "han japanese"},
		{"zh", "", "直接", "han"},
		{"zh-TW", "", "直接", "han"},
		{"zh", "", "かな", "japanese"},
		{"zh", "", "他说：“好”", "han japanese han japanese"},
		{"zh", "", "he says “yes”", "latin"},
		{"ko", "", "김하늘(金)", "hangul latin japanese latin"},
		{"ko", "", "“김”", "latin hangul latin"},
		{"ko", "", "빛\uFE0F\u200B빛", "hangul"},
	} {
		f := facesFor(t, test.language, test.all)
		var got []string
		for _, r := range f.runs(test.line, f.full(test.line)) {
			got = append(got, r.face.String())
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s %q: %v, want %s", test.language, test.line, got, test.want)
		}
	}
}

func TestEachSideOfABrokenWordHasItsHyphen(t *testing.T) {
	f := facesFor(t, "en", "")
	text, err := f.text("ab\u00ADcd\u00ADef")
	if err != nil {
		t.Fatal(err)
	}
	got := f.wrap(text, f.width("abcd", false))
	if want := []string{"ab\u00ADcd-", "ef"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// The fonts are the ones that the README beside them tells how to make, and stay so: the PDF library writes into its copy.
func TestFontsAreTheDocumentedOnes(t *testing.T) {
	for _, sheet := range samples(t) {
		set(t, sheet)
	}
	readme, err := os.ReadFile("fonts/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range fontFiles {
		if row := fmt.Sprintf("| `%v.ttf` | `%x` |", face(i), sha256.Sum256(file)); !strings.Contains(string(readme), row) {
			t.Errorf("fonts/README.md lacks %s", row)
		}
	}
}
