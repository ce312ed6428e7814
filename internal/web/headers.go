package web

import (
	"net/http"
	"strings"
)

// policy is the Content-Security-Policy of every answer, up to who may hold it in a frame: own files only, nothing inline.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors "

// secure sets the headers of every answer. Referrer-Policy is same-origin and not no-referrer, with which browsers send
// "Origin: null" on a form's POST (Fetch standard, "append a request Origin header").
func (s *server) secure(h http.Header) {
	h.Set("Content-Security-Policy", policy+"'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if strings.HasPrefix(s.origin, "https:") {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// private marks an answer as made for one visitor: kept by nobody, found by no search engine.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
}

// returnable lets the visitor's own browser keep a private page for going back to it: one that answers a POST cannot be fetched
// again, and what was typed in it would be lost. It must carry no token.
func returnable(w http.ResponseWriter) { w.Header().Set("Cache-Control", "private, no-cache") }

// public marks an answer as the same for everybody who sends these headers, for a minute.
func public(w http.ResponseWriter, vary ...string) {
	w.Header().Set("Cache-Control", "public, max-age=60")
	for _, name := range vary {
		w.Header().Add("Vary", name)
	}
}
