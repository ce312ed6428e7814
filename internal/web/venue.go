package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// way is how the form reaches its visitors.
type way int

const (
	byPage   way = iota // the campaign's own page
	byFrame             // a frame on a partner's page
	byWidget            // put into a partner's page by its script
)

// venue is where a fragment stands and for whom: what all its parts ask.
type venue struct {
	way      way
	house    string // scheme and host of our pages
	language string // of the interface
	campaign *campaign.Campaign
	partner  string // id of one of the campaign's, as the address or the page's form says; empty: none
	origin   string // the request's Origin; empty where the answer must not depend on it
	bare     bool   // a script has asked: no page around it
}

func (s *server) venue(r *http.Request, c *campaign.Campaign, by way) venue {
	v := venue{way: by, bare: by == byWidget, house: s.PublicURL, language: s.language(r), campaign: c, partner: known(c, r.URL.Query().Get("partner"))}
	if by == byWidget || r.Method == http.MethodPost {
		v.origin = r.Header.Get("Origin")
	} // else the answer may be kept for all, and a page's GET has one only if some script made it
	return v
}

// enter answers where a visitor is; that there is no such campaign has been answered when ok is false.
func (s *server) enter(w http.ResponseWriter, r *http.Request, by way) (v venue, ok bool) {
	c, err := s.campaign(r)
	v = s.venue(r, c, by)
	if err != nil {
		s.fail(w, r, v, err)
	}
	return v, err == nil
}

// known answers the id of one of the campaign's partners, or nothing: what else somebody puts into a link is not repeated in ours.
func known(c *campaign.Campaign, partner string) string {
	if c == nil || c.Partner(partner) == nil {
		return ""
	}
	return partner
}

// text is a text of the interface. Where that reads from right to left, what is put in is isolated: a Latin name or address at a
// sentence's end would draw the full stop to its wrong side (UAX #9, section 2.4).
func (v venue) text(key string, pairs ...string) string {
	if lang.Dir(v.language) == "rtl" {
		pairs = slices.Clone(pairs)
		for i := 1; i < len(pairs); i += 2 {
			pairs[i] = "\u2068" + pairs[i] + "\u2069"
		}
	}
	return lang.Text(v.language, key, pairs...)
}

// heading is the title, or what stands so many levels below it. A partner's page has a first heading of its own.
func (v venue) heading(below int, nodes ...g.Node) g.Node {
	top := 1
	if v.way == byWidget {
		top = 2
	}
	return g.El("h"+strconv.Itoa(top+below), nodes...)
}

// said is one of the campaign's texts, with its language where that is not the page's.
func (v venue) said(t campaign.Texts) g.Node {
	return g.Group{v.tongue(t), g.Text(v.campaign.Text(t, v.language))}
}

// tongue is the attributes for one of the campaign's texts.
func (v venue) tongue(t campaign.Texts) g.Node {
	best := v.campaign.Best(v.language)
	if _, has := t[v.language]; has || best == v.language {
		return nil
	}
	return g.Group{h.Lang(best), h.Dir(lang.Dir(best))}
}

// away is the attributes of links that lead away from the form: out of a frame, and off a partner's page, into a window of their own.
func (v venue) away(rel string) g.Node {
	if v.way == byPage {
		return h.Rel(rel)
	}
	return g.Group{h.Target("_blank"), h.Rel(rel)}
}

// query is what addresses of the form carry along.
func (v venue) query() string {
	q := url.Values{"language": {v.language}}
	if v.partner != "" {
		q.Set("partner", v.partner)
	}
	return "?" + q.Encode()
}

// endpoint is where scripts get the next fragment from.
func (v venue) endpoint() string {
	return v.house + "/v1/campaigns/" + v.campaign.Slug + "/form" + v.query()
}

// hosted is the campaign's own page.
func (v venue) hosted() string { return v.house + "/c/" + v.campaign.Slug + v.query() }

