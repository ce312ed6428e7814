package campaign

import (
	"fmt"
	"slices"
	"strings"

	"one-click-protest/internal/address"
)

// letterLanguages reads in which language the letters to some targets are written.
func (l *loader) letterLanguages() {
	v, ok := l.root.get("letter_languages")
	if !ok {
		return
	}
	o := v.object()
	if o == nil {
		return
	}
	l.c.LetterLanguages = map[string]string{}
	for _, place := range o.order {
		entry := o.entries[place]
		l.letterPlace(entry, place)
		if language, ok := l.oneLanguage(entry); ok {
			l.c.LetterLanguages[place] = language
		}
	}
}

// letterPlace tells what is neither a target nor a country. One where no target stands today may have one in tomorrow's directory.
func (l *loader) letterPlace(v value, place string) {
	if country, err := address.ParseCountry(place); err == nil && string(country) == place {
		return
	}
	if _, ok := l.c.byID[place]; !ok && !l.unread {
		v.bad(fmt.Sprintf("%q is neither a target nor a country", place)+didYouMean(place, l.ownIDs()), "the id of a target, or the code of the country where targets stand, like KR")
	}
}

func (l *loader) oneLanguage(v value) (string, bool) {
	expected := "one of the campaign's languages: " + strings.Join(l.c.Languages, ", ")
	s, ok := v.text(expected)
	if ok && len(l.c.Languages) > 0 && !slices.Contains(l.c.Languages, s) {
		v.bad(fmt.Sprintf("%q is none of them", s), expected)
		return "", false
	}
	return s, ok
}
