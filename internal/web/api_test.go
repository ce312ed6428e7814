package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
)

// call is a request and what must come of it.
type call struct {
	name, method, path, body string
	header                   [2]string
	status                   int
	parts                    []string // of the answer's body
}

func (c call) request() *http.Request {
	r := httptest.NewRequest(c.method, origin+c.path, strings.NewReader(c.body))
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.header[0] != "" {
		r.Header.Set(c.header[0], c.header[1])
	}
	return r
}

const (
	theCampaign = "/v1/campaigns/email"
	thePreview  = theCampaign + "/preview"
	theActions  = theCampaign + "/actions"
	theForm     = theCampaign + "/form"
)

// with is Ann's submission with more members, or other ones.
func with(members string) string {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(ann), &all); err != nil {
		panic(err)
	}
	for name := range all {
		if strings.Contains(members, `"`+name+`":`) {
			delete(all, name)
		}
	}
	rest, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return "{" + members + "," + string(rest[1:])
}

func calls() []call {
	long := strings.Repeat("x", 33<<10)
	return []call{
		{name: "campaign", method: "GET", path: theCampaign, status: 200, parts: []string{`"title":"Let them go"`, `"phase":"running"`}},
		{name: "campaign in Korean", method: "GET", path: theCampaign + "?language=ko", status: 200, parts: []string{`"title":"석방하라"`}},
		{name: "campaign before", method: "GET", path: "/v1/campaigns/early", status: 200, parts: []string{`"phase":"before"`}},
		{name: "campaign after", method: "GET", path: "/v1/campaigns/late", status: 200, parts: []string{`"phase":"after"`}},
		{name: "no campaign", method: "GET", path: "/v1/campaigns/nothing", status: 404, parts: []string{"/problems/no-campaign"}},
		{name: "tally", method: "GET", path: theCampaign + "/tally", status: 200, parts: []string{`"actions":0,"fewer_than":34`}},
		{name: "no tally", method: "GET", path: "/v1/campaigns/nothing/tally", status: 404},
		{name: "health", method: "GET", path: "/healthz", status: 200, parts: []string{"ok"}},
		{name: "document", method: "GET", path: "/openapi.json", status: 200},

		{name: "preview", method: "POST", path: thePreview, body: `{"country":"DE"}`, status: 200, parts: []string{"(Your name)", `"draft":{"subject":"Let them go"`}},
		{name: "preview in Korean", method: "POST", path: thePreview, body: `{"country":"DE","language":"ko"}`, status: 200, parts: []string{"독일", `"language":"ko"`}},
		{name: "preview without country", method: "POST", path: thePreview, body: `{}`, status: 422, parts: []string{`"field":"country","code":"required"`}},
		{name: "preview by hand", method: "POST", path: "/v1/campaigns/print/preview", body: ann, status: 200, parts: []string{`"dial":"00 82 25033532"`}},

		{name: "action", method: "POST", path: theActions, body: ann, status: 202, parts: []string{`"confirm":false`}},
		{name: "changed letter", method: "POST", path: theActions, body: with(`"letter":{"subject":"Mine","body":"My own."}`), status: 202, parts: []string{`"confirm":true`}},
		{name: "by hand", method: "POST", path: "/v1/campaigns/print/actions", body: ann, status: 202, parts: []string{`"text":"To:`}},
		{name: "by the own mail program", method: "POST", path: "/v1/campaigns/self/actions", body: ann, status: 202, parts: []string{`"mailto":"mailto:minister@example.net?subject=`}},
		{name: "by relay", method: "POST", path: "/v1/campaigns/relay/actions", body: ann, status: 202, parts: []string{"A Union", `"dial":`}},
		{name: "by hand with proof", method: "POST", path: "/v1/campaigns/byhand/actions", body: ann, status: 202, parts: []string{`"confirm":true`}},
		{name: "to be released", method: "POST", path: "/v1/campaigns/release/actions", body: ann, status: 202, parts: []string{`"expected":"2026-12-02T09:00:00+09:00"`}},

		{name: "by fax", method: "POST", path: "/v1/campaigns/fax/actions", body: ann, status: 202, parts: []string{`"channel":"fax","expected":"2026-11-23T08:00:00+09:00","do":{"text":"Your letter leaves by fax`}},
		{name: "preview of a fax", method: "POST", path: "/v1/campaigns/fax/preview", body: ann, status: 200, parts: []string{`"do":{"text":"By fax"}`, "Signed electronically by Ann Lee."}},
		{name: "not for a fax", method: "POST", path: "/v1/campaigns/fax/actions", body: with(`"name":"محمد","message":"سلام"`), status: 422,
			parts: []string{`"field":"name","code":"fax","detail":"This letter goes by fax`, `"field":"message","code":"fax"`}},
		{name: "too many lines for a fax", method: "POST", path: "/v1/campaigns/fax/actions", body: with(`"message":"` + strings.Repeat(`a\n`, 150) + `a"`), status: 422,
			parts: []string{`"field":"message","code":"lines","detail":"Too many lines for a letter that is faxed: 150 at most."`}},
		{name: "not for a fax, in the preview of a changed letter", method: "POST", path: "/v1/campaigns/several/preview", body: with(`"letter":{"subject":"سلام","body":"سلام"},"fields":{"city":"برلين"}`), status: 422,
			parts: []string{`"field":"fields.city","code":"fax"`, `"field":"letter.subject","code":"fax"`, `"field":"letter.body","code":"fax"`}},
		{name: "several", method: "POST", path: "/v1/campaigns/several/actions", body: ann, status: 202, parts: []string{`"id":"minister"`, `"id":"consul"`, `"id":"office"`, "One letter to each recipient"}},
		{name: "preview of several", method: "POST", path: "/v1/campaigns/several/preview?language=en", body: ann, status: 200, parts: []string{`"expected":"2026-11-22T08:00:00-05:00"`, `"translation":{"language":"en"`, "Dear Office"}},
		{name: "several with proof", method: "POST", path: "/v1/campaigns/proven/actions", body: ann, status: 202, parts: []string{`"confirm":true`, `"id":"office"`}},
		{name: "several by mail and relay", method: "POST", path: "/v1/campaigns/mixed/actions", body: ann, status: 202, parts: []string{`"channel":"email"`, `"channel":"relay"`}},
		{name: "of a country's mission and another", method: "POST", path: "/v1/campaigns/missions/preview", body: with(`"country":"US"`), status: 200, parts: []string{`"id":"cn-us-washington"`, `"id":"minister"`}},
		{name: "campaign of several", method: "GET", path: "/v1/campaigns/several?language=en", status: 200, parts: []string{"One letter to each recipient"}},
		{name: "preview of a variant", method: "POST", path: "/v1/campaigns/variants/preview", body: with(`"variant":"4"`), status: 200, parts: []string{`"variant":"4"`, "Set them free", "Hear me."}},
		{name: "variant by the address", method: "POST", path: "/v1/campaigns/variants/actions", body: ann, status: 202, parts: []string{`"variant":"`}},
		{name: "no such variant", method: "POST", path: "/v1/campaigns/variants/actions", body: with(`"variant":"9"`), status: 422, parts: []string{`"field":"variant","code":"unknown"`}},
		{name: "version without its variant", method: "POST", path: "/v1/campaigns/variants/actions", body: with(`"version":"0123"`), status: 422, parts: []string{`"field":"variant","code":"required"`}},

		{name: "all fields wrong", method: "POST", path: theActions, body: `{"email":"a@b","country":"XX","language":"xx","consent":"0","fields":{"city":"` + strings.Repeat("x", 61) + `"}}`, status: 422,
			parts: []string{`"field":"name","code":"required"`, `"field":"email","code":"format"`, `"field":"country","code":"unknown"`, `"field":"language"`, `"field":"fields.city","code":"too_long"`, `"max":60`, `"field":"consent","code":"outdated"`}},
		{name: "unknown field", method: "POST", path: theActions, body: with(`"nmae":"x"`), status: 422, parts: []string{`"field":"nmae","code":"unexpected"`}},
		{name: "origin in the body", method: "POST", path: theActions, body: with(`"origin":"https://partner.example"`), status: 422, parts: []string{`"field":"origin","code":"unexpected"`}},
		{name: "proof in the body", method: "POST", path: theActions, body: with(`"proof":"x"`), status: 422, parts: []string{`"field":"proof","code":"unexpected"`}},
		{name: "other case", method: "POST", path: theActions, body: with(`"Name":"x"`), status: 422, parts: []string{`"field":"Name","code":"unexpected"`}},
		{name: "twice", method: "POST", path: theActions, body: `{"name":"A","name":"B"}`, status: 422, parts: []string{`"field":"name","code":"duplicate"`}},
		{name: "number", method: "POST", path: theActions, body: with(`"name":5`), status: 422, parts: []string{`"field":"name","code":"type"`}},
		{name: "array", method: "POST", path: theActions, body: with(`"name":["x"]`), status: 422, parts: []string{`"field":"name","code":"type"`}},
		{name: "letter as text", method: "POST", path: theActions, body: with(`"letter":"x"`), status: 422, parts: []string{`"field":"letter","code":"type"`}},
		{name: "deep", method: "POST", path: theActions, body: with(`"fields":{"a":{"b":"c"}}`), status: 400, parts: []string{"/problems/malformed"}},
		{name: "very deep", method: "POST", path: theActions, body: strings.Repeat(`{"letter":`, 2000), status: 400},
		{name: "array of arrays", method: "POST", path: theActions, body: strings.Repeat(`[`, 20000), status: 400},
		{name: "no object", method: "POST", path: theActions, body: `"x"`, status: 400},
		{name: "null", method: "POST", path: theActions, body: `null`, status: 400},
		{name: "cut", method: "POST", path: theActions, body: ann[:30], status: 400},
		{name: "two", method: "POST", path: theActions, body: ann + ann, status: 400},
		{name: "lone surrogate", method: "POST", path: theActions, body: with(`"name":"\ud800"`), status: 422, parts: []string{`"field":"name","code":"character"`}},
		{name: "override", method: "POST", path: theActions, body: with(`"name":"A\u202eB"`), status: 422, parts: []string{`"field":"name","code":"character"`}},
		{name: "line end in a name", method: "POST", path: theActions, body: with(`"name":"A\r\nBcc: x@example.com"`), status: 422, parts: []string{`"field":"name","code":"character"`}},
		{name: "a target's address", method: "POST", path: theActions, body: with(`"email":"Minister@example.net"`), status: 422, parts: []string{`"code":"target"`}},
		{name: "large", method: "POST", path: theActions, body: with(`"message":"` + long + `"`), status: 413, parts: []string{"32 KiB"}},
		{name: "as a form", method: "POST", path: theActions, body: ann, header: [2]string{"Content-Type", "text/plain"}, status: 415},
		{name: "with a charset", method: "POST", path: theActions, body: ann, header: [2]string{"Content-Type", "application/json; charset=utf-8"}, status: 202},
		{name: "another version", method: "POST", path: theActions, body: with(`"version":"0123"`), status: 409, parts: []string{"/problems/changed"}},
		{name: "subscribing", method: "POST", path: theActions, body: with(`"subscribe":"yes","partner":"club"`), status: 202},
		{name: "not subscribing", method: "POST", path: theActions, body: with(`"subscribe":"no"`), status: 202},
		{name: "subscribing perhaps", method: "POST", path: theActions, body: with(`"subscribe":"perhaps"`), status: 422, parts: []string{`"field":"subscribe","code":"unknown"`}},
		{name: "campaign in German", method: "GET", path: theCampaign + "?language=de", status: 200, parts: []string{`"language":"de","texts_language":"en"`, "Deutschland"}},
		{name: "preview in another language", method: "POST", path: thePreview + "?language=ko", body: with(`"language":"en"`), status: 200,
			parts: []string{`"language":"ko","letters"`, `"language":"en","subject":"Let them go"`, `"translation":{"language":"ko","subject":"석방하라"`}},
		{name: "preview for a reader", method: "POST", path: thePreview + "?language=ko", body: ann, status: 200, parts: []string{`"language":"ko","subject":"석방하라"`}},
		{name: "preview that suits", method: "POST", path: "/v1/campaigns/suits/preview", body: ann, status: 200, parts: []string{`"language":"ko","subject":"석방하라"`}},
		{name: "action in another language", method: "POST", path: theActions + "?language=de", body: ann, status: 202, parts: []string{"Vielen Dank", `"language":"de"`}},
		{name: "problem in another language", method: "POST", path: theActions + "?language=de", body: with(`"email":"x"`), status: 422, parts: []string{"keine Adresse"}},
		{name: "form", method: "GET", path: theForm, status: 200, parts: []string{`<div class="protest"`}},
		{name: "form of nothing", method: "GET", path: "/v1/campaigns/nothing/form", status: 404, parts: []string{"/problems/no-campaign"}},
		{name: "form for a stranger", method: "GET", path: theForm, header: [2]string{"Origin", foreign}, status: 403, parts: []string{"/problems/origin"}},
		{name: "form by another method", method: "PUT", path: theForm, status: 405},
		{name: "form posted by nobody", method: "POST", path: theForm, body: ann, status: 403},
		{name: "form that is none", method: "POST", path: theForm, body: ann, header: [2]string{"Origin", theirs}, status: 415, parts: []string{`data-state="error"`}},
		{name: "partner's counts without a token", method: "GET", path: theCampaign + "/partners/partner/tally?token=x", status: 404, parts: []string{"/problems/not-found"}},
		{name: "widget", method: "GET", path: "/widget.js", status: 200, parts: []string{"customElements"}},

		{name: "no version", method: "POST", path: theActions, body: with(`"version":null`), status: 202},
		{name: "early", method: "POST", path: "/v1/campaigns/early/actions", body: ann, status: 409, parts: []string{"/problems/not-open"}},
		{name: "late", method: "POST", path: "/v1/campaigns/late/actions", body: ann, status: 410, parts: []string{"/problems/closed"}},
		{name: "nowhere", method: "POST", path: "/v1/campaigns/nothing/actions", body: ann, status: 404},
		{name: "own origin", method: "POST", path: theActions, body: ann, header: [2]string{"Origin", origin}, status: 202},
		{name: "partner's origin", method: "POST", path: theActions, body: ann, header: [2]string{"Origin", "https://partner.example"}, status: 202},
		{name: "foreign origin", method: "POST", path: theActions, body: ann, header: [2]string{"Origin", "https://evil.example"}, status: 403, parts: []string{"/problems/origin"}},
		{name: "null origin", method: "POST", path: theActions, body: ann, header: [2]string{"Origin", "null"}, status: 403},
		{name: "origin with more behind it", method: "POST", path: theActions, body: ann, header: [2]string{"Origin", origin + ".evil.example"}, status: 403},
		{name: "other method", method: "DELETE", path: theActions, status: 405, parts: []string{"/problems/method"}},
		{name: "get of an action", method: "GET", path: theActions, status: 405},
		{name: "preflight of a partner", method: "OPTIONS", path: theActions, header: [2]string{"Origin", "https://partner.example"}, status: 204},
		{name: "preflight of a stranger", method: "OPTIONS", path: theActions, header: [2]string{"Origin", "https://evil.example"}, status: 403},
		{name: "problem in Korean", method: "POST", path: theActions, body: with(`"language":"ko","email":"x"`), status: 422, parts: []string{"형식의 주소가 아닙니다"}},
	}
}

