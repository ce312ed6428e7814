package letter_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"one-click-protest/internal/letter"
)

func TestCleanAllows(t *testing.T) {
	line, block := letter.Line(100), letter.Block(100)
	for _, test := range []struct {
		name, in, want string
		limit          letter.Limit
	}{
		{"trims", " \u00A0Ann\u3000 ", "Ann", line},
		{"tab", "a\tb", "a b", line},
		{"composes", "e\u0301", "é", line},
		{"composes Hangul", "\u1100\u1161\u11A8", "각", line},
		{"joiners in Persian", "می\u200Cخواهم", "می\u200Cخواهم", line},
		{"marks", "\u200Fمحمد\u200E \u061Cعلي", "\u200Fمحمد\u200E \u061Cعلي", line},
		{"emoji", "👩🏽\u200D🚒 ❤\uFE0F", "👩🏽\u200D🚒 ❤\uFE0F", line},
		{"name with variation selector", "葛\U000E0100城", "葛\U000E0100城", line},
		{"Hebrew with points", "בְּרֵאשִׁ֖ית", norm.NFC.String("בְּרֵאשִׁ֖ית"), line},
		{"stays literal", "{name} {{.}} <b> **x**", "{name} {{.}} <b> **x**", line},
		{"line ends", "a\r\nb\rc\nd", "a\nb\nc\nd", block},
		{"two blank lines", "a\n\n\n\n\n\nb", "a\n\n\nb", block},
		{"blank lines of spaces", "a\n \n\t\n \n b ", "a\n\n\n b", block},
		{"white space at line ends", "a  \nb\u3000\n", "a\nb", block},
		{"exactly as long as allowed", strings.Repeat("각", 100), strings.Repeat("각", 100), line},
		{"decomposed counts composed", strings.Repeat("e\u0301", 100), strings.Repeat("é", 100), line},
		{"as many marks as allowed", "q" + strings.Repeat("\u0334", 8), "q" + strings.Repeat("\u0334", 8), line},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := letter.Clean(test.in, test.limit)
			if err != nil || got != test.want {
				t.Errorf("Clean(%+q) = %+q, %v; want %+q", test.in, got, err, test.want)
			}
		})
	}
}

func TestCleanRefuses(t *testing.T) {
	line, block := letter.Line(10), letter.Block(10)
	for _, test := range []struct {
		name, in string
		limit    letter.Limit
		want     error
	}{
		{"nothing", "", line, letter.ErrEmpty},
		{"white space", " \u3000\u00A0", line, letter.ErrEmpty},
		{"invisible", "\u200D\u200C\u200E\u00AD", line, letter.ErrEmpty},
		{"Hangul filler", "\u3164\u115F\uFFA0", line, letter.ErrEmpty},
		{"blank Braille", "\u2800", line, letter.ErrEmpty},
		{"blank lines", "\r\n\r\n", block, letter.ErrEmpty},
		{"too long", strings.Repeat("각", 11), line, letter.ErrTooLong},
		{"line ends count", "aaaaa\nbbbbb", block, letter.ErrTooLong},
		{"CR", "a\rb", line, letter.ErrCharacter},
		{"LF", "a\nb", line, letter.ErrCharacter},
		{"LF at the end", "a\n", line, letter.ErrCharacter},
		{"NUL", "a\x00", block, letter.ErrCharacter},
		{"ESC", "a\x1B[31m", block, letter.ErrCharacter},
		{"VT", "a\x0Bb", block, letter.ErrCharacter},
		{"DEL", "a\x7F", line, letter.ErrCharacter},
		{"NEL", "a\u0085b", block, letter.ErrCharacter},
		{"line separator", "a\u2028b", block, letter.ErrCharacter},
		{"paragraph separator", "a\u2029b", block, letter.ErrCharacter},
		{"embedding", "a\u202Ab", line, letter.ErrCharacter},
		{"override", "a\u202Eb", line, letter.ErrCharacter},
		{"isolate", "a\u2066b", line, letter.ErrCharacter},
		{"pop isolate", "a\u2069b", line, letter.ErrCharacter},
		{"byte order mark", "\uFEFFa", line, letter.ErrCharacter},
		{"replacement", "a\uFFFD", line, letter.ErrCharacter},
		{"noncharacter", "a\uFFFE", line, letter.ErrCharacter},
		{"noncharacter FDD0", "a\uFDD0", line, letter.ErrCharacter},
		{"noncharacter 10FFFF", "a\U0010FFFF", line, letter.ErrCharacter},
		{"private use", "a\uE000", line, letter.ErrCharacter},
		{"private use, plane 16", "a\U00100000", line, letter.ErrCharacter},
		{"tag", "a\U000E0041", line, letter.ErrCharacter},
		{"lone surrogate", "a\xED\xA0\x80", line, letter.ErrCharacter},
		{"not UTF-8", "a\xFF", line, letter.ErrCharacter},
		{"zalgo", "q" + strings.Repeat("\u0334", 9), line, letter.ErrCharacter},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := letter.Clean(test.in, test.limit); !errors.Is(err, test.want) || got != "" {
				t.Errorf("Clean(%+q) = %+q, %v; want %v", test.in, got, err, test.want)
			}
		})
	}
}

func TestCleanNamesThePosition(t *testing.T) {
	_, err := letter.Clean("김하늘\u202E!", letter.Line(10))
	var bad *letter.CharacterError
	if !errors.As(err, &bad) || bad.Rune != 0x202E || bad.Position != 4 {
		t.Errorf("got %#v, want U+202E at 4", bad)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a", "é\r\n\r\n\r\n\r\nb\t", "\u0344\u0344\u0344\u0344\u0344", "q\u0334\u0301", " \u200D", "\u202E", "\xFF"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, block bool) {
		limit := letter.Line(40)
		if block {
			limit = letter.Block(40)
		}
		got, err := letter.Clean(text, limit)
		if err != nil {
			if !errors.Is(err, letter.ErrEmpty) && !errors.Is(err, letter.ErrTooLong) && !errors.Is(err, letter.ErrCharacter) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		if again, err := letter.Clean(got, limit); err != nil || again != got {
			t.Errorf("not stable: %+q became %+q, %v", got, again, err)
		}
		if !norm.NFC.IsNormalString(got) || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 40 {
			t.Errorf("%+q: not NFC, not UTF-8 or too long", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) && !(block && r == '\n') {
				t.Errorf("%+q holds a control", got)
			}
		}
	})
}
