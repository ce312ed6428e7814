package desk

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"one-click-protest/internal/address"
)

// Grades and sections a clean directory knows, the better first: the order in which an address is chosen. (The mailboxes of
// single departments are "several", as lists of them are.)
var (
	knownConfidences = []string{"A", "B", "B-"}
	knownSections    = []string{"general", "press", "several", "consular", "visa"}
)

// publishedMailbox is an address.
type publishedMailbox struct {
	email      address.Email
	confidence string
	section    string
	position   int // as published
}

func (m publishedMailbox) String() string {
	return fmt.Sprintf("%s (%s, %s)", m.email, m.confidence, m.section)
}

// mailboxCriteria decide between the published addresses of one mission, the first one first.
var mailboxCriteria = []struct {
	rank func(publishedMailbox) int
	name func(better, worse publishedMailbox) string
}{
	{func(m publishedMailbox) int { return slices.Index(knownSections, m.section) },
		func(b, w publishedMailbox) string { return b.section + " before " + w.section }},
	{func(m publishedMailbox) int { return int(hostOf(m.email)) },
		func(b, w publishedMailbox) string {
			return hostOf(b.email).String() + " before " + hostOf(w.email).String()
		}},
	{func(m publishedMailbox) int { return slices.Index(knownConfidences, m.confidence) },
		func(b, w publishedMailbox) string { return "confidence " + b.confidence + " before " + w.confidence }},
	{func(m publishedMailbox) int { return m.position },
		func(_, _ publishedMailbox) string { return "first as published" }},
}

func compareMailboxes(a, b publishedMailbox) int {
	for _, c := range mailboxCriteria {
		if n := cmp.Compare(c.rank(a), c.rank(b)); n != 0 {
			return n
		}
	}
	return 0
}

// choiceReason says by which criteria the first of the sorted addresses was chosen over the others.
func choiceReason(boxes []publishedMailbox) string {
	var all []string
	for _, worse := range boxes[1:] {
		for _, c := range mailboxCriteria {
			if c.rank(boxes[0]) == c.rank(worse) {
				continue
			}
			if s := c.name(boxes[0], worse); !slices.Contains(all, s) {
				all = append(all, s)
			}
			break
		}
	}
	return strings.Join(all, entrySeparator)
}

// emails chooses one of the published addresses and keeps the others.
func (im *importing) emails(raw *rawRow, row *Row) {
	chooseEmail(row, append(im.published(raw), im.alsoPublished(raw)...))
}

// chooseEmail enters the best of some addresses, the others behind it.
func chooseEmail(row *Row, boxes []publishedMailbox) {
	boxes = distinctMailboxes(boxes)
	if len(boxes) == 0 {
		return
	}
	slices.SortStableFunc(boxes, compareMailboxes)
	row.Email, row.Confidence, row.Section = string(boxes[0].email), boxes[0].confidence, boxes[0].section
	var further []string
	for _, m := range boxes[1:] {
		further = append(further, m.String())
	}
	row.FurtherEmails = strings.Join(further, entrySeparator)
	row.EmailReason = choiceReason(boxes)
}

// distinctMailboxes drops an address that stands there already, in whatever spelling.
func distinctMailboxes(boxes []publishedMailbox) []publishedMailbox {
	seen := map[string]bool{}
	var kept []publishedMailbox
	for _, m := range boxes {
		if !seen[m.email.Key()] {
			seen[m.email.Key()] = true
			m.position = len(kept)
			kept = append(kept, m)
		}
	}
	return kept
}

// published reads the e-mail cell.
func (im *importing) published(raw *rawRow) []publishedMailbox {
	var boxes []publishedMailbox
	confidence, section := raw.cell("email_confidence"), raw.cell("email_section")
	for s := range strings.FieldsFuncSeq(raw.cell("email"), func(r rune) bool { return r == ';' || r == ',' }) {
		boxes = append(boxes, im.mailbox(raw, "email", s, confidence, section)...)
	}
	return boxes
}

// alsoGraded is how notes give a further address with its grade.
var alsoGraded = regexp.MustCompile(`also published: (\S+) \(([^,()]+), ([^,()]+)\)`)

// looseAddress finds what else in notes looks like an address.
var looseAddress = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]*\w`)

// alsoPublished reads the notes: graded addresses are taken, others only reported, because notes also name dead and
// doubtful ones.
func (im *importing) alsoPublished(raw *rawRow) []publishedMailbox {
	notes := raw.cell("notes")
	var boxes []publishedMailbox
	for _, m := range alsoGraded.FindAllStringSubmatch(notes, -1) {
		boxes = append(boxes, im.mailbox(raw, "notes", m[1], m[2], m[3])...)
	}
	for _, s := range looseAddress.FindAllString(alsoGraded.ReplaceAllString(notes, ""), -1) {
		im.tell(raw, "notes", "%s not taken: no grade is given", s)
	}
	return boxes
}

// mailbox reads one address; nothing if it is malformed, for repairing it would be guessing whom it reaches.
func (im *importing) mailbox(raw *rawRow, column, s, confidence, section string) []publishedMailbox {
	e, err := address.ParseEmail(s)
	if err != nil {
		im.tell(raw, column, "%q not read: %v", strings.TrimSpace(s), err)
		return nil
	}
	section = sectionOf(e, section)
	if !slices.Contains(knownConfidences, confidence) || !slices.Contains(knownSections, section) {
		im.tell(raw, column, "%s not taken: confidence %q, section %q", e, confidence, section)
		return nil
	}
	return []publishedMailbox{{email: e, confidence: confidence, section: section}}
}

// sectionOf makes a published section more exact where the address itself says more: a visa desk among the consular ones,
// single departments where a cell lists several.
func sectionOf(e address.Email, section string) string {
	local := strings.ToLower(e.Local())
	if strings.Contains(local, "visa") {
		return "visa"
	}
	if section != "several" {
		return section
	}
	for _, d := range departmentWords {
		if strings.Contains(local, d.word) {
			return d.section
		}
	}
	return section
}

// departmentWords are what local parts call them; the first that fits counts.
var departmentWords = []struct{ word, section string }{
	{"consul", "consular"}, {"general", "general"}, {"information", "press"}, {"press", "press"},
}

// mailHost is how official the domain of an address is.
type mailHost int

// The hosts, the better first.
const (
	ministryHost mailHost = iota
	ownHost
	freeHost
)

// String names the host for people.
func (h mailHost) String() string {
	return [...]string{"ministry's domain", "other domain", "free mail"}[h]
}

// ministryDomains are the mail domains of the foreign ministries whose missions are imported; subdomains count.
var ministryDomains = []string{"mfa.gov.cn", "mofa.go.kr"}

func hostOf(e address.Email) mailHost {
	domain := e.Domain()
	for _, m := range ministryDomains {
		if domain == m || strings.HasSuffix(domain, "."+m) {
			return ministryHost
		}
	}
	if e.Free() {
		return freeHost
	}
	return ownHost
}
