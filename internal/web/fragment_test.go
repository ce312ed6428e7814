package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/web"
)

var root = regexp.MustCompile(`<div class="protest"[^>]*>`)

// state answers what a fragment's root says of it.
func state(t testing.TB, body string) string {
	t.Helper()
	all := root.FindAllString(body, -1)
	if len(all) != 1 {
		t.Fatalf("%d fragments in:\n%s", len(all), page(body))
	}
	m := regexp.MustCompile(`data-state="([a-z]+)"(?: data-kind="([a-z]+)")?`).FindStringSubmatch(all[0])
	return strings.TrimSpace(m[1] + " " + m[2])
}

// TestStates holds what scripts are told, by all three ways.
func TestStates(t *testing.T) {
	shown := want(t, open(t, nil).do(submit("/c/email", annForm("preview")...)), 200)
	for _, tc := range []struct {
		name, slug string
		form       []string // nil: the first one
		status     int
		want       string
	}{
		{"first", "email", nil, 200, "form"},
		{"early", "early", nil, 200, "closed"},
		{"late", "late", nil, 200, "closed"},
		{"preview", "email", annForm("preview"), 200, "preview"},
		{"live", "email", annForm("live"), 200, "preview"},
		{"errors", "email", []string{"do", "send"}, 422, "errors"},
		{"changed", "email", annForm("send", "version", hidden(t, shown, "version"), "language", "ko"), 409, "errors"},
		{"sent", "email", annForm("send"), 200, "accepted sent"},
		{"relay", "relay", annForm("send"), 200, "accepted sent"},
		{"confirm", "always", annForm("send"), 200, "accepted confirm"},
		{"by hand", "print", annForm("send"), 200, "accepted hand"},
		{"by hand after proof", "byhand", annForm("send"), 200, "accepted confirm"},
		{"fax", "fax", annForm("send"), 200, "accepted sent"},
		{"several, one by hand", "several", annForm("send"), 200, "accepted hand"},
		{"several, none by hand", "mixed", annForm("send"), 200, "accepted sent"},
		{"several after proof", "proven", annForm("send"), 200, "accepted confirm"},
		{"sent early", "early", annForm("send"), 409, "closed"},
		{"sent late", "late", annForm("send"), 410, "closed"},
		{"too large", "email", []string{"name", strings.Repeat("x", 33<<10)}, 413, "error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for path, origin := range map[string]string{"/c/" + tc.slug: origin, "/embed/" + tc.slug: origin, "/v1/campaigns/" + tc.slug + "/form": theirs} {
				r := from(origin, submit(path, tc.form...))
				if tc.form == nil {
					r = from("", get(path))
				}
				body := want(t, open(t, nil).do(r), tc.status)
				if got := state(t, body); got != tc.want {
					t.Errorf("%s: %q, want %q", path, got, tc.want)
				}
				if bare := !strings.Contains(body, "<html"); bare != (origin == theirs || strings.HasPrefix(path, "/v1/")) {
					t.Errorf("%s: a page around it: %v", path, !bare)
				}
			}
		})
	}
}

