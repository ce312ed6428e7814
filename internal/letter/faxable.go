package letter

import (
	"errors"
	"fmt"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// ErrFax is a text that a fax cannot show: its fonts have no right-to-left script, and not every character of the others. Errors
// that wrap it say which of the two it is and never what the text says.
var ErrFax = errors.New("cannot be set for a fax")

var (
	errRightToLeft = fmt.Errorf("%w: right-to-left script", ErrFax)
	errNoGlyph     = fmt.Errorf("%w: character without a glyph", ErrFax)
)

// Faxable answers nil for a text that a fax can show, line ends included, or an [ErrFax].
func Faxable(text string) error {
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n' || FaxRune(r):
		case rightToLeft(r):
			return errRightToLeft
		default:
			return errNoGlyph
		}
	}
	return nil
}

// rightToLeft says whether a character belongs to a script that is written so: a letter, a digit or a mark of it (UAX #9).
func rightToLeft(r rune) bool {
	properties, _ := bidi.LookupRune(r)
	switch properties.Class() {
	case bidi.R, bidi.AL, bidi.AN:
		return true
	}
	return false
}

// FaxRune says whether a character of NFC text is one that a fax shows: every one of these is in the fonts of package fax. There
// are no combining marks: what a letter with a mark is, NFC has as one character, or the fonts could not set it.
func FaxRune(r rune) bool { return unicode.Is(faxRunes, r) }

// faxRunes leaves out what is invisible (the soft hyphen, the Hangul filler) and, of Han, what came after Unicode 1.1: no common
// name needs those.
var faxRunes = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0020, Hi: 0x007E, Stride: 1}, // ASCII
		{Lo: 0x00A0, Hi: 0x00AC, Stride: 1}, // Latin-1
		{Lo: 0x00AE, Hi: 0x02AF, Stride: 1}, // Latin-1, Latin Extended-A and -B, and the ə of Azerbaijani, the ɔ and ɛ of Akan, the ɓ and ɗ of Hausa
		{Lo: 0x02B9, Hi: 0x02BF, Stride: 1}, // apostrophes that are letters: Uzbek, Hawaiian, Arabic names in Latin
		{Lo: 0x0386, Hi: 0x038A, Stride: 1}, // Greek of today
		{Lo: 0x038C, Hi: 0x038E, Stride: 2},
		{Lo: 0x038F, Hi: 0x03A1, Stride: 1},
		{Lo: 0x03A3, Hi: 0x03CE, Stride: 1},
		{Lo: 0x0400, Hi: 0x0482, Stride: 1}, // Cyrillic
		{Lo: 0x048A, Hi: 0x052F, Stride: 1},
		{Lo: 0x1E00, Hi: 0x1EFF, Stride: 1}, // Latin Extended Additional
		{Lo: 0x2000, Hi: 0x200A, Stride: 1}, // spaces
		{Lo: 0x2010, Hi: 0x2027, Stride: 1}, // general punctuation
		{Lo: 0x202F, Hi: 0x205E, Stride: 1}, // from the narrow space of French on
		{Lo: 0x20A0, Hi: 0x20BF, Stride: 1}, // currencies
		{Lo: 0x2116, Hi: 0x2122, Stride: 12},
		{Lo: 0x3000, Hi: 0x3019, Stride: 1}, // CJK punctuation
		{Lo: 0x301C, Hi: 0x3029, Stride: 1},
		{Lo: 0x3041, Hi: 0x3096, Stride: 1}, // Hiragana
		{Lo: 0x309B, Hi: 0x309F, Stride: 1},
		{Lo: 0x30A0, Hi: 0x30FF, Stride: 1}, // Katakana
		{Lo: 0x3131, Hi: 0x3163, Stride: 1}, // Hangul compatibility jamo
		{Lo: 0x3165, Hi: 0x318E, Stride: 1},
		{Lo: 0x4E00, Hi: 0x9FA5, Stride: 1}, // Han
		{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1}, // Hangul syllables
		{Lo: 0xFA0E, Hi: 0xFA0F, Stride: 1}, // the twelve Han that are in no other place: 山﨑 is a common name
		{Lo: 0xFA11, Hi: 0xFA13, Stride: 2},
		{Lo: 0xFA14, Hi: 0xFA1F, Stride: 11},
		{Lo: 0xFA21, Hi: 0xFA23, Stride: 2},
		{Lo: 0xFA24, Hi: 0xFA27, Stride: 3},
		{Lo: 0xFA28, Hi: 0xFA29, Stride: 1},
		{Lo: 0xFF01, Hi: 0xFF9F, Stride: 1}, // full-width forms, half-width Katakana
		{Lo: 0xFFE0, Hi: 0xFFE6, Stride: 1},
	},
	LatinOffset: 2,
}
