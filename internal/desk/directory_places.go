package desk

import (
	_ "embed" // the tables
	"encoding/csv"
	"strings"
	"sync"
)

// The tables an import decides by. They are hand-kept and small; their tests hold them against the time zone database and
// the list of countries.
var (
	// Country, city (empty: the rest of the country), seat (the country the city really lies in, if another), zone. Countries
	// with one zone, or one in which all missions are, have a line without a city; others have a line a city.
	//
	//go:embed directory_zones.csv
	zonesCSV string

	// State, country, column, as published, as it should be, reason.
	//
	//go:embed directory_corrections.csv
	correctionsCSV string

	// Id, reason with source: missions that lists still print.
	//
	//go:embed directory_closed.csv
	closedCSV string
)

// place is what is known of a city: the country it lies in and its time zone.
type place struct{ seat, zone string }

var knownPlaces = sync.OnceValue(func() map[[2]string]place {
	t := map[[2]string]place{}
	for f := range tableRows(zonesCSV) {
		p := place{seat: f[2], zone: f[3]}
		if p.seat == "" {
			p.seat = f[0]
		}
		t[[2]string{f[0], citySlug(f[1])}] = p
	}
	return t
})

// placeOf answers a city's place; with an empty zone if it isn't known.
func placeOf(country, city string) place {
	if p, ok := knownPlaces()[[2]string{country, citySlug(city)}]; ok {
		return p
	}
	if p, ok := knownPlaces()[[2]string{country, ""}]; ok {
		return p
	}
	return place{seat: country}
}

type correction struct{ value, reason string }

var knownCorrections = sync.OnceValue(func() map[[4]string]correction {
	t := map[[4]string]correction{}
	for f := range tableRows(correctionsCSV) {
		t[[4]string(f[:4])] = correction{value: f[4], reason: f[5]}
	}
	return t
})

// corrected answers a cell as it should be, and reports where that isn't as published.
func (im *importing) corrected(raw *rawRow, column string) string {
	s := raw.cell(column)
	c, ok := knownCorrections()[[4]string{im.state, raw.cell("host_country_iso2"), column, s}]
	if !ok {
		return s
	}
	im.tell(raw, column, "%q corrected to %q: %s", s, c.value, c.reason)
	return c.value
}

var closedMissions = sync.OnceValue(func() map[string]string {
	t := map[string]string{}
	for f := range tableRows(closedCSV) {
		t[f[0]] = f[1]
	}
	return t
})

// tableRows yields the rows of an embedded table below its head. The tables are ours: their tests read every row.
func tableRows(table string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
		if err != nil {
			panic("desk: embedded table: " + err.Error())
		}
		for _, row := range rows[1:] {
			if !yield(row) {
				return
			}
		}
	}
}
