package lang_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"one-click-protest/internal/address"
	"one-click-protest/internal/lang"
)

var update = flag.Bool("update", false, "write the embedded tables of countries anew")

// renamed is names that changed after the CLDR version that x/text carries (32, of 2017), as in later versions, and those
// that its tables lack. Türkiye is called so by CLDR in English and Korean alone.
var renamed = map[string]map[string]string{
	"en":      {"MK": "North Macedonia", "SZ": "Eswatini", "TR": "Türkiye", "MO": "Macao SAR China"},
	"ar":      {"MK": "مقدونيا الشمالية", "SZ": "إسواتيني"},
	"de":      {"MK": "Nordmazedonien", "SZ": "Eswatini"},
	"es":      {"MK": "Macedonia del Norte", "SZ": "Esuatini"},
	"fr":      {"MK": "Macédoine du Nord", "SZ": "Eswatini"},
	"ja":      {"MK": "北マケドニア", "SZ": "エスワティニ"},
	"ko":      {"MK": "북마케도니아", "SZ": "에스와티니", "TR": "튀르키예"},
	"ru":      {"MK": "Северная Македония", "SZ": "Эсватини"},
	"zh-Hans": {"MK": "北马其顿", "SZ": "斯威士兰"},
	"zh-Hant": {"MK": "北馬其頓", "SZ": "史瓦帝尼"},
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
	slices.SortFunc(order, func(a, b address.Country) int { return by.CompareString(lookup(names[a]), lookup(names[b])) })
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

// lookup is what a name is looked up by where x/text's collation is not what readers know (the Unicode Collation Algorithm's
// implementations in browsers do both): an alef counts as one with or without hamza, and a long vowel (ー) as its vowel.
func lookup(name string) string {
	var key []rune
	for _, r := range strings.NewReplacer("أ", "ا", "إ", "ا").Replace(name) {
		if r == 'ー' {
			r = vowel(key[len(key)-1])
		}
		key = append(key, r)
	}
	return string(key)
}

func vowel(kana rune) rune {
	for v, row := range map[rune]string{
		'ア': "アァカガサザタダナハバパマヤャラワ", 'イ': "イィキギシジチヂニヒビピミリ", 'ウ': "ウゥクグスズツヅヌフブプムユュルヴ",
		'エ': "エェケゲセゼテデネヘベペメレ", 'オ': "オォコゴソゾトドノホボポモヨョロヲ",
	} {
		if strings.ContainsRune(row, kana) {
			return v
		}
	}
	return kana
}

func TestCountryList(t *testing.T) {
	want := map[string][]string{
		"en": {"AF", "AX", "AL"}, "ar": {"IS", "ET", "AZ"}, "de": {"AF", "EG", "AX"}, "es": {"AF", "AL", "DE"}, "fr": {"AF", "ZA", "AL"},
		"ja": {"IS", "IE", "AZ"}, "ko": {"GH", "GA", "GY"}, "ru": {"AU", "AT", "AZ"}, "zh-Hans": {"AL", "DZ"}, "zh-Hant": {"TT", "TR"},
	}
	for _, l := range lang.Languages() {
		got := lang.Countries(l)
		if len(got) != len(address.Countries()) {
			t.Errorf("%s lists %d countries, want %d", l, len(got), len(address.Countries()))
		}
		if diff := cmp.Diff(want[l], got[:max(2, len(want[l]))]); diff != "" {
			t.Errorf("%s begins otherwise (-want +got):\n%s", l, diff)
		}
	}
}

func TestCountry(t *testing.T) {
	for _, tc := range []struct{ tag, code, want string }{
		{"ko", "DE", "독일"}, {"zh", "TR", "土耳其"}, {"zh-TW", "SZ", "史瓦帝尼"}, {"en-GB", "TR", "Türkiye"}, {"pt", "DE", "Germany"}, {"en", "ZZ", "ZZ"},
	} {
		if got := lang.Country(tc.tag, tc.code); got != tc.want {
			t.Errorf("Country(%q, %q) = %q, want %q", tc.tag, tc.code, got, tc.want)
		}
	}
}
