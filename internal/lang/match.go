package lang

import (
	"slices"
	"sync"

	"golang.org/x/text/language"
)

// Match answers which of the offered languages suits a visitor best: the one nearest to what was asked for, else to what the
// Accept-Language header says (RFC 9110, section 12.5.4), else the first.
func Match(asked, accept string, offered []string) string {
	if best, ok := Best(asked, offered); ok {
		return best
	}
	wanted, _, _ := language.ParseAcceptLanguage(accept) // what cannot be read says nothing
	if len(wanted) == 0 {
		return offered[0]
	}
	near := matcher(offered)
	for _, w := range wanted {
		if i, ok := nearest(near, w); ok {
			return offered[i]
		}
	}
	return offered[0]
}

// Best answers the offered language that is nearest to a tag; false if none of them is the same language, be it in another region or script.
func Best(tag string, offered []string) (string, bool) {
	if slices.Contains(offered, tag) {
		return tag, true
	}
	if tag == "" { // of most actions, and a matcher costs as much as a letter
		return "", false
	}
	wanted, err := language.Parse(tag)
	if err != nil {
		return "", false
	}
	i, ok := nearest(matcher(offered), wanted)
	if !ok {
		return "", false
	}
	return offered[i], true
}

// nearest goes by CLDR's language matching, but within one language only. CLDR would show Chinese to who reads Uyghur and Russian to who
// reads Belarusian, which is not for pages that protest against these states; browsers send what else a visitor reads.
func nearest(near language.Matcher, wanted language.Tag) (int, bool) {
	found, i, confidence := near.Match(wanted)
	same := confidence != language.No && base(found) == base(wanted)
	return i, same || confidence == language.Exact // two names of one language, such as no and nb
}

func base(tag language.Tag) language.Base {
	b, _ := tag.Base()
	return b
}

// ours is kept, because making a matcher takes fifty times as long as asking it.
var ours = sync.OnceValue(func() language.Matcher { return newMatcher(Languages()) })

func matcher(offered []string) language.Matcher {
	if slices.Equal(offered, Languages()) {
		return ours()
	}
	return newMatcher(offered)
}

func newMatcher(offered []string) language.Matcher {
	tags := make([]language.Tag, len(offered))
	for i, o := range offered {
		tags[i] = language.Make(o)
	}
	return language.NewMatcher(tags)
}

// spoken answers the interface language that a tag means: zh-TW is zh-Hant, en-GB is en.
func spoken(tag string) string {
	if _, ok := texts[tag]; ok {
		return tag
	}
	if best, ok := Best(tag, Languages()); ok {
		return best
	}
	return Default
}

// Dir answers the direction of a language's script, for HTML's dir attribute.
func Dir(tag string) string {
	script, _ := language.Make(tag).Script()
	if slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}
