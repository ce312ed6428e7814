package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// result is what a submission is answered with. Like the API's answer it is made of the request, the campaign and the clock
// alone: no count, no id (promise 4). It answers the POST itself, for a page to redirect to would need the letter again.
type result struct {
	venue
	receipt action.Receipt
	country string // the signer's, as typed
	masked  bool   // the signer's name is not to be shown more often than it must
	told    bool   // what became of the letters stands above
	now     time.Time
}

func (s *server) showResult(w http.ResponseWriter, res result) {
	title := res.text(outcomeKey(res.receipt))
	nodes := []g.Node{
		res.heading(0, h.Class("title"), h.ID("look"), h.TabIndex("-1"), g.Text(title)),
		res.heading(1, g.Text(res.text("done.next"))),
	}
	if res.receipt.Confirm {
		nodes = append(nodes, h.P(h.Class("lead"), g.Text(res.text(confirmKey(res.receipt)))), h.P(g.Text(res.text("done.confirm.later"))))
	}
	nodes = append(nodes, res.recipients(res.receipt.Letters), res.ownHand(res.receipt.Letters))
	nodes = append(nodes, res.letters()...)
	nodes = append(nodes, res.once(), share{res.venue}.node(), res.back())
	s.deliver(w, http.StatusOK, fragment{venue: res.venue, title: title, state: stateAccepted, kind: kind(res.receipt), nodes: nodes})
}

// kind is what is left for the signer to do.
func kind(r action.Receipt) string {
	switch outcomeKey(r) {
	case "done.title.confirm":
		return "confirm"
	case "done.title.hand":
		return "hand"
	}
	return "sent"
}

// letters is what becomes of each letter, and what is left to do for it.
func (res result) letters() []g.Node {
	var nodes []g.Node
	for i, e := range res.receipt.Letters {
		nodes = append(nodes, res.letter(e, i))
	}
	return nodes
}

func (res result) letter(e action.Entry, i int) g.Node {
	do := newDo(res.campaign, e, res.language, res.country)
	tasks := res.tasks(e, do, i)
	p := paper{venue: res.venue, entry: e, now: res.now, id: letterID(i), aside: !byOwnHand(e) && !res.receipt.Confirm && handedOver(res.receipt.Letters)}
	shown, open := res.shown(p, tasks)
	return h.Section(h.Class("outcome"),
		g.If(res.several(), res.heading(1, target(e.Way.Target))),
		g.If(!res.told, h.P(h.Class("lead"), g.Text(do.Text))),
		g.If(!res.told && !open && !byOwnHand(e), h.P(h.Class("hint"), g.Text(p.when()))),
		tasks,
		shown,
	)
}

// shown is the letter itself: open where it is the only one or there is something to do with it, of several folded otherwise, and not at
// all where its signer is masked.
func (res result) shown(p paper, tasks g.Node) (shown g.Node, open bool) {
	yours := g.Text(res.text("paper.yours"))
	switch {
	case res.masked && tasks == nil:
		return nil, false
	case res.several() && tasks == nil:
		return h.Details(h.Class("further"), h.Summary(yours), p.node()), false
	}
	return g.Group{res.heading(res.level(), g.If(res.several(), h.Class("sub")), yours), p.node()}, true
}

func (res result) several() bool { return len(res.receipt.Letters) > 1 }

// level is how far below the title the headings within one letter are.
func (res result) level() int {
	if res.several() {
		return 2
	}
	return 1
}

// tasks is what the signer can do: everything for a letter by hand, the same besides for one by relay.
func (res result) tasks(e action.Entry, do doJSON, i int) g.Node {
	if res.receipt.Confirm && e.Way.Channel != ledger.ChannelRelay {
		return nil
	}
	return byHand{venue: res.venue, country: res.country, entry: e, do: do, n: i, level: res.level()}.node()
}

// byHand is the ways in which a signer sends a letter, with the letter to copy.
type byHand struct {
	venue
	country string // the signer's
	entry   action.Entry
	do      doJSON
	n       int // to tell several letters' ids apart
	level   int // of the heading
}

