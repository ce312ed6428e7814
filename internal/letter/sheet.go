package letter

// Sheet is a letter as it is set on paper for a fax: all its words, without a layout. Package fax makes pages of it.
type Sheet struct {
	Language  string    // BCP 47, of the letter
	Sender    []string  // who signs: name, the campaign's own fields that were filled in, country
	Date      string    // in the letter's language
	Addressee []string  // name, postal address, fax number: a line each
	Subject   string    // one line, "[TEST] " before it in test mode
	Body      []Passage // salutation first, as the letter has it
	Signature []string  // below the line for it
	Footer    []string  // who sent it through which campaign, and whether the address was verified: small print, a paragraph each
	Page      string    // "Page {page} of {pages}", for package fax to fill in
}

// PassageKind is what a block of a letter is.
type PassageKind int

// The kinds.
const (
	Paragraph PassageKind = iota
	Heading
	Item // of a list
	Quote
	Rule // a line across; it has no text
)

// Passage is one block of a letter's body. Emphasis is lost, a link's address stands behind its words.
type Passage struct {
	Kind   PassageKind
	Marker string // of an item's first block: "1." or "–"
	Depth  int    // how far it is indented: 1 within a list or a quote, 2 within a list in a list
	Text   string // lines that must stay apart are parted by "\n"
}
