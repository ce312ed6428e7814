package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const closedPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// TestFrameHeaders: the form can be held by the named partner's pages, or all partners', in all its states; nothing else by anybody.
func TestFrameHeaders(t *testing.T) {
	h := open(t, nil)
	_, token := h.personal(t, "email", "partner")
	all := theirs + " https://club.example " + clubs
	for _, tc := range []struct {
		name    string
		request *http.Request
		status  int
		want    string
	}{
		{"form", get("/embed/email?partner=partner"), 200, theirs},
		{"form of two origins", get("/embed/email?partner=club"), 200, "https://club.example " + clubs},
		{"form of all", get("/embed/email"), 200, all},
		{"form of nobody known", get("/embed/email?partner=nobody"), 200, all},
		{"header injection", get("/embed/email?partner=partner%20https://evil.example"), 200, all},
		{"early", get("/embed/early?partner=partner"), 200, theirs},
		{"preview", submit("/embed/email?partner=partner", annForm("preview")...), 200, theirs},
		{"errors", submit("/embed/email?partner=partner", "do", "send"), 422, theirs},
		{"result", submit("/embed/email?partner=partner", annForm("send")...), 200, theirs},
		{"late", submit("/embed/late?partner=partner", annForm("send")...), 410, theirs},
		{"too large", submit("/embed/email?partner=partner", "name", strings.Repeat("x", 33<<10)), 413, theirs},
		{"posted by a stranger", from(foreign, submit("/embed/email?partner=partner", annForm("send")...)), 403, theirs},
		{"no campaign", get("/embed/nothing"), 404, "'none'"},
		{"page", get("/c/email?partner=partner"), 200, "'none'"},
		{"page's result", submit("/c/email", annForm("send")...), 200, "'none'"},
		{"personal", get("/c/email/personal?token=" + token), 200, "'none'"},
		{"personal, sent", submit("/c/email/personal?partner=partner", "token", token, "consent", "1"), 200, "'none'"},
		{"personal, wrong", get("/c/email/personal?token=x"), 404, "'none'"},
		{"confirm", get("/c/email/confirm?token=x&partner=partner"), 404, "'none'"},
		{"fragment", get(theForm + "?partner=partner"), 200, "'none'"},
		{"picture", get("/c/email/picture/ko"), 200, "'none'"},
		{"widget", get("/widget.js"), 200, "'none'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answer := h.do(tc.request)
			want(t, answer, tc.status)
			policy := strings.Replace(closedPolicy, "'none'", "\x00", 1)
			policy = strings.Replace(strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors "+tc.want, 1), "\x00", "'none'", 1)
			if diff := cmp.Diff(policy, answer.Header.Get("Content-Security-Policy")); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			options := answer.Header.Get("X-Frame-Options")
			if (options == "DENY") != (tc.want == "'none'") || options != "" && options != "DENY" {
				t.Errorf("X-Frame-Options %q", options)
			}
			if tc.want != "'none'" && answer.Header.Get("X-Robots-Tag") == "" {
				t.Error("search engines may list a frame")
			}
		})
	}
}

// TestNoPartnersNoFrame: of a campaign without partners nobody holds the frame.
func TestNoPartnersNoFrame(t *testing.T) {
	h := open(t, nil)
	c, err := h.config.Campaigns.Get("email")
	if err != nil {
		t.Fatal(err)
	}
	c.Partners = nil
	if got := h.do(get("/embed/email")).Header.Get("Content-Security-Policy"); got != closedPolicy {
		t.Errorf("policy %q", got)
	}
}

// TestFrameIgnoresProof: a proven address must not be one stolen click away.
func TestFrameIgnoresProof(t *testing.T) {
	h, _, token := pending(t, "always")
	wantNot(t, want(t, h.do(get("/embed/always?proof="+token)), 200), token)
	body := want(t, h.do(submit("/embed/always", annForm("send", "proof", token)...)), 200, `data-kind="confirm"`)
	wantNot(t, body, token)
	want(t, h.do(from(theirs, submit("/v1/campaigns/always/form", annForm("send", "proof", token)...))), 200, `data-kind="confirm"`)
	if n := h.actions(t, "always"); n != 0 {
		t.Errorf("%d actions", n)
	}
}

var links = regexp.MustCompile(`<a [^>]*href="([^"]*)"[^>]*>`)

// TestFrameLinks lead out of the frame into windows of their own, or stay in it.
func TestFrameLinks(t *testing.T) {
	h := open(t, nil)
	for _, r := range []*http.Request{get("/embed/email?partner=club"), submit("/embed/self?partner=club", annForm("send")...),
		submit("/embed/print?partner=club", annForm("send")...), submit("/embed/late?partner=club", annForm("send")...)} {
		body := text(t, h.do(r))
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			inside := strings.HasPrefix(m[1], "#") || strings.HasPrefix(m[1], "/embed/") || strings.HasPrefix(m[1], "mailto:")
			out := strings.Contains(m[0], `target="_blank"`) && strings.Contains(m[0], "noopener")
			if inside == out {
				t.Errorf("%s: %s", r.URL.Path, m[0])
			}
		}
		if !strings.Contains(body, `href="`+origin+"/c/") {
			t.Errorf("%s: no way out to the campaign's own page", r.URL.Path)
		}
		wantNot(t, page(body), "page-HASH.js", "data-remember", "remembered", `class="languages"`)
	}
}
