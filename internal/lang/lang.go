// Package lang holds the interface's texts, one JSON file per language used by pages and mails alike, and answers which
// language a visitor is served in.
//
// The files under texts/ have the same keys, held together by a test. {word} in a text is a place for a value; values are put in
// as they are, so whoever writes HTML escapes afterwards.
package lang

import (
	"bytes"
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:embed texts/*.json countries/*.json
var files embed.FS

// Default is the language of whoever speaks none of ours.
const Default = "en"

// Languages are the interface's languages, the default first.
func Languages() []string { return []string{Default, "ko", "zh"} }

var texts = loaders("texts")
var countries = loaders("countries")

// loaders answers a function per language that reads its file when first asked: a cold start pays for one language.
func loaders(folder string) map[string]func() map[string]string {
	m := map[string]func() map[string]string{}
	for _, l := range Languages() {
		m[l] = sync.OnceValue(func() map[string]string { return mustRead(folder + "/" + l + ".json") })
	}
	return m
}

// mustRead panics on what a test has ruled out: the files are embedded.
func mustRead(name string) map[string]string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("lang: " + err.Error())
	}
	var m map[string]string
	if err := json.Unmarshal(data, &m); err != nil {
		panic("lang: " + name + ": " + err.Error())
	}
	return m
}

// Text answers the text of a key, its {words} replaced by the values that follow them in pairs ("name", "Ann"). A
// language we don't speak gets the default's. An unknown key answers itself, which a test would notice.
func Text(tag, key string, pairs ...string) string {
	text, ok := texts[spoken(tag)]()[key]
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return text
	}
	replace := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		replace = append(replace, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(replace...).Replace(text)
}

// Notes answers the house's own sentences around a letter: all keys under "letter.", without that prefix.
func Notes(tag string) map[string]string {
	notes := map[string]string{}
	for key, text := range texts[spoken(tag)]() {
		if name, ok := strings.CutPrefix(key, "letter."); ok {
			notes[name] = text
		}
	}
	return notes
}

// Country answers the name of a country (ISO 3166-1 alpha-2 or XK); its code where we have no name.
func Country(tag, code string) string {
	if name, ok := countries[spoken(tag)]()[code]; ok {
		return name
	}
	return code
}

// Countries answers the codes of all countries in the order in which a language's speakers look for their names.
func Countries(tag string) []string { return slices.Clone(sorted[spoken(tag)]()) }

// sorted reads the order from the files, which a test has sorted: collation tables are not for a deployed function.
var sorted = func() map[string]func() []string {
	m := map[string]func() []string{}
	for _, l := range Languages() {
		m[l] = sync.OnceValue(func() []string { return mustOrder("countries/" + l + ".json") })
	}
	return m
}()

// mustOrder answers an object's keys as they stand in a file.
func mustOrder(name string) []string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("lang: " + err.Error())
	}
	var keys []string
	d := json.NewDecoder(bytes.NewReader(data))
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

// Dir answers the direction of a language's script, for HTML's dir attribute.
func Dir(tag string) string {
	script, _ := language.Make(tag).Script()
	if slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Match answers which of the offered languages suits a visitor best: the one asked for, else what the Accept-Language header
// says, else the first.
func Match(asked, accept string, offered []string) string {
	if slices.Contains(offered, asked) {
		return asked
	}
	tags := make([]language.Tag, len(offered))
	for i, o := range offered {
		tags[i] = language.Make(o)
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return offered[0]
	}
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return offered[i]
}

// spoken answers the interface language nearest to a tag, by its base ("zh-Hant" is served zh).
func spoken(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	if _, ok := texts[base]; ok {
		return base
	}
	return Default
}
