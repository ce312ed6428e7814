package desk

import (
	"strings"

	"one-click-protest/internal/address"
)

// stateNames is what states call themselves in the names of their missions. Others go by their common name.
var stateNames = map[string]string{
	"CN": "the People's Republic of China",
	"KR": "the Republic of Korea",
}

// countryNames is host countries whose CLDR name doesn't fit behind "in".
var countryNames = map[string]string{
	"CD": "the Democratic Republic of the Congo",
	"CG": "the Republic of the Congo",
	"CF": "the Central African Republic",
	"DO": "the Dominican Republic",
	"HK": "Hong Kong",
	"MM": "Myanmar",
	"MO": "Macao",
	"PS": "Palestine",
}

// withArticle is host countries that stand with "the".
const withArticle = "AE BQ BS CC CK FK FO GB GM IM KM KY MF MH MP MV NL PH SB SC TC TF UM US VG VI"

// missionName is built rather than taken over: lists run words together or are in the state's own language.
func missionName(state string, row Row) string {
	of := stateName(state)
	switch row.Kind {
	case kindEmbassy:
		if row.Country == "VA" {
			return "Embassy of " + of + " to the Holy See"
		}
		return "Embassy of " + of + " in " + hostName(row.Country)
	case kindBranch:
		return "Branch Office of the Embassy of " + of + " in " + row.City
	case kindConsulateGeneral:
		return "Consulate General of " + of + " in " + row.City
	case kindConsulate:
		return "Consulate of " + of + " in " + row.City
	case kindConsularOffice:
		return "Consular Office of " + of + " in " + row.City
	default:
		return "Representative Office of " + of + " in " + row.City
	}
}

func stateName(state string) string {
	if name, ok := stateNames[state]; ok {
		return name
	}
	return hostName(state)
}

func hostName(country string) string {
	if name, ok := countryNames[country]; ok {
		return name
	}
	name := strings.ReplaceAll(address.Country(country).Name(), "&", "and")
	if strings.Contains(withArticle, country) {
		return "the " + name
	}
	return name
}
