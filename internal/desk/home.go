package desk

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

//go:embed desk.css
var deskCSS []byte

//go:embed desk.js
var deskJS []byte

// policy is the CSP of the desk's own pages: nothing from anywhere else, no inline script or style.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mailPolicy also lets a captured mail's HTML into a frame.
const mailPolicy = policy + "; frame-src 'self'"

// homeRoutes are the partner page and its exact counts. Only this machine shows exact counts: the public ones are rounded.
func (s *site) homeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /counts.json", s.counts)
	mux.HandleFunc("GET /desk.css", static("text/css; charset=utf-8", deskCSS))
	mux.HandleFunc("GET /desk.js", static("text/javascript; charset=utf-8", deskJS))
}

func static(contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body)
	}
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	var sections []g.Node
	language := lang.Match(r.URL.Query().Get("language"), r.Header.Get("Accept-Language"), lang.Languages())
	for _, slug := range s.campaigns.Slugs() {
		c, err := s.campaigns.Get(slug)
		if err != nil {
			sections = append(sections, brokenCampaign(slug, err))
			continue
		}
		rows, err := s.exactCounts(r.Context(), c)
		if err != nil {
			http.Error(w, "The counts cannot be read.", http.StatusServiceUnavailable)
			return
		}
		sections = append(sections, campaignCard(c, rows, language))
	}
	still := s.still.reason()
	page(w, "A partner's page",
		h.H1(g.Text("A partner's page")),
		h.P(g.Text("Everything on this machine: sign a letter, read the mail in the outbox, see the count go up, sign again and see that no second letter leaves.")),
		g.If(still != "", h.P(h.Role("status"), h.Class("still"), g.Text(still))),
		g.If(s.mails.folder != nil, h.P(h.A(h.Href("/outbox"), g.Text("Outbox: the captured mail")))),
		h.P(h.Class("links"), g.Map(lang.Languages(), func(l string) g.Node {
			return h.A(h.Href("/?language="+l), h.Lang(l), g.If(l == language, h.Aria("current", "true")), g.Text(lang.Text(l, "language.name")))
		})),
		g.Group(sections),
		h.Script(h.Src("/widget.js"), h.Async()),
	)
}

// campaignCard shows the form as a partner's page does, by the same element and the same script, and the other ways to it.
func campaignCard(c *campaign.Campaign, rows []countRow, language string) g.Node {
	query := "?language=" + url.QueryEscape(language)
	hosted, framed := "/c/"+c.Slug+query, "/embed/"+c.Slug+query
	title := c.Text(c.Title, language)
	return h.Section(
		h.H2(h.Lang(c.Best(language)), h.Dir("auto"), g.Text(title)),
		h.P(
			g.Text("The same form as a "), h.A(h.Href(hosted), g.Text("page of its own")),
			g.Text(" and as what a "), h.A(h.Href(framed), g.Text("frame")), g.Text(" shows"),
		),
		h.Table(
			h.Caption(g.Text("Counts, exact and live ("+string(c.Mode)+" mode)")),
			h.TBody(h.Data("campaign", c.Slug), g.Map(rows, func(row countRow) g.Node {
				return h.Tr(h.Th(h.Scope("row"), g.Text(row.Label)), h.Td(g.Text(strconv.Itoa(row.Count))))
			})),
		),
		g.El("one-click-protest", g.Attr("campaign", c.Slug), h.Lang(language), h.A(h.Href(hosted), g.Text(title))),
	)
}

func brokenCampaign(slug string, err error) g.Node {
	return h.Section(h.H2(g.Text(slug)), h.P(g.Text("This campaign cannot be used:")), h.Pre(g.Text(err.Error())))
}

// countRow is one line of exact counts.
type countRow struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// exactCounts answers a campaign's counts: who took part, what became of their letters, and what stops those that wait.
func (s *site) exactCounts(ctx context.Context, c *campaign.Campaign) ([]countRow, error) {
	at := steering{ledger: s.ledger}
	if err := at.load(ctx, []*campaign.Campaign{c}); err != nil {
		return nil, err
	}
	tally := at.tallies[c.Scope()]
	rows := []countRow{{"people who took part", tally.Actions}}
	for _, id := range sortedKeys(tally.Partners) {
		b := tally.Partners[id]
		rows = append(rows, countRow{"brought by " + id + ", verified", b.Verified}, countRow{"brought by " + id + ", claimed", b.Claimed})
	}
	for _, line := range byChannel(tally) {
		rows = append(rows, countRow{line.label(), line.Count})
	}
	if err := at.faxed(ctx, s.now()); err != nil {
		return nil, err
	}
	for _, why := range at.stock(s.now()).why() {
		why.Label = "of what is queued: " + why.Label
		rows = append(rows, why)
	}
	return rows, nil
}

func (s *site) counts(w http.ResponseWriter, r *http.Request) {
	all := map[string][]countRow{}
	for _, slug := range s.campaigns.Slugs() {
		c, err := s.campaigns.Get(slug)
		if err != nil {
			continue // the page says what is wrong with it
		}
		rows, err := s.exactCounts(r.Context(), c)
		if err != nil {
			http.Error(w, "The counts cannot be read.", http.StatusServiceUnavailable)
			return
		}
		all[slug] = rows
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(all)
}

// page writes one of the desk's pages. A policy that is set already stays.
func page(w http.ResponseWriter, title string, body ...g.Node) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	if header.Get("Content-Security-Policy") == "" {
		header.Set("Content-Security-Policy", policy)
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	_ = h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.TitleEl(g.Text(title)),
			h.Link(h.Rel("stylesheet"), h.Href("/desk.css")),
			h.Script(h.Src("/desk.js"), h.Defer()),
		),
		h.Body(h.Main(body...)),
	)).Render(w)
}

// notFound answers a readable page.
func notFound(w http.ResponseWriter, what string) {
	w.WriteHeader(http.StatusNotFound)
	page(w, "Not found", h.H1(g.Text("Not found")), h.P(g.Text(fmt.Sprintf("There is no %s here.", what))), h.P(h.A(h.Href("/outbox"), g.Text("Outbox"))))
}
