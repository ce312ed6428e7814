package web

import (
	"crypto/sha256"
	_ "embed" // the page's own files
	"encoding/hex"
	"net/http"
)

var (
	//go:embed static/page.css
	pageCSS string
	//go:embed static/page.js
	pageJS string
	//go:embed static/page.svg
	pageIcon string
	//go:embed openapi.json
	openAPI []byte
)

// assets are the files that pages link to, by names that change with their content: they can be kept for ever.
type assets struct {
	css, js, icon string // paths
	files         map[string]asset
}

type asset struct{ mediaType, content string }

func loadAssets() *assets {
	a := &assets{files: map[string]asset{}}
	a.css = a.add("page", ".css", "text/css; charset=utf-8", pageCSS)
	a.js = a.add("page", ".js", "text/javascript; charset=utf-8", pageJS)
	a.icon = a.add("page", ".svg", "image/svg+xml", pageIcon)
	return a
}

func (a *assets) add(stem, ext, mediaType, content string) (path string) {
	sum := sha256.Sum256([]byte(content))
	name := stem + "-" + hex.EncodeToString(sum[:6]) + ext
	a.files[name] = asset{mediaType, content}
	return "/static/" + name
}

func (s *server) getAsset(w http.ResponseWriter, r *http.Request) {
	file, ok := s.assets.files[r.PathValue("file")]
	if !ok {
		s.errorPage(w, r, nil, errNoRoute)
		return
	}
	w.Header().Set("Content-Type", file.mediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write([]byte(file.content))
}

func (s *server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Access-Control-Allow-Origin", "*") // a document for everybody, without anybody's data
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(openAPI)
}
