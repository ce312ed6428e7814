package fax

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// face is one of the fonts. fonts/README.md says where they come from.
type face int

const (
	latin    face = iota // with Cyrillic and Greek
	hangul               // Korean, without Han
	japanese             // kana and Han in Japanese shapes
	han                  // Chinese, simplified and traditional
)

var (
	//go:embed fonts/latin.ttf
	latinFile []byte
	//go:embed fonts/hangul.ttf
	hangulFile []byte
	//go:embed fonts/japanese.ttf
	japaneseFile []byte
	//go:embed fonts/han.ttf
	hanFile []byte
)

var fontFiles = [...][]byte{latin: latinFile, hangul: hangulFile, japanese: japaneseFile, han: hanFile}

func (f face) String() string { return [...]string{"latin", "hangul", "japanese", "han"}[f] }

// parsed reads the fonts' tables once, and not before a letter is set: a tick without faxes pays nothing.
var parsed = sync.OnceValues(func() (fonts [len(fontFiles)]*sfnt.Font, err error) {
	for i, file := range fontFiles {
		if fonts[i], err = sfnt.Parse(file); err != nil {
			return fonts, fmt.Errorf("font %v: %w", face(i), err)
		}
	}
	return fonts, nil
})

// glyph is how a character is drawn.
type glyph struct {
	face  face
	width float64 // in em
	found bool
}

// faces answers which font a character of one sheet is drawn with. It is one goroutine's.
type faces struct {
	fonts    [len(fontFiles)]*sfnt.Font
	order    []face // the first that has a character draws it
	eastern  bool   // Chinese or Japanese
	leading  float64
	buffer   sfnt.Buffer
	ordinary map[rune]glyph
}

func newFaces(fonts [len(fontFiles)]*sfnt.Font, language, all string) *faces {
	script, _, _ := strings.Cut(language, "-")
	f := &faces{fonts: fonts, ordinary: map[rune]glyph{}, eastern: script == "ja" || script == "zh", leading: 1.3}
	if f.eastern || script == "ko" {
		f.leading = 1.45 // full squares stand closer than letters with ascenders
	} else {
		script = scriptOf(all)
	}
	f.order = orders[script]
	return f
}

// orders are the fonts by a language's wishes. Korean writes Han in traditional shapes, to which the Japanese are nearer than the
// simplified Chinese.
var orders = map[string][]face{
	"ja": {latin, japanese, han, hangul},
	"zh": {latin, han, japanese, hangul},
	"ko": {latin, hangul, japanese, han},
}

// scriptOf guesses by the characters of a letter in another language whose Han it holds.
func scriptOf(all string) string {
	switch {
	case strings.ContainsFunc(all, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }):
		return "ja"
	case strings.ContainsFunc(all, isHangul):
		return "ko"
	}
	return "zh"
}

func isHangul(r rune) bool { return r >= 0x1100 && unicode.Is(unicode.Hangul, r) }

// shared are marks that Latin text has too, narrower, and the comma, which the Chinese font has in the middle of its square.
const shared = "‘’“”‥…，"

// glyph answers how a character is drawn. full asks for the full-width form of marks that Latin and East Asian text share.
func (f *faces) glyph(r rune, full bool) glyph {
	if full && strings.ContainsRune(shared, r) {
		return f.of(japanese, r)
	}
	g, known := f.ordinary[r]
	if known {
		return g
	}
	for _, face := range f.order {
		if g = f.of(face, r); g.found {
			break
		}
	}
	f.ordinary[r] = g
	return g
}

func (f *faces) of(face face, r rune) glyph {
	parsed := f.fonts[face]
	index, err := parsed.GlyphIndex(&f.buffer, r)
	if err != nil || index == 0 {
		return glyph{}
	}
	units := parsed.UnitsPerEm()
	width, err := parsed.GlyphAdvance(&f.buffer, index, fixed.Int26_6(units)<<6, font.HintingNone)
	if err != nil {
		return glyph{}
	}
	return glyph{face: face, width: float64(width) / 64 / float64(units), found: true}
}

// check answers why a text can't be set.
func (f *faces) check(text string) error {
	for _, r := range text {
		switch properties, _ := bidi.LookupRune(r); properties.Class() {
		case bidi.R, bidi.AL, bidi.AN, bidi.RLE, bidi.RLO, bidi.RLI:
			return ErrRightToLeft
		}
		if r != '\n' && !invisible(r) && !f.glyph(r, false).found {
			return ErrGlyph // which one is the signer's, and nobody's to log
		}
	}
	return nil
}

// softHyphen shows where a line ends behind it and nowhere else.
const softHyphen = 0xAD

// invisible says whether a character shapes the text around it only: joiners, soft hyphens, variation selectors. They matter
// to line breaks and are not drawn.
func invisible(r rune) bool {
	if r < softHyphen {
		return false
	}
	return r == softHyphen || 0x200B <= r && r <= 0x200E || r == 0x2060 || unicode.Is(unicode.Variation_Selector, r)
}

// width answers how wide a text is, in em.
func (f *faces) width(text string, full bool) float64 {
	var sum float64
	for _, r := range text {
		if !invisible(r) {
			sum += f.glyph(r, full).width
		}
	}
	return sum
}

// run is a stretch of a line in one font.
type run struct {
	face  face
	text  string
	width float64 // in em
}

// runs takes a line apart by font.
func (f *faces) runs(line string, full bool) []run {
	var all []run
	before, one := rune(0), latin
	for i, r := range line {
		if invisible(r) {
			continue
		}
		g := f.glyph(r, full)
		if unicode.Is(unicode.Han, r) {
			if !unicode.Is(unicode.Han, before) {
				one = f.one(line[i:])
			}
			if o := f.of(one, r); o.found {
				g = o
			}
		}
		before = r
		last := len(all) - 1
		if last < 0 || all[last].face != g.face {
			all, last = append(all, run{face: g.face}), last+1
		}
		all[last].text += string(r)
		all[last].width += g.width
	}
	return all
}

// one answers the first font that has all Han characters which a text begins with: a name or a word is not set in two of
// them. Han is one em wide in each.
func (f *faces) one(text string) face {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
	if end < 0 {
		end = len(text)
	}
	for _, face := range f.order {
		if !strings.ContainsFunc(text[:end], func(r rune) bool { return !f.of(face, r).found }) {
			return face
		}
	}
	return f.order[0]
}
