package fax

import "one-click-protest/internal/letter"

// row is a line of a letter that has no page yet. Lengths are points.
type row struct {
	text   string
	full   bool    // see faces.glyph
	marker string  // of a list, left of x
	x      float64 // from the left margin
	size   float64
	bold   bool
	rule   float64 // as long as this, instead of text
	height float64 // with its share of the leading
	above  float64 // space before it, unless it begins a page
	tied   bool    // no page should end before it
	foot   bool    // small print, at the foot of the last page
}

// copyText is all words of a sheet, checked and taken apart; "copy" is what setters call what they are given.
type copyText struct {
	*faces
	sender, date, addressee, subject []text
	body                             []passage
	signature, footer                []text
	page                             string
	name                             string // who sent it, for the foot of further pages
}

type passage struct {
	letter.Passage
	text
}

// read checks all words of a sheet.
func read(f *faces, sheet letter.Sheet) (copyText, error) {
	c := copyText{faces: f, page: sheet.Page}
	for _, part := range []struct {
		to   *[]text
		from []string
	}{
		{&c.sender, sheet.Sender}, {&c.date, []string{sheet.Date}}, {&c.addressee, sheet.Addressee}, {&c.subject, []string{sheet.Subject}},
		{&c.signature, sheet.Signature}, {&c.footer, sheet.Footer},
	} {
		for _, s := range part.from {
			if s == "" {
				continue
			}
			t, err := f.text(s)
			if err != nil {
				return c, err
			}
			*part.to = append(*part.to, t)
		}
	}
	if len(c.sender) > 0 {
		c.name = f.wrap(c.sender[0], nameWidth/smallest)[0]
	}
	if err := f.check(c.page); err != nil {
		return c, err
	}
	return c, c.readBody(sheet.Body)
}

func (c *copyText) readBody(body []letter.Passage) error {
	for _, p := range body {
		t, err := c.text(p.Text)
		if err == nil {
			err = c.check(p.Marker)
		}
		if err != nil {
			return err
		}
		c.body = append(c.body, passage{p, t})
	}
	return nil
}

// What stands how far apart, in lines.
const (
	blockGap     = 1.2 // between the parts of a letter
	passageGap   = 0.6
	itemGap      = 0.3
	signatureGap = 2.0 // above the line, as on paper that somebody signs
)

const (
	indent        = 1.9 // of a list or a quote, in em: "10." and a gap
	markerGap     = 0.5 // behind a list's marker, in em
	indentMost    = 0.4 // of the width: what is nested deeper stands no further in
	signatureRule = 200 // points
)

// smallest is the size of the small print, in points: the coarser fax resolution of 98 lines to the inch leaves it twelve of them.
const smallest = 9

// rows makes lines of a letter in a size.
func (c copyText) rows(size float64) []row {
	rows := c.block(nil, c.sender, size)
	rows = c.block(rows, c.date, size)
	rows = c.block(rows, c.addressee, size)
	rows = c.subjectRows(rows, size)
	top := len(rows)
	for i, p := range c.body {
		added := c.passageRows(p, i, size)
		added[0].tied = i == 0 || leads(c.body[i-1].Kind, p.Kind)
		rows = append(rows, added...)
	}
	tieLast(rows[min(top+1, len(rows)):])
	rows = c.signatureRows(rows, size)
	return c.footerRows(rows)
}

// leads says whether a passage stays with the one before it: a heading, or what introduces a list.
func leads(before, p letter.PassageKind) bool {
	return before == letter.Heading || p == letter.Item && before == letter.Paragraph
}

// tieLast keeps three lines of the body with the signature: a name alone on a page could be put below any letter.
func tieLast(body []row) {
	for i := max(0, len(body)-2); i < len(body); i++ {
		body[i].tied = true
	}
}

// block appends a part whose lines stay together, and stay with the part before.
func (c copyText) block(rows []row, part []text, size float64) []row {
	above := blockGap * size * c.leading
	for _, t := range part {
		for _, line := range c.wrap(t, textWidth/size) {
			rows = append(rows, row{text: line, full: t.full, size: size, height: size * c.leading, above: above, tied: true})
			above = 0
		}
	}
	return rows
}

func (c copyText) subjectRows(rows []row, size float64) []row {
	from := len(rows)
	rows = c.block(rows, c.subject, size+2)
	for i := range rows[from:] {
		rows[from+i].bold = true
	}
	return rows
}

// passageRows answers one row at least.
func (c copyText) passageRows(p passage, nth int, size float64) []row {
	in := min(float64(p.Depth)*indent*size, indentMost*textWidth)
	width := textWidth - in
	switch p.Kind {
	case letter.Quote:
		width -= indent * size
	case letter.Heading:
		size++
	}
	first := row{x: in, size: size, full: p.full, bold: p.Kind == letter.Heading, height: size * c.leading, above: c.gap(p, nth) * size * c.leading}
	if p.Kind == letter.Rule {
		first.rule = width
		return []row{first}
	}
	lines := c.wrap(p.text, width/size)
	rows := make([]row, len(lines))
	for i, line := range lines {
		rows[i] = first
		rows[i].text = line
		if i > 0 {
			rows[i].above = 0
		}
		rows[i].tied = i == 1 || i > 0 && i == len(lines)-1 || p.Kind == letter.Heading
	}
	rows[0].marker = p.Marker
	return rows
}

// gap answers how far a passage stands from what is before it: items stand closer, as one list.
func (c copyText) gap(p passage, nth int) float64 {
	switch {
	case nth == 0:
		return blockGap
	case p.Kind == letter.Item && c.body[nth-1].Kind == letter.Item:
		return itemGap
	}
	return passageGap
}

func (c copyText) signatureRows(rows []row, size float64) []row {
	if len(c.signature) == 0 {
		return rows
	}
	from := len(rows)
	rows = append(rows, row{rule: signatureRule, size: size, height: size / 2, above: signatureGap * size * c.leading, tied: true})
	rows = c.block(rows, c.signature, size)
	rows[from+1].above = 0
	return rows
}

// footerRows stay with the signature: a page of nothing but small print would tell nobody what it belongs to.
func (c copyText) footerRows(rows []row) []row {
	from := len(rows)
	for _, t := range c.footer {
		above := smallest * c.leading * itemGap
		for _, line := range c.wrap(t, textWidth/smallest) {
			rows = append(rows, row{text: line, full: t.full, size: smallest, height: smallest * c.leading, above: above, tied: true, foot: true})
			above = 0
		}
	}
	if len(rows) > from {
		rows[from].above = blockGap * smallest * c.leading
	}
	return rows
}
