package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"one-click-protest/internal/address"
)

// readNumber is a number that could be read in exactly one way.
type readNumber struct {
	phone address.Phone
	nsn   string // without the country code
	area  string // area code, where the plan has one
	rank  int    // rankGeneral first
}

// phones reads a phone or fax cell into E.164, general numbers first.
func (im *importing) phones(raw *rawRow, column string, row Row) string {
	c := phoneCell{im: im, raw: raw, column: column, regions: regionsOf(row),
		seat: placeOf(row.Country, row.City).seat}
	for _, p := range phonePieces(raw.cell(column)) {
		c.enter(p)
	}
	c.dropOddAreas()
	slices.SortStableFunc(c.read, func(a, b readNumber) int { return cmp.Compare(a.rank, b.rank) })
	var all []string
	for _, r := range c.read {
		if !slices.Contains(all, string(r.phone)) {
			all = append(all, string(r.phone))
		}
	}
	return strings.Join(all, entrySeparator)
}

// regionsOf answers the countries whose numbers a mission may write without a plus: its host country and the one it stands in.
// Numbers of the Palestinian network are reached, and written, under +970 and +972.
func regionsOf(row Row) []string {
	regions := []string{row.Country}
	if seat := placeOf(row.Country, row.City).seat; seat != row.Country {
		regions = append(regions, seat)
	}
	if row.Country == "PS" {
		regions = append(regions, "IL")
	}
	return regions
}

// phoneCell is a phone cell being read.
type phoneCell struct {
	im      *importing
	raw     *rawRow
	column  string
	regions []string // whose numbers may stand without a plus, the host country first
	seat    string   // the country the mission stands in
	read    []readNumber
}

func (c *phoneCell) tell(format string, args ...any) { c.im.tell(c.raw, c.column, format, args...) }

// enter reads one piece, and reports what of it stays unread.
func (c *phoneCell) enter(p phonePiece) {
	if len(c.read) > 0 && strings.HasPrefix(strings.TrimSpace(p.label), "ext") {
		c.tell("%q left out: an extension", "ext. "+p.text)
		return
	}
	n, rest, ok := c.numberAndRest(p.text)
	if !ok {
		c.tell("%q not read: %s", p.text, c.why(p.text))
		return
	}
	if rest != "" {
		c.tell("%q left out: short for further numbers", rest)
	}
	if p.tail != "" {
		c.tell("%q left out: of a range only the first number is taken", "~"+p.tail)
	}
	r := c.readAs(n)
	r.rank = max(r.rank, labelRank(p.label))
	c.read = append(c.read, r)
}

// numberAndRest reads a number and answers what stands behind it unread.
func (c *phoneCell) numberAndRest(text string) (n *phonenumbers.PhoneNumber, rest string, ok bool) {
	if n, ok := c.number(text); ok {
		return n, "", true
	}
	return c.repeated(text)
}

// number reads a text that is one whole number, if that can be done in exactly one way.
func (c *phoneCell) number(text string) (*phonenumbers.PhoneNumber, bool) {
	d := digitsOf(text)
	if abroad, ok := abroadDigits(text, d); ok {
		return validNumber("+"+abroad, phonenumbers.UNKNOWN_REGION)
	}
	if n, ok := c.codeFirst(text, d); ok {
		return n, true
	}
	var found []*phonenumbers.PhoneNumber
	for _, region := range c.regions {
		for _, s := range readings(region, d) {
			n, ok := validNumber(s, region)
			if ok && int(n.GetCountryCode()) == codeOf(region) && !slices.ContainsFunc(found, sameNumber(n)) {
				found = append(found, n)
			}
		}
	}
	if len(found) != 1 || !c.wholeLike(found[0], d) {
		return nil, false
	}
	return found[0], true
}

// readings answers how digits without plus or 00 may be meant in a country: with its calling code, or as dialled inside it. The
// latter needs the national prefix where the plan has one, because long plans (Germany's) find some number in anything; only
// North Americans write whole numbers without it.
func readings(region, digits string) []string {
	prefix := phonenumbers.GetNddPrefixForRegion(region, true)
	if strings.HasPrefix(digits, prefix) || phonenumbers.IsNANPACountry(region) {
		return []string{"+" + digits, digits}
	}
	return []string{"+" + digits}
}

// abroadDigits answers the digits behind a plus or 00. A plus before 00 is one too many, nothing more.
func abroadDigits(text, digits string) (string, bool) {
	plus := strings.HasPrefix(strings.TrimLeft(text, " ("), "+")
	without, zeros := strings.CutPrefix(digits, "00")
	return without, plus || zeros
}

// codeFirst reads a number whose first group is the country code, as in (86-10) 8531-0726: the lost plus is no guess there.
func (c *phoneCell) codeFirst(text, digits string) (*phonenumbers.PhoneNumber, bool) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	for _, region := range c.regions {
		if len(groups) > 1 && groups[0] == strconv.Itoa(codeOf(region)) {
			return validNumber("+"+digits, region)
		}
	}
	return nil, false
}

