package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"one-click-protest/internal/lambdahttp/lambdatest"
)

var (
	options = regexp.MustCompile(`(<option value="[A-Z]{2}"( selected)?>[^<]*</option>)+`)
	tokens  = regexp.MustCompile(`((?:token|proof)(?:=|" value="))[A-Za-z0-9_-]{40,}`)
	ids     = regexp.MustCompile(`(name="id" value=")[0-9A-Z-]+`)
	assets  = regexp.MustCompile(`(page|form|embed)-[0-9a-f]{12}\.`)
)

// page brings a page into a form that can be read and compared: a tag a line, without the list of countries and what is random.
func page(body string) string {
	body = options.ReplaceAllString(body, "<!-- countries -->")
	body = tokens.ReplaceAllString(body, "${1}TOKEN")
	body = ids.ReplaceAllString(body, "${1}ID")
	body = assets.ReplaceAllString(body, "${1}-HASH.")
	return strings.ReplaceAll(body, "><", ">\n<")
}

func TestPageGoldens(t *testing.T) {
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
	}{
		"form":            {get("/c/email?country=DE&partner=partner"), 200},
		"form-ko":         {get("/c/words?language=ko"), 200},
		"preview":         {submit("/c/email", annForm("preview")...), 200},
		"errors":          {submit("/c/email", "do", "send", "email", "a@b"), 422},
		"sent":            {submit("/c/email", annForm("send")...), 200},
		"print":           {submit("/c/print", annForm("send")...), 200},
		"self":            {submit("/c/self", annForm("send")...), 200},
		"relay":           {submit("/c/relay", annForm("send")...), 200},
		"always":          {submit("/c/always", annForm("send")...), 200},
		"trial":           {submit("/c/trial", annForm("send")...), 200},
		"release":         {submit("/c/release", annForm("send")...), 200},
		"early":           {get("/c/early"), 200},
		"late":            {get("/c/late"), 200},
		"not-found":       {get("/c/nothing"), 404},
		"form-ar":         {get("/c/suits?language=ar"), 200},
		"fragment":        {from(theirs, get(theForm+"?language=en&partner=partner")), 200},
		"accepted":        {from(theirs, submit(theForm+"?language=en", annForm("send")...)), 200},
		"several":         {get("/c/several?language=en"), 200},
		"several-ar":      {get("/embed/several?language=ar"), 200},
		"several-preview": {from(theirs, submit("/v1/campaigns/several/form?language=en", annForm("preview")...)), 200},
		"several-sent":    {submit("/c/several?language=en", annForm("send", "language", "")...), 200},
		"fax-errors":      {submit("/c/fax", annForm("send", "name", "محمد")...), 422},
		"embed":           {get("/embed/email?language=en&partner=partner"), 200},
		"embedded":        {submit("/embed/print?language=en&partner=partner", annForm("send")...), 200},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".html", page(want(t, open(t, nil).do(tc.request), tc.status)))
		})
	}
}

// TestForm runs the form's two steps directly and through API Gateway's payload.
func TestForm(t *testing.T) {
	lambdatest.Both(t, open(t, nil), func(t *testing.T, do lambdatest.Do) {
		want(t, do(get("/c/email?language=en")), 200, "(Your name)", "Nothing else", "One letter per e-mail address", `<option value="KR">South Korea</option>`)
		want(t, do(submit("/c/email", annForm("preview")...)), 200, "Ann Lee", `name="version"`, `name="letter.body"`, "Nothing has been sent yet")
		want(t, do(submit("/c/email", annForm("send")...)), 200, "Thank you")
		want(t, do(submit("/c/email", annForm("")...)), 200, "Nothing has been sent yet")
		want(t, do(get("/c/email?language=ko")), 200, "참여하기", `<html lang="ko" dir="ltr">`, `<option value="ko" selected lang="ko">`)
	})
}

func TestLanguageOfPage(t *testing.T) {
	h := open(t, nil)
	r := get("/c/email")
	r.Header.Set("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.5")
	answer := h.do(r)
	want(t, answer, 200, `<html lang="ko"`)
	if vary := answer.Header.Values("Vary"); !strings.Contains(strings.Join(vary, ","), "Accept-Language") {
		t.Errorf("Vary %q", vary)
	}
	// Not a language of the campaign: the page is in it, the campaign's texts are not.
	want(t, h.do(get("/c/email?language=zh-TW")), 200, `<html lang="zh-Hant"`, `id="take-part"`, `<h1 class="title" lang="en" dir="ltr">Let them go</h1>`,
		`<label for="f-consent" lang="en" dir="ltr">`)
	want(t, h.do(get("/c/email?language=ar")), 200, `<html lang="ar" dir="rtl"`, `<span lang="en" dir="ltr">City</span>`, `<p class="lead" lang="en" dir="ltr">`,
		`<div class="letter" lang="en" dir="ltr">`)
	want(t, h.do(get("/c/email?language=tlh")), 200, `<html lang="en"`)
}

