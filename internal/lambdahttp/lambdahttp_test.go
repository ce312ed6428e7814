package lambdahttp_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/lambdahttp/lambdatest"
)

// both runs a test through the payload and, as the reference for what it must do, through a real server of net/http.
func both(t *testing.T, h http.HandlerFunc, test func(t *testing.T, do lambdatest.Do)) {
	t.Helper()
	t.Run("lambda", func(t *testing.T) {
		test(t, func(r *http.Request) *http.Response { return lambdatest.RoundTrip(t, h, r) })
	})
	t.Run("net/http", func(t *testing.T) {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.Start()
		t.Cleanup(server.Close)
		test(t, func(r *http.Request) *http.Response { return overTheWire(t, server, r) })
	})
}

func overTheWire(t *testing.T, server *httptest.Server, r *http.Request) *http.Response {
	t.Helper()
	out := r.Clone(r.Context())
	out.RequestURI = ""
	if out.ContentLength == 0 {
		out.Body = http.NoBody
	}
	out.URL.Scheme, out.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
	response, err := server.Client().Transport.RoundTrip(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// seen sends one request and answers it as the handler saw it, with its body.
func seen(t *testing.T, r func() *http.Request, check func(t *testing.T, r *http.Request, body string)) {
	t.Helper()
	var got *http.Request
	var body []byte
	h := func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}
	both(t, h, func(t *testing.T, do lambdatest.Do) {
		got = nil
		do(r())
		if got == nil {
			t.Fatal("the handler was not called")
		}
		check(t, got, string(body))
	})
}

func TestRequestTarget(t *testing.T) {
	tests := map[string]struct{ target, path, query string }{
		"plain":          {"/c/free", "/c/free", ""},
		"root":           {"/", "/", ""},
		"space":          {"/c/a%20b", "/c/a b", ""},
		"letters":        {"/c/%ED%95%9C", "/c/한", ""},
		"percent":        {"/c/100%25", "/c/100%", ""},
		"percent digits": {"/c/%252F", "/c/%2F", ""},
		"hash":           {"/c/a%23b", "/c/a#b", ""},
		"plus":           {"/c/a+b", "/c/a+b", ""},
		"two slashes":    {"/c//b", "/c//b", ""},
		"query":          {"/c?a=1&a=2&b=%2F+x", "/c", "a=1&a=2&b=%2F+x"},
		"odd query":      {"/c?%zz&=", "/c", "%zz&="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen(t, func() *http.Request { return httptest.NewRequest("GET", test.target, nil) },
				func(t *testing.T, r *http.Request, _ string) {
					if r.URL.Path != test.path || r.URL.RawQuery != test.query {
						t.Errorf("path %q, query %q; want %q and %q", r.URL.Path, r.URL.RawQuery, test.path, test.query)
					}
					if r.URL.Host != "" || r.URL.Scheme != "" {
						t.Errorf("URL %v names a host; a server's does not", r.URL)
					}
				})
		})
	}
}

// An escaped slash is the one thing that the gateway loses: it decodes before it calls the function.
func TestEscapedSlashIsASlash(t *testing.T) {
	var got string
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.EscapedPath() })
	lambdatest.RoundTrip(t, h, httptest.NewRequest("GET", "/c/a%2Fb", nil))
	if got != "/c/a/b" {
		t.Errorf("path %q", got)
	}
}

func TestRequestHeaders(t *testing.T) {
	request := func() *http.Request {
		r := httptest.NewRequest("POST", "https://protest.example/c", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("Accept", "text/html, application/json;q=0.9")
		r.Header.Set("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.5")
		r.Header.Set("User-Agent", "Mozilla/5.0 (KHTML, like Gecko)")
		r.Header.Set("X-Forwarded-For", "192.0.2.7, 198.51.100.1")
		r.Header.Set("If-None-Match", `"a,b", "c"`)
		r.Header.Set("Cookie", "a=1; b=2")
		return r
	}
	seen(t, request, func(t *testing.T, r *http.Request, _ string) {
		want := request().Header
		want.Set("Content-Length", "2")
		got := r.Header.Clone()
		for _, added := range []string{"X-Forwarded-Proto", "X-Forwarded-Port", "Accept-Encoding"} {
			got.Del(added)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("headers (-sent +seen):\n%s", diff)
		}
		if r.Host != "protest.example" {
			t.Errorf("Host %q", r.Host)
		}
		if c, err := r.Cookie("b"); err != nil || c.Value != "2" {
			t.Errorf("cookie b: %v, %v", c, err)
		}
	})
}

func TestRepeatedHeadersAreJoined(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Add("Accept", "text/html")
	r.Header.Add("Accept", "text/plain")
	var got string
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Accept") })
	lambdatest.RoundTrip(t, h, r)
	if got != "text/html,text/plain" {
		t.Errorf("Accept %q", got)
	}
}

func TestRequestBody(t *testing.T) {
	tests := map[string]struct{ contentType, body string }{
		"json":   {"application/json", `{"name":"Kim 민준"}`},
		"form":   {"application/x-www-form-urlencoded", "name=Ann+Lee&message=a%0D%0Ab"},
		"binary": {"application/octet-stream", "\x00\xff\xfe"},
		"empty":  {"application/json", ""},
		"none":   {"", ""},
		"large":  {"application/x-www-form-urlencoded", strings.Repeat("x", 200_000)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := func() *http.Request {
				r := httptest.NewRequest("POST", "/", strings.NewReader(test.body))
				r.Header.Set("Content-Type", test.contentType)
				return r
			}
			seen(t, request, func(t *testing.T, r *http.Request, body string) {
				if body != test.body || r.ContentLength != int64(len(test.body)) {
					t.Errorf("%d bytes of %d announced; want %d", len(body), r.ContentLength, len(test.body))
				}
			})
		})
	}
}

