package lang_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"one-click-protest/internal/lang"
	"one-click-protest/internal/letter"
)

// forms is a value of a file: its texts by plural category, or one text under "".
type forms map[string]string

func (f *forms) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*f = forms{"": text}
		return nil
	}
	return json.Unmarshal(data, (*map[string]string)(f))
}

// read answers a file of texts as it stands.
func read(t *testing.T, l string) map[string]forms {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("texts", l+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]forms
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	if lines := bytes.Count(data, []byte("\n  \"")); lines != len(m) {
		t.Errorf("%s has %d lines and %d keys: one is there twice", l, lines, len(m))
	}
	return m
}

// each runs a test for every language, with its file and the default's.
func each(t *testing.T, test func(t *testing.T, l string, want, got map[string]forms)) {
	t.Helper()
	want := read(t, lang.Default)
	for _, l := range lang.Languages() {
		t.Run(l, func(t *testing.T) { test(t, l, want, read(t, l)) })
	}
}

// What is embedded is what is spoken: a file that no tag leads to would be forgotten.
func TestFiles(t *testing.T) {
	var want []string
	for _, l := range lang.Languages() {
		want = append(want, l+".json")
	}
	slices.Sort(want)
	for _, folder := range []string{"texts", "countries"} {
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Name())
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-spoken +there):\n%s", folder, diff)
		}
	}
}

func TestSameKeys(t *testing.T) {
	each(t, func(t *testing.T, _ string, want, got map[string]forms) {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("other keys (-want +got):\n%s", diff)
		}
	})
}

// A plural has a form for each category that a whole number has in the language, and no other; a text has none.
func TestForms(t *testing.T) {
	each(t, func(t *testing.T, l string, want, got map[string]forms) {
		for key, f := range got {
			categories := []string{""}
			if _, text := want[key][""]; !text {
				categories = reached(l)
			}
			if diff := cmp.Diff(categories, slices.Sorted(maps.Keys(f))); diff != "" {
				t.Errorf("%s has other forms (-want +got):\n%s", key, diff)
			}
		}
	})
}

