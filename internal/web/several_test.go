package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/web"
)

const toThree = "Your letter goes to 3 recipients, to each by its own way."

// articles answers the letters of a page, as text.
func articles(body string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<article.*?</article>`).FindAllString(body, -1) {
		all = append(all, strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m, " "))), " "))
	}
	return all
}

// holds checks texts for parts, one after the other.
func holds(t *testing.T, texts []string, parts ...[]string) {
	t.Helper()
	if len(texts) != len(parts) {
		t.Fatalf("%d letters, want %d:\n%s", len(texts), len(parts), strings.Join(texts, "\n\n"))
	}
	for i, text := range texts {
		for _, part := range parts[i] {
			if !strings.Contains(text, part) {
				t.Errorf("letter %d has no %q:\n%s", i+1, part, text)
			}
		}
	}
}

// uniqueIDs holds that a page names nothing twice, and points to nothing that is not there.
func uniqueIDs(t *testing.T, body string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if seen[m[1]] || m[1] == "" {
			t.Errorf("id %q is there twice, or empty", m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` (?:for|aria-labelledby|aria-describedby|data-copy|data-print)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !seen[id] {
				t.Errorf("nothing has the id %q", id)
			}
		}
	}
}

// TestSeveralShown shows each letter before it leaves, by all three ways: to whom, how, when, in which words.
func TestSeveralShown(t *testing.T) {
	h := open(t, nil)
	for name, shown := range map[string]*http.Request{
		"page":            get("/c/several?language=en"),
		"frame":           get("/embed/several?language=en"),
		"widget":          from(theirs, get("/v1/campaigns/several/form?language=en")),
		"page preview":    submit("/c/several?language=en", annForm("preview", "language", "")...),
		"frame preview":   submit("/embed/several?language=en", annForm("preview", "language", "")...),
		"widget preview":  from(theirs, submit("/v1/campaigns/several/form?language=en", annForm("preview", "language", "")...)),
		"widget live":     from(theirs, submit("/v1/campaigns/several/form?language=en", annForm("live", "language", "")...)),
		"with a mistake":  submit("/c/several?language=en", annForm("preview", "language", "", "email", "x")...),
		"page after that": get("/c/several?language=en&country=FR"),
	} {
		t.Run(name, func(t *testing.T) {
			answer := h.do(shown)
			body := text(t, answer)
			uniqueIDs(t, body)
			letters, form, _ := strings.Cut(body, "<form")
			holds(t, articles(letters),
				[]string{"Minister of Justice, Seoul", "By e-mail, from the campaign's address", "Within minutes", "Dear Minister,", "We ask you to"},
				[]string{"The Consul, New York", "By fax", "Not before 22 November 2026, 08:00, local time there (UTC−5)", "영사님께", "석방해 주십시오"},
				[]string{"An Office, Berlin", "On paper: you fax or post it", "When you send it", "Dear Office,", "We ask you to"})
			for _, part := range []string{toThree, `<details class="further" id="letter-1-fold" open>`, `<details class="further" id="letter-2-fold">`, `id="letter-1-translation"`, "The same letter in English"} {
				if strings.Count(letters, part) != 1 {
					t.Errorf("%d times %q in:\n%s", strings.Count(letters, part), part, page(letters))
				}
			}
			if !strings.Contains(form, toThree) || !strings.Contains(form, "One letter to each recipient") || !strings.Contains(form, "What the recipients learn about you") {
				t.Errorf("the form does not speak of several:\n%s", page(form))
			}
			translation, _, _ := strings.Cut(letters[strings.Index(letters, "letter-1-translation"):], "</details>")
			if !strings.Contains(translation, "Dear Consul,") {
				t.Errorf("beside the consul's letter stands:\n%s", page(translation))
			}
		})
	}
}

// remembering is a line that a script fills in.
var remembering = regexp.MustCompile(` data-as="[^"]*"`)

// TestSeveralInAllLanguages says to how many, in every language and with its own plural.
func TestSeveralInAllLanguages(t *testing.T) {
	h := open(t, nil)
	for _, l := range lang.Languages() {
		for _, r := range []*http.Request{get("/c/several?language=" + l), submit("/c/several?language="+l, annForm("send")...), submit("/embed/proven?language="+l, annForm("send")...)} {
			body := html.UnescapeString(text(t, h.do(r)))
			if want := lang.Count(l, "several.goes", 3); !strings.Contains(body, want) {
				t.Errorf("%s %s: no %q", r.Method, l, want)
			}
			if raw := regexp.MustCompile(`several\.[a-z]+|\{[a-z]+\}`).FindString(remembering.ReplaceAllString(body, "")); raw != "" {
				t.Errorf("%s %s: %q is no text", r.Method, l, raw)
			}
		}
	}
}

