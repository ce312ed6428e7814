package lang_test

import (
	"slices"
	"strings"
	"testing"

	"one-click-protest/internal/lang"
)

func TestMatch(t *testing.T) {
	few := []string{"en", "ko", "zh"} // a campaign's
	ours := lang.Languages()
	for _, tc := range []struct {
		asked, accept string
		offered       []string
		want          string
	}{
		{"ko", "zh", few, "ko"},
		{"xx", "zh-TW,zh;q=0.9,en;q=0.8", few, "zh"},
		{"", "zh-TW", few, "zh"},
		{"", "ko-KR", few, "ko"},
		{"", "fr,de;q=0.9", few, "en"},
		{"", "", few, "en"},
		{"", ";;;=", few, "en"},

		{"zh", "de", ours, "zh-Hans"},
		{"zh-CN", "", ours, "zh-Hans"},
		{"zh-SG", "", ours, "zh-Hans"},
		{"zh-TW", "", ours, "zh-Hant"},
		{"zh-HK", "", ours, "zh-Hant"},
		{"zh-Hant-HK", "", ours, "zh-Hant"},
		{"ZH-hant", "", ours, "zh-Hant"},
		{"de_AT", "", ours, "de"}, // as Java and older pages write it
		{"en-GB", "fr", ours, "en"},
		{"pt", "es-MX,es;q=0.9", ours, "es"}, // not ours
		{"pt", "nl", ours, "en"},
		{"", "zh-HK,zh;q=0.9,en;q=0.8", ours, "zh-Hant"},
		{"", "de-AT,en-US;q=0.8", ours, "de"},
		{"", "en;q=0.1,ru", ours, "ru"},
		{"", "fr;q=0,de", ours, "de"},
		{"", "kk,en;q=0.9", ours, "en"}, // CLDR would answer Russian
		{"be", "", ours, "en"},
		{"", "*", ours, "en"},
		{"'\"><script>", "ja", ours, "ja"},
		{"und", "ja", ours, "ja"},
		{"", strings.Repeat("xx-", 2000), ours, "en"},
	} {
		if got := lang.Match(tc.asked, tc.accept, tc.offered); got != tc.want {
			t.Errorf("Match(%q, %.40q) of %v = %q, want %q", tc.asked, tc.accept, tc.offered, got, tc.want)
		}
	}
}

func TestBest(t *testing.T) {
	for _, tc := range []struct {
		tag     string
		offered string
		want    string // empty: none
	}{
		{"zh-Hant", "en ko zh", "zh"}, // simplified is read sooner than English
		{"zh-Hant", "en zh zh-Hant", "zh-Hant"},
		{"zh-Hans", "en zh-TW zh-CN", "zh-CN"},
		{"zh-Hans", "en zh", "zh"},
		{"pt", "en pt-BR", "pt-BR"},
		{"en", "ko en-GB", "en-GB"},
		{"no", "en nb", "nb"},
		{"fr", "en ko zh", ""},
		{"ar", "en fa", ""},
		{"uk", "en ru", ""},
		{"bo", "en zh", ""},
		{"ug", "en zh", ""},
		{"", "en", ""},
		{"not a tag", "en", ""},
		{"en", "", ""},
		{"x-private", "en x-private", "x-private"},
	} {
		got, ok := lang.Best(tc.tag, strings.Fields(tc.offered))
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("Best(%q) of %s = %q, %v, want %q", tc.tag, tc.offered, got, ok, tc.want)
		}
	}
}

func TestDir(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr", "ar": "rtl", "he": "rtl", "fa-IR": "rtl", "zh": "ltr", "zh-Hant": "ltr", "az-Arab": "rtl"} {
		if got := lang.Dir(tag); got != want {
			t.Errorf("Dir(%q) = %q, want %q", tag, got, want)
		}
	}
}

// Whatever a visitor sends, the answer is one of the offered.
func FuzzMatch(f *testing.F) {
	f.Add("zh-TW", "de-AT,en;q=0.8")
	f.Add("", "*;q=0.5, \x00")
	f.Add("und-x-y", "i-klingon")
	f.Fuzz(func(t *testing.T, asked, accept string) {
		for _, offered := range [][]string{lang.Languages(), {"ko"}, {"zh", "en-GB"}} {
			if got := lang.Match(asked, accept, offered); !slices.Contains(offered, got) {
				t.Errorf("Match(%q, %q) of %v = %q", asked, accept, offered, got)
			}
			if got, ok := lang.Best(asked, offered); ok != slices.Contains(offered, got) {
				t.Errorf("Best(%q) of %v = %q, %v", asked, offered, got, ok)
			}
		}
	})
}

// Who names no language pays for no matcher.
func TestNothingAskedCostsNothing(t *testing.T) {
	offered := []string{"en", "ko", "zh"}
	for name, ask := range map[string]func(){
		"Best":  func() { lang.Best("", offered) },
		"Match": func() { lang.Match("", "", offered) },
	} {
		if n := testing.AllocsPerRun(100, ask); n > 1 {
			t.Errorf("%s allocates %.0f times", name, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	const accept = "de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7"
	for name, offered := range map[string][]string{"ours": lang.Languages(), "few": {"en", "ko", "zh"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				lang.Match("", accept, offered)
			}
		})
	}
}
