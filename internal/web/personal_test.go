package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
)

// personal answers path and token of Ann's personal link, which lasts an hour.
func (h *house) personal(t testing.TB, slug, partner string) (path, token string) {
	t.Helper()
	return h.personalOf(t, slug, action.Supporter{Name: "Ann Lee", Email: "ann.lee@example.com", Country: "DE", Fields: map[string]string{"city": "Berlin"}, Partner: partner})
}

func (h *house) personalOf(t testing.TB, slug string, who action.Supporter) (path, token string) {
	t.Helper()
	c, err := h.config.Campaigns.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.config.Keys.Campaign(t.Context(), c.Scope())
	if err != nil {
		t.Fatal(err)
	}
	token, err = action.NewPersonal(c, key, who, h.clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return "/c/" + slug + "/personal?language=en&token=" + token, token
}

// pressed posts a personal page's form.
func pressed(t testing.TB, body, slug string) *http.Request {
	t.Helper()
	return submit("/c/"+slug+"/personal?language=en", "token", hiddenIn(t, body, "token"), "version", hiddenIn(t, body, "version"), "consent", hiddenIn(t, body, "consent"),
		"variant", carriedIn(body, "variant"))
}

func hiddenIn(t testing.TB, body, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no hidden %s in:\n%s", name, page(body))
	}
	return value
}

// carriedIn answers a hidden field's value where the page has such a field.
func carriedIn(body, name string) string {
	_, rest, _ := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// TestPersonal opens a personal link, looks, and presses the one button.
func TestPersonal(t *testing.T) {
	h := open(t, nil)
	path, token := h.personal(t, "email", "partner")
	answer := h.do(get(path))
	shown := want(t, answer, 200, "I agree.", `class="agree"`, "Germany", "/c/email?language=en&amp;proof="+token)
	golden(t, "personal.html", page(shown))
	wantNot(t, shown, "Ann Lee", "ann.lee@", "Berlin")
	for name, value := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"} {
		if got := answer.Header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if n := strings.Count(shown, "<button"); n != 1 {
		t.Errorf("%d buttons, want 1", n)
	}
	result := want(t, h.do(pressed(t, shown, "email")), 200, `data-kind="sent"`)
	golden(t, "personal-sent.html", page(result))
	wantNot(t, result, "Ann Lee", "ann.lee@")
	left := h.mail.Left()
	if len(left) != 1 || !strings.Contains(left[0].Text, "Ann Lee, Berlin, Germany") {
		t.Fatalf("left: %v", left)
	}
	if got := h.credits(t, "partner"); got != (ledger.Brought{Verified: 1}) {
		t.Errorf("credited %+v", got)
	}
	want(t, h.do(pressed(t, shown, "email")), 200)
	if n := h.actions(t, "email"); n != 1 || len(h.mail.Left()) != 1 {
		t.Errorf("pressed twice: %d actions, %d mails", n, len(h.mail.Left()))
	}
	if log := h.log.String(); strings.Contains(log, token) || !strings.Contains(log, `route="POST /c/{slug}/personal"`) {
		t.Errorf("log:\n%s", log)
	}
}

// TestLookingAtPersonalChangesNothing sends what link scanners send (promise 9).
func TestLookingAtPersonalChangesNothing(t *testing.T) {
	h := open(t, nil)
	path, _ := h.personal(t, "always", "")
	lambdatest.Both(t, h, func(t *testing.T, do lambdatest.Do) {
		for _, method := range []string{"GET", "HEAD"} {
			want(t, do(httptest.NewRequest(method, origin+path, nil)), 200)
		}
	})
	if n := h.actions(t, "always"); n != 0 || len(h.mail.Left()) != 0 {
		t.Errorf("%d actions, %d mails", n, len(h.mail.Left()))
	}
	shown := text(t, h.do(get(path)))
	want(t, h.do(pressed(t, shown, "always")), 200, `data-kind="sent"`) // the link is the proof
}

func TestPersonalByHand(t *testing.T) {
	h := open(t, nil)
	path, _ := h.personal(t, "print", "")
	shown := want(t, h.do(get(path)), 200)
	want(t, h.do(pressed(t, shown, "print")), 200, `data-kind="hand"`, "data-print", "00 82 25033532", "Ann Lee")
}

// TestPersonalRefusals leads from links that do not work to the form.
func TestPersonalRefusals(t *testing.T) {
	h := open(t, nil)
	path, token := h.personal(t, "email", "")
	want(t, h.do(get("/c/email/personal")), 404, "This link does not work", `href="/c/email?language=en"`)
	want(t, h.do(get("/c/words/personal?token="+token)), 404)
	want(t, h.do(get("/c/nothing/personal?token="+token)), 404)
	want(t, h.do(from(foreign, submit("/c/email/personal", "token", token, "consent", "1"))), 403)
	want(t, h.do(from(theirs, submit("/c/email/personal", "token", token, "consent", "1"))), 403)
	want(t, h.do(submit("/c/email/personal", "token", token+"x", "consent", "1")), 404)
	shown := want(t, h.do(get(path)), 200)

	// Not agreed, another consent text, another letter: the page again, to be read again.
	for _, more := range [][]string{{"consent", ""}, {"consent", "0"}, {"consent", "1", "version", "old"}} {
		body := want(t, h.do(submit("/c/email/personal", append([]string{"token", token}, more...)...)), 409, `role="alert"`, `class="agree"`)
		wantNot(t, body, "Ann Lee")
	}
	h.ledger.Fail("Accept", 0, ledger.ErrBusy)
	if n := h.actions(t, "email"); n != 0 {
		t.Fatalf("%d actions", n)
	}
	busy := h.do(pressed(t, shown, "email"))
	want(t, busy, 503, `role="alert"`, `class="agree"`)
	if busy.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.clock.Advance(2 * time.Hour)
	want(t, h.do(get(path)), 410, "This personal link has expired", `href="/c/email?language=en"`)
	want(t, h.do(pressed(t, shown, "email")), 410)
	if n := h.actions(t, "email"); n != 0 {
		t.Errorf("%d actions", n)
	}
}

// A letter that no fax can show is refused before its button, with the reason: whoever opens the link did not write the name there.
func TestPersonalOfOneWhomNoFaxShows(t *testing.T) {
	h := open(t, nil)
	path, _ := h.personalOf(t, "fax", action.Supporter{Name: "علي", Email: "ali@example.com", Country: "DE"})
	body := want(t, h.do(get(path)), 422, "Your name: This letter goes by fax", "proof=")
	wantNot(t, body, `class="agree"`)
}

// TestPersonalChange goes from the link to the form, with its proof.
func TestPersonalChange(t *testing.T) {
	h := open(t, nil)
	_, token := h.personal(t, "always", "")
	body := want(t, h.do(get("/c/always?proof="+token)), 200)
	want(t, h.do(submit("/c/always", annForm("send", "proof", hidden(t, body, "proof"))...)), 200, `data-kind="sent"`)
	if n := h.actions(t, "always"); n != 1 {
		t.Errorf("%d actions", n)
	}
}
