package address

import (
	_ "embed" // dialling.csv
	"errors"
	"strings"
	"sync"
)

// ErrPhone: not a number in E.164.
var ErrPhone = errors.New("phone number: not of the form +82221103079")

// ParsePhone takes a number in E.164 and nothing else: a plus, a first digit that isn't 0, 7 to 15 digits in all (ITU-T E.164
// section 6). Reading what people write is the directory import's task, with a phone-number library.
func ParsePhone(s string) (Phone, error) {
	number, ok := strings.CutPrefix(s, "+")
	if !ok || len(number) < 7 || len(number) > 15 || number[0] == '0' || !digits(number) {
		return "", ErrPhone
	}
	return Phone(s), nil
}

//go:embed dialling.csv
var diallingCSV string

// plan is how a country dials.
type plan struct {
	code          string // country calling code
	international string // prefix for other numbering plans; empty if the caller has to choose a carrier
	national      string // prefix within the numbering plan; may be empty
}

var plans = sync.OnceValue(func() map[Country]plan {
	t := map[Country]plan{}
	for country, rest := range rows(diallingCSV) {
		f := strings.Split(rest, ",")
		t[Country(country)] = plan{code: f[0], international: f[1], national: f[2]}
	}
	return t
})

// codes is all calling codes. None is the beginning of another (ITU-T E.164), so the one a number begins with is its own.
var codes = sync.OnceValue(func() map[string]bool {
	t := map[string]bool{}
	for _, p := range plans() {
		t[p.code] = true
	}
	return t
})

// DialFrom is the number as dialled on a phone or fax machine in a country: international prefix, calling code, number, with
// spaces between; within one numbering plan the national form. A tilde means: wait for the tone (8~10 in Russia). Where a
// country has no prefix valid with all carriers (as Brazil and South Korea), or isn't known, the answer is the
// international form with its plus.
func (p Phone) DialFrom(c Country) string {
	number := strings.TrimPrefix(string(p), "+")
	from := plans()[c]
	code := callingCode(number)
	rest := number[len(code):]
	switch {
	case from.code != "" && from.code == code:
		return from.national + rest
	case from.international == "":
		return "+" + join(code, rest)
	default:
		return join(from.international, code, rest)
	}
}

// callingCode answers the calling code a number begins with; empty for one that no country has (satellites, networks).
func callingCode(number string) string {
	for n := 1; n <= 3 && n <= len(number); n++ {
		if codes()[number[:n]] {
			return number[:n]
		}
	}
	return ""
}

// join puts single spaces between what isn't empty.
func join(parts ...string) string {
	var b strings.Builder
	for _, s := range parts {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}
