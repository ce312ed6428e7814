package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// getConfirm shows what waits behind a mailed link. Looking changes nothing, so that link scanners may look (promise 9).
func (s *server) getConfirm(w http.ResponseWriter, r *http.Request) {
	private(w)
	v, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	token := r.URL.Query().Get("token")
	opened, err := s.Actions.Open(r.Context(), v.campaign.Slug, token)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	v.language = s.pageLanguage(r, opened)
	s.showConfirm(w, confirmView{v, token, opened, s.Now()})
}

// postConfirm takes part. It needs no grid: it answers only behind a proven address.
func (s *server) postConfirm(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	values, ok := s.posted(w, r, v)
	if !ok {
		return
	}
	ctx, cancel := work(r)
	defer cancel()
	opened, err := s.Actions.Confirm(ctx, v.campaign.Slug, values.Get("token"), values.Get("id"), values.Get("subscribe") == "yes")
	var invalid *action.Invalid
	if errors.As(err, &invalid) { // it was fine when it was written: the campaign has changed since
		err = action.ErrChanged
	}
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	v.language = s.pageLanguage(r, opened)
	s.showStanding(w, confirmView{v, values.Get("token"), opened, s.Now()})
}

// pageLanguage is that of the page that the letter was written on, unless the visitor asks for another.
func (s *server) pageLanguage(r *http.Request, o action.Opened) string {
	return s.speak(r, cmp.Or(o.Reads, o.Language))
}

// confirmView is the pages behind a mailed link.
type confirmView struct {
	venue
	token  string
	opened action.Opened
	now    time.Time
}

func (s *server) showConfirm(w http.ResponseWriter, v confirmView) {
	if v.opened.Standing != nil {
		s.showStanding(w, v)
		return
	}
	title := v.text("confirm.title")
	main := []g.Node{v.heading(0, g.Text(title)), h.P(h.Class("lead"), g.Text(v.text(v.intro()))), v.notYou()}
	for i, waiting := range v.opened.Waiting {
		main = append(main, v.waiting(i, waiting))
	}
	main = append(main, v.anew())
	s.showView(w, http.StatusOK, v.venue, title, url.Values{"token": {v.token}}, main)
}

// showView answers a page of ours that no partner's page ever holds.
func (s *server) showView(w http.ResponseWriter, status int, v venue, title string, links url.Values, main []g.Node) {
	s.deliver(w, status, fragment{venue: v, title: title, state: stateView, nodes: main, page: page{links: links}})
}

func (v confirmView) intro() string {
	switch len(v.opened.Waiting) {
	case 0:
		return "confirm.none"
	case 1:
		return "confirm.intro"
	}
	return "confirm.many"
}

func (v confirmView) notYou() g.Node {
	if len(v.opened.Waiting) == 0 {
		return nil
	}
	return h.P(h.Class("notice"), g.Text(v.text("confirm.notyou")))
}

// waiting is one submission's letters with their button.
func (v confirmView) waiting(n int, one action.Waiting) g.Node {
	button := "confirm.button.hand"
	if slices.ContainsFunc(one.Letters, func(e action.Entry) bool { return e.Way.Channel.Mailed() }) {
		button = "confirm.button"
	}
	query := url.Values{"language": {v.language}}.Encode()
	return h.Section(h.Class("outcome"),
		v.recipients(one.Letters),
		v.ownHand(one.Letters),
		v.signed(n, one),
		h.Form(h.Class("buttons"), h.Method("post"), h.Action("/c/"+v.campaign.Slug+"/confirm?"+query), g.Attr("enctype", partType),
			h.Input(h.Type("hidden"), h.Name("token"), h.Value(v.token)),
			h.Input(h.Type("hidden"), h.Name("id"), h.Value(one.ID)),
			v.informed(one),
			h.Button(h.Type("submit"), g.Text(v.text(button))),
		),
	)
}

// signed is the letters of the n-th submission, each with who signs it.
func (v confirmView) signed(n int, one action.Waiting) g.Node {
	var all []paper
	for i, e := range one.Letters {
		all = append(all, paper{venue: v.venue, entry: e, now: v.now, id: "waiting-" + strconv.Itoa(n) + "-" + letterID(i)})
	}
	signed := row(v.text("confirm.signed"), h.Span(h.Dir("auto"), g.Text(one.Name)))
	return stack(all, func(p paper) g.Node { return g.Group{p.node(signed), p.faxed("")} })
}

