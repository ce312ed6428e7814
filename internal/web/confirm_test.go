package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/web"
)

// pending posts Ann's submission to a campaign that wants proof, and answers the house, the link's path and its token.
func pending(t *testing.T, slug string) (h *house, path, token string) {
	t.Helper()
	h = open(t, nil)
	want(t, h.do(post("/v1/campaigns/"+slug+"/actions", ann)), 202, `"confirm":true`)
	path, token = h.link(t)
	return h, path, token
}

// press posts the form of the first letter on a confirmation page.
func press(t *testing.T, h *house, page, slug, token string) *http.Response {
	t.Helper()
	return h.do(submit("/c/"+slug+"/confirm", "token", token, "id", hidden(t, page, "id")))
}

func TestConfirm(t *testing.T) {
	h, path, token := pending(t, "always")
	page1 := want(t, h.do(get(path)), 200, "Confirm your letter", "Ann Lee", "did not write this")
	golden(t, "confirm.html", page(page1))
	if n := h.actions(t, "always"); n != 0 {
		t.Fatalf("looking made %d actions", n)
	}
	golden(t, "confirmed.html", page(want(t, press(t, h, page1, "always", token), 200, "Your letter has been sent. To: Minister of Justice.")))
	if n := h.actions(t, "always"); n != 1 {
		t.Fatalf("%d actions, want 1", n)
	}
	// Once more, from another device, and by looking again.
	want(t, press(t, h, page1, "always", token), 200, "has been sent")
	want(t, h.do(get(path)), 200, "has been sent")
	if n := len(h.mail.Left()); n != 2 {
		t.Errorf("%d mails left, want the link and one letter", n)
	}
}

// TestLookingChangesNothing sends what link scanners and browsers send by themselves.
func TestLookingChangesNothing(t *testing.T) {
	h, path, _ := pending(t, "always")
	lambdatest.Both(t, h, func(t *testing.T, do lambdatest.Do) {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			for _, purpose := range []string{"", "prefetch"} {
				r := httptest.NewRequest(method, origin+path, nil)
				r.Header.Set("Sec-Purpose", purpose)
				if status := do(r).StatusCode; (status == 200) != (method != "OPTIONS") {
					t.Errorf("%s answered %d", method, status)
				}
			}
		}
	})
	if n := h.actions(t, "always"); n != 0 || len(h.mail.Left()) != 1 {
		t.Errorf("%d actions, %d mails", n, len(h.mail.Left()))
	}
}

func TestConfirmByHand(t *testing.T) {
	h, path, token := pending(t, "byhand")
	page1 := want(t, h.do(get(path)), 200, "This is my letter")
	want(t, press(t, h, page1, "byhand", token), 200, "yours to send", "00 82 25033532", "data-print", "47 Gwanmun-ro", "cannot show it again")
	body := want(t, press(t, h, page1, "byhand", token), 200, "yours to send")
	wantNot(t, body, "data-print", "cannot show it again") // it is kept nowhere
}

func TestConfirmByRelay(t *testing.T) {
	h, path, token := pending(t, "relayed")
	page1 := want(t, h.do(get(path)), 200)
	body := want(t, press(t, h, page1, "relayed", token), 200, "Your letter has been sent to A Union, which forwards it to: Minister of Justice.", "data-print")
	wantNot(t, body, "cannot show it again")
	want(t, h.do(get(path)), 200, "Your letter has been sent to A Union")
}

// TestAnew writes another letter with the link as proof: it leaves at once.
func TestAnew(t *testing.T) {
	h, path, token := pending(t, "always")
	body := want(t, h.do(get(path)), 200)
	if !strings.Contains(body, "/c/always?language=en&amp;proof="+token) {
		t.Fatalf("no way to write anew in:\n%s", body)
	}
	answer := h.do(get("/c/always?proof=" + token))
	carried := hidden(t, want(t, answer, 200), "proof")
	if got := answer.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page with a token has Cache-Control %q", got)
	}
	want(t, h.do(submit("/c/always", annForm("send", "proof", carried)...)), 200, ">Thank you</h1>")
	if n := h.actions(t, "always"); n != 1 {
		t.Errorf("%d actions, want 1", n)
	}
	// Of another address it proves nothing.
	want(t, h.do(submit("/c/always", annForm("send", "proof", carried, "email", "b@example.com")...)), 200, "One more step")
}

