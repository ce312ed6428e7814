package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/web"
)

func TestHeaders(t *testing.T) {
	h := open(t, nil)
	for _, r := range []*http.Request{
		get("/c/email"), get("/c/nothing"), get("/nowhere"), get(theCampaign), get("/healthz"), get("/openapi.json"),
		post(theActions, ann), post(theActions, "x"), submit("/c/email", annForm("send")...), httptest.NewRequest("PUT", origin+"/v1/x", nil),
	} {
		answer := h.do(r)
		for name, value := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
				"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"Strict-Transport-Security":  "max-age=63072000; includeSubDomains",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Set-Cookie":                 "",
		} {
			if got := answer.Header.Get(name); got != value {
				t.Errorf("%s %s: %s is %q, want %q", r.Method, r.URL.Path, name, got, value)
			}
		}
		if answer.Header.Get("Permissions-Policy") == "" || answer.Header.Get("Cache-Control") == "" {
			t.Errorf("%s %s: headers missing: %v", r.Method, r.URL.Path, answer.Header)
		}
		body := text(t, answer)
		if inline.MatchString(body) {
			t.Errorf("%s %s: inline script or style: %s", r.Method, r.URL.Path, inline.FindString(body))
		}
	}
}

// inline is what the policy would not run.
var inline = regexp.MustCompile(`<style|<script>|<script [^>]*>[^<]| style="| on[a-z]+="|javascript:`)

func TestNoTLSNoHSTS(t *testing.T) {
	h := open(t, func(c *web.Config) { c.PublicURL = "http://127.0.0.1:8080" })
	if got := h.do(get("/c/email")).Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("Strict-Transport-Security %q without TLS", got)
	}
}

func TestPublicURL(t *testing.T) {
	for _, bad := range []string{"", "protest.example.org", "https://protest.example.org/", "https://protest.example.org/x"} {
		if _, err := web.New(web.Config{PublicURL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestAssets(t *testing.T) {
	h := open(t, nil)
	links := regexp.MustCompile(`/static/[a-z]+-[0-9a-f]{12}\.(css|js|svg)`).FindAllString(text(t, h.do(get("/c/email"))), -1)
	if len(links) != 5 {
		t.Fatalf("links %v", links)
	}
	for _, link := range links {
		answer := h.do(get(link))
		want(t, answer, 200)
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", link, got)
		}
	}
}

// slow takes its time over submissions, as ledger and mail provider do.
type slow struct {
	web.Actions
	takes []time.Duration // one call each
}

func (s *slow) Submit(ctx context.Context, slug string, sub action.Submission) (action.Receipt, error) {
	time.Sleep(s.takes[0])
	s.takes = s.takes[1:]
	return s.Actions.Submit(ctx, slug, sub)
}

// TestGrid lets submissions take different times: their answers leave at whole steps.
func TestGrid(t *testing.T) {
	ms := time.Millisecond
	for _, tc := range []struct {
		name  string
		grid  time.Duration
		takes time.Duration
		body  string
		want  time.Duration
	}{
		{"nothing", 400 * ms, 0, ann, 400 * ms},
		{"a repeat", 400 * ms, 6 * ms, ann, 400 * ms},
		{"a sent letter", 400 * ms, 120 * ms, ann, 400 * ms},
		{"a slow provider", 400 * ms, 401 * ms, ann, 800 * ms},
		{"missing fields", 400 * ms, 50 * ms, `{}`, 400 * ms},
		{"refused before", 400 * ms, 0, `x`, 400 * ms},
		{"no grid", 0, 7 * ms, ann, 7 * ms},
	} {
		for kind, request := range map[string]*http.Request{
			"api":  post(theActions, tc.body),
			"form": submit("/c/email", annForm("send")...),
		} {
			t.Run(tc.name+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t, nil)
					h.config.Grid = tc.grid
					h.config.Actions = &slow{h.service(t), []time.Duration{tc.takes}}
					handler, err := web.New(h.config)
					if err != nil {
						t.Fatal(err)
					}
					start := time.Now()
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, request)
					if took := time.Since(start); took != tc.want {
						t.Errorf("answered %d after %v, want %v", w.Code, took, tc.want)
					}
				})
			})
		}
	}
}

