package web

import (
	"errors"
	"net/http"
	"time"

	"one-click-protest/internal/campaign"
)

// getFragment answers the form without a page around it, for a script of ours to put into a partner's page.
func (s *server) getFragment(w http.ResponseWriter, r *http.Request) {
	c, err := s.embedder(w, r)
	if err != nil {
		s.unembeddable(w, r, err)
		return
	}
	public(w, "Accept-Language")
	w.Header().Set("X-Robots-Tag", "noindex")
	in := fromQuery(r.URL.Query())
	in.proof, in.partner = "", ""
	s.firstForm(w, r, s.venue(r, c, byWidget), in)
}

// postFragment takes the widget's form, and what our own pages ask for while something is typed into theirs.
func (s *server) postFragment(w http.ResponseWriter, r *http.Request) {
	c, err := s.embedder(w, r)
	if err == nil && s.source(r, c) != sourcePartner && !s.fromOwnPage(r) {
		err = errOrigin
	}
	if err != nil {
		s.unembeddable(w, r, err)
		return
	}
	v := s.venue(r, c, byWidget)
	private(w)
	values, err := readForm(w, r)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	in := fromForm(values)
	if s.source(r, c) == sourcePartner {
		in.proof, in.partner = "", ""
	} else {
		v.way = byPage
	}
	s.take(w, r, time.Now(), s.newForm(v, in), values.Get("do"))
}

// embedder answers the campaign, if the request's origin may have its form.
func (s *server) embedder(w http.ResponseWriter, r *http.Request) (*campaign.Campaign, error) {
	c, err := s.campaign(r)
	if err != nil {
		return nil, err
	}
	s.share(w, r, c)
	if s.source(r, c) == sourceForeign {
		return nil, errOrigin
	}
	return c, nil
}

// unembeddable tells any page's script why it gets no form, so that its console can: that an origin is not on the list, or that there is
// no such campaign, is nobody's secret.
func (s *server) unembeddable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errOrigin) || errors.Is(err, campaign.ErrNotFound) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	s.problem(w, r, s.language(r), err)
}
