package web

import (
	"net/http"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// getPicture answers the picture that sites show which link to the campaign.
func (s *server) getPicture(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	p, ok := v.campaign.Pictures[r.PathValue("language")]
	if !ok {
		s.fail(w, r, v, errNoRoute)
		return
	}
	w.Header().Set("Content-Type", p.MediaType)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(p.Data)
}

// openGraph is what sites show that link to the campaign (ogp.me), and what search engines take for the same page in other languages.
func (v venue) openGraph() []g.Node {
	c := v.campaign
	title := c.Text(c.Title, v.language)
	first, _, _ := strings.Cut(c.Text(c.Summary, v.language), "\n\n")
	page := v.house + "/c/" + c.Slug
	nodes := []g.Node{
		h.Meta(h.Name("description"), h.Content(first)),
		h.Link(h.Rel("canonical"), h.Href(page+"?language="+v.language)),
		h.Link(h.Rel("alternate"), g.Attr("hreflang", "x-default"), h.Href(page)),
		property("og:type", "website"),
		property("og:title", title),
		property("og:description", first),
		property("og:url", v.hosted()), // a partner stays in the address under which links are counted and followed
		property("og:locale", locale(c, v.language)),
	}
	for _, l := range lang.Languages() {
		nodes = append(nodes, h.Link(h.Rel("alternate"), g.Attr("hreflang", l), h.Href(page+"?language="+l)))
	}
	return append(nodes, v.picture(title)...)
}

func (v venue) picture(title string) []g.Node {
	language, ok := pictured(v.campaign, v.language)
	if !ok {
		return nil
	}
	p := v.campaign.Pictures[language]
	return []g.Node{
		property("og:image", v.house+"/c/"+v.campaign.Slug+"/picture/"+language),
		property("og:image:type", p.MediaType),
		property("og:image:width", strconv.Itoa(p.Width)),
		property("og:image:height", strconv.Itoa(p.Height)),
		property("og:image:alt", title),
		h.Meta(h.Name("twitter:card"), h.Content("summary_large_image")),
	}
}

// pictured answers the language of the picture that goes with a page: its own, or that of the campaign's first language that has one.
func pictured(c *campaign.Campaign, language string) (string, bool) {
	for _, l := range append([]string{language, c.Best(language)}, c.Languages...) {
		if _, ok := c.Pictures[l]; ok {
			return l, true
		}
	}
	return "", false
}

func property(name, content string) g.Node {
	if content == "" {
		return nil
	}
	return h.Meta(g.Attr("property", name), h.Content(content))
}

// locale is that of the campaign's texts on a page; nothing where Open Graph would not know it.
func locale(c *campaign.Campaign, page string) string {
	best, _ := lang.Best(c.Best(page), lang.Languages())
	return locales[best]
}

// locales are the interface's languages as Open Graph names them: with a territory each, which stands for nothing here.
var locales = map[string]string{
	"en": "en_US", "ar": "ar_AR", "de": "de_DE", "es": "es_ES", "fr": "fr_FR", "ja": "ja_JP", "ko": "ko_KR", "ru": "ru_RU",
	"zh-Hans": "zh_CN", "zh-Hant": "zh_TW",
}
