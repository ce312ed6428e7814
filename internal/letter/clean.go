package letter

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Why [Clean] refuses a text.
var (
	ErrEmpty     = errors.New("no visible character")
	ErrTooLong   = errors.New("too long")
	ErrCharacter = errors.New("character not allowed") // wrapped by a [CharacterError]
)

// CharacterError says which character was refused and where. It is an [ErrCharacter].
type CharacterError struct {
	Rune     rune // U+FFFD for bytes that are not UTF-8
	Position int  // in characters (code points of the NFC text), from 1; 0 where it has none
}

// Error names the character by its code point only.
func (e *CharacterError) Error() string {
	return fmt.Sprintf("%v: %U at %d", ErrCharacter, e.Rune, e.Position)
}

// Unwrap answers [ErrCharacter].
func (e *CharacterError) Unwrap() error { return ErrCharacter }

// Limit is what a text that somebody types may be: see [Line] and [Block].
type Limit struct {
	max   int
	block bool
}

// Line allows one line of at most max characters: no CR, no LF.
func Line(max int) Limit { return Limit{max: max} }

// Block allows several lines of at most max characters in all, line ends included.
func Block(max int) Limit { return Limit{max: max, block: true} }

// marksMax is how many characters without a width of their own may follow each other. Living scripts stack four or five (Hebrew
// with cantillation, Tibetan); "zalgo" text, which overprints the lines around it, and messages hidden in variation
// selectors need many more.
const marksMax = 8

// Clean answers a typed text as it may stand in a letter: NFC, without white space around it, TAB as a space; in a block also LF
// as the line end, no white space at line ends, and at most two blank lines in a row. What would deceive the eye or break a
// header is refused, not taken out, so that nobody signs a text other than the one they typed: see [allowed]. Characters
// are code points of the NFC text. Clean of what Clean answered answers the same.
//
// The errors are [ErrEmpty], [ErrTooLong] and [ErrCharacter].
func Clean(text string, limit Limit) (string, error) {
	if !utf8.ValidString(text) {
		return "", &CharacterError{Rune: utf8.RuneError}
	}
	if limit.block {
		text = lineEnds.Replace(text)
	}
	text = norm.NFC.String(strings.ReplaceAll(text, "\t", " "))
	if err := check(text, limit.block); err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	if limit.block {
		text = tidyLines(text)
	}
	if !strings.ContainsFunc(text, visible) {
		return "", ErrEmpty
	}
	if utf8.RuneCountInString(text) > limit.max {
		return "", ErrTooLong
	}
	return text, nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// check refuses the first character that may not stand in a letter.
func check(text string, block bool) error {
	position, marks := 0, 0
	for _, r := range text {
		position++
		if marks++; !stacks(r) {
			marks = 0
		}
		if !(allowed(r) || block && r == '\n') || marks > marksMax {
			return &CharacterError{Rune: r, Position: position}
		}
	}
	return nil
}

// stacks says whether a character has no width of its own. Hangul syllables and the bulk of Han are answered without a search.
func stacks(r rune) bool {
	if r < 0xAD || 0x3400 <= r && r <= 0x9FFF || 0xAC00 <= r && r <= 0xD7A3 {
		return false
	}
	return unicode.In(r, unicode.M, unicode.Cf)
}

// allowed says whether a character may stand in a line. Refused are:
//
//   - controls C0 and C1, and the line and paragraph separators U+2028 and U+2029, which end a line in some readers;
//   - bidirectional embeddings, overrides and isolates (U+202A–E, U+2066–9), which reorder what stands around them; the marks
//     LRM, RLM and ALM and the joiners ZWJ and ZWNJ stay, for Arabic, Persian, Indic scripts and emoji need them;
//   - what is invisible and has no place in a letter: U+2061–4, deprecated formats U+206A–F, U+FEFF, annotation U+FFF9–B, and
//     tag characters, which carry hidden text to machines (the flags of England, Scotland and Wales are lost with them);
//   - private use, noncharacters and U+FFFD, the trace of a broken encoding: JSON decoders write it for a lone surrogate.
func allowed(r rune) bool {
	switch {
	case r < 0x20, 0x7F <= r && r <= 0x9F:
		return false
	case r < 0x2028:
		return true
	case r <= 0x202E, 0x2061 <= r && r <= 0x206F:
		return false
	case r < 0xE000:
		return true
	case r == 0xFEFF, 0xFFF9 <= r && r <= 0xFFFB, r == utf8.RuneError, 0xE0000 <= r && r <= 0xE007F:
		return false
	}
	return !unicode.In(r, unicode.Co, unicode.Noncharacter_Code_Point)
}

// visible says whether a character leaves ink. Some letters don't: fillers and the blank Braille cell.
func visible(r rune) bool {
	return !unicode.In(r, unicode.White_Space, unicode.C, unicode.M, unicode.Other_Default_Ignorable_Code_Point) && r != 0x2800
}

// tidyLines takes white space from line ends and leaves at most two blank lines in a row.
func tidyLines(text string) string {
	var kept []string
	blank := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if blank++; line != "" {
			blank = 0
		}
		if blank <= 2 {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
