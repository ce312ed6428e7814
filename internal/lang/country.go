package lang

import (
	"bytes"
	"encoding/json"
	"slices"
)

var countries = each(func(l string) map[string]string { return mustRead[string](countryFile(l)) })

// sorted takes the order from the files, which a test has sorted: collation tables are not for a deployed function.
var sorted = each(func(l string) []string { return keys(mustFile(countryFile(l))) })

func countryFile(language string) string { return "countries/" + language + ".json" }

// Country answers the name of a country (ISO 3166-1 alpha-2 or XK); its code where we have no name.
func Country(tag, code string) string {
	if name, ok := countries[spoken(tag)]()[code]; ok {
		return name
	}
	return code
}

// Countries answers the codes of all countries in the order in which a language's speakers look for their names.
func Countries(tag string) []string { return slices.Clone(sorted[spoken(tag)]()) }

// keys answers an object's keys as they stand in a file.
func keys(object []byte) []string {
	var keys []string
	d := json.NewDecoder(bytes.NewReader(object))
	for i := 0; ; i++ {
		token, err := d.Token()
		if err != nil {
			return keys
		}
		if key, ok := token.(string); ok && i%2 == 1 { // {, key, value, key, value, ...
			keys = append(keys, key)
		}
	}
}