func TestFormIsParsed(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PostFormValue("message")) }
	both(t, h, func(t *testing.T, do lambdatest.Do) {
		r := httptest.NewRequest("POST", "/?message=no", strings.NewReader("message=a%0D%0A%26b"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := text(t, do(r)); got != "a\r\n&b" {
			t.Errorf("message %q", got)
		}
	})
}

func TestMethods(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "DELETE", "PROPFIND"} {
		seen(t, func() *http.Request { return httptest.NewRequest(method, "/", nil) },
			func(t *testing.T, r *http.Request, _ string) {
				if r.Method != method {
					t.Errorf("method %q, want %q", r.Method, method)
				}
			})
	}
}

func TestRemoteAddrHasAPort(t *testing.T) {
	for _, ip := range []string{"192.0.2.7", "2001:db8::7"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = net.JoinHostPort(ip, "4711")
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || host != ip {
				t.Errorf("RemoteAddr %q: host %q, %v", r.RemoteAddr, host, err)
			}
		})
		lambdatest.RoundTrip(t, h, r)
	}
}

func TestAnswers(t *testing.T) {
	tests := map[string]struct {
		method  string
		handler http.HandlerFunc
		status  int
		headers map[string][]string
		body    string
	}{
		"nothing written": {"GET", func(http.ResponseWriter, *http.Request) {}, 200, nil, ""},
		"status alone":    {"GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 404, nil, ""},
		"first status stays": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			w.WriteHeader(500)
		}, 202, nil, ""},
		"status after body": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			w.WriteHeader(500)
		}, 200, nil, "x"},
		"headers after status": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-before", "1")
			w.WriteHeader(200)
			w.Header().Set("X-After", "1")
			w.Header().Set("X-Before", "2")
		}, 200, map[string][]string{"X-Before": {"1"}, "X-After": nil}, ""},
		"type guessed": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html>")
		}, 200, map[string][]string{"Content-Type": {"text/html; charset=utf-8"}}, "<!doctype html>"},
		"type kept": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			_, _ = io.WriteString(w, "{}")
		}, 200, map[string][]string{"Content-Type": {"application/problem+json"}}, "{}"},
		"cookies": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Set-Cookie", "a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT")
			w.Header().Add("Set-Cookie", "b=2")
		}, 200, map[string][]string{"Set-Cookie": {"a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT", "b=2"}}, ""},
		"text": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "Kim 민준 <&>\u2028\x00")
		}, 200, nil, "Kim 민준 <&>\u2028\x00"},
		"binary": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte{0xff, 0x00, 0xfe})
		}, 200, nil, "\xff\x00\xfe"},
		"character in two writes": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "\xeb\xaf")
			_, _ = io.WriteString(w, "\xbc")
		}, 200, nil, "민"},
		"head": {"HEAD", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Seen", "1")
			if n, err := io.WriteString(w, "body"); n != 4 || err != nil {
				t.Errorf("write on HEAD: %d, %v", n, err)
			}
		}, 200, map[string][]string{"X-Seen": {"1"}}, ""},
		"no content": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); err != http.ErrBodyNotAllowed {
				t.Errorf("write after 204: %v", err)
			}
		}, 204, map[string][]string{"Content-Type": nil}, ""},
		"hints first": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(201)
		}, 201, nil, ""},
		"redirect": {"GET", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/c/다", http.StatusSeeOther)
		}, 303, map[string][]string{"Location": {"/c/%eb%8b%a4"}}, "<a href=\"/c/다\">See Other</a>.\n\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			both(t, test.handler, func(t *testing.T, do lambdatest.Do) {
				response := do(httptest.NewRequest(test.method, "/", nil))
				if response.StatusCode != test.status {
					t.Errorf("status %d, want %d", response.StatusCode, test.status)
				}
				for name, want := range test.headers {
					if diff := cmp.Diff(want, response.Header[name]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
				if got := text(t, response); got != test.body {
					t.Errorf("body %q, want %q", got, test.body)
				}
			})
		})
	}
}

func TestCompressedAnswer(t *testing.T) {
	h := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("letter ", 100))
		_ = z.Close()
	}
	both(t, h, func(t *testing.T, do lambdatest.Do) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		z, err := gzip.NewReader(strings.NewReader(text(t, do(r))))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, bytes.Repeat([]byte("letter "), 100)) {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// The gateway has no repeated headers in answers; joined by commas they mean the same.
func TestRepeatedAnswerHeadersAreJoined(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept-Language")
	})
	got := lambdatest.RoundTrip(t, h, httptest.NewRequest("GET", "/", nil)).Header["Vary"]
	if diff := cmp.Diff([]string{"Origin, Accept-Language"}, got); diff != "" {
		t.Error(diff)
	}
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
