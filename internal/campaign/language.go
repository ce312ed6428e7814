package campaign

import (
	"slices"

	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// Text answers a text in the campaign's language that is nearest to the one asked for.
func (c *Campaign) Text(t Texts, language string) string {
	if text, ok := t[language]; ok {
		return text
	}
	return t[c.Best(language)]
}

// Best answers the campaign's language that is nearest to one of the interface's; its first one where none is near.
func (c *Campaign) Best(language string) string {
	if slices.Contains(c.Languages, language) {
		return language
	}
	if len(c.Languages) == 0 {
		return ""
	}
	if c.near == nil || !slices.Contains(lang.Languages(), language) { // whatever a visitor may write is not kept
		return c.match(language)
	}
	if best, ok := c.near.Load(language); ok {
		return best.(string)
	}
	best := c.match(language)
	c.near.Store(language, best)
	return best
}

func (c *Campaign) match(language string) string {
	if best, ok := lang.Best(language, c.Languages); ok {
		return best
	}
	return c.Languages[0]
}

// LetterLanguage answers the language of a letter by a way whose signer chose none: the one that suits its target, if the campaign's file says
// so for the target or for the country where it stands; else the nearest to what the signer reads; else the campaign's first. What is
// faxed is in the first that can be, where that one can't ([Campaign.Writes]).
func (c *Campaign) LetterLanguage(w Way, reads string) string {
	language := c.suits(w.Target)
	if language == "" {
		language = c.Best(reads)
	}
	if !c.Writes(w, language) {
		return c.faxLanguage()
	}
	return language
}

// Writes says whether a letter in a language can go by a way: right-to-left text can't be set for a fax yet.
func (c *Campaign) Writes(w Way, language string) bool {
	return w.Channel != ledger.ChannelFax || lang.Dir(language) != "rtl"
}

// suits answers the language that the campaign's file says for a target; empty if it says none.
func (c *Campaign) suits(t *Target) string {
	if language, ok := c.LetterLanguages[t.ID]; ok {
		return language
	}
	return c.LetterLanguages[string(t.Country)]
}