// TestTypedTextIsText puts markup, templates and quotes in every field, in every state of the page.
func TestTypedTextIsText(t *testing.T) {
	const evil = `"'><script>alert(1)</script>{{.}}{name}`
	h := open(t, nil)
	for name, r := range map[string]*http.Request{
		"preview": submit("/c/words", "do", "preview", "name", evil, "country", "DE", "message", evil, "fields.city", evil),
		"errors":  submit("/c/words", "do", "send", "name", evil, "email", evil, "country", evil, "message", evil, "fields.city", evil, "partner", evil, "version", evil, "proof", evil, "seen", evil, "consent", evil),
		"sent":    submit("/c/words", "do", "send", "name", evil, "email", "a@example.com", "country", "DE", "message", evil, "consent", "1"),
		"get":     get("/c/words?country=%22%3E%3Cscript%3E&partner=%22%3E%3Cscript%3E&proof=%22%3E%3Cscript%3E&language=%22%3E%3Cscript%3E"),
		"link":    get("/c/words/confirm?token=%22%3E%3Cscript%3E"),
		"path":    get("/c/%22%3E%3Cscript%3E"),
	} {
		t.Run(name, func(t *testing.T) {
			body := text(t, h.do(r))
			wantNot(t, body, "<script>", "<img", "&lt;no value&gt;")
			if name == "sent" && !strings.Contains(html.UnescapeString(body), evil) {
				t.Errorf("the letter does not say what was typed:\n%s", body)
			}
		})
	}
}

func TestTypedIsKept(t *testing.T) {
	h := open(t, nil)
	body := want(t, h.do(submit("/c/email", annForm("send", "email", "ann.lee@", "message", "My\r\nwords", "partner", "partner", "language", "ko")...)), 422,
		`value="Ann Lee"`, `value="ann.lee@"`, `value="Berlin"`, `<option value="DE" selected>`, `<option value="ko" selected`,
		`aria-invalid="true"`, `aria-describedby="f-email-hint f-email-error"`, `id="f-email-error"`, `href="#f-email"`, `role="alert"`,
		`name="partner" value="partner"`, "checked")
	if !strings.Contains(body, "My\r\nwords") {
		t.Error("own words are lost")
	}
	if n := h.actions(t, "email"); n != 0 {
		t.Errorf("%d actions", n)
	}
}

// hidden answers a hidden field's value.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`<input type="hidden" name="` + regexp.QuoteMeta(name) + `" value="([^"]*)">`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no hidden %s in:\n%s", name, body)
	}
	return m[1]
}

// area answers the letter's text as a browser would post it from the edit field.
func area(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<textarea id="f-letter-body"[^>]*>(.*?)</textarea>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no edit field in:\n%s", body)
	}
	return strings.ReplaceAll(html.UnescapeString(m[1]), "\n", "\r\n")
}

// TestEditing sends the previewed letter unchanged, under a corrected name, and changed.
func TestEditing(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/email", annForm("preview", "name", "Ann Le")...)), 200)
	carried := []string{"version", hidden(t, shown, "version"), "seen", hidden(t, shown, "seen"), "letter.subject", "Let them go", "letter.body", area(t, shown)}
	want(t, h.do(submit("/c/email", annForm("send", carried...)...)), 200, ">Thank you</h1>")
	left := h.mail.Left()
	if len(left) != 1 || !strings.Contains(left[0].Text, "Ann Lee, Berlin") {
		t.Fatalf("the corrected name is not in the letter: %v", left)
	}
	changed := append(carried, "letter.body", area(t, shown)+"\r\nI was there.", "email", "b@example.com")
	body := want(t, h.do(submit("/c/email", annForm("preview", changed...)...)), 200, "I was there.</p>", "<details class=\"edit\" id=\"edit\" open>")
	if got := area(t, body); !strings.HasSuffix(got, "I was there.") {
		t.Errorf("the edit is lost: %q", got)
	}
	want(t, h.do(submit("/c/email", annForm("send", changed...)...)), 200, "One more step")
	empty := append(carried, "letter.body", "", "email", "b@example.com")
	want(t, h.do(submit("/c/email", annForm("send", empty...)...)), 422, `id="f-letter-body-error"`)
}

