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
	of     map[Country]Country // by territory
}

var countries = sync.OnceValue(func() countryTable {
	t := countryTable{names: map[Country]string{}, of: map[Country]Country{}}
	for code, rest := range rows(countriesCSV) {
		name, of, _ := strings.Cut(rest, ",")
		t.sorted = append(t.sorted, Country(code))
		t.names[Country(code)] = name
		if of != "" {
			t.of[Country(code)] = Country(of)
		}
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

// Of answers the state that a territory with a code of its own belongs to, and whose embassies are responsible for it where
// nobody nearer is; false for a state, and for what has foreign relations of its own or is disputed (HK, MO, TW, CK, NU, EH,
// PS). The source is ISO 3166-1's names and its mark "independent"; see the test of the table.
func (c Country) Of() (Country, bool) {
	of, ok := countries().of[c]
	return of, ok
}
