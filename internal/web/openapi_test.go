package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/web"
)

// document is the API's document with a router over it.
type document struct {
	*openapi3.T
	routers.Router
}

func openDocument(t testing.TB) document {
	t.Helper()
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, mediaType := range []string{"text/html", "text/javascript"} {
		openapi3filter.RegisterBodyDecoder(mediaType, openapi3filter.RegisteredBodyDecoder("text/plain"))
	}
	return document{doc, router}
}

func TestDocument(t *testing.T) {
	doc := openDocument(t)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s, want 3.1", doc.OpenAPI)
	}
	got := text(t, open(t, nil).do(get("/openapi.json")))
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), got); diff != "" {
		t.Errorf("served otherwise (-want +got):\n%s", diff)
	}
}

// TestDocumentHasAllRoutes holds the document's operations against the mux. Pages and their files are not the API.
func TestDocumentHasAllRoutes(t *testing.T) {
	var want []string
	for _, pattern := range web.Patterns() {
		_, path, _ := strings.Cut(pattern, " ")
		if !strings.HasPrefix(path, "/c/") && !strings.HasPrefix(path, "/embed/") && !strings.HasPrefix(path, "/static/") {
			want = append(want, pattern)
		}
	}
	var got []string
	for path, item := range openDocument(t).Paths.Map() {
		for method := range item.Operations() {
			got = append(got, method+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document and mux differ (-mux +document):\n%s", diff)
	}
}

// holds fails the test when an answer is not one that the document promises for its request.
func (d document) holds(t *testing.T, r *http.Request, requestBody string, answer *http.Response) {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	asked := r.Clone(t.Context())
	asked.URL.Scheme, asked.URL.Host, asked.Host = "", "", ""
	if answer.StatusCode == http.StatusMethodNotAllowed { // of a method that is not there
		asked.Method = documented(answer.Header.Get("Allow"))
	}
	route, params, err := d.FindRoute(asked)
	if err != nil {
		t.Fatalf("not in the document: %s %s: %v", asked.Method, asked.URL.Path, err)
	}
	asked.Body = io.NopCloser(strings.NewReader(requestBody))
	in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 answer.StatusCode,
		Header:                 answer.Header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	}
	out.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("answer to %s %s is not as documented: %v", r.Method, r.URL.Path, err)
	}
	if answer.StatusCode < 300 && requestBody != "" {
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("an accepted request is not as documented: %v", err)
		}
	}
}

// documented answers a method of an Allow header whose answers the document describes in full.
func documented(allow string) string {
	for method := range strings.SplitSeq(allow, ", ") {
		if method != http.MethodOptions && method != http.MethodHead {
			return method
		}
	}
	return allow
}

// TestDocumentIsStrict makes sure that holding answers against the document can fail.
func TestDocumentIsStrict(t *testing.T) {
	schema := openDocument(t).Components.Schemas["Tally"].Value
	for name, body := range map[string]string{
		"fine":     `{"actions":10,"goal":0,"as_of":"2026-11-22T12:00:00Z","letters":{"email":0,"relay":0,"by_hand":0}}`,
		"words":    `{"actions":"ten","goal":0,"as_of":"2026-11-22T12:00:00Z","letters":{"email":0,"relay":0,"by_hand":0}}`,
		"more":     `{"actions":10,"goal":0,"as_of":"2026-11-22T12:00:00Z","letters":{"email":0,"relay":0,"by_hand":0},"id":1}`,
		"less":     `{"actions":10,"goal":0,"as_of":"2026-11-22T12:00:00Z"}`,
		"no goal":  `{"actions":10,"goal":null,"as_of":"2026-11-22T12:00:00Z","letters":{"email":0,"relay":0,"by_hand":0}}`,
		"no times": `{"actions":10,"goal":0,"as_of":5,"letters":{"email":0,"relay":0,"by_hand":0}}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		err := schema.VisitJSON(v, openapi3.EnableJSONSchema2020())
		if (err == nil) != (name == "fine") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
