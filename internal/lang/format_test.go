package lang_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"one-click-protest/internal/lang"
)

func TestNumber(t *testing.T) {
	numbers := []int{0, 999, 1234, 12_345, 1_234_567, -1, -999, -12_345}
	comma := []string{"0", "999", "1,234", "12,345", "1,234,567", "-1", "-999", "-12,345"}
	for tag, want := range map[string][]string{
		"en": comma, "ar": comma, "ja": comma, "ko": comma, "zh-Hans": comma, "zh-Hant": comma, "zh": comma, "pt": comma,
		"de": {"0", "999", "1.234", "12.345", "1.234.567", "-1", "-999", "-12.345"},
		"es": {"0", "999", "1234", "12.345", "1.234.567", "-1", "-999", "-12.345"},
		"fr": {"0", "999", "1\u202f234", "12\u202f345", "1\u202f234\u202f567", "-1", "-999", "-12\u202f345"},
		"ru": {"0", "999", "1\u00a0234", "12\u00a0345", "1\u00a0234\u00a0567", "-1", "-999", "-12\u00a0345"},
	} {
		var got []string
		for _, n := range numbers {
			got = append(got, lang.Number(tag, n))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tag, diff)
		}
	}
}

// x/text knows CLDR 32. What is otherwise by now: French spaces are narrow (CLDR 34); Spanish sets no group apart in four digits, which x/text
// never followed; and Arabic is asked for in the digits we write.
func TestNumberIsCLDRs(t *testing.T) {
	for _, l := range lang.Languages() {
		tag := language.Make(l)
		if l == "ar" {
			tag = language.Make("ar-u-nu-latn")
		}
		by := message.NewPrinter(tag)
		for _, n := range []int{0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 1_234_567_890} {
			want := by.Sprint(n)
			if l == "fr" {
				want = strings.ReplaceAll(want, "\u00a0", "\u202f")
			}
			if l == "es" && n < 10_000 {
				want = strings.ReplaceAll(want, ".", "")
			}
			if got := lang.Number(l, n); got != want {
				t.Errorf("%s: %d is %+q, want %+q", l, n, got, want)
			}
		}
	}
}

func TestMoment(t *testing.T) {
	seoul := time.FixedZone("KST", 9*60*60)
	moment := time.Date(2026, 5, 2, 23, 4, 59, 0, seoul)
	for tag, want := range map[string]string{
		"en":      "2 May 2026, 23:04",
		"de":      "2. Mai 2026, 23:04",
		"es":      "2 de mayo de 2026, 23:04",
		"fr":      "2 mai 2026, 23:04",
		"ru":      "2 мая 2026 г., 23:04",
		"ar":      "2 مايو 2026، 23:04",
		"ko":      "2026년 5월 2일 23:04",
		"ja":      "2026年5月2日 23:04",
		"zh-Hans": "2026年5月2日 23:04",
		"zh-Hant": "2026年5月2日 23:04",
		"pt":      "2 May 2026, 23:04",
	} {
		if got := lang.Moment(tag, moment); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

// Offsets are written as everybody does, with a minus that is one.
func TestOffset(t *testing.T) {
	for want, seconds := range map[string]int{"UTC": 0, "UTC+9": 32400, "UTC+5:45": 20700, "UTC−5": -18000, "UTC−3:30": -12600, "UTC+14": 50400} {
		at := time.Date(2007, 12, 2, 9, 0, 0, 0, time.FixedZone("somewhere", seconds))
		if got := lang.Offset(at); got != want {
			t.Errorf("%d seconds are %s, want %s", seconds, got, want)
		}
	}
}

// Each month has a name of its own, and a date has all its parts.
func TestMonths(t *testing.T) {
	for _, l := range lang.Languages() {
		var names []string
		for month := time.January; month <= time.December; month++ {
			date := lang.Moment(l, time.Date(2034, month, 17, 15, 6, 0, 0, time.UTC))
			for _, part := range []string{"17", "2034", "15:06"} {
				if strings.Count(date, part) != 1 {
					t.Errorf("%s: %q does not say %s once", l, date, part)
				}
			}
			names = append(names, date)
		}
		months := strings.Split(lang.Text(l, "format.months"), "|")
		if distinct := slices.Compact(slices.Sorted(slices.Values(names))); len(distinct) != 12 || len(months) != 12 {
			t.Errorf("%s has %d months, %d of them distinct", l, len(months), len(distinct))
		}
		for _, m := range months {
			if m == "" || strings.TrimSpace(m) != m {
				t.Errorf("%s has a month called %q", l, m)
			}
		}
	}
}

func BenchmarkMoment(b *testing.B) {
	now := time.Date(2026, 5, 2, 15, 4, 0, 0, time.UTC)
	for b.Loop() {
		lang.Moment("ru", now)
	}
}
