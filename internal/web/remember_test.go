package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/ledger"
)

func testRemember(t *testing.T, browser context.Context) {
	for name, test := range map[string]func(*testing.T, context.Context){
		"next campaign": testNextCampaign,
		"change":        testRememberChange,
		"forget":        testForget,
		"not asked":     testNotRemembered,
		"blocked":       testStorageBlocked,
		"never framed":  testRememberNotFramed,
		"prefilled":     testPrefilled,
		"personal link": testPersonal,
		"odd fragments": testOddFragments,
		"two tabs":      testForgottenElsewhere,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

// rememberAnn takes part in one campaign with the box ticked, and answers the next one's page.
func rememberAnn(t *testing.T, browser context.Context, next string) (*served, view) {
	t.Helper()
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, chromedp.Navigate(h.url+"/c/email?language=en"))
	v := onPage(t, ctx)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.press("#f-remember")
	v.send()
	v.state("accepted")
	run(t, ctx, chromedp.Navigate(h.url+"/c/"+next+"?language=en"))
	return h, v
}

// testNextCampaign sends the second letter with one press.
func testNextCampaign(t *testing.T, browser context.Context) {
	h, v := rememberAnn(t, browser, "words")
	v.until(`$("#remembered")?.checkVisibility()`)
	if got := v.text("#remembered"); !strings.Contains(got, "Ann Lee, a•••@example.com, Germany") || !strings.Contains(got, "I agree.") || strings.Contains(got, "ann.lee@") {
		t.Errorf("the page says:\n%s", got)
	}
	if got := v.text(".letter"); !strings.Contains(got, "Ann Lee, Germany") {
		t.Errorf("the letter is not the signer's:\n%s", got)
	}
	if got := eval[string](v, `$$("input, select, textarea, button[type=submit], button:not([type])").filter((e) => e.checkVisibility()).map((e) => e.className || e.id).join()`); got != "agree" {
		t.Errorf("to be filled in or pressed are %q", got)
	}
	// The second half of a double click, on a page that has just come up.
	if eval[bool](v, `(dispatchEvent(new Event("focus")), $(".agree").click(), $("#f-consent").checked || $("form").ariaBusy === "true")`) {
		t.Error("the button was pressed before anybody can have read what it says")
	}
	h.letters(t, 1)
	v.agree()
	v.state("accepted")
	h.letters(t, 2)
	if got := eval[string](v, `localStorage.getItem("one-click-protest")`); got != `{"name":"Ann Lee","email":"ann.lee@example.com","country":"DE"}` {
		t.Errorf("remembered is %s", got)
	}
}

func testRememberChange(t *testing.T, browser context.Context) {
	_, v := rememberAnn(t, browser, "words")
	v.until(`$("#remembered")?.checkVisibility()`)
	v.press("[data-change]")
	v.until(`!$("#remembered").checkVisibility() && root.activeElement?.id === "f-name"`)
	if got := eval[string](v, `$("#f-name").value + " " + $("#f-consent").checked`); got != "Ann Lee false" {
		t.Errorf("the form holds %q", got)
	}
}

func testForget(t *testing.T, browser context.Context) {
	_, v := rememberAnn(t, browser, "words")
	v.until(`$("#remembered")?.checkVisibility()`)
	v.press("[data-forget]")
	v.until(`$("#f-name").checkVisibility() && $("#f-name").value === "" && $("[data-forgotten]").checkVisibility()`)
	if got := eval[int](v, `localStorage.length`); got != 0 {
		t.Errorf("%d things are still remembered", got)
	}
	run(t, v.ctx, chromedp.Reload())
	v.until(`$("#f-name")?.checkVisibility() && $("#f-name").value === ""`)
}

// testNotRemembered keeps nothing unless it is asked to, and nothing of a letter that was not sent.
func testNotRemembered(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, chromedp.Navigate(h.url+"/c/email?language=en"))
	v := onPage(t, ctx)
	v.fill("Ann Lee", "not an address", "DE")
	v.press("#f-remember")
	v.send()
	v.state("errors")
	if got := eval[int](v, `localStorage.length`); got != 0 {
		t.Error("a letter that was refused is remembered")
	}
	v.until(`$("#f-remember").checked`)
	eval[bool](v, `($("#f-email").value = "ann.lee@example.com", $("#f-remember").checked = false, true)`)
	v.press("button[value=send]:not(.agree)")
	v.state("accepted")
	if got := eval[int](v, `localStorage.length`); got != 0 {
		t.Error("a signer is remembered unasked")
	}
}

