package lang_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"one-click-protest/internal/address"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/letter"
)

var update = flag.Bool("update", false, "write the embedded tables of countries anew")

// renamed is names that changed after the CLDR version that x/text carries (32, of 2017), as in later versions, and those
// that its Korean and Chinese tables lack.
var renamed = map[string]map[string]string{
	"en": {"MK": "North Macedonia", "SZ": "Eswatini", "TR": "Türkiye", "MO": "Macao SAR China"},
	"ko": {"MK": "북마케도니아", "SZ": "에스와티니", "TR": "튀르키예"},
	"zh": {"MK": "北马其顿", "SZ": "斯威士兰"},
}

func TestCountries(t *testing.T) {
	for _, l := range lang.Languages() {
		path := filepath.Join("countries", l+".json")
		want := countriesJSON(t, l)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s differs from its sources (-want +got); -update writes it:\n%s", path, diff)
		}
	}
}

// countriesJSON is every country's name, in the order in which the language's speakers look for it.
func countriesJSON(t *testing.T, l string) []byte {
	t.Helper()
	tag := language.Make(l)
	names := map[address.Country]string{}
	for _, c := range address.Countries() {
		names[c] = renamed[l][string(c)]
		if names[c] == "" {
			names[c] = display.Regions(tag).Name(language.MustParseRegion(string(c)))
		}
		if names[c] == "" {
			t.Errorf("%s has no name for %s", l, c)
		}
	}
	order := slices.Collect(maps.Keys(names))
	by := collate.New(tag)
	slices.SortFunc(order, func(a, b address.Country) int { return by.CompareString(names[a], names[b]) })
	var b bytes.Buffer
	for i, c := range order {
		name, err := json.Marshal(names[c])
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString([]string{"{\n  ", ",\n  "}[min(i, 1)] + `"` + string(c) + `": `)
		b.WriteString(string(bytes.ReplaceAll(name, []byte(`\u0026`), []byte("&"))))
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

func TestCountryList(t *testing.T) {
	want := map[string][]string{"en": {"AF", "AX", "AL"}, "ko": {"GH", "GA", "GY"}, "zh": {"AL", "DZ"}}
	for _, l := range lang.Languages() {
		got := lang.Countries(l)
		if len(got) != len(address.Countries()) {
			t.Errorf("%s lists %d countries, want %d", l, len(got), len(address.Countries()))
		}
		first := want[l]
		if diff := cmp.Diff(first, got[:len(first)]); diff != "" {
			t.Errorf("%s begins otherwise (-want +got):\n%s", l, diff)
		}
	}
	if got := lang.Country("ko", "DE"); got != "독일" {
		t.Errorf("Country(ko, DE) = %q", got)
	}
	if got := lang.Country("en", "ZZ"); got != "ZZ" {
		t.Errorf("Country(en, ZZ) = %q", got)
	}
}

// read answers a file of texts as it stands, with its keys in order and duplicates still visible.
func read(t *testing.T, l string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("texts", l+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(data, []byte("\n  \"")); lines != len(m) {
		t.Errorf("%s has %d lines and %d keys: one is there twice", l, lines, len(m))
	}
	return m
}

var places = regexp.MustCompile(`\{[a-z]+\}`)

func TestTextsAgree(t *testing.T) {
	want := read(t, lang.Default)
	for _, l := range lang.Languages() {
		got := read(t, l)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s has other keys (-want +got):\n%s", l, diff)
		}
		for key, text := range got {
			if text == "" {
				t.Errorf("%s: %s is empty", l, key)
			}
			a, b := placesIn(want[key]), placesIn(text)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s: %s has other places (-want +got):\n%s", l, key, diff)
			}
		}
	}
}

// TestNotes holds the files to the sentences that letters need.
func TestNotes(t *testing.T) {
	if diff := cmp.Diff(letter.English(), lang.Notes("en")); diff != "" {
		t.Errorf("the English notes differ from package letter's (-want +got):\n%s", diff)
	}
}

func placesIn(text string) []string {
	found := places.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestText(t *testing.T) {
	for _, tc := range []struct {
		tag, key string
		pairs    []string
		want     string
	}{
		{"en", "error.too_long", []string{"max", "100"}, "Too long: 100 characters at most."},
		{"ko", "paper.to", nil, "받는 사람"},
		{"zh-Hant", "paper.to", nil, "收件人"},
		{"fr", "paper.to", nil, "To"},
		{"en", "no.such.key", nil, "no.such.key"},
		{"en", "form.partner", []string{"partner", "{partner}"}, "You come from {partner}."},
	} {
		if got := lang.Text(tc.tag, tc.key, tc.pairs...); got != tc.want {
			t.Errorf("Text(%q, %q) = %q, want %q", tc.tag, tc.key, got, tc.want)
		}
	}
}

func TestMatch(t *testing.T) {
	offered := []string{"en", "ko", "zh"}
	for _, tc := range []struct{ asked, accept, want string }{
		{"ko", "zh", "ko"},
		{"xx", "zh-TW,zh;q=0.9,en;q=0.8", "zh"},
		{"", "ko-KR", "ko"},
		{"", "fr,de;q=0.9", "en"},
		{"", "", "en"},
		{"", ";;;=", "en"},
	} {
		if got := lang.Match(tc.asked, tc.accept, offered); got != tc.want {
			t.Errorf("Match(%q, %q) = %q, want %q", tc.asked, tc.accept, got, tc.want)
		}
	}
}

func TestDir(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr", "ar": "rtl", "he": "rtl", "fa-IR": "rtl", "zh": "ltr", "az-Arab": "rtl"} {
		if got := lang.Dir(tag); got != want {
			t.Errorf("Dir(%q) = %q, want %q", tag, got, want)
		}
	}
}