// TestAPI holds every call's answer against the API's document, directly and through API Gateway's payload.
func TestAPI(t *testing.T) {
	doc := openDocument(t)
	lambdatest.Both(t, open(t, nil), func(t *testing.T, do lambdatest.Do) {
		for _, c := range calls() {
			t.Run(c.name, func(t *testing.T) {
				answer := do(c.request())
				doc.holds(t, c.request(), c.body, answer)
				body := want(t, answer, c.status, c.parts...)
				if kind := answer.Header.Get("Content-Type"); answer.StatusCode >= 400 && kind != "application/problem+json" && !strings.HasPrefix(body, `<div class="protest"`) {
					t.Errorf("a problem as %q: %s", answer.Header.Get("Content-Type"), body)
				}
			})
		}
	})
}

func TestAPIGoldens(t *testing.T) {
	h := open(t, nil)
	for name, r := range map[string]*http.Request{
		"campaign.json": get("/v1/campaigns/email?language=en"),
		"preview.json":  post(thePreview, ann),
		"action.json":   post(theActions, ann),
		"relay.json":    post("/v1/campaigns/relay/actions", ann),
		"self.json":     post("/v1/campaigns/self/actions", ann),
		"always.json":   post("/v1/campaigns/always/actions", ann),
		"several.json":  post("/v1/campaigns/several/actions?language=en", ann),
		"variant.json":  post("/v1/campaigns/variants/preview", with(`"variant":"4"`)),
		"fax.json":      post("/v1/campaigns/fax/actions", with(`"name":"محمد"`)),
		"invalid.json":  post(theActions, `{"name":"A","mesage":"x"}`),
		"closed.json":   post("/v1/campaigns/late/actions", ann),
	} {
		t.Run(name, func(t *testing.T) {
			var indented strings.Builder
			var v any
			if err := json.Unmarshal([]byte(text(t, h.do(r))), &v); err != nil {
				t.Fatal(err)
			}
			if m, ok := v.(map[string]any); ok && m["countries"] != nil {
				m["countries"] = m["countries"].([]any)[:3] // package lang tests the list
			}
			e := json.NewEncoder(&indented)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			if err := e.Encode(v); err != nil {
				t.Fatal(err)
			}
			golden(t, name, indented.String())
		})
	}
}

