package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"one-click-protest/internal/lambdahttp"
	"one-click-protest/internal/lambdahttp/lambdatest"
)

// call invokes the function with an event and a log.
func call(t *testing.T, ctx context.Context, h http.HandlerFunc, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, string) {
	t.Helper()
	var log bytes.Buffer
	answer, err := lambdahttp.Handler(h, slog.New(slog.NewJSONHandler(&log, nil)))(ctx, e)
	if err != nil {
		t.Fatalf("function returned an error, which Lambda prints: %v", err)
	}
	return answer, log.String()
}

func event(t *testing.T, method, target string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	return lambdatest.Event(t, httptest.NewRequest(method, target, nil))
}

// testdata/event.json has the shape that AWS documents for payload format 2.0, with all it holds that is not used here.
func TestDocumentedEvent(t *testing.T) {
	raw, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	h := func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = io.WriteString(w, strings.Join([]string{
			r.Method, r.Host, r.RequestURI, r.RemoteAddr, r.PostForm.Get("name"), strings.Join(r.Form["p"], "+"),
			r.Header.Get("Cookie"), r.Header.Get("Origin"),
		}, " | "))
	}
	answer, _ := call(t, context.Background(), h, e)
	const want = "POST | id.execute-api.eu-central-1.amazonaws.com | /c/free-mtu-leaders-2007?p=1&p=2 | 192.0.2.1:0 | Ann Lee | 1+2 | " +
		"cookie1=a; cookie2=b | https://partner.example"
	if answer.Body != want {
		t.Errorf("handler saw\n%s; want\n%s", answer.Body, want)
	}
}

func TestStageIsCutOff(t *testing.T) {
	tests := []struct{ stage, raw, want string }{
		{"$default", "/c/x", "/c/x"},
		{"prod", "/prod/c/x", "/c/x"},
		{"prod", "/prod", "/"},
		{"prod", "/production/x", "/production/x"},
		{"prod", "/c/prod", "/c/prod"},
		{"", "", "/"},
	}
	for _, test := range tests {
		e := event(t, "GET", "/")
		e.RequestContext.Stage, e.RawPath = test.stage, test.raw
		answer, _ := call(t, context.Background(), func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.URL.Path)
		}, e)
		if answer.Body != test.want {
			t.Errorf("stage %q, path %q: handler saw %q, want %q", test.stage, test.raw, answer.Body, test.want)
		}
	}
}

func TestNoRequest(t *testing.T) {
	broken := event(t, "POST", "/secret-token?x=1")
	broken.Body, broken.IsBase64Encoded = "%%%", true
	old := event(t, "GET", "/")
	old.Version = "1.0"
	for name, e := range map[string]events.APIGatewayV2HTTPRequest{"empty": {}, "body": broken, "version": old} {
		t.Run(name, func(t *testing.T) {
			answer, log := call(t, context.Background(), func(http.ResponseWriter, *http.Request) {
				t.Error("handler was called")
			}, e)
			if answer.StatusCode != http.StatusBadRequest || log != "" {
				t.Errorf("status %d, log %q", answer.StatusCode, log)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	h := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Half", "1")
		_, _ = io.WriteString(w, "half an answer")
		panic(errors.New("jane@example.org"))
	}
	answer, log := call(t, context.Background(), h, event(t, "GET", "/c/token"))
	if answer.StatusCode != 500 || answer.Body != "Internal Server Error\n" || answer.Headers["X-Half"] != "" {
		t.Errorf("answer %+v", answer)
	}
	if !strings.Contains(log, `"type":"*errors.errorString"`) || !strings.Contains(log, "TestPanic") {
		t.Errorf("log names neither type nor place: %s", log)
	}
	if strings.Contains(log, "jane") || strings.Contains(log, "/c/token") {
		t.Errorf("log holds what a visitor typed: %s", log)
	}
}

func TestAbort(t *testing.T) {
	answer, log := call(t, context.Background(), func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}, event(t, "GET", "/"))
	if answer.StatusCode != 500 || log != "" {
		t.Errorf("status %d, log %q", answer.StatusCode, log)
	}
}

func TestDeadline(t *testing.T) {
	deadline := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	call(t, ctx, func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := r.Context().Deadline(); !ok || !got.Equal(deadline.Add(-lambdahttp.Reserve)) {
			t.Errorf("deadline %v, want %v earlier than %v", got, lambdahttp.Reserve, deadline)
		}
	}, event(t, "GET", "/"))
	call(t, context.Background(), func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := r.Context().Deadline(); ok {
			t.Errorf("deadline %v from nowhere", got)
		}
	}, event(t, "GET", "/"))
}

func FuzzHandler(f *testing.F) {
	f.Add("2.0", "GET", "/c/%", "a=%zz", "192.0.2.1", "eA==", true)
	f.Add("2.0", "POST", "//?#", "", "::1", "x", false)
	f.Add("", "", "", "", "", "", false)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = io.Copy(w, r.Body)
		_, _ = io.WriteString(w, r.RequestURI+r.URL.String())
	})
	function := lambdahttp.Handler(h, slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, version, method, path, query, ip, body string, encoded bool) {
		e := events.APIGatewayV2HTTPRequest{Version: version, RawPath: path, RawQueryString: query, Body: body, IsBase64Encoded: encoded}
		e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = method, ip
		answer, err := function(context.Background(), e)
		if err != nil || answer.StatusCode != 200 && answer.StatusCode != 400 {
			t.Errorf("status %d, %v", answer.StatusCode, err)
		}
	})
}
