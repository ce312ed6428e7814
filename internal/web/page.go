package web

import (
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/lang"
)

// page is what stands around a fragment, on our own pages and in a frame.
type page struct {
	language string
	title    string
	links    url.Values // kept by the links to other languages; nil: no such links
	head     []g.Node   // what only the campaign's page has
	framed   bool
	main     []g.Node
}

// show answers a page.
func (s *server) show(w http.ResponseWriter, status int, p page) {
	writeHTML(w, status, p.language, h.Doctype(s.document(p)))
}

func (s *server) document(p page) g.Node {
	script := s.assets.pageJS
	if p.framed {
		script = s.assets.embedJS
	}
	return h.HTML(h.Lang(p.language), h.Dir(lang.Dir(p.language)),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Meta(h.Name("format-detection"), h.Content("telephone=no, address=no, email=no")),
			h.TitleEl(g.Text(p.title)),
			g.Group(p.head),
			h.Link(h.Rel("icon"), h.Type("image/svg+xml"), h.Href(s.assets.icon)),
			h.Link(h.Rel("stylesheet"), h.Href(s.assets.formCSS)),
			h.Link(h.Rel("stylesheet"), h.Href(s.assets.pageCSS)),
			h.Script(h.Src(s.assets.formJS), h.Defer()),
			h.Script(h.Src(script), h.Defer()),
		),
		h.Body(
			g.If(p.framed, h.Class("framed")),
			g.If(!p.framed, h.A(h.Class("skip"), h.Href("#main"), g.Text(lang.Text(p.language, "page.skip")))),
			languageLinks(p),
			h.Main(h.ID("main"), h.TabIndex("-1"), g.Group(p.main)),
		),
	)
}

func languageLinks(p page) g.Node {
	if p.links == nil {
		return nil
	}
	return h.Nav(h.Class("languages"), h.Aria("label", lang.Text(p.language, "page.languages")),
		h.Ul(g.Map(lang.Languages(), func(l string) g.Node { return h.Li(languageLink(p, l)) })))
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