// TestSeveralSent leaves each letter by its own way, and says of each what is left to do.
func TestSeveralSent(t *testing.T) {
	for name, request := range map[string]*http.Request{
		"page":   submit("/c/several?language=en", annForm("send")...),
		"frame":  submit("/embed/several?language=en", annForm("send")...),
		"widget": from(theirs, submit("/v1/campaigns/several/form?language=en", annForm("send")...)),
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, nil)
			body := want(t, h.do(request), 200, `data-kind="hand"`, "Your letter is ready", toThree, "One of these letters is yours to send.")
			uniqueIDs(t, body)
			sections := strings.Split(body, `<section class="outcome">`)[1:]
			for i, parts := range [][]string{
				{"Your letter leaves by e-mail, to: Minister of Justice.", "Within minutes", `class="paper aside"`},
				{"Your letter leaves by fax, to: The Consul.", "Not before 22 November 2026, 08:00, local time there (UTC−5)", `class="paper aside"`},
				{"fax or post it to: An Office.", `data-print="letter-2"`, "03012345678", "Some Street 1", `class="paper" id="letter-2"`},
			} {
				for _, part := range parts {
					if !strings.Contains(sections[i], part) {
						t.Errorf("letter %d has no %q:\n%s", i+1, part, page(sections[i]))
					}
				}
				if folded := strings.Contains(sections[i], `<details class="further">`); folded != (i < 2) {
					t.Errorf("letter %d is folded: %v", i+1, folded)
				}
			}
			left := h.mail.Left()
			if len(left) != 1 || !strings.Contains(left[0].Text, "Dear Minister,") {
				t.Errorf("left: %v", left)
			}
			tally, err := h.ledger.Tally(t.Context(), "several")
			if err != nil {
				t.Fatal(err)
			}
			wanted := map[ledger.Bucket]int{sent: 1, {Target: "consul", Channel: ledger.ChannelFax, State: ledger.StateQueued}: 1,
				{Target: "office", Channel: ledger.ChannelPrint, State: ledger.StateOffered}: 1}
			if diff := cmp.Diff(wanted, tally.Deliveries); diff != "" {
				t.Errorf("deliveries (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSeveralByRelay hands over nothing of the letters that all leave by themselves, and says how one can be sent besides.
func TestSeveralByRelay(t *testing.T) {
	body := want(t, open(t, nil).do(submit("/c/mixed", annForm("send")...)), 200, `data-kind="sent"`, ">Thank you</h1>", `data-print="letter-1"`)
	wantNot(t, body, "yours to send", "aside")
	uniqueIDs(t, body)
}

// TestRewrittenForSeveral edits the letter once: the text goes to all, in one language, under each one's own salutation.
func TestRewrittenForSeveral(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/several?language=en", annForm("preview", "language", "")...)), 200, "The salutation above it stays each one&#39;s own.")
	draft := area(t, shown)
	if strings.Contains(draft, "Dear") || !strings.HasPrefix(draft, "We ask you to") {
		t.Fatalf("the draft is\n%s", draft)
	}
	carried := []string{"language", "", "version", hidden(t, shown, "version"), "seen", hidden(t, shown, "seen"), "draft", hidden(t, shown, "draft"), "letter.subject", "Let them go", "letter.body", draft}
	untouched := want(t, h.do(submit("/c/several?language=en", annForm("send", append(carried, "email", "b@example.com")...)...)), 200, `data-kind="hand"`) // own words would have to be confirmed
	holds(t, articles(untouched), nil, []string{"석방해 주십시오"}, nil)
	own := append(carried, "letter.body", draft+"\r\nI was there.")
	again := want(t, h.do(submit("/c/several?language=en", annForm("preview", own...)...)), 200)
	letters, _, _ := strings.Cut(again, "<form")
	holds(t, articles(letters), []string{"Dear Minister,", "I was there."}, []string{"Dear Consul,", "I was there."}, []string{"Dear Office,", "I was there."})
	wantNot(t, letters, "석방", "Please look at the names")
	want(t, h.do(submit("/c/several?language=en", annForm("send", append(own, "version", hidden(t, again, "version"))...)...)), 200, `data-kind="confirm"`, "One of these letters is yours to send.")
	path, token := h.link(t)
	confirm := want(t, h.do(get(path)), 200, toThree)
	holds(t, articles(confirm), []string{"Dear Minister,", "I was there."}, []string{"Dear Consul,", "I was there."}, []string{"Dear Office,", "I was there."})
	want(t, press(t, h, confirm, "several", token), 200, "has been sent. To: Minister of Justice.")
	left := h.mail.Left()
	if last := left[len(left)-1].Text; !strings.HasPrefix(last, "Dear Minister,") || !strings.Contains(last, "I was there.") {
		t.Errorf("left:\n%s", last)
	}
}

// TestSeveralBehindLinks shows all letters above one button, and then what became of each.
func TestSeveralBehindLinks(t *testing.T) {
	h, path, token := pending(t, "proven")
	confirm := want(t, h.do(get(path)), 200, toThree, "One of these letters is yours to send.", ">Send this letter</button>")
	golden(t, "several-confirm.html", page(confirm))
	uniqueIDs(t, confirm)
	holds(t, articles(confirm), []string{"Minister of Justice", "Ann Lee"}, []string{"The Consul", "Not before 22 November 2026, 08:00, local time there (UTC−5)"}, []string{"An Office", "When you send it"})
	if n := strings.Count(confirm, "<button"); n != 1 {
		t.Errorf("%d buttons, want 1", n)
	}
	confirmed := want(t, press(t, h, confirm, "proven", token), 200)
	golden(t, "several-confirmed.html", page(confirmed))
	uniqueIDs(t, confirmed)
	stands := []string{`Your letter has been sent. To: Minister of Justice.</p><p class="hint">By e-mail, from the campaign&#39;s address<`,
		`It leaves no earlier than 22 November 2026, 08:00, local time there (UTC−5). To: The Consul.</p><p class="hint">By fax<`,
		`it was given to you to print or to send yourself. To: An Office.</p><p class="hint">On paper: you fax or post it<`}
	for _, said := range stands {
		if !strings.Contains(confirmed, said) {
			t.Errorf("no %q in:\n%s", said, page(confirmed))
		}
	}
	if !strings.Contains(confirmed, `data-print="letter-2"`) || strings.Count(confirmed, "data-print") != 1 {
		t.Errorf("what can be printed:\n%s", page(confirmed))
	}
	again := want(t, h.do(get(path)), 200, stands...) // from another device: the letter itself is kept nowhere
	wantNot(t, again, "data-print", "<article")
}

// TestSeveralWaiting lets two submissions of several letters each wait behind one link.
func TestSeveralWaiting(t *testing.T) {
	h, path, _ := pending(t, "proven")
	want(t, h.do(post("/v1/campaigns/proven/actions", with(`"name":"Not Ann"`))), 202)
	body := want(t, h.do(get(path)), 200, "Several letters")
	uniqueIDs(t, body)
	if n := len(articles(body)); n != 6 || strings.Count(body, toThree) != 2 {
		t.Errorf("%d letters:\n%s", n, page(body))
	}
}

// TestSeveralPersonal sends all with a personal link's one button.
func TestSeveralPersonal(t *testing.T) {
	h := open(t, nil)
	path, _ := h.personal(t, "several", "")
	shown := want(t, h.do(get(path)), 200, toThree, "One letter to each recipient")
	golden(t, "several-personal.html", page(shown))
	uniqueIDs(t, shown)
	wantNot(t, shown, "Ann Lee")
	holds(t, articles(shown), []string{"A•• L••", "Dear Minister,"}, []string{"By fax"}, []string{"Dear Office,"})
	sent := want(t, h.do(pressed(t, shown, "several")), 200, `data-kind="hand"`, toThree)
	uniqueIDs(t, sent)
	holds(t, articles(sent), []string{"Dear Office,", "Ann Lee"}) // what has to be printed, and no more
	if !strings.Contains(sent, "Not before 22 November 2026, 08:00, local time there (UTC−5)") {
		t.Errorf("no word of when the fax leaves:\n%s", page(sent))
	}
}

// TestNumberByCountry follows the country: who is written to, how many they are, and by which way.
func TestNumberByCountry(t *testing.T) {
	h := open(t, nil)
	const one, two = "The Embassy in", "Your letter goes to 2 recipients"
	first := want(t, h.do(get("/c/missions?language=en")), 200, two, "Who they are depends on your country.")
	if n := strings.Count(first, two); n != 1 {
		t.Errorf("before a country is chosen the form promises %d times how many", n)
	}
	for country, want2 := range map[string]bool{"DE": true, "US": true, "FR": false} {
		body := want(t, h.do(submit("/c/missions?language=en", annForm("preview", "country", country)...)), 200)
		letters, _, _ := strings.Cut(body, "<form")
		if got := strings.Contains(letters, one); got != want2 || strings.Contains(letters, two) != want2 || (len(articles(letters)) == 2) != want2 {
			t.Errorf("%s:\n%s", country, page(letters))
		}
	}
}

// TestSeveralAnswered lists all in the API's answers too.
func TestSeveralAnswered(t *testing.T) {
	h := open(t, nil)
	type letters struct {
		Message, Note string
		Letters       []struct {
			Target                                     struct{ ID string }
			Channel, Expected, Version, Language, Text string
			Translation                                *struct{ Text string }
		}
	}
	var preview, taken letters
	for r, into := range map[*http.Request]*letters{post("/v1/campaigns/several/preview?language=en", ann): &preview, post("/v1/campaigns/several/actions?language=en", ann): &taken} {
		if err := json.Unmarshal([]byte(text(t, h.do(r))), into); err != nil {
			t.Fatal(err)
		}
	}
	for name, got := range map[string]letters{"preview": preview, "answer": taken} {
		var ways []string
		for _, l := range got.Letters {
			ways = append(ways, l.Target.ID+" "+l.Channel+" "+l.Expected+" "+l.Language+" "+strconv.FormatBool(l.Text != "")+" "+strconv.FormatBool(l.Version == got.Letters[0].Version))
		}
		hand := name == "preview"
		wanted := []string{"minister email  en " + strconv.FormatBool(hand) + " true", "consul fax 2026-11-22T08:00:00-05:00 ko " + strconv.FormatBool(hand) + " true", "office print  en true true"}
		if diff := cmp.Diff(wanted, ways); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !strings.HasPrefix(got.Note, "One letter to each recipient") {
			t.Errorf("%s: note %q", name, got.Note)
		}
	}
	if tr := preview.Letters[1].Translation; tr == nil || !strings.HasPrefix(tr.Text, "To:") || taken.Message != "Your letter is ready" {
		t.Errorf("translation %v, message %q", tr, taken.Message)
	}
}

// inArabic gives a campaign Arabic as its first language.
func inArabic(t *testing.T, slug string) func(*web.Config) {
	return func(config *web.Config) {
		l := library(t)
		c, err := l.Get(slug)
		if err != nil {
			t.Fatal(err)
		}
		c.Languages = append([]string{"ar"}, c.Languages...)
		arabic := c.Letters["en"]
		arabic.Language, arabic.Body = "ar", "{salutation}\n\nنطلب منكم إطلاق سراحهم.\n\n{message}\n\n{name}، {city}، {country}\n"
		c.Letters["ar"] = arabic
		for _, texts := range []campaign.Texts{c.Title, c.Summary, c.Consent.Text, c.Salute, c.Fields[0].Label} {
			texts["ar"] = "نص"
		}
		config.Campaigns = l
	}
}

// TestArabicAndFax: who reads Arabic gets the letter that can be faxed, is told why, and finds the Arabic one beside it.
func TestArabicAndFax(t *testing.T) {
	h := open(t, inArabic(t, "fax"))
	const why = "لا يستطيع الفاكس إظهار الكتابة من اليمين إلى اليسار"
	for name, r := range map[string]*http.Request{
		"sample":         get("/c/fax?language=ar"),
		"preview":        submit("/c/fax?language=ar", annForm("preview", "language", "ar")...),
		"live":           submit("/v1/campaigns/fax/form?language=ar", annForm("live", "language", "ar", "name", "محمد")...),
		"widget's":       from(theirs, get("/v1/campaigns/fax/form?language=ar")),
		"in Arabic city": submit("/v1/campaigns/fax/form?language=ar", annForm("live", "language", "ar", "fields.city", "برلين")...),
	} {
		t.Run(name, func(t *testing.T) {
			body := want(t, h.do(r), 200, why, "English", `<div class="letter" lang="en" dir="ltr">`)
			sheet, beside, _ := strings.Cut(body, "</article>")
			if !strings.Contains(sheet, "We ask you to") || strings.Contains(sheet, "نطلب") || !strings.Contains(beside, "نطلب منكم") {
				t.Errorf("the letter, and beside it:\n%s\n\n%s", page(sheet), page(beside))
			}
		})
	}
	sample := text(t, h.do(get("/c/fax?language=ar")))
	if shown := articles(sample)[0]; !strings.Contains(shown, "(City)") {
		t.Errorf("the sample has no place for the city:\n%s", shown)
	}
	chosen := want(t, h.do(submit("/c/fax?language=en", annForm("preview", "language", "ar")...)), 200, "A fax cannot show writing from right to left, so this letter is in another language: English.")
	wantNot(t, chosen, "نطلب")
	wantNot(t, want(t, open(t, inArabic(t, "email")).do(get("/c/email?language=ar")), 200), why)
}

// TestFaxCannotShow tells at the fields what no fax can show, and takes what was mended.
func TestFaxCannotShow(t *testing.T) {
	const arabic = "محمد"
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/fax", annForm("preview")...)), 200)
	seen := []string{"seen", hidden(t, shown, "seen"), "letter.subject", "Let them go", "letter.body", area(t, shown)}
	for name, tc := range map[string]struct {
		more  []string
		field string
	}{
		"name":    {[]string{"name", arabic}, "name"},
		"city":    {[]string{"fields.city", arabic}, "fields.city"},
		"message": {[]string{"message", arabic}, "message"},
		"subject": {append(slices.Clone(seen), "letter.subject", arabic), "letter.subject"},
		"body":    {append(slices.Clone(seen), "letter.body", arabic), "letter.body"},
	} {
		t.Run(name, func(t *testing.T) {
			id := "f-" + strings.ReplaceAll(tc.field, ".", "-")
			for _, do := range []string{"preview", "send"} {
				body := want(t, h.do(submit("/c/fax", annForm(do, tc.more...)...)), 422, `id="`+id+`-error">This letter goes by fax`, `href="#`+id+`"`, arabic, "<article")
				uniqueIDs(t, body)
			}
			live := want(t, h.do(from(theirs, submit("/v1/campaigns/fax/form", annForm("live", tc.more...)...))), 200, "<article")
			wantNot(t, live, "goes by fax, which")
		})
	}
	want(t, h.do(submit("/c/email", annForm("preview", "name", arabic)...)), 200)
	if n := h.actions(t, "fax"); n != 0 {
		t.Fatalf("%d actions", n)
	}
	want(t, h.do(submit("/c/fax", annForm("send")...)), 200, "Your letter leaves by fax, to: Minister of Justice.", "Not before 23 November 2026, 08:00, local time there (UTC+9)")
	if n := h.actions(t, "fax"); n != 1 || len(h.mail.Left()) != 0 {
		t.Errorf("%d actions, %d mails", n, len(h.mail.Left()))
	}
}

// TestCountryOfFaxes checks anew when the signer chooses a country whose letter is faxed.
func TestCountryOfFaxes(t *testing.T) {
	h := open(t, nil)
	shown := want(t, h.do(submit("/c/missions", annForm("preview", "name", "محمد")...)), 200)
	carried := []string{"name", "محمد", "version", hidden(t, shown, "version")}
	for _, do := range []string{"preview", "send"} {
		want(t, h.do(submit("/c/missions", annForm(do, append(carried, "country", "US")...)...)), 422, `id="f-name-error"`, "The Embassy in the United States")
	}
	want(t, h.do(submit("/c/missions", annForm("send", carried...)...)), 200, `data-kind="sent"`)
}

// TestFaxPaper shows of a fax what its pages say: addressee, number and subject stand on them, not over them.
func TestFaxPaper(t *testing.T) {
	h := open(t, nil)
	c, err := h.config.Campaigns.Get("fax")
	if err != nil {
		t.Fatal(err)
	}
	who := letter.Signer{Name: "Ann Lee", Country: "Germany", Fields: map[string]string{"city": "Berlin"}}
	sheet, err := letter.NewSheet(letter.NewSource(c, c.Ways("DE")[0], "en", lang.Notes("en")), who, "")
	if err != nil {
		t.Fatal(err)
	}
	squeezed := func(text string) string { return strings.Join(strings.Fields(text), "") }
	shown := squeezed(articles(want(t, h.do(submit("/c/fax", annForm("preview")...)), 200))[0])
	said := append(append(append([]string{sheet.Subject}, sheet.Addressee...), sheet.Signature...), sheet.Footer...)
	for _, passage := range sheet.Body {
		said = append(said, passage.Text)
	}
	for _, text := range said {
		if !strings.Contains(shown, squeezed(text)) {
			t.Errorf("the pages say %q; shown is\n%s", text, shown)
		}
	}
	if n := strings.Count(shown, "Subject"); n != 1 || len(said) < 8 {
		t.Errorf("the subject is there %d times, the pages say %q", n, said)
	}
}
