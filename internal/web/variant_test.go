package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/web"
)

// variants are the fixture's: each subject with each opening.
var variants = []struct{ subject, opening string }{
	{"Let them go", "I write to you."}, {"Set them free", "I write to you."}, {"Let them go", "Hear me."}, {"Set them free", "Hear me."},
}

// subject is a subject as the envelope of a letter shows it; the campaign's title may say the same.
func subject(s string) string { return `<span dir="auto">` + s + "</span>" }

// wantVariant holds that a page shows one variant and carries it along.
func wantVariant(t *testing.T, body string, n int) {
	t.Helper()
	letters, _, _ := strings.Cut(body, "<form")
	for i, v := range variants {
		if got := strings.Contains(letters, subject(v.subject)) && strings.Contains(letters, v.opening); got != (i+1 == n) {
			t.Errorf("variant %d is shown: %v, want %d alone:\n%s", i+1, got, n, page(letters))
		}
	}
	if got := hidden(t, body, "variant"); got != string(rune('0'+n)) {
		t.Errorf("carried along is %s, want %d", got, n)
	}
}

// TestVariantIsKept goes with each variant from the sample to the letter that leaves, whatever happens in between.
func TestVariantIsKept(t *testing.T) {
	tried := map[int]bool{}
	for second := 0; len(tried) < len(variants); second++ {
		h := open(t, nil)
		h.clock.Advance(time.Duration(second) * time.Second)
		shown := want(t, h.do(get("/c/variants?language=en")), 200)
		n, err := strconv.Atoi(hidden(t, shown, "variant"))
		if err != nil || second > 100 {
			t.Fatalf("variants %v in %d seconds: %v", tried, second, err)
		}
		if tried[n] {
			continue
		}
		tried[n] = true
		wantVariant(t, shown, n)
		for hidden(t, want(t, h.do(get("/c/variants?language=en")), 200), "variant") == strconv.Itoa(n) { // to where another one is shown
			h.clock.Advance(101 * time.Second)
		}
		carried := []string{"variant", hidden(t, shown, "variant")}
		step := func(do string, status int, more ...string) string {
			t.Helper()
			body := want(t, h.do(submit("/c/variants?language=en", annForm(do, append(carried, more...)...)...)), status)
			wantVariant(t, body, n)
			return body
		}
		step("live", 200, "name", "")
		step("preview", 422, "email", "x")
		step("send", 422, "name", "")
		step("preview", 200, "country", "FR")
		drafted := step("preview", 200)
		draft := area(t, drafted)
		if !strings.Contains(draft, variants[n-1].opening) {
			t.Errorf("the draft is of another variant:\n%s", draft)
		}
		carried = append(carried, "seen", hidden(t, drafted, "seen"), "letter.subject", variants[n-1].subject, "letter.body", draft)
		wantVariant(t, want(t, h.do(submit("/c/variants?language=en", annForm("anew", append(carried, "letter.body", "Mine.")...)...)), 200), n)
		korean := want(t, h.do(submit("/c/variants?language=en", annForm("preview", append(carried, "language", "ko")...)...)), 200, []string{"씁니다.", "들으십시오."}[(n-1)/2])
		if got := hidden(t, korean, "variant"); got != carried[1] {
			t.Errorf("in Korean it is variant %s, was %s", got, carried[1])
		}
		// An untouched draft is no word of its signer's, which would have to be confirmed.
		sent := want(t, h.do(submit("/c/variants?language=en", annForm("send", append(carried, "version", hidden(t, drafted, "version"))...)...)), 200, `data-kind="sent"`)
		left := h.mail.Left()
		if len(left) != 1 || left[0].Subject != variants[n-1].subject || !strings.Contains(left[0].Text, variants[n-1].opening) || !strings.Contains(sent, variants[n-1].opening) {
			t.Errorf("left: %v", left)
		}
		tally, err := h.ledger.Tally(t.Context(), "variants")
		if err != nil || tally.Actions != 1 {
			t.Errorf("%v, %v", tally, err)
		}
	}
}

