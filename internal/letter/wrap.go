package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// octetsMax is the longest line that leaves: RFC 5322, section 2.1.1, allows 998 octets, and quotes and list items may
// stand before it.
const octetsMax = 900

// wrap answers the lines of a text, each of at most that many columns: full-width characters count two. A word that no rule
// parts stays whole, however wide, up to octetsMax. Lines of the text stay lines; what follows a list marker hangs
// behind it.
func wrap(text string, columns int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " ")
		if columns >= unwrapped/2 || fits(line, columns) {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, wrapLine(line, columns)...)
	}
	return lines
}

// fits answers without measuring where bytes tell: the widest character for its bytes is U+2E3B, 4 columns in 3 bytes.
func fits(line string, columns int) bool { return len(line)/3*4+4 <= columns }

func wrapLine(line string, columns int) []string {
	hang := strings.Repeat(" ", hanging(line, columns))
	var lines []string
	prefix, start, at, width := "", 0, 0, 0
	for _, w := range words(line, columns) {
		full := width+w.columns > columns || at-start+len(w.text) > octetsMax
		if full && strings.TrimSpace(line[start:at]) != "" {
			lines = append(lines, prefix+strings.TrimRight(line[start:at], " "))
			prefix, start, width = hang, at, len(hang)
		}
		at += len(w.text)
		width += w.columns + w.spaces
	}
	return append(lines, prefix+line[start:])
}

// hanging answers by how many columns the lines after the first are indented: those of a list marker ("12. ", "- ").
func hanging(line string, columns int) int {
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	marker := 0
	switch rest := line[digits:]; {
	case digits > 0 && digits < 4 && (strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") ")):
		marker = digits + 2
	case digits == 0 && (strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "> ")):
		marker = 2
	}
	if marker*4 > columns {
		return 0
	}
	return marker
}

// word is a stretch of text that no line end should part.
type word struct {
	text    string
	columns int // without the spaces at its end
	spaces  int // at its end
}

func newWord(text string) word {
	trimmed := strings.TrimRight(text, " ")
	return word{text: text, columns: uniseg.StringWidth(trimmed), spaces: len(text) - len(trimmed)}
}

// words takes a line apart where a new one may begin: by UAX #14, but neither within an address nor beside a Hangul
// syllable, for Korean parts its words by spaces.
func words(line string, columns int) []word {
	all := make([]word, 0, len(line)/5) // some five bytes a word
	var segments []string
	state := -1
	for line != "" {
		if len(segments) == 0 {
			if w := plainWord(line); w.text != "" && w.columns <= columns {
				all, line, state = append(all, w), line[len(w.text):], -1
				continue
			}
		}
		var segment string
		segment, line, _, state = uniseg.FirstLineSegmentInString(line, state)
		segments = append(segments, segment)
		if line == "" || !glued(segments, line) {
			all = appendWord(all, segments, columns)
			segments = segments[:0]
		}
	}
	return all
}

// plainWord answers a first word that UAX #14 parts from the next one for sure: letters and digits of ASCII or Hangul syllables,
// a full stop or comma at most, spaces, and then such a letter again. Most words are like this, and looking up the
// properties of every character took half of the time that a letter takes.
func plainWord(line string) word {
	var w word
	at := 0
	for at < len(line) {
		r, size := utf8.DecodeRuneInString(line[at:])
		if !plainRune(r) {
			break
		}
		at += size
		w.columns += (size + 1) / 2 // a Hangul syllable is three bytes and two columns
	}
	if at > 0 && at < len(line) && (line[at] == '.' || line[at] == ',') {
		at++
		w.columns++
	}
	for at+w.spaces < len(line) && line[at+w.spaces] == ' ' {
		w.spaces++
	}
	next, _ := utf8.DecodeRuneInString(line[at+w.spaces:])
	if w.columns == 0 || w.spaces == 0 || !plainRune(next) {
		return word{}
	}
	w.text = line[:at+w.spaces]
	return w
}

func plainRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || 0xAC00 <= r && r <= 0xD7A3
}

// glued says whether the last segment and what follows belong together although UAX #14 allows a line end between them.
func glued(segments []string, rest string) bool {
	last, _ := utf8.DecodeLastRuneInString(segments[len(segments)-1])
	next, _ := utf8.DecodeRuneInString(rest)
	if last == ' ' {
		return false
	}
	return hangul(last) || hangul(next) || next < utf8.RuneSelf && strings.Contains(strings.Join(segments, ""), "://")
}

func hangul(r rune) bool { return r >= 0x1100 && unicode.Is(unicode.Hangul, r) }

// appendWord appends segments as one word, or as several where one would be too wide and may be parted.
func appendWord(all []word, segments []string, columns int) []word {
	w := newWord(strings.Join(segments, ""))
	switch {
	case len(w.text) > octetsMax:
		return append(all, cut(w.text, columns)...)
	case w.columns <= columns || strings.Contains(w.text, "://"):
		return append(all, w)
	}
	for _, s := range segments {
		all = append(all, newWord(s))
	}
	return all
}

// cut takes a word apart that is too long for any line: between what readers take for characters where it can.
func cut(text string, columns int) []word {
	var all []word
	var b strings.Builder
	width, state := 0, -1
	for text != "" {
		var cluster string
		var w int
		cluster, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		if b.Len() > 0 && (width+w > columns || b.Len()+len(cluster) > octetsMax) {
			all = append(all, newWord(b.String()))
			b.Reset()
			width = 0
		}
		if len(cluster) > octetsMax { // joiners make one character of any number of them
			all = append(all, cutCluster(cluster)...)
			continue
		}
		b.WriteString(cluster)
		width += w
	}
	return append(all, newWord(b.String()))
}

func cutCluster(cluster string) []word {
	var all []word
	var b strings.Builder
	for _, r := range cluster {
		if b.Len()+utf8.RuneLen(r) > octetsMax {
			all = append(all, newWord(b.String()))
			b.Reset()
		}
		b.WriteRune(r)
	}
	return append(all, newWord(b.String()))
}
