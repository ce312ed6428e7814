package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/web"
)

// TestOwnerSeesNews: a forger who types somebody's address can tick a partner's box, too. Behind the mailed link its owner sees that, and
// it counts as the owner leaves it.
func TestOwnerSeesNews(t *testing.T) {
	for _, tc := range []struct {
		name   string
		ticked string
		kept   bool // by the owner
		want   int
	}{
		{"left as it was", "yes", true, 1},
		{"taken back", "yes", false, 0},
		{"never ticked", "no", true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, nil)
			want(t, h.do(from(clubs, post("/v1/campaigns/always/actions", with(`"subscribe":"`+tc.ticked+`"`)))), 202)
			path, token := h.link(t)
			body := want(t, h.do(get(path)), 200)
			shown := strings.Contains(body, `name="subscribe"`) && strings.Contains(body, "A Club") && strings.Contains(body, "https://club.example/privacy")
			if shown != (tc.ticked == "yes") {
				t.Errorf("shown: %v", shown)
			}
			form := []string{"token", token, "id", hidden(t, body, "id")}
			if tc.kept {
				form = append(form, "subscribe", "yes")
			}
			want(t, h.do(submit("/c/always/confirm", form...)), 200)
			all, err := h.ledger.Subscribers(t.Context(), "always", "club", "", noon, 9)
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != tc.want {
				t.Errorf("%d subscribers, want %d", len(all), tc.want)
			}
		})
	}
}

// TestKeptForAll: what caches may keep for everybody depends on nothing that a cache does not look at.
func TestKeptForAll(t *testing.T) {
	h := open(t, nil)
	for _, path := range []string{"/c/email", "/embed/email", "/c/email?partner=partner", theForm, theCampaign, theCampaign + "/tally", "/widget.js"} {
		plain := h.do(get(path))
		if got := plain.Header.Get("Cache-Control"); !strings.HasPrefix(got, "public") {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		expected := want(t, plain, 200)
		for name, values := range map[string][]string{
			"Origin": {theirs, clubs, foreign, origin, "null"}, "Referer": {clubs + "/"}, "Cookie": {"partner=club"}, "Sec-Fetch-Dest": {"iframe", "document"},
			"X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"http"}, "Host": {"evil.example"}, "User-Agent": {"<b>"},
		} {
			if strings.Contains(strings.Join(plain.Header.Values("Vary"), ","), name) {
				continue
			}
			for _, value := range values {
				r := get(path)
				r.Header.Set(name, value)
				if name == "Host" {
					r.Host = value
				}
				if diff := cmp.Diff(expected, want(t, h.do(r), 200)); diff != "" {
					t.Errorf("%s with %s: %s (-want +got):\n%s", path, name, value, diff)
				}
			}
		}
	}
}

// TestLinksRepeatNothing: what somebody writes into a link to us stands neither in the page nor in links that its visitors pass on.
func TestLinksRepeatNothing(t *testing.T) {
	h := open(t, nil)
	const mark = "zqz"
	evil := url.QueryEscape(`"><script>` + mark + `</script>` + "\r\nX: " + mark)
	for _, key := range []string{"partner", "country", "language", "token", "id", "name", "email", mark} {
		query := "?" + key + "=" + evil
		for _, r := range []*http.Request{
			get("/c/email" + query), get("/embed/email" + query), get(theForm + query), from(theirs, get(theForm+query)), get("/c/always/confirm" + query),
			get("/c/email/personal" + query), get("/c/nothing" + query), get(theCampaign + query), get(theCampaign + "/partners/club/tally" + query),
			submit("/c/email"+query, annForm("send")...), submit("/embed/email"+query, annForm("preview")...), from(theirs, submit(theForm+query, annForm("send")...)),
		} {
			answer := h.do(r)
			body := new(strings.Builder)
			if err := answer.Header.Write(body); err != nil {
				t.Fatal(err)
			}
			body.WriteString(want(t, answer, answer.StatusCode))
			if strings.Contains(body.String(), mark) || answer.StatusCode >= 500 {
				t.Errorf("%s %s answers %d with what the link says", r.Method, r.URL.Path+query, answer.StatusCode)
			}
		}
	}
}

// TestTypedStaysText: whatever is typed stands escaped in every answer, which scripts put into partners' pages.
func TestTypedStaysText(t *testing.T) {
	h := open(t, nil)
	const evil = `</textarea></title></body></div>"'><img src=x onerror=alert(1)><svg onload=x>&lt;b&gt;{name}`
	names := []string{"name", "email", "country", "language", "message", "consent", "letter.subject", "letter.body", "seen", "draft", "partner", "version",
		"template", "proof", "fields.city", "fields." + evil, "subscribe"}
	for _, do := range []string{"live", "preview", "send", "anew", evil} {
		for _, name := range names {
			for _, r := range []*http.Request{
				submit("/c/email", annForm(do, name, evil)...), submit("/embed/email", annForm(do, name, evil)...),
				from(theirs, submit(theForm, annForm(do, name, evil, "seen", "x.y.z")...)),
			} {
				answer := h.do(r)
				body := want(t, answer, answer.StatusCode)
				if strings.Contains(body, "<img") || strings.Contains(body, "<svg onload") || strings.Contains(body, `"'>`) || answer.StatusCode >= 500 {
					t.Errorf("%s by %s at %s: %d\n%s", name, do, r.URL.Path, answer.StatusCode, page(body))
				}
			}
		}
	}
}

// slowEnd is a body whose end comes late.
type slowEnd struct{ io.Reader }

func (s slowEnd) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == io.EOF {
		time.Sleep(990 * time.Millisecond)
	}
	return n, err
}

// TestSlowBodyChoosesNoStep: the grid begins when all of a request is there, or whoever sends it slowly would choose how much of a step is
// left for what takes longer the first time.
func TestSlowBodyChoosesNoStep(t *testing.T) {
	for name, request := range map[string]func(*house) *http.Request{
		"api":    func(*house) *http.Request { return post(theActions, ann) },
		"page":   func(*house) *http.Request { return submit("/c/email", annForm("send")...) },
		"frame":  func(*house) *http.Request { return submit("/embed/email", annForm("send")...) },
		"widget": func(*house) *http.Request { return from(theirs, submit(theForm, annForm("send")...)) },
		"personal": func(h *house) *http.Request {
			_, token := h.personal(t, "email", "")
			return submit("/c/email/personal", "token", token, "consent", "1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, func(c *web.Config) { c.Grid = time.Second })
				r := request(h)
				r.Body = io.NopCloser(slowEnd{r.Body})
				start := time.Now()
				answer := h.do(r)
				want(t, answer, answer.StatusCode)
				if took := time.Since(start); answer.StatusCode > 202 || took < 1990*time.Millisecond || took%time.Second == 0 {
					t.Errorf("%d after %v, want a step after the whole body", answer.StatusCode, took)
				}
			})
		})
	}
}