// informed is the box that was ticked when the letter was written, perhaps by somebody else: the address's owner sees it, and decides.
func (v confirmView) informed(one action.Waiting) g.Node {
	p := one.Informer
	if p == nil {
		return nil
	}
	control := "f-subscribe-" + one.ID
	return h.Div(h.Class("check"),
		h.Input(h.ID(control), h.Name("subscribe"), h.Type("checkbox"), h.Value("yes"), h.Aria("describedby", control+"-hint"), h.Checked()),
		h.Label(h.For(control), g.Text(v.text("subscribe.box", "partner", p.Name))),
		v.informing(p, control+"-hint"),
	)
}

// anew leads to the form, which takes the token as proof of the address.
func (v confirmView) anew() g.Node {
	query := url.Values{"proof": {v.token}, "language": {v.language}}.Encode()
	return h.P(h.A(h.Href("/c/"+v.campaign.Slug+"?"+query), g.Text(v.text("confirm.anew"))))
}

// showStanding tells a proven signer what became of the letters, and gives those to send by hand.
func (s *server) showStanding(w http.ResponseWriter, v confirmView) {
	title := v.text("standing.title")
	main := []g.Node{v.heading(0, g.Text(title))}
	main = append(main, v.stands(v.opened.Standing.Letters))
	if v.opened.Standing.Unproven {
		main = append(main, h.P(h.Class("notice"), g.Text(v.text("standing.unproven"))))
	}
	if one := v.opened.Confirmed; one != nil {
		main = append(main, v.confirmed(one)...)
	}
	s.showView(w, http.StatusOK, v.venue, title, nil, append(main, v.back()))
}

// confirmed is the letters of the submission that was just confirmed, each with what its signer has to do for it.
func (v confirmView) confirmed(one *action.Waiting) []g.Node {
	var nodes []g.Node
	if handedOver(one.Letters) {
		nodes = append(nodes, v.ownHand(one.Letters), h.P(h.Class("notice"), g.Text(v.text("standing.once"))))
	}
	res := result{venue: v.venue, receipt: action.Receipt{Letters: one.Letters}, country: string(one.Country), told: true, now: v.now}
	return append(nodes, res.letters()...)
}

// stands is where each letter stands, and the way that it goes.
func (v confirmView) stands(all []action.Stand) g.Node {
	return h.Ul(h.Class("stands"), g.Map(all, func(st action.Stand) g.Node {
		return h.Li(h.P(h.Class("lead"), g.Text(v.stand(st))), v.by(st))
	}))
}

// by is the way that one letter goes.
func (v confirmView) by(st action.Stand) g.Node {
	if st.Target == nil {
		return nil
	}
	return h.P(h.Class("hint"), g.Text(wayText(v.language, "way", v.campaign, campaign.Way{Target: st.Target, Channel: st.Channel})))
}

// stand is a sentence on where one letter stands.
func (v confirmView) stand(st action.Stand) string {
	name := v.text("standing.gone")
	if st.Target != nil {
		name = st.Target.Name
	}
	key := standKeys[st.State]
	if key == "standing.sent" && st.Channel == ledger.ChannelRelay && v.campaign.Relay != nil {
		return v.text("standing.sent.relay", "target", name, "relay", v.campaign.Relay.Name)
	}
	if st.State != ledger.StateQueued || st.Target == nil {
		return v.text(key, "target", name)
	}
	expected := v.campaign.Expected(campaign.Way{Target: st.Target, Channel: st.Channel}, v.now)
	if expected.After(v.now) {
		return v.text("standing.waiting", "target", name, "time", lang.Moment(v.language, expected), "offset", lang.Offset(expected))
	}
	return v.text(key, "target", name)
}

var standKeys = map[ledger.State]string{
	ledger.StateQueued:     "standing.queued",
	ledger.StateClaimed:    "standing.going",
	ledger.StateHeld:       "standing.going",
	ledger.StateSent:       "standing.sent",
	ledger.StateDelivered:  "standing.sent",
	ledger.StateComplained: "standing.sent",
	ledger.StateBounced:    "standing.failed",
	ledger.StateFailed:     "standing.failed",
	ledger.StateUnknown:    "standing.unknown",
	ledger.StateCancelled:  "standing.cancelled",
	ledger.StateOffered:    "standing.offered",
	ledger.StateReported:   "standing.reported",
}
