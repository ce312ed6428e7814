package fax

import (
	"strconv"
	"strings"
)

// An A4 page in points. Machines print a line of their own on the upper edge and lose some millimetres on each side; 25 and 20 mm
// keep clear of both.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	side       = 71
	edge       = 57
	textWidth  = pageWidth - 2*side
	footLine   = 24 // for the page's number, with the space above it
	textHeight = pageHeight - 2*edge - footLine
	nameWidth  = textWidth * 0.6 // for the sender's name beside the page's number
)

// page is what stands on one.
type page struct {
	lines []line
}

// line is a row with a place: points from the page's left and upper edge to where its first letter stands.
type line struct {
	row
	left, base float64
}

// paginate makes pages of rows: each takes what it can, and gives back what is tied to the next one.
func paginate(rows []row, c copyText) []page {
	var pages []page
	for len(rows) > 0 || len(pages) == 0 {
		n := fitting(rows)
		if n < len(rows) {
			n = parted(rows, n)
		}
		pages = append(pages, place(rows[:n], n == len(rows)))
		rows = rows[n:]
		if len(pages) > pagesMax {
			return pages
		}
	}
	for i := range pages {
		pages[i].lines = append(pages[i].lines, c.footLines(i+1, len(pages))...)
	}
	return pages
}

// fitting answers how many rows a page takes: one at least.
func fitting(rows []row) int {
	y := 0.0
	for i, r := range rows {
		if i > 0 {
			y += r.above
		}
		if y += r.height; y > textHeight && i > 0 {
			return i
		}
	}
	return len(rows)
}

// parted answers after how many rows a page ends that has room for n. Where all are tied it breaks in spite of it.
func parted(rows []row, n int) int {
	for i := n; i > 0; i-- {
		if !rows[i].tied {
			return i
		}
	}
	return n
}

func place(rows []row, last bool) page {
	var p page
	y := 0.0
	for i, r := range rows {
		if i > 0 {
			y += r.above
		}
		l := line{row: r, left: side + r.x, base: edge + y + r.height/2}
		if r.rule == 0 {
			l.base += 0.36 * r.size // capitals are 0.71 em high in the Latin font: half of that puts them in the middle
		}
		p.lines = append(p.lines, l)
		y += r.height
	}
	for i := range p.lines {
		if last && p.lines[i].foot {
			p.lines[i].base += textHeight - y
		}
	}
	return p
}

// footLines answers a page's number: on a single page too, for it tells the receiver that none was lost. Further pages also say
// whose they are, because a machine that receives many letters mixes them.
func (c copyText) footLines(number, of int) []line {
	text := strings.NewReplacer("{page}", strconv.Itoa(number), "{pages}", strconv.Itoa(of)).Replace(c.page)
	lines := []line{c.footText(text, side+textWidth-c.width(text, c.full(text))*smallest)}
	if number > 1 && c.name != "" {
		lines = append([]line{c.footText(c.name, side)}, lines...)
	}
	return lines
}

func (c copyText) footText(text string, left float64) line {
	return line{row: row{text: text, full: c.full(text), size: smallest}, left: left, base: pageHeight - edge}
}
