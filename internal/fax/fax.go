// Package fax sets a letter on paper: [Set] answers an A4 PDF that stays legible after a fax machine has scanned it into black
// dots. Layout and drawing are apart: fonts.go knows which font has which character and how wide it is, lines.go breaks lines,
// rows.go makes lines of all parts of a letter, pages.go makes pages of them, draw.go writes the PDF.
package fax

import (
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/letter"
)

// Why [Set] refuses a sheet: the first two are [letter.ErrFax]. The errors hold nothing of its text.
var (
	ErrRightToLeft = fmt.Errorf("%w: right-to-left text", letter.ErrFax)
	ErrGlyph       = fmt.Errorf("%w: no font for a character", letter.ErrFax)
	ErrPages       = fmt.Errorf("more than %d pages", pagesMax)
)

// pagesMax is what a receiver may be asked to print for one letter.
const pagesMax = 10

// bytesMax is more than ten pages hold: 50 lines of 160 of the narrowest letters, three bytes each. It spares the work that a
// text of megabytes would make.
const bytesMax = pagesMax * 50 * 160 * 3

// Set answers the letter as a PDF of A4 pages, one where possible: sender, date, addressee, subject, body, signature below a
// line for it, small print at the foot of the last page, and on each page its number. It sets left-to-right scripts:
// Latin, Cyrillic, Greek, Korean, Chinese and Japanese; Han characters have the shapes of the sheet's language. The same
// sheet and time, which becomes the PDF's date, give the same bytes. It may be called by several at once.
//
// The errors are [ErrRightToLeft], [ErrGlyph] and [ErrPages]: trying again does not help.
func Set(sheet letter.Sheet, at time.Time) ([]byte, error) {
	pages, faces, err := layout(sheet)
	if err != nil {
		return nil, fmt.Errorf("set a letter for fax: %w", err)
	}
	pdf, err := draw(pages, faces, at)
	if err != nil {
		return nil, fmt.Errorf("draw a letter for fax: %w", err)
	}
	return pdf, nil
}

// layout answers the pages of a sheet before anything is drawn, and the fonts that they were measured with.
func layout(sheet letter.Sheet) ([]page, *faces, error) {
	all := strings.Join(words(sheet), "\n")
	if len(all) > bytesMax {
		return nil, nil, ErrPages
	}
	fonts, err := parsed()
	if err != nil {
		return nil, nil, err
	}
	f := newFaces(fonts, sheet.Language, all)
	c, err := read(f, sheet)
	if err != nil {
		return nil, nil, err
	}
	pages := best(c)
	if len(pages) > pagesMax {
		return nil, nil, ErrPages
	}
	return pages, f, nil
}

// words answers all texts of a sheet.
func words(sheet letter.Sheet) []string {
	all := []string{sheet.Date, sheet.Subject, sheet.Page}
	for _, lines := range [][]string{sheet.Sender, sheet.Addressee, sheet.Signature, sheet.Footer} {
		all = append(all, lines...)
	}
	for _, p := range sheet.Body {
		all = append(all, p.Marker, p.Text)
	}
	return all
}

// sizes are tried from the first, in points. What is under 11 is for the sake of a single page only, and not for Han, which has
// too many strokes for the 13 dots a line that the coarser fax resolution would leave it.
var sizes = []float64{12, 11.5, 11, 10.5, 10}

const sizeOfMany = 11

// best answers the fewest pages, in the largest size that gives so few.
func best(c copyText) []page {
	var found []page
	for _, size := range sizes {
		if len(found) == 1 || size < sizeOfMany && c.eastern {
			break
		}
		pages := paginate(c.rows(size), c)
		if found == nil || len(pages) < len(found) && (size >= sizeOfMany || len(pages) == 1) {
			found = pages
		}
	}
	return found
}
