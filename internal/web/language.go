package web

import (
	"net/http"

	"one-click-protest/internal/lang"
)

// language is the interface language of an answer: the nearest to what ?language asks for, else to what the browser prefers.
func (s *server) language(r *http.Request) string {
	return lang.Match(asks(r), r.Header.Get("Accept-Language"), lang.Languages())
}

// asks is the language that a request asks for itself.
func asks(r *http.Request) string { return r.URL.Query().Get("language") }

// speak is the language of an answer about a letter: the one asked for, else the letter's.
func (s *server) speak(r *http.Request, letter string) string {
	if best, ok := lang.Best(letter, lang.Languages()); ok && asks(r) == "" {
		return best
	}
	return s.language(r)
}

// languageName is a language's own name; its tag where the interface does not speak it.
func languageName(tag string) string {
	if best, ok := lang.Best(tag, lang.Languages()); ok {
		return lang.Text(best, "language.name")
	}
	return tag
}
