package web

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// What is said and shown of several letters together: a signer may write to more than one target.

// recipients says to how many a letter goes, where these are more than one.
func (v venue) recipients(letters []action.Entry) g.Node {
	if len(letters) < 2 {
		return nil
	}
	return h.P(h.Class("recipients"), g.Text(lang.Count(v.language, "several.goes", len(letters))))
}

// ownHand says how many of several letters are left to their signer.
func (v venue) ownHand(letters []action.Entry) g.Node {
	n := 0
	for _, e := range letters {
		if byOwnHand(e) {
			n++
		}
	}
	if n == 0 || len(letters) < 2 {
		return nil
	}
	return h.P(g.Text(lang.Count(v.language, "several.hand", n)))
}

// byOwnHand says whether the signer sends a letter, and not the house.
func byOwnHand(e action.Entry) bool { return !e.Way.Channel.Mailed() }

// handedOver says whether the signer sends one of the letters.
func handedOver(letters []action.Entry) bool { return slices.ContainsFunc(letters, byOwnHand) }

// once says that nobody writes twice.
func (v venue) once() g.Node { return h.P(h.Class("once"), g.Text(v.text(onceKey(v.campaign)))) }

func onceKey(c *campaign.Campaign) string {
	if c.Several() {
		return "form.once.several"
	}
	return "form.once"
}

// stack is letters one below the other, each with what stands around it. Those in one language differ in addressee, salutation and way
// alone, so all but the first of them are folded: a page with six can still be read on a phone, and each of them without a script.
func stack(papers []paper, around func(paper) g.Node) g.Node {
	var nodes g.Group
	seen := map[string]bool{}
	for i, p := range papers {
		one := around(p)
		if i > 0 {
			one = p.folded(seen[p.entry.Language], one)
		}
		seen[p.entry.Language] = true
		nodes = append(nodes, one)
	}
	return nodes
}

// folded is a letter behind a line that says whose it is, closed or open.
func (p paper) folded(closed bool, inside g.Node) g.Node {
	return h.Details(h.Class("further"), h.ID(p.id+"-fold"), g.If(!closed, g.Attr("open")),
		h.Summary(target(p.entry.Way.Target), g.Text(" "), h.Span(h.Class("hint"), g.Text(p.way()+" · "+p.when()))),
		inside)
}

// letterID is the id of a page's i-th letter.
func letterID(i int) string { return "letter-" + strconv.Itoa(i) }