// TestVariantOfCachedPage sends what a page shows that a CDN has kept: straight away, a minute later, by all three ways.
func TestVariantOfCachedPage(t *testing.T) {
	for path, first := range map[string]*http.Request{"/c/variants": get("/c/variants"), "/embed/variants": get("/embed/variants"),
		"/v1/campaigns/variants/form": from(theirs, get("/v1/campaigns/variants/form"))} {
		h := open(t, nil)
		answer := h.do(first)
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=60" {
			t.Errorf("%s is kept: %s", path, got)
		}
		shown := text(t, answer)
		for i, later := range []time.Duration{0, 59 * time.Second} {
			h.clock.Advance(later)
			want(t, h.do(from(map[bool]string{true: theirs, false: origin}[strings.HasPrefix(path, "/v1/")], submit(path, annForm("send", "email", string(rune('a'+i))+"@example.com",
				"variant", hidden(t, shown, "variant"), "template", hidden(t, shown, "template"))...))), 200, `data-kind="sent"`)
			left := h.mail.Left()
			if got := left[len(left)-1]; !strings.Contains(shown, subject(got.Subject)) {
				t.Errorf("%s: %q was not shown", path, got.Subject)
			}
		}
	}
}

// TestVariantBehindLinks waits for its proof as the variant that was shown; a personal link's is its page's.
func TestVariantBehindLinks(t *testing.T) {
	for n, v := range variants {
		h := open(t, nil)
		want(t, h.do(submit("/c/mailed", annForm("send", "variant", string(rune('1'+n)))...)), 200, `data-kind="confirm"`)
		path, token := h.link(t)
		confirm := want(t, h.do(get(path)), 200, subject(v.subject), v.opening)
		want(t, press(t, h, confirm, "mailed", token), 200, v.opening)
		left := h.mail.Left()
		if got := left[len(left)-1]; got.Subject != v.subject || !strings.Contains(got.Text, v.opening) {
			t.Errorf("left %q:\n%s", got.Subject, got.Text)
		}
	}
	h := open(t, nil)
	path, _ := h.personal(t, "variants", "")
	shown := want(t, h.do(get(path)), 200)
	h.clock.Advance(time.Second)
	want(t, h.do(pressed(t, shown, "variants")), 200, `data-kind="sent"`)
	if left := h.mail.Left(); len(left) != 1 || !strings.Contains(shown, subject(left[0].Subject)) {
		t.Errorf("left: %v", left)
	}
}

// deployed answers a house whose campaign of four variants has become one of other texts.
func deployed(t *testing.T, slug string, change func(fstest.MapFS)) (before, after *house) {
	t.Helper()
	before = open(t, nil)
	files := campaignFiles(slug, kinds[slug])
	change(files)
	l := campaign.Open(files)
	c, err := l.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	c.Mode = campaign.Live
	after = open(t, func(config *web.Config) { config.Campaigns = l })
	after.ledger, after.mail = before.ledger, before.mail
	after.config.Actions = after.service(t)
	handler, err := web.New(after.config)
	if err != nil {
		t.Fatal(err)
	}
	after.Handler = handler
	return before, after
}

// recast gives a campaign's letters other heads.
func recast(from, to string) func(fstest.MapFS) {
	return func(files fstest.MapFS) {
		for name, file := range files {
			if strings.Contains(name, "/letter.") {
				file.Data = []byte(regexp.MustCompile(from).ReplaceAllString(string(file.Data), to))
			}
		}
	}
}

