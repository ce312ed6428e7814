package lambdahttp

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// writer gathers an answer by the rules of http.ResponseWriter.
type writer struct {
	head   bool        // the request is a HEAD: no body leaves
	header http.Header // the handler's, until the status is written
	status int         // 0: not yet written
	sent   http.Header // header as it was when the status was written
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter: the first status stays, and interim ones have nowhere to go.
func (w *writer) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if len(p) > 0 {
		w.sniff(p)
	}
	if w.head {
		return len(p), nil
	}
	return w.body.Write(p)
}

func (w *writer) sniff(p []byte) {
	_, typed := w.sent["Content-Type"]
	if !typed && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(p))
	}
}

// answer ends the handler's turn. Bodies that are no text travel in base64. The gateway knows no repeated headers in
// format 2.0, so they are joined by commas; cookies, which cannot be, have a place of their own.
func (w *writer) answer() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	a := events.APIGatewayV2HTTPResponse{
		StatusCode: w.status,
		Headers:    make(map[string]string, len(w.sent)),
		Cookies:    w.sent["Set-Cookie"],
	}
	for name, values := range w.sent {
		if name != "Set-Cookie" && len(values) > 0 {
			a.Headers[name] = strings.Join(values, ", ")
		}
	}
	if body := w.body.Bytes(); utf8.Valid(body) {
		a.Body = string(body)
	} else {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return a
}