// wholeLike holds a national number behind others to their length: "45478199" behind +54 11 4547-8100 lacks the area code, and
// what it would mean without one is another number.
func (c *phoneCell) wholeLike(n *phonenumbers.PhoneNumber, digits string) bool {
	if len(c.read) == 0 || strings.HasPrefix(digits, strconv.Itoa(int(n.GetCountryCode()))) {
		return true
	}
	return len(phonenumbers.GetNationalSignificantNumber(n)) == len(c.read[0].nsn)
}

// repeated reads a number with further last groups behind it, parted by spaces: "(81-92) 771-0464 771-0488". The number is
// the one beginning that is a number by itself.
func (c *phoneCell) repeated(text string) (*phonenumbers.PhoneNumber, string, bool) {
	var found *phonenumbers.PhoneNumber
	var rest string
	for i, r := range text {
		if r != ' ' || digitsOf(text[i:]) == "" {
			continue
		}
		if n, ok := c.number(text[:i]); ok {
			if found != nil && !sameNumber(n)(found) {
				return nil, "", false
			}
			found, rest = n, strings.TrimSpace(text[i:])
		}
	}
	return found, rest, found != nil
}

// readAs answers what is to be known of a number, and reports one of a country that doesn't fit.
func (c *phoneCell) readAs(n *phonenumbers.PhoneNumber) readNumber {
	r := readNumber{phone: address.Phone(phonenumbers.Format(n, phonenumbers.E164)), nsn: phonenumbers.GetNationalSignificantNumber(n)}
	if k := phonenumbers.GetLengthOfGeographicalAreaCode(n); k > 0 {
		r.area = r.nsn[:k]
	}
	has := func(region string) bool { return codeOf(region) == int(n.GetCountryCode()) }
	switch {
	case !slices.ContainsFunc(c.regions, has):
		c.tell("%s is a number of %s: kept behind others", r.phone, phonenumbers.GetRegionCodeForNumber(n))
		r.rank = rankForeign
	case c.seat != c.regions[0] && !has(c.seat):
		c.tell("%s is a number of %s, and the mission stands in %s: kept, may be stale", r.phone, c.regions[0], c.seat)
	}
	return r
}

// dropOddAreas leaves out a number whose area code differs from that of all others, where at least two others agree: a slip of
// the pen reaches a stranger.
func (c *phoneCell) dropOddAreas() {
	count, total := map[string]int{}, 0
	for _, r := range c.read {
		if r.area != "" {
			count[r.area]++
			total++
		}
	}
	if len(count) != 2 || total < 3 {
		return
	}
	c.read = slices.DeleteFunc(c.read, func(r readNumber) bool {
		odd := count[r.area] == 1
		if odd {
			c.tell("%s left out: its area code differs from all others", r.phone)
		}
		return odd
	})
}

// why says what keeps a text from being a number.
func (c *phoneCell) why(text string) string {
	d := digitsOf(text)
	switch _, abroad := abroadDigits(text, d); {
	case len(d) < 7:
		return "short for a number, without its beginning"
	case abroad:
		return "no valid number, by the numbering plan of its country"
	case len(c.read) > 0:
		return fmt.Sprintf("no valid number of %s by itself", strings.Join(c.regions, " or "))
	}
	return fmt.Sprintf("no valid number of %s, or more than one way to read it", strings.Join(c.regions, " or "))
}

// Ranks of numbers.
const (
	rankGeneral = iota
	rankOther
	rankConsular // visa desks and emergency lines
	rankForeign
)

// The words of labels, in the languages of the lists.
var (
	generalWords  = []string{"대표", "운영지원", "administration", "대사관", "근무시간", "행정"}
	consularWords = []string{"consular", "visa", "urgent", "emergency", "hours", "영사", "비자", "여권", "민원", "사건사고", "긴급"}
)

func labelRank(label string) int {
	has := func(word string) bool { return strings.Contains(strings.ToLower(label), word) }
	switch {
	case slices.ContainsFunc(consularWords, has):
		return rankConsular
	case strings.TrimSpace(label) == "", slices.ContainsFunc(generalWords, has):
		return rankGeneral
	}
	return rankOther
}

// validNumber answers a valid number.
func validNumber(s, region string) (*phonenumbers.PhoneNumber, bool) {
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return nil, false
	}
	_, err = address.ParsePhone(phonenumbers.Format(n, phonenumbers.E164))
	return n, err == nil
}

func sameNumber(a *phonenumbers.PhoneNumber) func(b *phonenumbers.PhoneNumber) bool {
	return func(b *phonenumbers.PhoneNumber) bool {
		return phonenumbers.Format(a, phonenumbers.E164) == phonenumbers.Format(b, phonenumbers.E164)
	}
}

// codeOf answers a country's calling code; 0 if it has none.
func codeOf(region string) int { return phonenumbers.GetCountryCodeForRegion(region) }

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
