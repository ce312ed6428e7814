package web

import (
	"net/http"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
)

// getEmbed shows the form to be held in a partner's frame.
func (s *server) getEmbed(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byFrame)
	if !ok {
		return
	}
	s.frameable(w, v)
	public(w, "Accept-Language")
	in := fromQuery(r.URL.Query())
	in.proof, in.partner = "", ""
	s.firstForm(w, r, v, in)
}

// postEmbed takes the frame's form. It takes no proof: pages with one button are never framed.
func (s *server) postEmbed(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byFrame)
	if !ok {
		return
	}
	s.frameable(w, v)
	values, ok := s.posted(w, r, v)
	if !ok {
		return
	}
	in := fromForm(values)
	in.proof, in.partner = "", ""
	f := s.newForm(v, in)
	f.framed = framed(r, v)
	s.take(w, r, time.Now(), f, values.Get("do"))
}

// frameable lets partners' pages hold an answer in a frame: those of the partner that the address names, or else of all.
func (s *server) frameable(w http.ResponseWriter, v venue) {
	w.Header().Set("Content-Security-Policy", policy+ancestors(v.campaign, v.partner))
	w.Header().Del("X-Frame-Options") // it knows no list of origins
	w.Header().Set("X-Robots-Tag", "noindex")
}

func ancestors(c *campaign.Campaign, partner string) string {
	holders := c.Partners
	if p := c.Partner(partner); p != nil {
		holders = []campaign.Partner{*p}
	}
	var origins []string
	for _, p := range holders {
		origins = append(origins, p.Origins...)
	}
	if len(origins) == 0 {
		return "'none'"
	}
	return strings.Join(origins, " ")
}

// framed says whether a form was posted out of a frame that only the named partner's pages can hold. Its page came from us, which its
// Origin says, and into a frame, which no script can make a browser say otherwise (Fetch Metadata, "Sec-Fetch-Dest").
func framed(r *http.Request, v venue) bool {
	return v.partner != "" && v.origin != "" && r.Header.Get("Sec-Fetch-Dest") == "iframe"
}
