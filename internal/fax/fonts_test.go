package fax

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func facesFor(t testing.TB, language, all string) *faces {
	t.Helper()
	fonts, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return newFaces(fonts, language, all)
}

// covered are the characters that a letter may be faxed with, but for those in uncovered.
var covered = [][2]rune{
	{0x20, 0x7E}, {0xA0, 0x24F}, {0x300, 0x36F}, {0x370, 0x3FF}, {0x400, 0x52F}, {0x1E00, 0x1EFF}, {0x1F00, 0x1FFF}, {0x2010, 0x2027}, {0x2030, 0x205E},
	{0x20A0, 0x20BF}, {0x2116, 0x2116}, {0x2122, 0x2122}, {0x3000, 0x303F}, {0x3041, 0x30FF}, {0x3131, 0x318E}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3},
	{0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
}

// uncovered are Coptic letters, Han added after Unicode 3.0, and marks that only scholars need.
var uncovered = []string{"U+03E2-U+03EF", "U+301A-U+301B", "U+302A-U+3032", "U+3037-U+303A", "U+303E-U+303F", "U+9FA6-U+9FFF"}

func TestCharactersThatFontsHave(t *testing.T) {
	for language := range orders {
		f := facesFor(t, language, "")
		var missing []string
		first, last := rune(-1), rune(-1)
		flush := func() {
			if first >= 0 {
				missing = append(missing, fmt.Sprintf("%U-%U", first, last))
			}
		}
		for _, span := range covered {
			for r := span[0]; r <= span[1]; r++ {
				if !unicode.IsGraphic(r) || f.glyph(r, false).found && f.glyph(r, true).found {
					continue
				}
				if r != last+1 {
					flush()
					first = r
				}
				last = r
			}
		}
		flush()
		if diff := cmp.Diff(uncovered, missing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", language, diff)
		}
	}
}

// Lines are measured before it is known which font a Han character gets.
func TestHanIsOneEmWide(t *testing.T) {
	f := facesFor(t, "zh", "")
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
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
