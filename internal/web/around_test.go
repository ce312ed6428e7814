package web_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
)

// TestSubscribe asks only where the credited partner has a key, never beforehand ticked, and nobody else gets the signer.
func TestSubscribe(t *testing.T) {
	const box = `name="subscribe"`
	h := open(t, nil)
	for _, tc := range []struct {
		name    string
		request *http.Request
		there   bool
	}{
		{"page", get("/c/email?partner=club"), true},
		{"frame", get("/embed/email?partner=club"), true},
		{"widget", from(clubs, get(theForm)), true},
		{"widget that names another", from(clubs, get(theForm+"?partner=partner")), true},
		{"another's widget", from(theirs, get(theForm+"?partner=club")), false},
		{"nobody's", get("/c/email"), false},
		{"without a key", get("/c/email?partner=partner"), false},
		{"a sealed link's form, whose partner may be another", get("/c/email?partner=club&proof=x"), false},
	} {
		body := want(t, h.do(tc.request), 200)
		if got := strings.Contains(body, box); got != tc.there {
			t.Errorf("%s: asked: %v", tc.name, got)
		}
		if m := regexp.MustCompile(`<input[^>]*` + box + `[^>]*>`).FindString(body); strings.Contains(m, "checked") {
			t.Errorf("%s: ticked: %s", tc.name, m)
		}
		if tc.there && !strings.Contains(body, `href="https://club.example/privacy"`) {
			t.Errorf("%s: no way to what the partner does with it", tc.name)
		}
	}
	subscribers := func() int {
		all, err := h.ledger.Subscribers(t.Context(), "email", "club", "", noon, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	want(t, h.do(submit("/c/email", annForm("send", "partner", "club")...)), 200)
	if n := subscribers(); n != 0 {
		t.Fatalf("%d subscribers unasked", n)
	}
	body := want(t, h.do(submit("/c/email", annForm("send", "partner", "club", "subscribe", "yes", "email", "x")...)), 422)
	if m := regexp.MustCompile(`<input[^>]*` + box + `[^>]*>`).FindString(body); !strings.Contains(m, "checked") {
		t.Errorf("the tick is lost: %s", m)
	}
	want(t, h.do(submit("/c/email", annForm("send", "partner", "club", "subscribe", "yes", "email", "b@example.com")...)), 200)
	want(t, h.do(from(clubs, submit(theForm, annForm("send", "subscribe", "yes", "email", "c@example.com")...))), 200)
	if n := subscribers(); n != 2 {
		t.Errorf("%d subscribers, want 2", n)
	}
}

// TestPartnerTally tells a partner its own counts, and nobody else.
func TestPartnerTally(t *testing.T) {
	h := open(t, nil)
	doc := openDocument(t)
	key, err := h.config.Keys.Campaign(t.Context(), "email")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(partner, token string) *http.Request {
		return get(theCampaign + "/partners/" + partner + "/tally?token=" + token)
	}
	type counts struct {
		Partner           string
		Verified, Claimed int
		AsOf              time.Time `json:"as_of"`
	}
	read := func(partner string) (c counts) {
		t.Helper()
		r := ask(partner, key.PartnerToken(partner))
		answer := h.do(r)
		doc.holds(t, r, "", answer)
		if got := answer.Header.Get("Cache-Control"); got != "private, max-age=60" {
			t.Errorf("Cache-Control %q", got)
		}
		if err := json.Unmarshal([]byte(want(t, answer, 200)), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if diff := cmp.Diff(counts{"partner", 0, 0, noon}, read("partner")); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	for i := range 130 {
		email := fmt.Sprintf(`"email":"s%d@example.com"`, i)
		r := post(theActions, with(email))
		switch {
		case i < 50:
			r = from(theirs, r)
		case i < 90:
			r = post(theActions, with(email+`,"partner":"partner"`))
		case i < 120:
			r = from(clubs, r)
		}
		want(t, h.do(r), 202)
	}
	if got := read("partner"); got.Verified != 0 {
		t.Errorf("a snapshot moved at once: %+v", got)
	}
	h.clock.Advance(2 * time.Minute)
	partner, club := read("partner"), read("club")
	within := func(name string, got, n int) {
		t.Helper()
		if got > n || got <= n-21 || got == 0 {
			t.Errorf("%s: %d is told as %d", name, n, got)
		}
	}
	within("verified", partner.Verified, 50)
	within("claimed", partner.Claimed, 40)
	within("club", club.Verified, 30)
	if club.Claimed != 0 || !partner.AsOf.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("%+v, %+v", partner, club)
	}
	tally, err := h.ledger.Tally(t.Context(), "email")
	if err != nil {
		t.Fatal(err)
	}
	want1 := map[string]ledger.Brought{"partner": {Verified: 50, Claimed: 40}, "club": {Verified: 30}}
	if diff := cmp.Diff(want1, tally.Partners); diff != "" || tally.Direct() != 10 || tally.Actions != 130 {
		t.Errorf("%d in all, %d direct (-want +got):\n%s", tally.Actions, tally.Direct(), diff)
	}
	refused := want(t, h.do(ask("partner", "")), 404)
	for name, r := range map[string]*http.Request{
		"another's token": ask("partner", key.PartnerToken("club")),
		"cut":             ask("partner", key.PartnerToken("partner")[:31]),
		"nobody":          ask("nobody", "x"),
		"nobody's own":    ask("nobody", key.PartnerToken("nobody")),
		"another's scope": get("/v1/campaigns/words/partners/partner/tally?token=" + key.PartnerToken("partner")),
	} {
		if got := want(t, h.do(r), 404); got != refused {
			t.Errorf("%s is told from a wrong token: %s", name, got)
		}
	}
	if strings.Contains(h.log.String(), key.PartnerToken("partner")) {
		t.Error("a token in the log")
	}
}

// TestWidgetFile is served to all origins, compressed to who takes it.
func TestWidgetFile(t *testing.T) {
	h := open(t, nil)
	lambdatest.Both(t, h, func(t *testing.T, do lambdatest.Do) {
		plain := do(get("/widget.js"))
		want(t, plain, 200, "one-click-protest", "const formCSS = ", "const house = \""+origin+"\";")
		for name, value := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
			"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding", "Content-Encoding": "",
		} {
			if got := plain.Header.Get(name); got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		for _, path := range append(pageAssets(t, h), "/widget.js") {
			for accept, packed := range map[string]bool{"gzip, deflate, br": true, "br;q=1.0, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false, "": false} {
				r := get(path)
				r.Header.Set("Accept-Encoding", accept)
				answer := do(r)
				if got := answer.Header.Get("Content-Encoding") == "gzip"; got != packed {
					t.Errorf("%s for %q: packed %v", path, accept, got)
				}
				if packed {
					unpack(t, answer)
				}
				if want := text(t, do(get(path))); text(t, answer) != want {
					t.Errorf("%s for %q: another content", path, accept)
				}
			}
		}
	})
}

func pageAssets(t *testing.T, h *house) []string {
	t.Helper()
	links := regexp.MustCompile(`/static/[a-z]+-[0-9a-f]{12}\.(?:css|js)`).FindAllString(text(t, h.do(get("/c/email"))), -1)
	if len(links) != 4 {
		t.Fatalf("the page links to %v, want two sheets and two scripts", links)
	}
	return links
}

func unpack(t *testing.T, answer *http.Response) {
	t.Helper()
	z, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = z
}

// TestOpenGraph is what sites show that link to the page.
func TestOpenGraph(t *testing.T) {
	h := open(t, nil)
	body := want(t, h.do(get("/c/email?language=ko&partner=partner&country=DE")), 200,
		`<meta property="og:title" content="석방하라">`, `<meta property="og:description" content="세 사람이 갇혀 있습니다.">`, `<meta property="og:locale" content="ko_KR">`,
		`<meta property="og:url" content="`+origin+`/c/email?language=ko&amp;partner=partner">`,
		`<meta property="og:image" content="`+origin+`/c/email/picture/ko">`, `<meta property="og:image:width" content="1200">`,
		`<meta property="og:image:height" content="630">`, `<meta property="og:image:alt" content="석방하라">`,
		`<meta name="twitter:card" content="summary_large_image">`, `<link rel="canonical" href="`+origin+`/c/email?language=ko">`,
		`hreflang="zh-Hant" href="`+origin+`/c/email?language=zh-Hant"`, `hreflang="x-default" href="`+origin+`/c/email"`)
	wantNot(t, body, "og:site_name")
	want(t, h.do(get("/c/email?partner=nobody")), 200, `<meta property="og:url" content="`+origin+`/c/email?language=en">`)
	want(t, h.do(get("/c/email?language=ar")), 200, `content="en_US"`) // the campaign's texts are English there

	lambdatest.Both(t, h, func(t *testing.T, do lambdatest.Do) {
		answer := do(get("/c/email/picture/ko"))
		if got := want(t, answer, 200); got != string(aPicture) {
			t.Errorf("picture %q", got)
		}
		if got := answer.Header.Get("Content-Type") + ", " + answer.Header.Get("Cross-Origin-Resource-Policy"); got != "image/png, cross-origin" {
			t.Errorf("picture as %s", got)
		}
		want(t, do(get("/c/email/picture/en")), 404)
		want(t, do(get("/c/nothing/picture/ko")), 404)
	})
	c, err := h.config.Campaigns.Get("email")
	if err != nil {
		t.Fatal(err)
	}
	c.Pictures = nil
	wantNot(t, want(t, h.do(get("/c/email")), 200), "og:image", "twitter:card")
}

// TestShare passes on the page in the visitor's language, and the partner, and nothing of the signer.
func TestShare(t *testing.T) {
	h := open(t, nil)
	address := origin + "/c/email?language=ko&amp;partner=partner"
	for path, origin := range map[string]string{"/c/email?language=ko&partner=partner": origin, "/embed/email?language=ko&partner=partner": origin, theForm + "?language=ko&partner=partner": theirs} {
		body := want(t, h.do(from(origin, submit(path, annForm("send", "country", "FR")...))), 200, `data-url="`+address+`"`, `value="`+address+`"`,
			`href="https://wa.me/?text=%EC%84%9D`, `href="https://t.me/share/url?url=https%3A%2F%2F`, `href="mailto:?subject=%EC%84%9D`, `data-copy="share-address"`)
		_, share, _ := strings.Cut(body, `<section class="share"`)
		share, _, _ = strings.Cut(share, "</section>")
		wantNot(t, share, "Ann", "ann.lee", "FR", "Berlin")
		for _, m := range links.FindAllStringSubmatch(share, -1) {
			if !strings.HasPrefix(m[1], "mailto:") && !strings.Contains(m[0], `target="_blank" rel="noopener noreferrer"`) {
				t.Errorf("%s: %s", path, m[0])
			}
		}
	}
}

// TestLetterLanguage: the campaign's choice for the recipient, the signer's own, and what the signer reads beside it.
func TestLetterLanguage(t *testing.T) {
	h := open(t, nil)
	body := want(t, h.do(get("/c/suits?language=en")), 200, `<option value="" selected>The one that suits the recipient</option>`, `<div class="letter" lang="ko" dir="ltr">`,
		"The same letter in English", "let them go")
	if paper, rest, _ := strings.Cut(body, "</article>"); strings.Contains(paper, "translation") || !strings.Contains(rest, `<details class="translation" `) {
		t.Error("the translation does not stand behind the letter")
	}
	want(t, h.do(submit("/c/suits?language=en", annForm("preview", "language", "")...)), 200, "석방해 주십시오", "The same letter in English", `<option value="" selected>`)
	own := want(t, h.do(submit("/c/suits?language=en", annForm("preview")...)), 200, `<option value="en" selected`, `<div class="letter" lang="en"`)
	wantNot(t, own, "The same letter in")
	want(t, h.do(submit("/c/suits?language=en", annForm("send", "language", "")...)), 200, `data-kind="sent"`)
	if left := h.mail.Left(); len(left) != 1 || !strings.Contains(left[0].Text, "석방해 주십시오") || strings.Contains(left[0].Text, "We ask you") {
		t.Errorf("left %v", left)
	}
	wantNot(t, want(t, h.do(get("/c/email?language=ko")), 200, `<option value="ko" selected`), "<details class=\"translation\"", `<option value="" selected`)
}

// TestRememberMarkup stands on the campaign's page alone, hidden, and is never posted.
func TestRememberMarkup(t *testing.T) {
	h := open(t, nil)
	body := want(t, h.do(get("/c/email")), 200, `data-prefilled="" role="status" hidden`, `class="check" data-remember="" hidden`, `id="remembered" tabindex="-1" hidden`,
		`data-as="Your letter leaves as from {name}, {email}, {country}."`)
	if m := regexp.MustCompile(`<input[^>]*id="f-remember"[^>]*>`).FindString(body); m == "" || strings.Contains(m, "name=") {
		t.Errorf("the box is %q", m)
	}
	for _, r := range []*http.Request{get("/embed/email"), from(theirs, get(theForm)), get("/c/late")} {
		wantNot(t, text(t, h.do(r)), "remember", "data-prefilled")
	}
}
