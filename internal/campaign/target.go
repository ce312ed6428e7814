package campaign

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// What a directory knows of an e-mail address, the better first. See the directory's README.
var (
	confidences = []string{"A", "B", "B-"}
	sections    = []string{"general", "press", "consular", "visa", "several"}
)

// listed separates the entries of a cell.
const listed = "; "

// target reads one row. Its ID is empty if the row has no usable one.
func (r *row) target() *Target {
	return &Target{
		ID:         r.id(),
		Kind:       r.kind(),
		Country:    r.country(),
		City:       r.cell(colCity),
		Name:       r.need(colName, "the English name"),
		Emails:     r.emails(),
		Fax:        r.phones(colFax),
		Phone:      r.phones(colPhone),
		Postal:     r.cell(colPostal),
		Website:    r.website(),
		Zone:       r.cell(colZone),
		Source:     r.source(),
		AsOf:       r.asOf(),
		Accredited: r.accredited(),
		Salute:     r.salutation(),
		Pace:       r.pace(),
		Channels:   r.channels(),
		Retired:    r.retired(),
	}
}

// maxID is the longest slug or target id: they stand in database keys, mail tags and addresses of pages.
const maxID = 40

const idRule = "1 to 40 of a-z, 0-9 and -"

// isID is the rule for slugs, target ids and partner ids. All lower case: they cannot collide with the house's own names
// ("-TEST", "SIGNER").
func isID(s string) bool {
	return s != "" && len(s) <= maxID && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

func (r *row) id() string {
	id := r.cell(colID)
	if !isID(id) {
		r.bad(colID, fmt.Sprintf("%q is no id", id), idRule)
		return ""
	}
	return id
}

// kind is one of a directory's missions; the organizer's own targets are whatever they are.
func (r *row) kind() string {
	s := r.cell(colKind)
	if !r.own && !slices.Contains(kinds, s) {
		r.bad(colKind, fmt.Sprintf("%q is no kind of mission", s), "one of "+strings.Join(kinds, ", "))
	}
	return s
}

func (r *row) country() address.Country {
	s := r.cell(colCountry)
	if s == "" {
		return ""
	}
	country, err := address.ParseCountry(s)
	if err != nil {
		r.bad(colCountry, fmt.Sprintf("%q is no country", s), "an ISO 3166-1 alpha-2 code or XK")
	}
	return country
}

func (r *row) accredited() []address.Country {
	var all []address.Country
	for s := range strings.FieldsSeq(r.cell(colAccredited)) {
		country, err := address.ParseCountry(s)
		if err != nil {
			r.bad(colAccredited, fmt.Sprintf("%q is no country", s), "ISO 3166-1 alpha-2 codes with spaces between them")
			continue
		}
		all = append(all, country)
	}
	return all
}

// emails reads the chosen address, with what is known of it, and the further ones.
func (r *row) emails() []Mailbox {
	var boxes []Mailbox
	if s := r.cell(colEmail); s != "" {
		boxes = append(boxes, r.mailbox(colEmail, s, r.cell(colConfidence), r.cell(colSection)))
	}
	for _, s := range r.list(colFurtherEmails) {
		boxes = append(boxes, r.further(s))
	}
	return boxes
}

// further reads an address with its confidence and section behind it: name@example.org (B, general).
func (r *row) further(s string) Mailbox {
	e, known, ok := strings.Cut(s, " (")
	known, closed := strings.CutSuffix(known, ")")
	confidence, section, both := strings.Cut(known, ", ")
	if !ok || !closed || !both {
		r.bad(colFurtherEmails, fmt.Sprintf("%q without what is known of it", s), "name@example.org (B, general), several with \"; \" between them")
		return Mailbox{}
	}
	return r.mailbox(colFurtherEmails, e, confidence, section)
}

func (r *row) mailbox(c column, s, confidence, section string) Mailbox {
	if r.own && confidence == "" {
		confidence = confidences[0]
	}
	if r.own && section == "" {
		section = sections[0]
	}
	e, err := address.ParseEmail(s)
	if err != nil {
		r.bad(c, fmt.Sprintf("%q is no e-mail address", s), "name@example.org")
	}
	if !slices.Contains(confidences, confidence) {
		r.bad(c, fmt.Sprintf("confidence %q", confidence), "one of "+strings.Join(confidences, ", "))
	}
	if !slices.Contains(sections, section) {
		r.bad(c, fmt.Sprintf("section %q", section), "one of "+strings.Join(sections, ", "))
	}
	return Mailbox{Address: e, Confidence: confidence, Section: section}
}

func (r *row) phones(c column) []address.Phone {
	var all []address.Phone
	for _, s := range r.list(c) {
		phone, err := address.ParsePhone(s)
		if err != nil {
			r.bad(c, fmt.Sprintf("%q is no number in E.164", s), "+82221103079, several with \"; \" between them")
			continue
		}
		all = append(all, phone)
	}
	return all
}

// list answers the entries of a cell.
func (r *row) list(c column) []string {
	s := r.cell(c)
	if s == "" {
		return nil
	}
	return strings.Split(s, listed)
}

// website takes http too: many missions have nothing better, and nothing is sent there.
func (r *row) website() string {
	s := r.cell(colWebsite)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		r.bad(colWebsite, fmt.Sprintf("%q is no web address", s), "https://example.org/")
		return ""
	}
	return s
}

func (r *row) source() string {
	if r.own {
		return r.cell(colSource)
	}
	return r.need(colSource, "where the row comes from")
}

func (r *row) asOf() time.Time {
	s := r.cell(colAsOf)
	if s == "" && r.own {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		r.bad(colAsOf, fmt.Sprintf("%q is no date", s), "a date like 2007-12-02")
	}
	return t
}

// channels answers the target's own ladder.
func (r *row) channels() []ledger.Channel {
	var own []ledger.Channel
	for s := range strings.FieldsSeq(r.cell(colChannels)) {
		channel := ledger.Channel(s)
		if !slices.Contains(ladder, channel) || slices.Contains(own, channel) {
			r.bad(colChannels, fmt.Sprintf("%q is no channel, or stands there twice", s), ladderChoices+", with spaces between them")
			continue
		}
		own = append(own, channel)
	}
	return own
}

// retired answers the day from which on the target is not written to any more.
func (r *row) retired() time.Time {
	s := r.cell(colRetired)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		r.bad(colRetired, fmt.Sprintf("%q is no date", s), "a date like 2007-12-02, or nothing")
	}
	return t
}

// salutation answers the row's own one: in all languages of the campaign, or none.
func (r *row) salutation() Texts {
	if len(r.salutations) == 0 {
		return nil
	}
	own := Texts{}
	for language, i := range r.salutations {
		if s := strings.TrimSpace(r.cells[i]); s != "" {
			own[language] = s
		}
	}
	if len(own) == 0 {
		return nil
	}
	for _, language := range r.languages {
		if own[language] == "" {
			r.problems.add(r.file, r.line(), salutationColumn+language+": empty", "a salutation in each of "+strings.Join(r.languages, ", ")+", or in none")
		}
	}
	return own
}
