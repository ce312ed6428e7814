package web

import (
	"net/http"

	"one-click-protest/internal/campaign"
)

// source is where a request came from, as its browser says. Visitors without a browser can say anything: this protects
// people's browsers from other sites, not us from anybody.
type source int

const (
	sourceNone    source = iota // no Origin: no browser, or a browser's GET
	sourceOwn                   // our own pages
	sourcePartner               // a site that the campaign names
	sourceForeign               // any other, "null" too
)

func (s *server) source(r *http.Request, c *campaign.Campaign) source {
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 0:
		return sourceNone
	case len(origins) > 1:
		return sourceForeign
	case origins[0] == s.origin:
		return sourceOwn
	case c.PartnerAt(origins[0]) != nil:
		return sourcePartner
	}
	return sourceForeign
}

// fromOwnPage says whether a form was posted by one of our own pages. Browsers send Origin with every POST; where something
// takes it away, Sec-Fetch-Site will do, which no script can set (Fetch standard, "forbidden request-header"). A "null" origin
// is any sandboxed frame's.
func (s *server) fromOwnPage(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return r.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	return len(origins) == 1 && origins[0] == s.origin
}

// share lets a partner's page read the answer, refusals too.
func (s *server) share(w http.ResponseWriter, r *http.Request, c *campaign.Campaign) {
	w.Header().Add("Vary", "Origin")
	if s.source(r, c) != sourcePartner {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight answers a browser's question whether a partner's page may call (Fetch standard, "CORS-preflight fetch"). API
// Gateway's own CORS stays off: it answers for all origins of all campaigns alike.
func (s *server) preflight(w http.ResponseWriter, r *http.Request) {
	c, err := s.campaign(r)
	if err != nil {
		s.problem(w, r, s.language(r), err)
		return
	}
	s.share(w, r, c)
	switch s.source(r, c) {
	case sourceForeign:
		s.problem(w, r, s.language(r), errOrigin)
		return
	case sourcePartner:
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "3600")
	}
	w.WriteHeader(http.StatusNoContent)
}