// TestFewerVariants lets a form that was open during a deployment go on: it shows its signer the letter as it is now, and takes that.
func TestFewerVariants(t *testing.T) {
	for name, change := range map[string]func(fstest.MapFS){
		"two of four": recast(`subjects: \[([^,]*), [^]]*\]`, "subject: $1"),
		"one of four": func(files fstest.MapFS) {
			recast(`subjects: \[([^,]*), [^]]*\]\nopenings:.*`, "subject: $1")(files)
			recast(`{opening}\n\n`, "")(files)
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := deployed(t, "variants", change)
			shown := want(t, before.do(submit("/c/variants", annForm("preview", "variant", "4")...)), 200)
			carried := []string{"variant", hidden(t, shown, "variant"), "version", hidden(t, shown, "version"), "seen", hidden(t, shown, "seen"),
				"letter.subject", "Set them free", "letter.body", area(t, shown)}
			sample := want(t, before.do(get("/c/variants")), 200)
			want(t, after.do(submit("/c/variants", annForm("send", "variant", "4", "template", hidden(t, sample, "template"))...)), 409, "no longer the one you saw")
			again := want(t, after.do(submit("/c/variants", annForm("send", carried...)...)), 409, "no longer the one you saw")
			wantNot(t, again, "Set them free", "aria-invalid")
			next := []string{"version", hidden(t, again, "version"), "seen", hidden(t, again, "seen"), "letter.subject", "Let them go", "letter.body", area(t, again)}
			if strings.Contains(again, `name="variant"`) {
				next = append(next, "variant", hidden(t, again, "variant"))
			}
			want(t, after.do(submit("/c/variants", annForm("send", next...)...)), 200, `data-kind="sent"`)
			if left := after.mail.Left(); len(left) != 1 || left[0].Subject != "Let them go" {
				t.Errorf("left: %v", left)
			}
		})
	}
	// And one whose campaign had no variants when it was shown.
	h := open(t, nil)
	again := want(t, h.do(submit("/c/variants", annForm("send", "version", "old")...)), 409, "no longer the one you saw")
	want(t, h.do(submit("/c/variants", annForm("send", "version", hidden(t, again, "version"), "variant", hidden(t, again, "variant"))...)), 200)
}

// TestHeldVariantOutlivesIt confirms a letter of a variant that the campaign has no more: it leaves as it was seen (promise 7).
func TestHeldVariantOutlivesIt(t *testing.T) {
	before, after := deployed(t, "mailed", recast(`subjects: \[([^,]*), [^]]*\]`, "subject: $1"))
	want(t, before.do(submit("/c/mailed", annForm("send", "variant", "4")...)), 200)
	path, token := before.link(t)
	confirm := want(t, after.do(get(path)), 200, subject("Set them free"), "Hear me.")
	want(t, press(t, after, confirm, "mailed", token), 200, "has been sent")
	left := after.mail.Left()
	if got := left[len(left)-1]; got.Subject != "Set them free" || !strings.Contains(got.Text, "Hear me.") {
		t.Errorf("left %q:\n%s", got.Subject, got.Text)
	}
}

// TestVariantInAPI takes a preview's version with its variant, and says so where that is missing.
func TestVariantInAPI(t *testing.T) {
	h := open(t, nil)
	const preview, actions = "/v1/campaigns/variants/preview", "/v1/campaigns/variants/actions"
	for n, v := range variants {
		var shown struct {
			Letters []struct{ Variant, Version, Subject string }
		}
		variant := `"variant":"` + string(rune('1'+n)) + `"`
		if err := json.Unmarshal([]byte(want(t, h.do(post(preview, with(variant))), 200)), &shown); err != nil {
			t.Fatal(err)
		}
		if l := shown.Letters[0]; `"variant":"`+l.Variant+`"` != variant || l.Subject != v.subject {
			t.Errorf("asked for %s, shown %+v", variant, l)
		}
		seen := `"version":"` + shown.Letters[0].Version + `","email":"` + string(rune('a'+n)) + `@example.com"`
		want(t, h.do(post(actions, with(seen))), 422, `"field":"variant","code":"required"`)
		want(t, h.do(post(actions, with(seen+`,"variant":"5"`))), 422, `"field":"variant","code":"unknown"`)
		want(t, h.do(post(actions, with(seen+`,"variant":"x"`))), 422, `"field":"variant","code":"unknown"`)
		want(t, h.do(post(actions, with(seen+","+variant))), 202, variant)
		left := h.mail.Left()
		if got := left[len(left)-1].Subject; got != v.subject {
			t.Errorf("left %q, want %q", got, v.subject)
		}
	}
}