// reached is the categories that whole numbers have in a language.
func reached(l string) []string {
	found := map[string]bool{}
	for n := range 10_000 {
		found[category(l, n)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func category(l string, n int) string {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}
	return names[plural.Cardinal.MatchPlural(language.Make(l), n, 0, 0, 0, 0)]
}

var places = regexp.MustCompile(`\{[^{}]*\}|[{}]`)

// Places of values are the same in all languages and forms, but a form for one number only may leave that number out.
func TestSamePlaces(t *testing.T) {
	each(t, func(t *testing.T, l string, want, got map[string]forms) {
		for key, f := range got {
			wanted := placesIn(want[key][""] + want[key]["other"])
			for category, text := range f {
				found := placesIn(text)
				if alone(l, category) && !slices.Contains(found, "{n}") {
					found = slices.Sorted(slices.Values(append(found, "{n}")))
				}
				if diff := cmp.Diff(wanted, found); diff != "" {
					t.Errorf("%s has other places (-want +got):\n%s", strings.TrimRight(key+" "+category, " "), diff)
				}
			}
		}
	})
}

// alone says whether a form is for one number only, as Arabic's for 2; Russian's "one" is for 21 too, French's for 0.
func alone(l, form string) bool {
	count := 0
	for n := range 1000 {
		if category(l, n) == form {
			count++
		}
	}
	return count == 1
}

func placesIn(text string) []string {
	found := places.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// same is texts that are right although they are the English one's.
var same = map[string][]string{
	"ar": {"format.date"},
	"fr": {"format.date", "format.time"},
}

// Nothing is empty or left in English.
func TestTranslated(t *testing.T) {
	each(t, func(t *testing.T, l string, want, got map[string]forms) {
		for key, f := range got {
			for category, text := range f {
				if strings.TrimSpace(text) != text && !strings.HasPrefix(key, "mail.") || text == "" {
					t.Errorf("%s %s is %q", key, category, text)
				}
				if l != lang.Default && slices.Contains(slices.Collect(maps.Values(want[key])), text) && !slices.Contains(same[l], key) {
					t.Errorf("%s %s is English: %q", key, category, text)
				}
			}
		}
		for _, key := range same[l] {
			if diff := cmp.Diff(want[key], got[key]); diff != "" {
				t.Errorf("%s need not be allowed to be English any more", key)
			}
		}
	})
}

// TestNotes holds the files to the sentences that letters need.
func TestNotes(t *testing.T) {
	if diff := cmp.Diff(letter.English(), lang.Notes("en")); diff != "" {
		t.Errorf("the English notes differ from package letter's (-want +got):\n%s", diff)
	}
	for _, l := range lang.Languages() {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(letter.English())), slices.Sorted(maps.Keys(lang.Notes(l)))); diff != "" {
			t.Errorf("%s has other notes (-want +got):\n%s", l, diff)
		}
	}
}

func TestText(t *testing.T) {
	for _, tc := range []struct {
		tag, key string
		pairs    []string
		want     string
	}{
		{"en", "error.too_long", []string{"max", "100"}, "Too long: 100 characters at most."},
		{"ko", "paper.to", nil, "받는 사람"},
		{"en", "no.such.key", nil, "no.such.key"},
		{"en", "counter.actions", nil, "counter.actions"},
		{"en", "form.partner", []string{"partner", "{partner}"}, "You come from {partner}."},
	} {
		if got := lang.Text(tc.tag, tc.key, tc.pairs...); got != tc.want {
			t.Errorf("Text(%q, %q) = %q, want %q", tc.tag, tc.key, got, tc.want)
		}
	}
}

// A tag is served the texts of the interface language that it means, never another one's however near.
func TestTextByTag(t *testing.T) {
	for tag, want := range map[string]string{
		"zh": "简体中文", "zh-CN": "简体中文", "zh-SG": "简体中文", "zh-Hans-TW": "简体中文",
		"zh-TW": "繁體中文", "zh-HK": "繁體中文", "zh-Hant": "繁體中文", "ZH-hant-mo": "繁體中文",
		"en-GB": "English", "de-CH": "Deutsch", "fr-CA": "Français", "es-419": "Español", "ko-KP": "한국어", "ja-JP": "日本語", "ar-EG": "العربية", "ru-UA": "Русский",
		"pt": "English", "uk": "English", "be": "English", "eu": "English", "fa": "English", "": "English", "und": "English", "nonsense-": "English", "<b>": "English",
	} {
		if got := lang.Text(tag, "language.name"); got != want {
			t.Errorf("%q is served %s, want %s", tag, got, want)
		}
	}
}

// Each number is served the form of its category, with the number in it as the language writes it.
func TestCount(t *testing.T) {
	const key = "counter.actions"
	for _, l := range lang.Languages() {
		texts := read(t, l)[key]
		for _, n := range []int{0, 1, 2, 3, 5, 10, 11, 12, 21, 22, 99, 100, 101, 102, 111, 1000, 1001, 12_345, 1_000_000, 21_000_001} {
			want := strings.ReplaceAll(texts[category(l, n)], "{n}", lang.Number(l, n))
			if got := lang.Count(l, key, n); got != want || want == "" {
				t.Errorf("%s: %d is %q, want %q", l, n, got, want)
			}
		}
	}
	for tag, key := range map[string]string{"en": "no.such.key", "ru": "language.name"} {
		if got := lang.Count(tag, key, 2); got != key {
			t.Errorf("Count(%q, %q) = %q", tag, key, got)
		}
	}
}

// The categories that our languages' speakers expect, so that TestCount's own source is held too.
func TestCategories(t *testing.T) {
	for _, tc := range []struct {
		l, want string
		numbers []int
	}{
		{"en", "one", []int{1}}, {"en", "other", []int{0, 2, 11, 101}},
		{"de", "one", []int{1}}, {"es", "one", []int{1}}, {"es", "other", []int{0, 2}},
		{"fr", "one", []int{0, 1}}, {"fr", "other", []int{2, 101}},
		{"ru", "one", []int{1, 21, 101, 1001}}, {"ru", "few", []int{2, 4, 22, 104}}, {"ru", "many", []int{0, 5, 11, 12, 14, 20, 111, 1000}},
		{"ar", "zero", []int{0}}, {"ar", "one", []int{1}}, {"ar", "two", []int{2}}, {"ar", "few", []int{3, 10, 103, 110}},
		{"ar", "many", []int{11, 26, 99, 111}}, {"ar", "other", []int{100, 101, 102, 200, 1000}},
		{"ja", "other", []int{0, 1, 2}}, {"ko", "other", []int{0, 1, 2}}, {"zh-Hans", "other", []int{0, 1, 2}}, {"zh-Hant", "other", []int{0, 1, 2}},
	} {
		forms := read(t, tc.l)["counter.actions"]
		for _, n := range tc.numbers {
			want := strings.ReplaceAll(forms[tc.want], "{n}", lang.Number(tc.l, n))
			if got := lang.Count(tc.l, "counter.actions", n); got != want {
				t.Errorf("%s: %d is %q, want the form %q: %q", tc.l, n, got, tc.want, want)
			}
		}
	}
}

// A second value of the same text goes with the number, and pairs of the caller are not written into.
func TestCountPairs(t *testing.T) {
	pairs := make([]string, 0, 8)
	pairs = append(pairs, "goal", "5")
	lang.Count("en", "counter.actions", 7, pairs...)
	if got := pairs[:4]; got[2] != "" {
		t.Errorf("the caller's slice is now %q", got)
	}
}

func BenchmarkText(b *testing.B) {
	for _, tag := range []string{"en", "zh-CN"} {
		b.Run(tag, func(b *testing.B) {
			for b.Loop() {
				lang.Text(tag, "error.too_long", "max", "100")
			}
		})
	}
}
