package lang

import (
	"strconv"
	"strings"
	"time"
)

// Number answers a whole number as a language's readers write it: 1,234,567 or 1.234.567. Digits are 0 to 9 in Arabic too, as most
// Arabic pages on the web write them: the same digits stand in the dates, addresses and fax numbers of the same page.
//
// x/text could format numbers for 40 KB, but goes by CLDR 32: other spaces in French, thousands set apart in Spanish, no choice of digits.
func Number(tag string, n int) string {
	separator, least := grouping(spoken(tag))
	digits := strconv.Itoa(max(n, -n))
	if len(digits) < least {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	if n < 0 {
		b.WriteByte('-')
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// grouping answers what stands between groups of three digits, and from how many digits on.
func grouping(language string) (separator string, least int) {
	switch language {
	case "de":
		return ".", 4
	case "es":
		return ".", 5
	case "fr":
		return "\u202f", 4 // narrow no-break space
	case "ru":
		return "\u00a0", 4 // no-break space
	}
	return ",", 4
}

// Moment answers date and time as a language's readers write them, on the clock that the time comes with.
func Moment(tag string, t time.Time) string { return written(tag, "format.time", t) }

// Offset answers how far the clock that a time comes with is from UTC, the same in every language: UTC, UTC+9, UTC−3:30.
func Offset(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	text := "UTC" + sign + strconv.Itoa(seconds/3600)
	if minutes := seconds % 3600 / 60; minutes > 0 {
		text += ":" + strconv.Itoa(minutes)
	}
	return text
}

// Date answers the day as a language's readers write it, on the clock that the time comes with.
func Date(tag string, t time.Time) string { return written(tag, "format.date", t) }

func written(tag, format string, t time.Time) string {
	months := strings.Split(Text(tag, "format.months"), "|")
	return Text(tag, format, "day", strconv.Itoa(t.Day()), "month", months[t.Month()-1], "year", strconv.Itoa(t.Year()), "time", t.Format("15:04"))
}