// TestForgers fill a stranger's link with letters: the real one can still choose.
func TestForgers(t *testing.T) {
	h, path, token := pending(t, "always")
	h.clock.Advance(time.Minute)
	want(t, h.do(post("/v1/campaigns/always/actions", with(`"name":"Not Ann"`))), 202)
	body := want(t, h.do(get(path)), 200, "Several letters", "Not Ann", "Ann Lee")
	_, second, _ := strings.Cut(body, "</form>")
	want(t, press(t, h, second, "always", token), 200, "has been sent")
	left := h.mail.Left()
	if got := left[len(left)-1].Text; !strings.Contains(got, "Ann Lee") || strings.Contains(got, "Not Ann") {
		t.Errorf("the wrong letter left:\n%s", got)
	}
}

func TestLinks(t *testing.T) {
	h, path, token := pending(t, "always")
	want(t, h.do(get(path[:len(path)-3])), 404, "This link does not work", "Back to the campaign")
	want(t, h.do(get("/c/always/confirm")), 404)
	want(t, h.do(get("/c/email/confirm?token="+token)), 404) // another campaign's
	want(t, h.do(submit("/c/always/confirm", "token", token, "id", "nonsense")), 410)
	want(t, h.do(submit("/c/always/confirm", "token", "nonsense", "id", "nonsense")), 404)
	h.clock.Advance(73 * time.Hour)
	want(t, h.do(get(path)), 410, "This link has expired", "Back to the campaign")
	if n := h.actions(t, "always"); n != 0 {
		t.Errorf("%d actions", n)
	}
}

// TestStanding tells a proven signer what stands, for every state.
func TestStanding(t *testing.T) {
	for outcome, said := range map[mailer.Outcome]string{
		mailer.Accepted: "has been sent",
		mailer.Refused:  "could not be delivered",
		mailer.Later:    "waits in the queue",
		mailer.Unknown:  "cannot know yet",
	} {
		t.Run(outcome.String(), func(t *testing.T) {
			h, path, token := pending(t, "always")
			h.mail.Outcomes(outcome)
			page1 := want(t, h.do(get(path)), 200)
			want(t, press(t, h, page1, "always", token), 200, said)
		})
	}
}

func TestTokenPagesStayPrivate(t *testing.T) {
	h, path, token := pending(t, "always")
	for _, r := range []*http.Request{get(path), get("/c/always/confirm?token=x"), get("/c/always?proof=x"),
		submit("/c/always/confirm", "token", token, "id", "x"), submit("/c/always", "do", "preview")} {
		answer := h.do(r)
		for name, value := range map[string]string{
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow",
		} {
			if got := answer.Header.Get(name); got != value {
				t.Errorf("%s %s: %s is %q, want %q", r.Method, r.URL.Path, name, got, value)
			}
		}
	}
	for name, tc := range map[string]struct{ proof, want string }{
		"previews can be gone back to":    {"", "private, no-cache"},
		"those that carry a token cannot": {token, "no-store"},
	} {
		answer := h.do(submit("/c/always", annForm("preview", "proof", tc.proof)...))
		want(t, answer, 200)
		if got := answer.Header.Get("Cache-Control"); got != tc.want {
			t.Errorf("%s: Cache-Control is %q, want %q", name, got, tc.want)
		}
	}
	if log := h.log.String(); strings.Contains(log, token) || strings.Contains(log, "token") {
		t.Errorf("a token in the log:\n%s", log)
	}
}

// TestQueuedStands tells when a letter that has to wait may leave.
func TestQueuedStands(t *testing.T) {
	h := open(t, func(c *web.Config) {
		l := library(t)
		waiting, err := l.Get("release")
		if err != nil {
			t.Fatal(err)
		}
		waiting.Confirm = "always"
		c.Campaigns = l
	})
	want(t, h.do(post("/v1/campaigns/release/actions", ann)), 202, `"confirm":true`)
	path, token := h.link(t)
	page1 := want(t, h.do(get(path)), 200, "Not before 2 December 2026, 09:00, local time there (UTC+9)")
	want(t, press(t, h, page1, "release", token), 200, "no earlier than 2 December 2026, 09:00, local time there (UTC+9)")
	tally, err := h.ledger.Tally(t.Context(), "release")
	if err != nil || tally.Deliveries[ledger.Bucket{Target: "minister", Channel: ledger.ChannelEmail, State: ledger.StateQueued}] != 1 {
		t.Errorf("%v, %v", tally, err)
	}
}