// TestThreeWays holds that page, frame and widget say the same.
func TestThreeWays(t *testing.T) {
	h := open(t, nil)
	levels := regexp.MustCompile(`(</?h)[1-4]`)
	ways := regexp.MustCompile(` (action|data-endpoint|href)="[^"]*"| target="_blank"| rel="[^"]*"`)
	plain := func(body string) string {
		_, body, _ = strings.Cut(page(body), `<div class="columns">`)
		body, _, _ = strings.Cut(body, `<section class="privacy"`)
		body = ways.ReplaceAllString(levels.ReplaceAllString(body, "${1}N"), "")
		return strings.Join(strings.Fields(body), " ")
	}
	frame := plain(want(t, h.do(submit("/embed/email?language=en", annForm("preview")...)), 200))
	widget := plain(want(t, h.do(from(theirs, submit(theForm+"?language=en", annForm("preview")...))), 200))
	if frame != widget || !strings.Contains(frame, "Ann Lee") {
		t.Errorf("a frame shows\n%s\na widget\n%s", frame, widget)
	}
	hosted := plain(want(t, h.do(submit("/c/email?language=en", annForm("preview")...)), 200))
	for _, part := range []string{"letters", "carried", "words", "edit", "learns", "reach"} {
		if !strings.Contains(frame, `data-part="`+part+`"`) || !strings.Contains(hosted, `data-part="`+part+`"`) {
			t.Errorf("no part %s", part)
		}
	}
	letters := func(body string) string { body, _, _ = strings.Cut(body, "<form"); return body }
	if letters(hosted) != letters(frame) {
		t.Errorf("the page's letters are\n%s\nthe frame's\n%s", letters(hosted), letters(frame))
	}
}

// TestFragmentOrigins: partners' pages read the form and are credited, others are told why not and nothing else.
func TestFragmentOrigins(t *testing.T) {
	for _, tc := range []struct {
		origin    string
		get, post int
		allowed   string
	}{
		{theirs, 200, 200, theirs},
		{clubs, 200, 200, clubs},
		{origin, 200, 200, ""},
		{"", 200, 403, ""},
		{foreign, 403, 403, "*"},
		{"null", 403, 403, "*"},
		{"http://partner.example", 403, 403, "*"},
		{"https://club.example.evil.example", 403, 403, "*"},
	} {
		t.Run(tc.origin, func(t *testing.T) {
			h := open(t, nil)
			for _, r := range []*http.Request{get(theForm + "?partner=partner"), submit(theForm, annForm("send", "partner", "partner")...)} {
				answer := h.do(from(tc.origin, r))
				status, allowed := tc.get, tc.allowed
				if r.Method == "POST" {
					status = tc.post
				}
				if status == 403 {
					allowed = "*" // to read that it may read nothing
				}
				body := want(t, answer, status)
				if got := answer.Header.Get("Access-Control-Allow-Origin"); got != allowed {
					t.Errorf("%s: Access-Control-Allow-Origin %q, want %q", r.Method, got, allowed)
				}
				if !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Origin") {
					t.Errorf("%s: Vary %q", r.Method, answer.Header.Values("Vary"))
				}
				if status == 403 {
					wantNot(t, body, "protest\"", "Let them go", "Ann")
				}
			}
			n := 0
			if tc.post == 200 {
				n = 1
			}
			if got := h.actions(t, "email"); got != n {
				t.Errorf("%d actions, want %d", got, n)
			}
		})
	}
	answer := open(t, nil).do(from(foreign, get("/v1/campaigns/nothing/form")))
	want(t, answer, 404)
	if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("no campaign: Access-Control-Allow-Origin %q: a console could not say which it was", got)
	}
}

// credits answers what a house counts for a partner.
func (h *house) credits(t testing.TB, partner string) ledger.Brought {
	t.Helper()
	tally, err := h.ledger.Tally(t.Context(), "email")
	if err != nil {
		t.Fatal(err)
	}
	return tally.Partners[partner]
}