// TestNothingTellsARepeat compares the first answer with the repeated one, byte for byte and header for header, in both ways to
// take part and with a ledger that holds other things (promise 4).
func TestNothingTellsARepeat(t *testing.T) {
	for slug := range kinds {
		if slug == "early" || slug == "late" {
			continue
		}
		for name, request := range map[string]func() *http.Request{
			"api":  func() *http.Request { return post("/v1/campaigns/"+slug+"/actions", ann) },
			"form": func() *http.Request { return submit("/c/"+slug, annForm("send")...) },
		} {
			t.Run(slug+" "+name, func(t *testing.T) {
				h := open(t, nil)
				first := h.do(request())
				firstBody := want(t, first, map[string]int{"api": 202, "form": 200}[name])
				again := h.do(request())
				if diff := cmp.Diff(firstBody, text(t, again)); diff != "" {
					t.Errorf("a repeat is answered otherwise (-first +repeat):\n%s", diff)
				}
				if diff := cmp.Diff(first.Header, again.Header); diff != "" {
					t.Errorf("a repeat has other headers (-first +repeat):\n%s", diff)
				}
				if n := h.actions(t, h.scope(t, slug)); n > 1 {
					t.Errorf("%d actions, want 1 at most", n)
				}
			})
		}
	}
}

