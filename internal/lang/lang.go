// Package lang holds the interface's texts, one JSON file per language used by pages, mails and widget alike, writes numbers and
// moments as a language's readers do, and answers which language a visitor is served in.
//
// The files under texts/ have the same keys, held together by a test. A value is a text, or an object of plural forms by CLDR
// category. {word} in a text is a place for a value; values are put in as they are, so whoever writes HTML escapes afterwards.
package lang

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed texts/*.json countries/*.json
var files embed.FS

// Default is the language of whoever speaks none of ours.
const Default = "en"

// Languages are the interface's languages, the default first.
func Languages() []string {
	return []string{Default, "ar", "de", "es", "fr", "ja", "ko", "ru", "zh-Hans", "zh-Hant"}
}

// texts has strings and maps of plural forms. A type of its own with an UnmarshalJSON would take half as long again to read.
var texts = each(func(l string) map[string]any { return mustRead[any]("texts/" + l + ".json") })

// each answers a function per language that reads its file when first asked: a cold start pays for one language.
func each[T any](read func(language string) T) map[string]func() T {
	m := map[string]func() T{}
	for _, l := range Languages() {
		m[l] = sync.OnceValue(func() T { return read(l) })
	}
	return m
}

// mustRead panics on what a test has ruled out: the files are embedded.
func mustRead[T any](name string) map[string]T {
	var m map[string]T
	if err := json.Unmarshal(mustFile(name), &m); err != nil {
		panic("lang: " + name + ": " + err.Error())
	}
	return m
}

func mustFile(name string) []byte {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("lang: " + err.Error())
	}
	return data
}

// Text answers the text of a key, its {words} replaced by the values that follow them in pairs ("name", "Ann"). A
// language we don't speak gets the default's. A key that is unknown, or whose text has forms, answers itself, which a test would notice.
func Text(tag, key string, pairs ...string) string {
	text, ok := texts[spoken(tag)]()[key].(string)
	if !ok {
		return key
	}
	return fill(text, pairs)
}

// Count answers the form of a text that goes with a number of things, {n} in it replaced by that number as the language writes
// it, and its other {words} as by [Text].
func Count(tag, key string, n int, pairs ...string) string {
	l := spoken(tag)
	forms, _ := texts[l]()[key].(map[string]any)
	form, ok := forms[category(l, n)].(string)
	if !ok {
		return key
	}
	return fill(form, append([]string{"n", Number(l, n)}, pairs...))
}

// category answers the CLDR plural category of a whole number in a language.
func category(tag string, n int) string {
	form := plural.Cardinal.MatchPlural(language.Make(tag), max(n, -n), 0, 0, 0, 0)
	return map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}[form]
}

func fill(text string, pairs []string) string {
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
			notes[name], _ = text.(string)
		}
	}
	return notes
}
