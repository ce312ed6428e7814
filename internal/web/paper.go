package web

import (
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// paper shows a letter as it leaves: to whom, what, by which way, when.
type paper struct {
	language string // of the page
	campaign *campaign.Campaign
	entry    action.Entry
	letter   string // its language
	now      time.Time
}

func (p paper) node(more ...g.Node) g.Node {
	e := p.entry
	class := "paper"
	if e.Way.Channel == ledger.ChannelRelay {
		class = "paper relayed" // printed without the covering note
	}
	return h.Article(h.Class(class),
		h.Dl(h.Class("envelope"),
			row(p.text("paper.to"), target(e.Way.Target)),
			g.If(e.Way.Channel.Mailed(), row(p.text("paper.subject"), h.Span(h.Dir("auto"), g.Text(e.Letter.Subject)))),
			row(p.text("paper.way"), g.Text(p.way())),
			row(p.text("paper.when"), g.Text(p.when())),
			g.Group(more),
		),
		h.Div(h.Class("letter"), h.Lang(p.letterLanguage()), h.Dir(lang.Dir(p.letterLanguage())), g.Raw(body(e.Letter.HTML))),
		g.If(e.Way.Channel == ledger.ChannelRelay, h.P(h.Class("sign"), h.Lang(p.letter), h.Dir(lang.Dir(p.letter)),
			g.Text(lang.Text(p.letter, "letter.signature")))),
	)
}

func row(label string, value ...g.Node) g.Node {
	return h.Div(h.Dt(g.Text(label)), h.Dd(value...))
}

// target names an addressee. Directories have names in English.
func target(t *campaign.Target) g.Node {
	if t.City == "" || strings.Contains(t.Name, t.City) {
		return h.Span(h.Lang("en"), g.Text(t.Name))
	}
	return h.Span(h.Lang("en"), g.Text(t.Name+", "+t.City))
}

func (p paper) text(key string, pairs ...string) string { return lang.Text(p.language, key, pairs...) }

func (p paper) way() string {
	return wayText(p.language, "way", p.campaign, p.entry.Way)
}

func (p paper) when() string {
	e := p.entry
	switch {
	case !e.Way.Channel.Mailed():
		return p.text("when.you")
	case e.Expected.After(p.now):
		return p.text("when.at", "time", when(p.language, e.Expected))
	}
	return p.text("when.now")
}

// letterLanguage is the language a letter begins in: of a relay's, its covering note's.
func (p paper) letterLanguage() string {
	if p.entry.Way.Channel == ledger.ChannelRelay && p.campaign.Relay != nil {
		return p.campaign.Relay.Language
	}
	return p.letter
}

// body takes what stands between a letter's body tags: the very markup that leaves, in which package letter has escaped all that
// somebody typed. It comes with no style, script or image, and the policy in the headers would run none.
func body(document string) string {
	_, rest, _ := strings.Cut(document, "<body>")
	text, _, _ := strings.Cut(rest, "</body>")
	return text
}
