package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the page's own files
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

var (
	//go:embed static/form.css
	formCSS string
	//go:embed static/page.css
	pageCSS string
	//go:embed static/form.js
	formJS string
	//go:embed static/page.js
	pageJS string
	//go:embed static/embed.js
	embedJS string
	//go:embed static/widget.js
	widgetJS string
	//go:embed static/page.svg
	pageIcon string
	//go:embed openapi.json
	openAPI []byte
)

const (
	cssType    = "text/css; charset=utf-8"
	scriptType = "text/javascript; charset=utf-8"
)

// assets are the files that pages link to, by names that change with their content: they can be kept for ever. The widget's name stays:
// it stands in partners' pages.
type assets struct {
	formCSS, pageCSS, formJS, pageJS, embedJS, icon string // paths
	files                                           map[string]asset
	widget                                          asset
}

// asset is a file, compressed when it is first asked for.
type asset struct {
	mediaType string
	content   func() string
	gzipped   func() []byte
}

func newAsset(mediaType string, content func() string) asset {
	return asset{mediaType, content, sync.OnceValue(func() []byte { return compress(content()) })}
}

func compress(content string) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write([]byte(content))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil { // a buffer takes everything
		panic("web: " + err.Error())
	}
	return b.Bytes()
}

func loadAssets(publicURL string) *assets {
	a := &assets{files: map[string]asset{}}
	a.widget = newAsset(scriptType, sync.OnceValue(func() string { return widget(publicURL) }))
	a.formCSS = a.add("form", ".css", cssType, formCSS)
	a.pageCSS = a.add("page", ".css", cssType, pageCSS)
	a.formJS = a.add("form", ".js", scriptType, formJS)
	a.pageJS = a.add("page", ".js", scriptType, pageJS)
	a.embedJS = a.add("embed", ".js", scriptType, embedJS)
	a.icon = a.add("page", ".svg", "image/svg+xml", pageIcon)
	return a
}

func (a *assets) add(stem, ext, mediaType, content string) (path string) {
	sum := sha256.Sum256([]byte(content))
	name := stem + "-" + hex.EncodeToString(sum[:6]) + ext
	a.files[name] = newAsset(mediaType, func() string { return content })
	return "/static/" + name
}

// widget is the one script that partners' pages load: what all forms share, their style, and the element, in a function of its own so
// that no name of ours gets into the page. It is told where we are, because partners' optimizers of scripts serve it from elsewhere.
func widget(publicURL string) string {
	return "(() => {\n" + formJS + "\nconst formCSS = " + constant(formCSS) + ";\nconst house = " + constant(publicURL) + ";\n" + widgetJS + "\n})();\n"
}

// constant is a string as JavaScript has it.
func constant(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it stands in no HTML
	if err := e.Encode(text); err != nil {
		panic("web: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}

func (s *server) getAsset(w http.ResponseWriter, r *http.Request) {
	file, ok := s.assets.files[r.PathValue("file")]
	if !ok {
		s.errorPage(w, r, nil, errNoRoute)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	file.serve(w, r)
}

func (s *server) getWidget(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Access-Control-Allow-Origin", "*") // for pages that check a script's integrity
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	s.assets.widget.serve(w, r)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.mediaType)
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r) {
		_, _ = w.Write([]byte(a.content()))
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(a.gzipped())
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as browsers use it.
func takesGzip(r *http.Request) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.TrimRight(strings.ReplaceAll(weight, " ", ""), "0")
			return q != "q=" && q != "q=0."
		}
	}
	return false
}

func (s *server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Access-Control-Allow-Origin", "*") // a document for everybody, without anybody's data
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(openAPI)
}