// TestGridHoldsNothingElse lets everything that asks nothing of the ledger answer at once.
func TestGridHoldsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(c *web.Config) { c.Grid = time.Second })
		start := time.Now()
		for _, r := range []*http.Request{get("/c/email"), get(theCampaign), get(theCampaign + "/tally"), post(thePreview, ann),
			submit("/c/email", annForm("preview")...)} {
			h.do(r)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("what does not ask who took part waited for %v", took)
		}
	})
}

// probe sees a submission's context.
type probe struct {
	web.Actions
	seen func(context.Context)
}

func (p probe) Submit(ctx context.Context, slug string, sub action.Submission) (action.Receipt, error) {
	p.seen(ctx)
	return p.Actions.Submit(ctx, slug, sub)
}

// TestVisitorHangsUp goes on with the letter, and ends before the function does.
func TestVisitorHangsUp(t *testing.T) {
	for _, tc := range []struct {
		name     string
		deadline time.Duration // of the request; 0: none
		want     time.Duration
	}{
		{"local", 0, 8 * time.Second},
		{"fresh invocation", 9700 * time.Millisecond, 8 * time.Second},
		{"late invocation", 3 * time.Second, 2800 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, nil)
				ctx, hangUp := context.WithCancel(t.Context())
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				h.config.Actions = probe{h.service(t), func(inner context.Context) {
					hangUp()
					if inner.Err() != nil {
						t.Error("the submission ended with its visitor")
					}
					until, _ := inner.Deadline()
					if got := time.Until(until); got != tc.want {
						t.Errorf("%v left, want %v", got, tc.want)
					}
				}}
				handler, err := web.New(h.config)
				if err != nil {
					t.Fatal(err)
				}
				handler.ServeHTTP(httptest.NewRecorder(), post(theActions, ann).WithContext(ctx))
				if n := h.actions(t, "email"); n != 1 {
					t.Errorf("%d actions, want 1", n)
				}
			})
		})
	}
}

// TestLog says what is asked and nothing of who asks.
func TestLog(t *testing.T) {
	h := open(t, nil)
	r := submit("/c/email?language=en&secret=1", annForm("send", "message", "my words")...)
	r.Header.Set("User-Agent", "agent of Ann")
	r.RemoteAddr = "203.0.113.7:1234"
	h.do(r)
	h.do(post(theActions, ann))
	h.do(get("/c/email/confirm?token=abcdef"))
	h.do(httptest.NewRequest("ANN", origin+"/ann.lee", nil))
	log := h.log.String()
	wantNot(t, log, "Ann", "ann", "lee", "203.0.113", "secret", "abcdef", "words", "Berlin", "example")
	for _, part := range []string{`method=POST route="POST /c/{slug}" status=200`, `route="GET /c/{slug}/confirm" status=404`, "method=other route=none status=404"} {
		if !strings.Contains(log, part) {
			t.Errorf("no %q in:\n%s", part, log)
		}
	}
}

func TestMailto(t *testing.T) {
	for _, tc := range []struct {
		to   address.Email
		l    letter.Letter
		want string
		cut  bool
	}{
		{"a+b@example.org", letter.Letter{Subject: "S & T?", Text: "One\nTwo=2 & 3\n"}, "mailto:a%2Bb@example.org?subject=S%20%26%20T%3F&body=One%0D%0ATwo%3D2%20%26%203%0D%0A", false},
		{"a?bcc=x&y@example.org", letter.Letter{Subject: "S", Text: "T"}, "mailto:a%3Fbcc%3Dx%26y@example.org?subject=S&body=T", false},
		{"", letter.Letter{Subject: "석방", Text: strings.Repeat("석방", 200)}, "mailto:?subject=%EC%84%9D%EB%B0%A9", true},
	} {
		got, cut := web.Mailto(tc.to, tc.l)
		if got != tc.want || cut != tc.cut || len(got) > web.MaxMailto {
			t.Errorf("Mailto(%q) = %q, %v, want %q, %v", tc.to, got, cut, tc.want, tc.cut)
		}
	}
}

