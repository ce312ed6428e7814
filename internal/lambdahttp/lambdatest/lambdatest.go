// Package lambdatest sends test requests through the payload that API Gateway would make of them, so that one table of
// tests holds for net/http and for Lambda.
package lambdatest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"one-click-protest/internal/lambdahttp"
)

// Do sends one request, made by httptest.NewRequest, and answers what came back. Each request can be sent once.
type Do func(r *http.Request) *http.Response

// Both runs a test twice: its requests go to h directly, then through the payload.
func Both(t *testing.T, h http.Handler, test func(t *testing.T, do Do)) {
	t.Helper()
	t.Run("direct", func(t *testing.T) {
		test(t, func(r *http.Request) *http.Response { return Direct(h, r) })
	})
	t.Run("lambda", func(t *testing.T) {
		test(t, func(r *http.Request) *http.Response { return RoundTrip(t, h, r) })
	})
}

// Direct sends a request to h as net/http's server does.
func Direct(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if r.Method == http.MethodHead { // the recorder keeps a body that no server would send
		w.Body.Reset()
	}
	return w.Result()
}

// RoundTrip sends a request to h by way of event, JSON and answer. It fails the test when Lambda would have failed. What the
// handler logs of panics is dropped.
func RoundTrip(t testing.TB, h http.Handler, r *http.Request) *http.Response {
	t.Helper()
	event, err := json.Marshal(Event(t, r))
	if err != nil {
		t.Fatalf("event: %v", err)
	}
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &in); err != nil {
		t.Fatalf("event: %v", err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second) // the function's timeout in template.yaml
	defer cancel()
	out, err := lambdahttp.Handler(h, slog.New(slog.DiscardHandler))(ctx, in)
	if err != nil {
		t.Fatalf("function: %v", err)
	}
	answer, err := json.Marshal(out)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	response, err := Response(answer)
	if err != nil {
		t.Fatal(err)
	}
	response.Request = r
	return response
}

// Event is what an HTTP API makes of a request: header names in lower case, repeated headers joined, cookies apart, the
// path decoded, and what is no text or JSON in base64. It reads the body.
//
// See AWS's "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway"; that the path comes decoded is no part of it but is so.
func Event(t testing.TB, r *http.Request) events.APIGatewayV2HTTPRequest {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	e := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              "$default",
		RawPath:               r.URL.Path,
		RawQueryString:        r.URL.RawQuery,
		Cookies:               cookies(r),
		Headers:               headers(r, len(body)),
		QueryStringParameters: joined(r.URL.Query()),
		RequestContext:        requestContext(r),
		Body:                  string(body),
	}
	if len(body) > 0 && !textual(r.Header.Get("Content-Type")) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return e
}

func requestContext(r *http.Request) events.APIGatewayV2HTTPRequestContext {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	return events.APIGatewayV2HTTPRequestContext{
		RouteKey:   "$default",
		Stage:      "$default",
		DomainName: r.Host,
		RequestID:  "JKJaXmPLvHcESHA=",
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method: r.Method, Path: r.URL.Path, Protocol: "HTTP/1.1", SourceIP: ip, UserAgent: r.UserAgent(),
		},
	}
}

func cookies(r *http.Request) []string {
	var all []string
	for _, line := range r.Header.Values("Cookie") {
		all = append(all, strings.Split(line, "; ")...)
	}
	return all
}

func headers(r *http.Request, length int) map[string]string {
	all := map[string]string{"host": r.Host, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
	if length > 0 {
		all["content-length"] = fmt.Sprint(length)
	}
	for name, values := range r.Header {
		if name != "Cookie" {
			all[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return all
}

func joined(query url.Values) map[string]string {
	if len(query) == 0 {
		return nil
	}
	all := map[string]string{}
	for name, values := range query {
		all[name] = strings.Join(values, ",")
	}
	return all
}

// textual says whether the gateway hands a body over as it is.
func textual(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/javascript" || media == "application/xml"
}

// Response is what the visitor gets for a function's answer.
func Response(answer []byte) (*http.Response, error) {
	var a events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return nil, fmt.Errorf("answer's body: %w", err)
		}
	}
	h := http.Header{}
	for name, value := range a.Headers {
		h.Set(name, value)
	}
	for _, cookie := range a.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	return &http.Response{
		StatusCode: a.StatusCode, Status: fmt.Sprintf("%03d %s", a.StatusCode, http.StatusText(a.StatusCode)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