// TestRepeatSendsOnce counts what left, in several spellings of one address.
func TestRepeatSendsOnce(t *testing.T) {
	h := open(t, nil)
	for _, address := range []string{"ann.lee@gmail.com", "AnnLee@gmail.com", "ann.lee+x@googlemail.com"} {
		want(t, h.do(post(theActions, with(`"email":"`+address+`"`))), 202)
	}
	tally, err := h.ledger.Tally(t.Context(), "email")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ledger.Tally{Actions: 1, Deliveries: map[ledger.Bucket]int{sent: 1}}, tally); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLedgerTrouble(t *testing.T) {
	for _, tc := range []struct {
		name   string
		method string
		err    error
		status int
		retry  string
	}{
		{"busy", "Accept", ledger.ErrBusy, 503, "5"},
		{"not adopted", "Adopted", ledger.ErrNotAdopted, 503, "300"},
		{"anything else", "Accept", errors.New("arcane detail of the database"), 500, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc := openDocument(t)
			h := open(t, nil)
			h.ledger.Fail(tc.method, ledgertest.Before, tc.err, tc.err)
			answer := h.do(post(theActions, ann))
			doc.holds(t, post(theActions, ann), ann, answer)
			body := want(t, answer, tc.status, "No second letter")
			wantNot(t, body, "arcane")
			if got := answer.Header.Get("Retry-After"); got != tc.retry {
				t.Errorf("Retry-After %q, want %q", got, tc.retry)
			}
			body = want(t, h.do(submit("/c/email", annForm("send")...)), tc.status, `value="Ann Lee"`, `role="alert"`)
			wantNot(t, body, "arcane")
		})
	}
}