// TestWayText offers nobody a way that there is not.
func TestWayText(t *testing.T) {
	fax, mail := []address.Phone{"+8225033532"}, []campaign.Mailbox{{Address: "minister@example.net"}}
	for _, tc := range []struct {
		channel ledger.Channel
		target  campaign.Target
		want    string
	}{
		{ledger.ChannelPrint, campaign.Target{Fax: fax, Postal: "Seoul"}, "On paper: you fax or post it"},
		{ledger.ChannelPrint, campaign.Target{Postal: "Seoul"}, "On paper: you post it"},
		{ledger.ChannelPrint, campaign.Target{Fax: fax}, "On paper: you fax it"},
		{ledger.ChannelSelf, campaign.Target{Emails: mail, Website: "https://example.net"}, "You send it yourself, by e-mail or through the recipient's web site"},
		{ledger.ChannelSelf, campaign.Target{Emails: mail}, "You send it yourself, by e-mail"},
		{ledger.ChannelSelf, campaign.Target{Website: "https://example.net"}, "You send it yourself, through the recipient's web site"},
		{ledger.ChannelEmail, campaign.Target{Emails: mail}, "By e-mail, from the campaign's address"},
	} {
		if got := web.WayText("en", "way", &campaign.Campaign{}, campaign.Way{Target: &tc.target, Channel: tc.channel}); got != tc.want {
			t.Errorf("%s to %+v: %q, want %q", tc.channel, tc.target, got, tc.want)
		}
	}
}

func TestWebLink(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.net/a b": "https://example.net/a%20b", "http://example.net": "http://example.net",
		"javascript:alert(1)": "", "//example.net": "", "example.net": "", "": "", "data:text/html,x": "", "mailto:a@example.org": "", "https://": "",
	} {
		if got := web.WebLink(in); got != want {
			t.Errorf("WebLink(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestTextsExist asks for every text that a code or state picks by name.
func TestTextsExist(t *testing.T) {
	var keys []string
	for _, code := range []action.Code{action.Required, action.TooLong, action.Character, action.Format, action.Unknown, action.OwnTarget,
		action.Outdated, action.NotEditable, action.Fax, action.Lines, action.InLetter, "unexpected", "duplicate", "type", "agree"} {
		keys = append(keys, "error."+string(code))
	}
	for _, field := range []string{"name", "email", "country", "language", "message", "letter", "letter.subject", "letter.body", "consent", "partner", "version", "fields"} {
		keys = append(keys, "field."+field)
	}
	for _, channel := range []string{"email", "fax", "relay", "print", "self"} {
		keys = append(keys, "way."+channel, "done."+channel)
	}
	for _, family := range []string{"way", "done"} {
		keys = append(keys, family+".print.post", family+".print.fax", family+".self.mail", family+".self.web")
	}
	keys = append(keys, "learn.heading.several", "learn.heading.relay.several", "form.once", "form.once.several")
	keys = append(keys, "paper.sample.one", "hint.country.one", "hint.email.signer", "hint.email.campaign", "hint.confirm.always", "hint.confirm.edited")
	keys = append(keys, web.Keys()...)
	for _, key := range keys {
		for _, l := range lang.Languages() {
			if lang.Text(l, key) == key {
				t.Errorf("%s has no %s", l, key)
			}
		}
	}
}

// TestDependencies keeps out of the function what it does not need.
func TestDependencies(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "one-click-protest/internal/web").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		for _, unwanted := range []string{"modernc.org/sqlite", "nyaruka/phonenumbers", "text/display", "x/text/collate", "chromedp", "kin-openapi"} {
			if strings.Contains(line, unwanted) {
				found = append(found, strings.TrimSpace(line))
			}
		}
	}
	if diff := cmp.Diff([]string(nil), found); diff != "" {
		t.Errorf("linked (-want +got):\n%s", diff)
	}
}