// testStorageBlocked works in a browser that lets pages keep nothing.
func testStorageBlocked(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, onNewDocument(`Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });`),
		chromedp.Navigate(h.url+"/c/email?language=en"))
	v := onPage(t, ctx)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$(".letter").textContent.includes("Ann Lee")`)
	if eval[bool](v, `$("#f-remember").checkVisibility()`) {
		t.Error("the page offers what it cannot do")
	}
	v.send()
	v.state("accepted")
}

func onNewDocument(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, browserpage.AddScriptToEvaluateOnNewDocument, browserpage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	})
}

// testRememberNotFramed: a page that holds the frame could move a button under its visitor's finger.
func testRememberNotFramed(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	run(t, ctx, chromedp.Navigate(h.url+"/c/email?language=en"))
	eval[bool](onPage(t, ctx), `(localStorage.setItem("one-click-protest", JSON.stringify({ name: "Ann Lee", email: "ann.lee@example.com", country: "DE" })), true)`)
	s.shows(framePage(h.url, "/embed/email?partner=partner&language=en#name=Ann+Lee"), "")
	run(t, ctx, chromedp.Navigate(s.url))
	v := inFrame(t, ctx)
	v.until(`document.readyState === "complete" && $("#f-name")`)
	if got := eval[string](v, `$("#f-name").value + $$("#remembered, [data-remember]").length`); got != "0" {
		t.Errorf("the frame holds %q", got)
	}
}

// testPrefilled follows a mailing's link: the fields are filled, nothing of the fragment is sent but what the preview needs, and it
// leaves the address.
func testPrefilled(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, chromedp.Navigate(h.url+"/c/email?language=en#name=Zoe+%3Cb%3ELee&email=zoe+list@example.com&country=de&consent=1&junk=%ZZ&style"))
	v := onPage(t, ctx)
	v.until(`$("[data-prefilled]")?.checkVisibility()`)
	v.until(`$(".letter").textContent.includes("Zoe <b>Lee")`)
	got := eval[string](v, `[$("#f-name").value, $("#f-email").value, $("#f-country").value, $("#f-consent").checked, location.hash, location.search].join("|")`)
	if want := "Zoe <b>Lee|zoe+list@example.com|DE|false||?language=en"; got != want {
		t.Errorf("the form holds %q, want %q", got, want)
	}
	if found := append(h.asked("zoe+list"), h.asked("zoe%2Blist")...); len(found) != 0 {
		t.Errorf("the address was sent: %s", found[0])
	}
	for _, r := range h.asked("Zoe") {
		if head, _, _ := strings.Cut(r, "\n"); strings.Contains(head, "Zoe") || !strings.HasPrefix(head, "POST ") {
			t.Errorf("the name stands in what servers log: %s", head)
		}
	}
}

// testPersonal opens a sealed link: looking sends nothing, one press does, and its partner is credited.
func testPersonal(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	run(t, ctx, chromedp.Navigate(h.url+"/c/email/personal?language=en&token="+personalToken(t, h, "email")))
	v := onPage(t, ctx)
	if got := v.text("main"); strings.Contains(got, "Ann Lee") || strings.Contains(got, "ann.lee@example.com") || !strings.Contains(got, "Dear Minister") {
		t.Errorf("the page shows:\n%s", got)
	}
	if got := eval[int](v, `$$("button, input:not([type=hidden])").filter((e) => e.checkVisibility()).length`); got != 1 {
		t.Errorf("%d things to press or fill in, want one button", got)
	}
	h.letters(t, 0)
	v.press("form button")
	v.until(`document.title.length && !$("form button")`)
	h.letters(t, 1)
	h.brought(t, "email", "partner", ledger.Brought{Verified: 1})
}

// personalToken is Ann's link to a campaign, from its partner's mailing.
func personalToken(t *testing.T, h *served, slug string) string {
	t.Helper()
	c, err := h.config.Campaigns.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := h.config.Keys.Campaign(t.Context(), c.Scope())
	if err != nil {
		t.Fatal(err)
	}
	who := action.Supporter{Name: "Ann Lee", Email: "ann.lee@example.com", Country: "DE"}
	if len(c.Partners) > 0 {
		who.Partner = c.Partners[0].ID
	}
	token, err := action.NewPersonal(c, keys, who, noon.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}
