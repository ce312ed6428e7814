package desk

import (
	"regexp"
	"strings"
)

// phonePiece is one stretch of a phone cell that may be a number, with the words beside it.
type phonePiece struct {
	text  string // digits, plus, hyphens, brackets, spaces
	tail  string // what follows a ~: the end of a range
	label string
}

// Words in brackets are a label of what stands beside them. A number in brackets with words is a number, its words its label:
// six digits tell it from "(24 hours)" and "(2011)".
var (
	bracketed = regexp.MustCompile(`[(\[（][^()\[\]（）]*[)\]）]`)
	sixDigits = regexp.MustCompile(`(?:[0-9][ -]*){6}`)
	anyLetter = regexp.MustCompile(`\pL`)
	bareYear  = regexp.MustCompile(`^\D*(?:19|20)[0-9]{2}\D*$`)
	trunkZero = regexp.MustCompile(`\(0\)`)
)

// extension is a number inside the house; none of ours can be dialled by a machine.
var extension = regexp.MustCompile(`(?i)\bext\.? *[0-9]`)

// Marks that the brackets are turned into before a cell is cut.
const (
	labelMark = '\x01' // around a label
	cutMark   = '\x02' // between pieces
)

// phonePieces cuts a phone cell at commas, semicolons, slashes and words. It decides nothing about the numbers.
func phonePieces(cell string) []phonePiece {
	cell = strings.NewReplacer("～", "~", "，", ",", "；", ";", "：", ":", "–", "-", " - ", ",").Replace(cell)
	cell = bracketed.ReplaceAllStringFunc(cell, markBracket)
	cell = extension.ReplaceAllString(cell, string(cutMark)+"$0") // its word is the label of what follows
	cell = strings.Map(func(r rune) rune {
		if strings.ContainsRune(",;/", r) {
			return cutMark
		}
		return r
	}, cell)
	var all []phonePiece
	for s := range strings.SplitSeq(cell, string(cutMark)) {
		all = append(all, labelledPieces(s)...)
	}
	return all
}

// markBracket marks what a bracket holds: a trunk zero that isn't dialled from abroad vanishes, digits stay as they are.
func markBracket(s string) string {
	inner := s
	for _, c := range []string{"(", ")", "[", "]", "（", "）"} {
		inner = strings.ReplaceAll(inner, c, "")
	}
	switch {
	case trunkZero.MatchString(s):
		return " "
	case sixDigits.MatchString(inner) && anyLetter.MatchString(inner):
		return string(cutMark) + inner + string(cutMark)
	case anyLetter.MatchString(inner), bareYear.MatchString(inner):
		return string(labelMark) + strings.NewReplacer(",", " ", ";", " ", "/", " ").Replace(inner) + string(labelMark)
	}
	return s
}

// labelledPieces separates numbers from words. A label before a number is its own; one behind it is, if it had none before.
func labelledPieces(s string) []phonePiece {
	var all []phonePiece
	var p phonePiece
	for _, cellPart := range wordsAndNumbers(s) {
		switch {
		case cellPart.isLabel && p.text == "":
			p.label += " " + cellPart.text
		case cellPart.isLabel && p.label == "":
			p.label = cellPart.text
			all, p = append(all, p), phonePiece{}
		case cellPart.isLabel: // belongs to the next number
			all, p = append(all, p), phonePiece{label: cellPart.text}
		default:
			if p.text != "" {
				all, p = append(all, p), phonePiece{}
			}
			p.text, p.tail, _ = strings.Cut(cellPart.text, "~")
		}
	}
	if p.text != "" {
		all = append(all, p)
	}
	return all
}

type cellPart struct {
	text    string
	isLabel bool
}

// wordsAndNumbers splits a piece of a cell into labels and what may be numbers.
func wordsAndNumbers(s string) []cellPart {
	var all []cellPart
	for i, marked := range strings.Split(s, string(labelMark)) {
		if i%2 == 1 { // between two marks
			all = append(all, cellPart{text: marked, isLabel: true})
			continue
		}
		for _, run := range wordRuns.FindAllString(marked, -1) {
			isLabel := anyLetter.MatchString(run)
			if isLabel || strings.ContainsAny(run, "0123456789") {
				all = append(all, cellPart{text: strings.Trim(run, " :.-"), isLabel: isLabel})
			}
		}
	}
	return all
}

// wordRuns alternates between words and everything else.
var wordRuns = regexp.MustCompile(`\pL[\pL\pM .:·']*|[^\pL]+`)