// again is where the form itself stands for this visitor.
func (v venue) again() string {
	switch v.way {
	case byFrame:
		return "/embed/" + v.campaign.Slug + v.query()
	case byWidget:
		return v.hosted()
	}
	return "/c/" + v.campaign.Slug + v.query()
}

// back leads to the form.
func (v venue) back() g.Node {
	return h.P(h.A(h.Href(v.again()), g.If(v.way == byWidget, v.away("noopener")), g.Text(v.text("page.back"))))
}

// banner tells of the test mode before everything else.
func (v venue) banner() g.Node {
	if v.campaign == nil || v.campaign.Mode != campaign.Test {
		return nil
	}
	return h.P(h.Class("banner"), g.Text(v.text("page.test")))
}

// credited answers the partner for whom an action counts, verified or not, as package action has it.
func (v venue) credited() *campaign.Partner {
	if v.campaign == nil {
		return nil
	}
	if p := v.campaign.PartnerAt(v.origin); p != nil {
		return p
	}
	return v.campaign.Partner(v.partner)
}

// The states of a fragment.
const (
	stateForm     = "form"
	statePreview  = "preview"
	stateErrors   = "errors" // the form with something to correct, or to try again
	stateAccepted = "accepted"
	stateClosed   = "closed" // not open yet, or no more
	stateError    = "error"  // no form at all
	stateView     = "view"   // of our own pages alone: what is behind a link
)

// fragment is the form in one of its states: the same on the campaign's page, in a frame and in a partner's page.
type fragment struct {
	venue
	title string // of the page around it
	state string
	kind  string // of what was accepted
	nodes []g.Node
	page  page // what the campaign's own page has around it
}

func (f fragment) node() g.Node {
	slug := ""
	if f.campaign != nil {
		slug = f.campaign.Slug
	}
	return h.Div(h.Class("protest"), h.Lang(f.language), h.Dir(lang.Dir(f.language)),
		h.Data("state", f.state), g.If(f.kind != "", h.Data("kind", f.kind)), h.Data("language", f.language),
		g.If(slug != "", h.Data("campaign", slug)), g.If(f.state == stateAccepted, h.Data("continue", f.text("done.continue"))),
		f.banner(), g.Group(f.nodes))
}

// deliver answers a fragment, with the page around it unless a script has asked.
func (s *server) deliver(w http.ResponseWriter, status int, f fragment) {
	if f.bare {
		writeHTML(w, status, f.language, f.node())
		return
	}
	p := f.page
	p.language, p.title, p.main = f.language, f.title, []g.Node{f.node()}
	if f.way == byFrame {
		p.framed, p.links, p.head = true, nil, nil
		if f.campaign != nil {
			p.main = append(p.main, f.outside())
		}
	}
	s.show(w, status, p)
}

// outside is the frame's way out to the campaign's own page.
func (f fragment) outside() g.Node {
	return h.P(h.Class("note"), h.A(h.Href(f.hosted()), f.away("noopener"), g.Text(f.text("form.page"))))
}

func writeHTML(w http.ResponseWriter, status int, language string, n g.Node) {
	var b bytes.Buffer
	if err := n.Render(&b); err != nil { // a buffer takes everything
		panic("web: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", language)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// errorPage answers an error readably, with a way back where there is a campaign.
func (s *server) errorPage(w http.ResponseWriter, r *http.Request, c *campaign.Campaign, err error) {
	s.fail(w, r, s.venue(r, c, byPage), err)
}

// fail answers an error by the way in which its request came.
func (s *server) fail(w http.ResponseWriter, r *http.Request, v venue, err error) {
	f := s.refuse(w, r, err)
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	state := stateError
	if f.phase() {
		state = stateClosed
	}
	title := f.title(v.language)
	nodes := []g.Node{
		v.heading(0, h.Class("title"), h.ID("look"), h.TabIndex("-1"), g.Text(title)),
		h.P(g.Text(f.detail(v.language))),
	}
	if v.campaign != nil {
		nodes = append(nodes, v.back())
	}
	s.deliver(w, f.status, fragment{venue: v, title: title, state: state, nodes: nodes})
}