func (b byHand) node() g.Node {
	channel := b.entry.Way.Channel
	if channel == ledger.ChannelEmail || channel == ledger.ChannelFax {
		return nil
	}
	heading := "do.heading"
	if channel == ledger.ChannelRelay {
		heading = "do.more"
		if len(b.do.Fax) == 0 && b.do.Postal == "" {
			return nil
		}
	}
	return h.Section(h.Class("tasks"),
		b.heading(b.level, g.If(b.level > 1, h.Class("sub")), g.Text(b.text(heading))),
		h.Dl(b.fax(), b.postal(), b.email(), b.website()),
		g.If(channel == ledger.ChannelRelay, h.P(h.Class("hint"), g.Text(b.text("do.print.bare", "relay", relayName(b.campaign))))),
		g.If(channel != ledger.ChannelSelf,
			h.P(h.Button(h.Type("button"), h.Data("print", letterID(b.n)), g.Attr("hidden"), g.Text(b.text("do.print"))))),
		g.If(channel == ledger.ChannelSelf, b.copy()),
	)
}

func (b byHand) fax() g.Node {
	if len(b.do.Fax) == 0 {
		return nil
	}
	label := b.text("do.fax", "country", lang.Country(b.language, b.country))
	return h.Div(h.Dt(g.Text(label)), g.Map(b.do.Fax, func(n faxJSON) g.Node {
		return h.Dd(h.Class("number"), h.Dir("ltr"), g.Text(n.Dial))
	}), g.If(b.toned(), h.Dd(h.Class("hint"), g.Text(b.text("do.fax.tone")))))
}

// toned says whether a number has a place to wait at.
func (b byHand) toned() bool {
	return slices.ContainsFunc(b.do.Fax, func(n faxJSON) bool { return strings.Contains(n.Dial, "~") })
}

func (b byHand) postal() g.Node {
	if b.do.Postal == "" {
		return nil
	}
	return h.Div(h.Dt(g.Text(b.text("do.post"))), h.Dd(h.Address(h.Class("postal"), g.Text(envelope(b.entry.Way.Target)))))
}

// envelope is what stands on a letter from abroad: the country last, in capitals (Universal Postal Union, "Addressing" guidelines).
func envelope(t *campaign.Target) string {
	lines := []string{t.Name, t.Postal}
	if country := t.Country.Name(); t.Country != "" && !strings.Contains(strings.ToLower(t.Postal), strings.ToLower(country)) {
		lines = append(lines, strings.ToUpper(country))
	}
	return strings.Join(lines, "\n")
}

// email is where the signer's own mail goes, as text: not every mail program opens from a link.
func (b byHand) email() g.Node {
	t := b.entry.Way.Target
	switch to := ownMail(b.campaign, t); {
	case b.entry.Way.Channel != ledger.ChannelSelf || !takesMail(b.campaign, t):
		return nil
	case to == "":
		return h.Div(h.Dt(g.Text(b.text("do.email"))), h.Dd(g.Text(b.text("do.email.test"))))
	default:
		return h.Div(h.Dt(g.Text(b.text("do.email"))), h.Dd(h.Dir("ltr"), g.Text(string(to))))
	}
}

func (b byHand) website() g.Node {
	if b.do.Website == "" {
		return nil
	}
	return h.Div(h.Dt(g.Text(b.text("do.website"))),
		h.Dd(h.A(h.Href(b.do.Website), b.away("noopener noreferrer external"), g.Text(b.do.Website))))
}

// copy is the letter's text with its two ways out of the page. Without a script it can be selected in its field.
func (b byHand) copy() g.Node {
	text := "copy-" + strconv.Itoa(b.n)
	mails := takesMail(b.campaign, b.entry.Way.Target)
	return g.Group{
		h.P(h.Class("buttons"),
			h.Button(h.Type("button"), h.Data("copy", text), h.Data("copied", b.text("do.copied")), g.Attr("hidden"), g.Text(b.text("do.copy"))),
			g.If(mails, h.A(h.Class("button second"), h.Href(b.do.Mailto), g.Text(b.text("do.mailto")))),
		),
		g.If(mails && b.do.MailtoSubjectOnly, h.P(h.Class("hint"), g.Text(b.text("do.mailto.short")))),
		h.Label(h.For(text), g.Text(b.text("do.text"))),
		h.P(h.Class("hint"), h.ID(text+"-hint"), g.Text(b.text("do.select"))),
		h.Textarea(h.ID(text), h.Class("copy"), h.ReadOnly(), h.Rows("12"), h.Dir("auto"), h.Aria("describedby", text+"-hint"), g.Text(b.entry.Letter.Text)),
		h.P(h.Class("status"), h.Role("status"), h.ID(text+"-status")),
	}
}
