package web

import (
	"net/http"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/campaign"
)

// comesFrom says whose link led here. On a partner's own page it goes without saying.
func (f form) comesFrom() g.Node {
	p := f.credited()
	if p == nil || f.way != byPage {
		return nil
	}
	return h.P(h.Class("note"), g.Text(f.text("form.partner", "partner", p.Name)))
}

// subscribe is the box of a partner that would inform its signers. The letter does not depend on it, and nobody ticks it but they. Under
// a sealed link there is none: who is credited stands in the link, and need not be whom this page names.
func (f form) subscribe() g.Node {
	p := f.credited()
	if p == nil || p.Key == nil || f.in.proof != "" {
		return nil
	}
	return h.Div(h.Class("check"),
		h.Input(f.control("subscribe", h.Type("checkbox"), h.Value("yes"), g.If(f.in.subscribe, h.Checked()))...),
		h.Label(h.For("f-subscribe"), g.Text(f.text("subscribe.box", "partner", p.Name))),
		f.informing(p, "f-subscribe-hint"),
	)
}

// informing says what a partner gets to know, and what it does with it.
func (v venue) informing(p *campaign.Partner, id string) g.Node {
	return h.P(h.Class("hint"), h.ID(id), g.Text(v.text("subscribe.hint", "partner", p.Name)+" "),
		h.A(h.Href(p.Privacy), h.Target("_blank"), h.Rel("noopener noreferrer"), g.Text(v.text("subscribe.privacy", "partner", p.Name))))
}

// partnerTallyJSON is what one partner brought, each count as of the last step below the true one.
type partnerTallyJSON struct {
	Partner  string    `json:"partner"`
	Verified int       `json:"verified"`
	Claimed  int       `json:"claimed"`
	AsOf     time.Time `json:"as_of"`
}

// getPartnerTally answers a partner's counts to who has its token. Whether the partner or the token is wrong is not said.
func (s *server) getPartnerTally(w http.ResponseWriter, r *http.Request) {
	c, err := s.campaign(r)
	if err == nil {
		err = s.allowed(r, c)
	}
	var counts counted
	if err == nil {
		counts, err = s.tallies.get(r.Context(), c)
	}
	if err != nil {
		s.problem(w, r, s.language(r), err)
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=60")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	writeJSON(w, jsonType, http.StatusOK, counts.partner(r.PathValue("partner")))
}

// allowed compares the token before it looks for the partner, which takes the same time for every partner, there or not.
func (s *server) allowed(r *http.Request, c *campaign.Campaign) error {
	key, err := s.Keys.Campaign(r.Context(), c.Scope())
	if err != nil {
		return err
	}
	id := r.PathValue("partner")
	right := key.IsPartnerToken(id, r.URL.Query().Get("token"))
	if !right || c.Partner(id) == nil {
		return errNoTally
	}
	return nil
}
