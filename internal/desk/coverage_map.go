package desk

import (
	"bytes"
	_ "embed" // shapes
	"encoding/xml"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/rivo/uniseg"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// Country, where its mark stands (empty: the shape is large enough), outline (empty: too small to have one). The file is generated: see
// coverage_shapes_gen.go for source and licence.
//
//go:embed coverage_shapes.csv
var shapesCSV string

// shape is how a country is drawn, in units of the map.
type shape struct {
	outline string // of an SVG path
	marked  bool
	x, y    int
}

var knownShapes = sync.OnceValue(func() map[address.Country]shape {
	all := map[address.Country]shape{}
	for f := range tableRows(shapesCSV) {
		x, err := strconv.Atoi(f[1])
		y, _ := strconv.Atoi(f[2])
		all[address.Country(f[0])] = shape{outline: f[3], marked: err == nil, x: x, y: y}
	}
	return all
})

// look is how a channel is drawn. Its colour is of Okabe and Ito's palette, which the colour-blind tell apart; lines over it and the form of
// its mark serve who prints the map in black and white.
type look struct {
	channel ledger.Channel
	says    string // for organizers
	colour  string
	lines   string // of a tile of 8 × 8 units, an SVG path
	mark    string // around its middle, an SVG path
}

// looks begins with the channel that asks least of signers.
var looks = []look{
	{ledger.ChannelEmail, "e-mail", "#0072B2", "", "M-9,0a9,9 0 1,0 18,0a9,9 0 1,0 -18,0z"},
	{ledger.ChannelFax, "fax", "#56B4E9", "M-2,6l4,4M-2,-2l12,12M6,-2l4,4", "M-8,-8h16v16h-16z"},
	{ledger.ChannelRelay, "relay", "#009E73", "M2,4a2,2 0 1,0 4,0a2,2 0 1,0 -4,0z", "M0,-11l11,11l-11,11l-11,-11z"},
	{ledger.ChannelPrint, "print: signers fax or post", "#F0E442", "M0,4h8", "M0,-10l10,18h-20z"},
	{ledger.ChannelSelf, "self: signers paste or mail", "#D55E00", "M0,0l8,8M8,0l-8,8", "M-9,-9h6l3,4l3,-4h6v6l-4,3l4,3v6h-6l-3,-4l-3,4h-6v-6l4,-3l-4,-3z"},
	{"", "nobody", "#FFFFFF", "", "M-9,-4h18v8h-18z"},
}

// lookOf answers the last one, of nobody, for what is no channel.
func lookOf(channel ledger.Channel) int {
	for i, l := range looks {
		if l.channel == channel {
			return i
		}
	}
	return len(looks) - 1
}

// The sheet: the map is 2000 by 1040 units, a heading above it, a legend below.
const (
	sheetWidth, sheetHeight = 2000, 1250
	mapTop                  = 90
	legendTop               = 1170
)

// coverageMap draws each country by the best channel that its signers' letters go by. It answers those it has no place for, too.
func coverageMap(c *campaign.Campaign, rows []campaign.Row, now time.Time) (drawn []byte, unplaced []address.Country) {
	s := &svg{}
	rows = bestRows(rows)
	title := c.Text(c.Title, c.Languages[0])
	s.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc" font-family="sans-serif">`, sheetWidth, sheetHeight)
	s.element("title", `id="title"`, title+": how letters leave each country")
	s.element("desc", `id="desc"`, fmt.Sprintf("A map of the world on %s. %d countries; %s.", now.UTC().Format(time.DateOnly), len(rows), channelSums(rows)))
	s.patterns()
	s.add(`<rect width="%d" height="%d" fill="#fff"/>`, sheetWidth, sheetHeight)
	s.heading(title, c.Slug+", "+now.UTC().Format(time.DateOnly))
	unplaced = s.countries(rows, now)
	s.legend(rows)
	s.add("</svg>\n")
	return s.Bytes(), unplaced
}

// columnWidth is how wide a column of bold text is at most, in em; a wide character has two. Nobody knows with which font the map is drawn.
const columnWidth = 0.62

// heading puts a note at the end of the title's line, or below a title that is too long for both, which is then as small as it must be.
func (s *svg) heading(title, note string) {
	const margin, size, noteSize = 30, 38, 28
	long, room := columnWidth*float64(uniseg.StringWidth(title)), float64(sheetWidth-2*margin)
	at, noteAt, titleSize := 56, 56, float64(size)
	if size*long+noteSize*columnWidth*float64(uniseg.StringWidth(note)) > room {
		at, noteAt, titleSize = 42, 80, min(size, room/long)
	}
	s.element("text", fmt.Sprintf(`x="%d" y="%d" font-size="%.4g" font-weight="bold"`, margin, at, titleSize), title)
	s.element("text", fmt.Sprintf(`x="%d" y="%d" font-size="%d" text-anchor="end"`, sheetWidth-margin, noteAt, noteSize), note)
}

// svg is a drawing under way; it escapes all text.
type svg struct{ bytes.Buffer }

func (s *svg) add(format string, args ...any) { _, _ = fmt.Fprintf(&s.Buffer, format, args...) }

func (s *svg) element(name, attributes, text string) {
	s.add("<%s %s>", name, attributes)
	_ = xml.EscapeText(&s.Buffer, []byte(text)) // a buffer takes everything
	s.add("</%s>\n", name)
}

func (s *svg) patterns() {
	s.add("<defs>\n")
	for i, l := range looks {
		s.add(`<pattern id="look%d" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="%s"/>`, i, l.colour)
		if l.lines != "" {
			s.add(`<path d="%s" stroke="#000" stroke-opacity=".55" fill="none"/>`, l.lines)
		}
		s.add("</pattern>\n")
	}
	s.add("</defs>\n")
}

// countries draws all outlines, and all marks on top of them.
func (s *svg) countries(rows []campaign.Row, now time.Time) (unplaced []address.Country) {
	s.add(`<g transform="translate(0 %d)" stroke="#333" stroke-width="1" stroke-linejoin="round">`+"\n", mapTop)
	for _, r := range rows {
		known, ok := knownShapes()[r.Country]
		if !ok {
			unplaced = append(unplaced, r.Country)
			continue
		}
		if known.outline != "" {
			s.country(r, now, fmt.Sprintf(`<path d="%s"/>`, known.outline))
		}
	}
	for _, r := range rows {
		if known := knownShapes()[r.Country]; known.marked {
			s.country(r, now, fmt.Sprintf(`<g transform="translate(%d %d)"><path stroke="#fff" stroke-width="5" d="%[3]s"/><path stroke-width="1.5" d="%[3]s"/></g>`,
				known.x, known.y, looks[lookOf(r.Channel)].mark))
		}
	}
	s.add("</g>\n")
	return unplaced
}

func (s *svg) country(r campaign.Row, now time.Time, drawing string) {
	s.add(`<g fill="url(#look%d)">`, lookOf(r.Channel))
	s.element("title", `data-country="`+string(r.Country)+`"`, countryTitle(r, now))
	s.add("%s</g>\n", drawing)
}

// countryTitle is what a pointer over a country shows.
func countryTitle(r campaign.Row, now time.Time) string {
	if r.Target == nil {
		return r.Country.Name() + ": nobody"
	}
	age := "age unknown"
	if !r.AsOf.IsZero() {
		age = fmt.Sprintf("%d months old (%s)", monthsOld(r.AsOf, now), r.AsOf.Format(time.DateOnly))
	}
	return fmt.Sprintf("%s: %s to %s (%s), %s", r.Country.Name(), r.Channel, r.Target.Name, r.Target.ID, age)
}

// legend explains what is drawn: the looks of all channels that some country has, in a row.
func (s *svg) legend(rows []campaign.Row) {
	counts := map[int]int{}
	for _, r := range rows {
		counts[lookOf(r.Channel)]++
	}
	x := 30
	for i, l := range looks {
		if counts[i] == 0 {
			continue
		}
		s.add(`<g transform="translate(%d %d)"><rect width="64" height="40" fill="url(#look%d)" stroke="#333"/>`, x, legendTop, i)
		s.add(`<path d="%s" transform="translate(88 20)" fill="url(#look%d)" stroke="#333" stroke-width="1.5"/>`, l.mark, i)
		text := fmt.Sprintf("%s (%d)", l.says, counts[i])
		s.element("text", `x="110" y="29" font-size="26"`, text)
		s.add("</g>\n")
		x += 130 + 12*len(text) // as wide as sans-serif letters of 26 units are on the average, and a gap
	}
}