// TestOwnWords lets none vanish: beside a letter whose text was changed they have no place.
func TestOwnWords(t *testing.T) {
	h := open(t, nil)
	const words = "My brother\r\nis among them."
	shown := want(t, h.do(submit("/c/email", annForm("preview", "message", words)...)), 200)
	letter := func(subject, body string, more ...string) []string {
		return append([]string{"version", hidden(t, shown, "version"), "seen", hidden(t, shown, "seen"), "letter.subject", subject, "letter.body", body}, more...)
	}
	drafted := area(t, shown)
	if !strings.Contains(drafted, "My brother\r\nis among them.") {
		t.Fatalf("own words are not in the draft:\n%s", drafted)
	}
	const refused = "write your own words into its text"

	for _, do := range []string{"preview", "send"} {
		body := want(t, h.do(submit("/c/email", annForm(do, letter("Mine", "Free my brother.", "message", words)...)...)), 422, refused,
			`id="f-message-error"`, "Free my brother.</p>", `href="#f-message"`)
		if !strings.Contains(body, ">"+words+"</textarea>") {
			t.Errorf("%s: own words are lost:\n%s", do, page(body))
		}
	}
	moved := strings.ReplaceAll(drafted, "is among them.", "is among them!")
	want(t, h.do(submit("/c/email", annForm("preview", letter("Mine", moved, "message", words)...)...)), 422, refused)
	if n := h.actions(t, "email"); n != 0 || len(h.mail.Left()) != 0 {
		t.Fatalf("%d actions, %d mails", n, len(h.mail.Left()))
	}

	// They stand in the changed text already: their field is done with.
	body := want(t, h.do(submit("/c/email", annForm("preview", letter("Mine", drafted+"\r\nAnd I.", "message", words)...)...)), 200, "And I.</p>")
	wantNot(t, body, `id="f-message"`)
	if n := strings.Count(body, "is among them."); n != 3 { // in the letter, in its edit field, and unseen for beginning anew
		t.Errorf("own words are there %d times, want 3:\n%s", n, page(body))
	}
	anew := want(t, h.do(submit("/c/email", annForm("anew", "version", hidden(t, body, "version"), "seen", hidden(t, body, "seen"),
		"letter.subject", "Mine", "letter.body", area(t, body), "message", words)...)), 200, `id="f-message"`)
	if !strings.Contains(anew, ">"+words+"</textarea>") || strings.Contains(anew, "And I.") {
		t.Errorf("beginning anew loses own words, or keeps the change:\n%s", page(anew))
	}
}

// TestOwnSubjectWithWordsThatCannotBe holds that words which no letter takes are told, not dropped, beside a changed subject.
func TestOwnSubjectWithWordsThatCannotBe(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/email", annForm("preview")...)), 200)
	long := strings.Repeat("My words. ", 250)
	for _, do := range []string{"preview", "send"} {
		body := want(t, h.do(submit("/c/email", annForm(do, "seen", hidden(t, shown, "seen"), "letter.subject", "Mine",
			"letter.body", area(t, shown), "message", long)...)), 422, `id="f-message-error"`)
		if !strings.Contains(body, strings.TrimSpace(long)) {
			t.Errorf("%s: own words are lost", do)
		}
	}
	if len(h.mail.Left()) != 0 {
		t.Error("a mail left")
	}
}

// TestStaleTemplateInAPreview holds that looking at a letter is never refused for what was seen before.
func TestStaleTemplateInAPreview(t *testing.T) {
	h := open(t, nil)
	want(t, h.do(submit("/c/email", annForm("preview", "template", "old")...)), 200)
	want(t, h.do(submit("/c/email", annForm("send", "template", "old")...)), 409)
}

// TestOwnSubject changes the subject alone: the rest follows name and own words, which come later.
func TestOwnSubject(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/email", annForm("preview", "name", "Ann Le", "message", "Early words.")...)), 200)
	carried := []string{"seen", hidden(t, shown, "seen"), "letter.subject", "Mine", "letter.body", area(t, shown), "message", "Later words."}
	body := want(t, h.do(submit("/c/email", annForm("preview", carried...)...)), 200, "Later words.</p>", "Ann Lee", `<span dir="auto">Mine</span>`, `id="f-message"`)
	wantNot(t, body, "Early words")
	again := append(carried, "seen", hidden(t, body, "seen"), "letter.body", area(t, body), "message", "Last words.", "version", hidden(t, body, "version"))
	want(t, h.do(submit("/c/email", annForm("send", again...)...)), 200, "Last words.</p>")
}

