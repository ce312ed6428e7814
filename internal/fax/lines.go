package fax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// text is one that was checked and taken apart; how wide its lines may be is not known yet.
type text struct {
	lines [][]piece
	full  bool // see faces.glyph
}

// piece is a stretch of text that no line end should part.
type piece struct {
	text  string
	width float64 // in em, without the white space at its end
	space float64 // of that white space
}

// text answers a text that can be set: NFC, TAB as a space.
func (f *faces) text(s string) (text, error) {
	s = strings.ReplaceAll(norm.NFC.String(s), "\t", " ")
	if err := f.check(s); err != nil {
		return text{}, err
	}
	t := text{full: f.full(s)}
	for line := range strings.SplitSeq(s, "\n") {
		t.lines = append(t.lines, f.pieces(strings.TrimRight(line, " "), t.full))
	}
	return t, nil
}

// full says whether the marks of a text are as wide as the characters between them.
func (f *faces) full(text string) bool {
	return f.eastern && strings.ContainsFunc(text, func(r rune) bool {
		return r >= 0x3040 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	})
}

func (f *faces) piece(s string, full bool) piece {
	trimmed := strings.TrimRight(s, " \u3000")
	return piece{text: s, width: f.width(trimmed, full), space: f.width(s[len(trimmed):], full)}
}

// pieces takes a line apart where a new one may begin: by UAX #14, but neither within an address nor beside a Hangul
// syllable, for Korean parts its words by spaces. Package letter breaks the lines of mail by the same rules, but counts columns.
func (f *faces) pieces(line string, full bool) []piece {
	var all []piece
	start, at, state, address := 0, 0, -1, false
	for rest := line; rest != ""; {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		address = address || strings.Contains(line[max(start, at-2):at+len(segment)], "://")
		if at += len(segment); rest == "" || !glued(segment, rest, address) {
			all = append(all, f.piece(line[start:at], full))
			start, address = at, false
		}
	}
	return all
}

// glued says whether a segment and what follows belong together although UAX #14 allows a line end between them.
func glued(segment, rest string, address bool) bool {
	last, _ := utf8.DecodeLastRuneInString(segment)
	next, _ := utf8.DecodeRuneInString(rest)
	if last == ' ' {
		return false
	}
	return isHangul(last) || isHangul(next) || address && next < utf8.RuneSelf
}

// wrap answers the lines of a text, each of at most width em; a soft hyphen may stick out.
func (f *faces) wrap(t text, width float64) []string {
	var lines []string
	for _, pieces := range t.lines {
		var line strings.Builder
		used := 0.0
		for _, p := range f.cut(pieces, width, t.full) {
			if used+p.width > width && line.Len() > 0 {
				lines = append(lines, finished(line.String()))
				line.Reset()
				used = 0
			}
			line.WriteString(p.text)
			used += p.width + p.space
		}
		lines = append(lines, finished(line.String()))
	}
	return lines
}

func finished(line string) string {
	line = strings.TrimRight(line, " \u3000")
	if bare, hyphenated := strings.CutSuffix(line, string(rune(softHyphen))); hyphenated {
		return bare + "-"
	}
	return line
}

// cut parts what is too wide for any line: where UAX #14 allows it, else between what readers take for characters.
func (f *faces) cut(pieces []piece, width float64, full bool) []piece {
	var all []piece
	for _, p := range pieces {
		if p.width <= width {
			all = append(all, p)
			continue
		}
		state := -1
		for rest := p.text; rest != ""; {
			var segment string
			segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
			if s := f.piece(segment, full); s.width <= width {
				all = append(all, s)
			} else {
				all = append(all, f.clusters(segment, full)...)
			}
		}
	}
	return all
}

func (f *faces) clusters(s string, full bool) []piece {
	var all []piece
	state := -1
	for s != "" {
		var cluster string
		cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		all = append(all, f.piece(cluster, full))
	}
	return all
}