// TestVersion lets a letter be sent as it was previewed, and no other.
func TestVersion(t *testing.T) {
	h := open(t, nil)
	var preview struct{ Letters []struct{ Version string } }
	if err := json.Unmarshal([]byte(want(t, h.do(post(thePreview, ann)), 200)), &preview); err != nil {
		t.Fatal(err)
	}
	version := preview.Letters[0].Version
	want(t, h.do(post(theActions, with(`"language":"ko","version":"`+version+`"`))), 409)
	want(t, h.do(post(theActions, with(`"version":"`+version+`"`))), 202)
}

// TestPartner credits the partner that the request's own Origin names, and no other as verified.
func TestPartner(t *testing.T) {
	h := open(t, nil)
	r := post(theActions, ann)
	r.Header.Set("Origin", "https://partner.example")
	answer := h.do(r)
	want(t, answer, 202)
	if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "https://partner.example" {
		t.Errorf("Access-Control-Allow-Origin %q", got)
	}
	want(t, h.do(post(theActions, with(`"email":"b@example.com","partner":"partner"`))), 202)
	verified := map[bool]int{}
	for entry, err := range h.ledger.Walk(t.Context(), "email") {
		if err != nil {
			t.Fatal(err)
		}
		if a := entry.Action; a != nil && a.Partner == "partner" {
			verified[a.PartnerVerified]++
		}
	}
	if diff := cmp.Diff(map[bool]int{true: 1, false: 1}, verified); diff != "" {
		t.Errorf("partners (-want +got):\n%s", diff)
	}
}