// TestCredit: whoever says so is claimed; verified are the origin and the frame that only the partner's pages can hold.
func TestCredit(t *testing.T) {
	fetch := func(r *http.Request, dest string) *http.Request { r.Header.Set("Sec-Fetch-Dest", dest); return r }
	verified, claimed := ledger.Brought{Verified: 1}, ledger.Brought{Claimed: 1}
	send := func(path string, more ...string) *http.Request { return submit(path, annForm("send", more...)...) }
	for _, tc := range []struct {
		name    string
		request *http.Request
		want    ledger.Brought
	}{
		{"widget", from(theirs, send(theForm)), verified},
		{"widget that names another", from(theirs, send(theForm+"?partner=club")), verified},
		{"widget on another's page", from(clubs, send(theForm+"?partner=partner")), ledger.Brought{}},
		{"api", from(theirs, post(theActions, ann)), verified},
		{"api that claims", post(theActions, with(`"partner":"partner"`)), claimed},
		{"page", send("/c/email", "partner", "partner"), claimed},
		{"page in a frame it cannot be in", fetch(send("/c/email?partner=partner"), "iframe"), claimed},
		{"frame", fetch(send("/embed/email?partner=partner"), "iframe"), verified},
		{"frame whose body names another", fetch(send("/embed/email?partner=partner", "partner", "club"), "iframe"), verified},
		{"frame opened on its own", fetch(send("/embed/email?partner=partner"), "document"), claimed},
		{"frame of an old browser", send("/embed/email?partner=partner"), claimed},
		{"frame without Origin", from("", fetch(send("/embed/email?partner=partner"), "iframe")), ledger.Brought{}},
		{"frame posted by a stranger", from(foreign, fetch(send("/embed/email?partner=partner"), "iframe")), ledger.Brought{}},
		{"frame of all partners", fetch(send("/embed/email", "partner", "partner"), "iframe"), ledger.Brought{}},
		{"frame of nobody", fetch(send("/embed/email?partner=nobody"), "iframe"), ledger.Brought{}},
		{"another's frame", fetch(send("/embed/email?partner=club", "partner", "partner"), "iframe"), ledger.Brought{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, nil)
			h.do(tc.request)
			if got := h.credits(t, "partner"); got != tc.want {
				t.Errorf("credited %+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestAnswerTwice: a first and a repeated submission get the same bytes, by every way (promise 4).
func TestAnswerTwice(t *testing.T) {
	var token string
	for name, request := range map[string]func() *http.Request{
		"page":     func() *http.Request { return submit("/c/email", annForm("send")...) },
		"frame":    func() *http.Request { return submit("/embed/words?partner=partner", annForm("send")...) },
		"widget":   func() *http.Request { return from(theirs, submit("/v1/campaigns/suits/form", annForm("send")...)) },
		"by hand":  func() *http.Request { return from(theirs, submit("/v1/campaigns/print/form", annForm("send")...)) },
		"confirm":  func() *http.Request { return from(theirs, submit("/v1/campaigns/always/form", annForm("send")...)) },
		"personal": func() *http.Request { return submit("/c/email/personal", "token", token, "consent", "1") },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, nil) // of its own: the page and the personal link are one signer's
			_, token = h.personal(t, "email", "")
			var first []byte
			for i := range 3 {
				answer := h.do(request())
				body := []byte(want(t, answer, 200))
				var head bytes.Buffer
				if err := answer.Header.Write(&head); err != nil {
					t.Fatal(err)
				}
				whole := append(head.Bytes(), body...)
				if i > 0 && !bytes.Equal(first, whole) {
					t.Errorf("answer %d differs:\n%s\nfrom\n%s", i+1, whole, first)
				}
				first = whole
			}
		})
	}
}

// TestGridOfAllWays lets what asks the ledger leave at whole steps, and nothing else.
func TestGridOfAllWays(t *testing.T) {
	for name, tc := range map[string]struct {
		request *http.Request
		held    bool
	}{
		"frame":        {submit("/embed/email", annForm("send")...), true},
		"widget":       {from(theirs, submit(theForm, annForm("send")...)), true},
		"widget wrong": {from(theirs, submit(theForm, "do", "send")), true},
		"personal":     {submit("/c/email/personal", "token", "x"), true},
		"live":         {from(theirs, submit(theForm, annForm("live")...)), false},
		"embed":        {get("/embed/email"), false},
		"link":         {get("/c/email/personal?token=x"), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, func(c *web.Config) { c.Grid = time.Second })
				start := time.Now()
				h.ServeHTTP(httptest.NewRecorder(), tc.request)
				if took := time.Since(start); (took == time.Second) != tc.held {
					t.Errorf("answered after %v", took)
				}
			})
		})
	}
}

