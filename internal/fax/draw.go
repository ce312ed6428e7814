package fax

import (
	"bytes"
	"slices"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// ruleWidth is one dot at the coarser fax resolution of 98 to the inch, in points.
const ruleWidth = 0.75

// boldness is how thick the outline of bold letters is, in em.
const boldness = 0.03

// draw writes pages as a PDF, with the characters that it needs of each font, and those fonts alone.
func draw(pages []page, f *faces, at time.Time) ([]byte, error) {
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	d := drawing{Fpdf: pdf, faces: f}
	for _, p := range pages {
		pdf.AddPage()
		for _, l := range p.lines {
			d.line(l)
		}
	}
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}

type drawing struct {
	*fpdf.Fpdf
	faces *faces
	known [len(fontFiles)]bool
}

func (d *drawing) line(l line) {
	switch {
	case l.rule > 0:
		d.SetLineWidth(ruleWidth)
		d.Line(l.left, l.base, l.left+l.rule, l.base)
		return
	case l.bold && !d.square(l):
		d.SetLineWidth(boldness * l.size)
		d.SetTextRenderingMode(2)
		defer d.SetTextRenderingMode(0)
	}
	if l.marker != "" {
		d.text(l.marker, false, l.left-(d.faces.width(l.marker, false)+markerGap)*l.size, l)
	}
	d.text(l.text, l.full, l.left, l)
}

// square says whether a line has Han or kana. A fax machine would fill the white between their strokes if these were any
// thicker: they are told apart by their size alone.
func (d *drawing) square(l line) bool {
	return slices.ContainsFunc(d.faces.runs(l.text, l.full), func(r run) bool { return r.face == han || r.face == japanese })
}

func (d *drawing) text(text string, full bool, x float64, l line) {
	for _, r := range d.faces.runs(text, full) {
		d.font(r.face, l.size)
		d.Text(x, l.base, r.text)
		x += r.width * l.size
	}
}

// font chooses a font. The library gets a copy, because it writes into what it is given: to read a glyph's metrics it appends
// to a slice of them.
func (d *drawing) font(f face, size float64) {
	if !d.known[f] {
		d.AddUTF8FontFromBytes(f.String(), "", bytes.Clone(fontFiles[f]))
		d.known[f] = true
	}
	d.SetFont(f.String(), "", size)
}