// TestAstray changes the letter for one country and then chooses another.
func TestAstray(t *testing.T) {
	h := open(t, nil)
	const warned = "Please look at the names in it."
	shown := want(t, h.do(submit("/c/email", annForm("preview")...)), 200)
	wantNot(t, shown, warned, `value="anew"`)
	carried := []string{"seen", hidden(t, shown, "seen"), "draft", hidden(t, shown, "draft"), "letter.subject", "Let them go", "letter.body", area(t, shown) + "\r\nI was there."}
	wantNot(t, want(t, h.do(submit("/c/email", annForm("preview", carried...)...)), 200, `value="anew"`), warned)
	for _, other := range [][]string{{"country", "FR"}, {"language", "ko"}} {
		elsewhere := append(append([]string{}, carried...), other...)
		body := want(t, h.do(submit("/c/email", annForm("preview", elsewhere...)...)), 200, "I was there.</p>", warned)
		if got := hidden(t, body, "draft"); got != hidden(t, shown, "draft") {
			t.Errorf("drafted for %q, want %q", got, hidden(t, shown, "draft"))
		}
		anew := want(t, h.do(submit("/c/email", annForm("anew", elsewhere...)...)), 200)
		wantNot(t, anew, "I was there", warned, `value="anew"`)
	}
	// An untouched letter simply follows.
	body := want(t, h.do(submit("/c/email", annForm("preview", "seen", hidden(t, shown, "seen"), "draft", hidden(t, shown, "draft"),
		"letter.subject", "Let them go", "letter.body", area(t, shown), "country", "FR")...)), 200, "France</p>")
	wantNot(t, body, warned)
}

// TestChangedLetter shows the letter anew when it is no longer the one that was seen.
func TestChangedLetter(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/email", annForm("preview")...)), 200)
	version := hidden(t, shown, "version")
	again := want(t, h.do(submit("/c/email", annForm("send", "version", version, "language", "ko")...)), 409, "no longer the one you saw", "석방해 주십시오")
	if n := h.actions(t, "email"); n != 0 {
		t.Fatalf("%d actions", n)
	}
	want(t, h.do(submit("/c/email", annForm("send", "version", hidden(t, again, "version"), "language", "ko")...)), 200)
	if n := h.actions(t, "email"); n != 1 {
		t.Errorf("%d actions, want 1", n)
	}
}

func TestFormOrigin(t *testing.T) {
	for _, tc := range []struct {
		name, origin, site string
		status             int
	}{
		{"own", origin, "", 200},
		{"own, said twice", origin, "same-origin", 200},
		{"taken away", "", "same-origin", 200},
		{"missing", "", "", 403},
		{"null", "null", "same-origin", 403},
		{"foreign", "https://evil.example", "cross-site", 403},
		{"partner", "https://partner.example", "cross-site", 403},
		{"other scheme", "http://protest.example.org", "cross-site", 403},
		{"other port", origin + ":8443", "same-site", 403},
		{"no origin, other site", "", "cross-site", 403},
		{"no origin, typed", "", "none", 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, nil)
			for _, path := range []string{"/c/email", "/c/email/confirm"} {
				r := submit(path, annForm("send")...)
				r.Header.Del("Origin")
				if tc.origin != "" {
					r.Header.Set("Origin", tc.origin)
				}
				if tc.site != "" {
					r.Header.Set("Sec-Fetch-Site", tc.site)
				}
				status := h.do(r).StatusCode
				if refused := status == 403; refused != (tc.status == 403) {
					t.Errorf("%s answered %d, want %d", path, status, tc.status)
				}
			}
			if n := h.actions(t, "email"); (n == 0) != (tc.status == 403) {
				t.Errorf("%d actions", n)
			}
		})
	}
}

// multi is a form as our page posts it.
func multi(t *testing.T, path string, pairs ...string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", origin+path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", origin)
	return r
}

// TestLongLetter sends the longest letter in the widest script, which has to fit into a request.
func TestLongLetter(t *testing.T) {
	lambdatest.Both(t, open(t, nil), func(t *testing.T, do lambdatest.Do) {
		long := strings.TrimSpace(strings.Repeat("석방해 주십시오.\n", 800))
		want(t, do(multi(t, "/c/email", annForm("preview", "seen", "x", "letter.subject", "석방하라", "letter.body", long)...)), 200, "석방하라")
	})
}

func TestFormRefusals(t *testing.T) {
	h := open(t, nil)
	large := submit("/c/email", "name", strings.Repeat("x", 33<<10))
	want(t, h.do(large), 413, ">Too large</h1>", "Back to the campaign")
	want(t, h.do(multi(t, "/c/email", "name", strings.Repeat("x", 200<<10))), 413)
	wrong := submit("/c/email", "name", "x")
	wrong.Header.Set("Content-Type", "text/plain")
	want(t, h.do(wrong), 415)
	broken := submit("/c/email", "name", "x")
	broken.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	want(t, h.do(broken), 400)
	want(t, h.do(submit("/c/late", annForm("send")...)), 410, "Campaign closed")
	want(t, h.do(submit("/c/early", annForm("preview")...)), 409, "Not open yet")
	want(t, h.do(get("/nowhere")), 404, ">Nothing here</h1>")
	want(t, h.do(get("/static/nothing.css")), 404)
	want(t, h.do(httptest.NewRequest("PUT", origin+"/c/email", nil)), 405, ">Not possible here</h1>")
}
