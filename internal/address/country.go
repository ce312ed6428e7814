package address

import (
	_ "embed" // countries.csv
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
)

// ErrCountry: not the code of a country.
var ErrCountry = errors.New("country: not an ISO 3166-1 alpha-2 code")

//go:embed countries.csv
var countriesCSV string

// countryTable is countries.csv, read at its first use: a cold start pays for it only when it needs it.
type countryTable struct {
	sorted []Country
	names  map[Country]string
}

var countries = sync.OnceValue(func() countryTable {
	t := countryTable{names: map[Country]string{}}
	for code, name := range rows(countriesCSV) {
		t.sorted = append(t.sorted, Country(code))
		t.names[Country(code)] = name
	}
	return t
})

// rows yields the lines of an embedded table below its head, each as its two-letter code and the rest. The tables are
// generated and have no quotes.
func rows(table string) iter.Seq2[string, string] {
	return func(yield func(code, rest string) bool) {
		_, body, _ := strings.Cut(table, "\n")
		for line := range strings.Lines(body) {
			code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ",")
			if !yield(code, rest) {
				return
			}
		}
	}
}

// ParseCountry reads a code in upper or lower case; ErrCountry for anything that isn't one of [Countries].
func ParseCountry(s string) (Country, error) {
	s = strings.TrimSpace(s)
	if len(s) != len("XK") { // before ToUpper, which maps longer letters onto these
		return "", ErrCountry
	}
	c := Country(strings.ToUpper(s))
	if _, ok := countries().names[c]; !ok {
		return "", ErrCountry
	}
	return c, nil
}

// Countries answers the 249 countries and territories of ISO 3166-1 and Kosovo, sorted by code.
func Countries() []Country { return slices.Clone(countries().sorted) }

// Name is the short English name; the code itself for what is no country.
func (c Country) Name() string {
	if name, ok := countries().names[c]; ok {
		return name
	}
	return string(c)
}
