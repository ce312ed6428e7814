package web

import (
	"bytes"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// page is what all pages share.
type page struct {
	language string
	title    string
	campaign *campaign.Campaign // nil where there is none
	links    url.Values         // kept by the links to other languages; nil: no such links
	main     []g.Node
}

// show answers a page.
func (s *server) show(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	if err := h.Doctype(s.document(p)).Render(&b); err != nil { // a buffer takes everything
		panic("web: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.language)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *server) document(p page) g.Node {
	return h.HTML(h.Lang(p.language), h.Dir(lang.Dir(p.language)),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Meta(h.Name("format-detection"), h.Content("telephone=no, address=no, email=no")),
			h.TitleEl(g.Text(p.title)),
			h.Link(h.Rel("icon"), h.Type("image/svg+xml"), h.Href(s.assets.icon)),
			h.Link(h.Rel("stylesheet"), h.Href(s.assets.css)),
			h.Script(h.Src(s.assets.js), h.Defer()),
		),
		h.Body(
			h.A(h.Class("skip"), h.Href("#main"), g.Text(lang.Text(p.language, "page.skip"))),
			s.banner(p),
			languageLinks(p),
			h.Main(h.ID("main"), h.TabIndex("-1"), g.Group(p.main)),
		),
	)
}

// banner tells of the test mode before everything else.
func (s *server) banner(p page) g.Node {
	if p.campaign == nil || p.campaign.Mode != campaign.Test {
		return nil
	}
	return h.Aside(h.Class("banner"), g.Text(lang.Text(p.language, "page.test")))
}

func languageLinks(p page) g.Node {
	all := offered(p.campaign)
	if p.links == nil || len(all) < 2 {
		return nil
	}
	return h.Nav(h.Class("languages"), h.Aria("label", lang.Text(p.language, "page.languages")),
		h.Ul(g.Map(all, func(l string) g.Node { return h.Li(languageLink(p, l)) })))
}

func languageLink(p page, l string) g.Node {
	name := lang.Text(l, "language.name")
	if l == p.language {
		return h.Span(h.Aria("current", "true"), h.Lang(l), g.Text(name))
	}
	query := url.Values{"language": {l}}
	for key, values := range p.links {
		query[key] = values
	}
	return h.A(h.Href("?"+query.Encode()), h.Lang(l), g.Attr("hreflang", l), g.Text(name))
}

// errorPage answers an error as a readable page, with a way back where there is a campaign.
func (s *server) errorPage(w http.ResponseWriter, r *http.Request, c *campaign.Campaign, err error) {
	language := s.language(r, c)
	f := s.refuse(w, r, err)
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	main := []g.Node{
		h.H1(g.Text(f.title(language))),
		h.P(g.Text(f.detail(language))),
	}
	if c != nil {
		main = append(main, backLink(c, language))
	}
	s.show(w, f.status, page{language: language, title: f.title(language), campaign: c, main: main})
}

func backLink(c *campaign.Campaign, language string) g.Node {
	return h.P(h.A(h.Href(formPath(c, language)), g.Text(lang.Text(language, "page.back"))))
}

func formPath(c *campaign.Campaign, language string) string {
	return "/c/" + c.Slug + "?" + url.Values{"language": {language}}.Encode()
}
