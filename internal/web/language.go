package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// offered are the languages a campaign's pages can be shown in: those of the campaign that the interface speaks, or the
// interface's default.
func offered(c *campaign.Campaign) []string {
	if c == nil {
		return lang.Languages()
	}
	var both []string
	for _, l := range c.Languages {
		if slices.Contains(lang.Languages(), l) {
			both = append(both, l)
		}
	}
	if len(both) == 0 {
		return []string{lang.Default}
	}
	return both
}

// language is the language of an answer: the one that ?language asks for, else what the browser prefers. The campaign is nil
// where there is none.
func (s *server) language(r *http.Request, c *campaign.Campaign) string {
	return lang.Match(r.URL.Query().Get("language"), r.Header.Get("Accept-Language"), offered(c))
}

// speak is the language of an answer to a submission: its letter's.
func (s *server) speak(r *http.Request, c *campaign.Campaign, letter string) string {
	if slices.Contains(offered(c), letter) {
		return letter
	}
	return s.language(r, c)
}

// when is a moment as a language's readers write it, on the clock it comes with.
func when(language string, t time.Time) string { return t.Format(lang.Text(language, "format.time")) }

// number groups digits by three, as all three languages do.
func number(n int) string {
	digits := strconv.Itoa(n)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