func TestSharing(t *testing.T) {
	h := open(t, nil)
	for _, tc := range []struct{ origin, path, want string }{
		{"https://partner.example", theCampaign, "https://partner.example"},
		{"https://partner.example", theCampaign + "/tally", "https://partner.example"},
		{"https://evil.example", theCampaign, ""},
		{"null", theCampaign, ""},
		{"https://partner.example", "/c/email", ""},
	} {
		r := get(tc.path)
		r.Header.Set("Origin", tc.origin)
		answer := h.do(r)
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != tc.want {
			t.Errorf("%s %s: Access-Control-Allow-Origin %q, want %q", tc.origin, tc.path, got, tc.want)
		}
		if got := answer.Header.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("%s: credentials allowed", tc.path)
		}
	}
	r := httptest.NewRequest("OPTIONS", origin+theActions, nil)
	r.Header.Set("Origin", "https://partner.example")
	answer := h.do(r)
	got := []string{answer.Header.Get("Access-Control-Allow-Methods"), answer.Header.Get("Access-Control-Allow-Headers")}
	if diff := cmp.Diff([]string{"GET, POST", "Content-Type"}, got); diff != "" {
		t.Errorf("preflight (-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	h := open(t, nil)
	take := func(n int) {
		for i := range n {
			address := string(rune('a'+i/26)) + string(rune('a'+i%26)) + "@example.com"
			want(t, h.do(post(theActions, with(`"email":"`+address+`"`))), 202)
		}
	}
	tally := func() string { return want(t, h.do(get(theCampaign+"/tally")), 200) }
	take(27) // of whose letters 20, the mailbox's burst, leave at once
	if diff := cmp.Diff(`{"actions":24,"goal":1000,"as_of":"2026-11-22T12:00:00Z","letters":{"email":15,"relay":0,"by_hand":0}}`+"\n", tally()); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	take(60)
	h.clock.Advance(59 * time.Second)
	if got := tally(); !strings.Contains(got, `"actions":24`) {
		t.Errorf("a snapshot moved within a minute: %s", got)
	}
	h.clock.Advance(2 * time.Second)
	if got := tally(); !strings.Contains(got, `"actions":58`) {
		t.Errorf("a snapshot stood for more than a minute: %s", got)
	}
	h.clock.Advance(time.Hour)
	h.ledger.Fail("Tally", ledgertest.Before, ledger.ErrBusy)
	if got := tally(); !strings.Contains(got, `"actions":58,"goal":1000,"as_of":"2026-11-22T12:01:01Z"`) {
		t.Errorf("without the ledger: %s", got)
	}
	want(t, h.do(get("/c/email")), 200, "At least 58 people")
}

func TestTallyWithoutLedger(t *testing.T) {
	h := open(t, nil)
	h.ledger.Fail("Tally", ledgertest.Before, ledger.ErrBusy, ledger.ErrBusy)
	want(t, h.do(get(theCampaign+"/tally")), 503)
	wantNot(t, want(t, h.do(get("/c/email")), 200), `class="counter"`)
}
