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
	"one-click-protest/internal/letter"
)

// paper shows a letter as it leaves: to whom, what, by which way, when.
type paper struct {
	venue
	entry action.Entry
	now   time.Time
	id    string // of its own on the page
	aside bool   // not printed: another one on the page is the signer's to print
}

// papers is all letters as they would leave, each with its translation. wish is the language that the signer chose for them; empty: none.
func papers(v venue, letters []action.Entry, wish string, now time.Time) g.Node {
	var all []paper
	for i, e := range letters {
		all = append(all, paper{venue: v, entry: e, now: now, id: letterID(i)})
	}
	return stack(all, func(p paper) g.Node { return g.Group{p.node(), p.faxed(wish), p.translation()} })
}

func (p paper) node(more ...g.Node) g.Node {
	e := p.entry
	class := "paper"
	if e.Way.Channel == ledger.ChannelRelay {
		class = "paper relayed" // printed without the covering note
	}
	if p.aside {
		class += " aside"
	}
	return h.Article(h.Class(class), h.ID(p.id),
		h.Dl(h.Class("envelope"),
			row(p.text("paper.to"), target(e.Way.Target)),
			g.If(p.headed(), row(p.text("paper.subject"), h.Span(h.Dir("auto"), g.Text(e.Letter.Subject)))),
			row(p.text("paper.way"), g.Text(p.way())),
			row(p.text("paper.when"), g.Text(p.when())),
			g.Group(more),
		),
		p.words(p.letterLanguage(), e.Letter),
		g.If(e.Way.Channel == ledger.ChannelRelay, h.P(h.Class("sign"), h.Lang(e.Language), h.Dir(lang.Dir(e.Language)),
			g.Text(lang.Text(e.Language, "letter.signature")))),
	)
}

// headed says whether the subject stands over the letter, as mail has it, and not on its page.
func (p paper) headed() bool {
	return p.entry.Way.Channel == ledger.ChannelEmail || p.entry.Way.Channel == ledger.ChannelRelay
}

func (p paper) words(language string, l letter.Letter) g.Node {
	return h.Div(h.Class("letter"), h.Lang(language), h.Dir(lang.Dir(language)), g.Raw(body(l.HTML)))
}

// translation is the letter for its signer to read. It stands outside of the paper: it is neither sent nor printed.
func (p paper) translation() g.Node {
	t := p.entry.Translation
	if t == nil {
		return nil
	}
	return h.Details(h.Class("translation"), h.ID(p.id+"-translation"),
		h.Summary(g.Text(p.text("paper.translation", "language", languageName(t.Language)))),
		h.P(h.Class("hint"), g.Text(p.text("paper.translation.note"))),
		g.If(p.headed(), h.P(h.Lang(t.Language), h.Dir(lang.Dir(t.Language)), g.Text(t.Letter.Subject))),
		p.words(p.begins(t.Language), t.Letter),
	)
}

// faxed says why a letter is in another language than its signer would have it in: the one chosen, or else the one that suits.
func (p paper) faxed(wish string) g.Node {
	w := p.entry.Way
	if wish == "" {
		wish = p.campaign.LetterLanguage(campaign.Way{Target: w.Target, Channel: ledger.ChannelEmail}, p.language)
	}
	if p.campaign.Writes(w, wish) {
		return nil
	}
	return h.P(h.Class("hint"), g.Text(p.text("paper.faxed", "language", languageName(p.entry.Language))))
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

func (p paper) way() string {
	return wayText(p.language, "way", p.campaign, p.entry.Way)
}

func (p paper) when() string {
	e := p.entry
	switch {
	case !e.Way.Channel.Mailed():
		return p.text("when.you")
	case e.Expected.After(p.now):
		return p.text("when.at", "time", lang.Moment(p.language, e.Expected), "offset", lang.Offset(e.Expected))
	}
	return p.text("when.now")
}

func (p paper) letterLanguage() string { return p.begins(p.entry.Language) }

// begins is the language that a letter begins in: of a relay's, its covering note's.
func (p paper) begins(language string) string {
	if p.entry.Way.Channel == ledger.ChannelRelay && p.campaign.Relay != nil {
		return p.campaign.Relay.Language
	}
	return language
}

// body takes what stands between a letter's body tags: the very markup that leaves, in which package letter has escaped all that
// somebody typed. It comes with no style, script or image, and the policy in the headers would run none.
func body(document string) string {
	_, rest, _ := strings.Cut(document, "<body>")
	text, _, _ := strings.Cut(rest, "</body>")
	return text
}