// TestLive shows what can be shown of what is half typed, and tells nothing as wrong.
func TestLive(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/email", annForm("preview")...)), 200)
	edit := []string{"seen", hidden(t, shown, "seen"), "letter.subject", "Mine", "letter.body", area(t, shown)}
	for _, tc := range []struct {
		name, state string
		form, parts []string
	}{
		{"nothing", "form", nil, []string{"(Your name)", "United States"}},
		{"a name", "form", []string{"name", "Ann Lee", "fields.city", "Berlin"}, []string{"Ann Lee", "Berlin", "United States"}},
		{"a country", "preview", []string{"country", "DE"}, []string{"(Your name)", "Germany"}},
		{"half an address", "preview", annForm("", "email", "ann@"), []string{"Ann Lee"}},
		{"a name that cannot be", "form", annForm("", "name", "Ann\u202e"), []string{"(Your name)", "Germany", "Berlin"}},
		{"no such country", "form", annForm("", "country", "XX"), []string{"Ann Lee", "United States"}},
		{"an old version", "preview", annForm("", "version", "old", "template", "old"), []string{"Ann Lee"}},
		{"a changed subject", "preview", annForm("", edit...), []string{">Mine<"}},
		{"an empty letter", "form", annForm("", append(edit, "letter.body", "")...), []string{"We ask you to"}},
		{"words beside a changed letter", "form", annForm("", append(edit, "letter.body", "Other.", "message", "Lost?")...), []string{">Other.</p>"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, origin := range []string{theirs, origin} {
				answer := h.do(from(origin, submit(theForm+"?language=en", append(tc.form, "do", "live")...)))
				body := want(t, answer, 200, tc.parts...)
				if got := state(t, body); got != tc.state {
					t.Errorf("state %q, want %q", got, tc.state)
				}
				letters, _, _ := strings.Cut(body, "<form")
				wantNot(t, letters, `id="look"`, "alert")
				wantNot(t, body, "aria-invalid", `class="error"`)
			}
		})
	}
	if n := h.actions(t, "email"); n != 0 || len(h.mail.Left()) != 0 {
		t.Errorf("%d actions, %d mails", n, len(h.mail.Left()))
	}
}

// TestLiveFitsItsPage: what our own page asks for while something is typed has its headings, and keeps the link's proof.
func TestLiveFitsItsPage(t *testing.T) {
	h := open(t, nil)
	form := annForm("live", "proof", "atoken", "partner", "partner")
	body := want(t, h.do(submit(theForm, form...)), 200, `<h2 id="letter-title">`, `name="proof" value="atoken"`, `name="partner" value="partner"`)
	wantNot(t, body, "<html")
	body = want(t, h.do(from(theirs, submit(theForm, form...))), 200, `<h3 id="letter-title">`)
	wantNot(t, body, "atoken", `name="partner"`)
}

// TestExpiredForm keeps what was typed into a form whose letter has changed since, by every way.
func TestExpiredForm(t *testing.T) {
	lambdatest.Both(t, open(t, nil), func(t *testing.T, do lambdatest.Do) {
		for path, origin := range map[string]string{"/c/words": origin, "/embed/words?partner=partner": origin, "/v1/campaigns/words/form": theirs} {
			form := annForm("send", "version", "anold1", "message", "My own\r\nwords.", "country", "FR", "language", "ko")
			body := want(t, do(from(origin, submit(path, form...))), 409, "<div class=\"alert\" id=\"look\"", `value="Ann Lee"`, `value="ann.lee@example.com"`,
				`<option value="FR" selected>`, `<option value="ko" selected`, "My own\r\nwords.</textarea>", `value="Berlin"`, "checked")
			again := annForm("send", "version", hidden(t, body, "version"), "message", "My own\r\nwords.", "country", "FR", "language", "ko")
			want(t, do(from(origin, submit(path, again...))), 200, `data-state="accepted"`)
		}
	})
}
