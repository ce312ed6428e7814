package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// testSeveral is several letters, variants and faxes as a browser shows them.
func testSeveral(t *testing.T, browser context.Context) {
	for name, test := range map[string]func(*testing.T, context.Context){
		"page without scripts": testSeveralPlain,
		"widget":               testSeveralWidget,
		"frame":                testSeveralFrame,
		"folds":                testFolds,
		"prints the right one": testPrintsTheRightOne,
		"variant":              testVariantInWidget,
		"fax":                  testFaxMended,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

// testSeveralPlain reads each letter, sends them, and prints the one that is the signer's to print, all without a script.
func testSeveralPlain(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, scripts(false), chromedp.Navigate(h.url+"/c/several?language=en&country=DE"))
	v := onPage(t, ctx)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	load(t, ctx, click("button[value=preview]"))
	if got := eval[string](v, `$$(".paper").map((p) => p.checkVisibility({ contentVisibilityAuto: true })).join()`); got != "true,true,false" {
		t.Errorf("in view are %s: the consul's is in another language, the office's is folded", got)
	}
	run(t, ctx, click("#letter-2-fold > summary"))
	v.until(`$("#letter-2").checkVisibility() && $("#letter-2").innerText.includes("Dear Office,") && $("#letter-2").innerText.includes("Ann Lee")`)
	run(t, ctx, click("#f-consent"))
	load(t, ctx, click("button[value=send]:not(.agree)"))
	h.letters(t, 1)
	printed(t, ctx, "several", "To:\nAn Office", "Date and signature: "+strings.Repeat("_", 30))
}

// testSeveralWidget types: all letters follow. What is then written into the first goes to all, under each one's own salutation.
func testSeveralWidget(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "several", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	all := func(part string) string {
		return `$$(".paper").length === 3 && $$(".paper").every((p) => p.textContent.includes("` + part + `"))`
	}
	v.until(all("Ann Lee"))
	v.press("details.edit summary")
	v.enter("#f-letter-body", "I was there. ")
	v.until(all("I was there."))
	if got := eval[string](v, `$$(".paper .letter").map((p) => p.textContent.match(/Dear \w+/)[0]).join()`); got != "Dear Minister,Dear Consul,Dear Office" {
		t.Errorf("the salutations are %s", got)
	}
	v.send()
	v.state("accepted")
	v.press("details.further summary")
	if got := v.text(".outcome"); !strings.Contains(got, "Minister of Justice") || !strings.Contains(got, "I was there.") {
		t.Errorf("the result says\n%s", got)
	}
	h.letters(t, 1) // the mail with the link: own words are confirmed first
	run(t, v.ctx, chromedp.Navigate(h.mailedLink(t)))
	page := onPage(t, v.ctx)
	page.until(`$$(".paper").every((p) => p.textContent.includes("I was there."))`)
	page.press("form.buttons button")
	page.until(`$("[data-print=letter-2]")?.checkVisibility()`)
	h.letters(t, 2)
}

// testSeveralFrame takes part in a frame, whose height follows its folds.
func testSeveralFrame(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(framePage(h.url, "/embed/several?partner=partner&language=en"), "")
	run(t, ctx, chromedp.Navigate(s.url))
	v, top := inFrame(t, ctx), onPage(t, ctx)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$$(".paper").length === 3 && $$(".paper").every((p) => p.textContent.includes("Ann Lee"))`)
	v.press("#letter-2-fold > summary")
	top.until(`$("iframe").height != 600 && Math.abs($("iframe").height - $("iframe").clientHeight) < 1`)
	v.until(`document.scrollingElement.scrollHeight <= innerHeight`)
	v.send()
	v.state("accepted")
	if got := v.text(".protest"); !strings.Contains(got, "One of these letters is yours to send.") {
		t.Errorf("the result says\n%s", got)
	}
	h.letters(t, 1)
}

// testFolds leaves open and closed what the visitor opened and closed, while the letters follow what is typed.
func testFolds(t *testing.T, browser context.Context) {
	_, _, v := openWidget(t, browser, "several", `lang="en"`)
	v.press("#letter-1-fold > summary")
	v.press("#letter-2-fold > summary")
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$$(".paper").every((p) => p.textContent.includes("Ann Lee"))`)
	if got := eval[string](v, `$$(".further").map((d) => d.open).join()`); got != "false,true" {
		t.Errorf("open are %s", got)
	}
}

// testPrintsTheRightOne prints of several letters the one whose button was pressed, on a page and from a widget, and afterwards what a
// browser's own command should print.
func testPrintsTheRightOne(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	run(t, ctx, chromedp.Navigate(h.url+"/c/mixed?language=en"))
	page := onPage(t, ctx)
	page.fill("Ann Lee", "ann.lee@example.com", "DE")
	page.send()
	page.state("accepted")
	const chosen = `$$(".paper:not(.aside)").map((p) => p.id).join()`
	eval[bool](page, `(window.print = () => { window.sheets = `+chosen+`; }, true)`)
	page.until(`$("[data-print]").checkVisibility()`) // the script serves it
	page.press("[data-print]")
	if got := eval[string](page, `window.sheets`); got != "letter-1" {
		t.Errorf("printed are %q", got)
	}
	eval[bool](page, `dispatchEvent(new Event("afterprint"))`)
	if got := eval[string](page, chosen); got != "letter-0,letter-1" {
		t.Errorf("afterwards a browser would print %q", got)
	}

	_, _, v := openWidget(t, browser, "several", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	v.state("accepted")
	v.press("[data-print]")
	top := onPage(t, v.ctx)
	top.until(`window.printed`)
	if got := eval[string](top, `window.printed`); !strings.Contains(got, "Dear Office,") || strings.Contains(got, "Minister") || strings.Contains(got, "Consul") {
		t.Errorf("printed:\n%s", got)
	}
}

// testVariantInWidget sends the variant that was shown, however long its signer types.
func testVariantInWidget(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "variants", `lang="en"`)
	const shown = `$(".envelope [dir=auto]").textContent`
	first := eval[string](v, shown)
	h.clock.Advance(time.Second)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$(".letter").textContent.includes("Ann Lee")`)
	h.clock.Advance(time.Second)
	v.press("button[value=preview]")
	v.state("preview")
	if got := eval[string](v, shown); got != first {
		t.Errorf("%q became %q", first, got)
	}
	h.clock.Advance(time.Second)
	v.send()
	v.state("accepted")
	if left := h.mail.Left(); len(left) != 1 || left[0].Subject != first {
		t.Errorf("shown was %q, left %v", first, left)
	}
}

// testFaxMended is told at the field what a fax cannot show, and mends it.
func testFaxMended(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "fax", `lang="en"`)
	v.fill("محمد", "m@example.com", "DE")
	v.send()
	v.state("errors")
	v.press("a[href='#f-name']")
	v.until(`root.activeElement?.id === "f-name" && $("#f-name-error").textContent.startsWith("This letter goes by fax")`)
	eval[bool](v, `($("#f-name").value = "", true)`)
	v.enter("#f-name", "Mohamed")
	v.press("button[value=send]")
	v.state("accepted")
	if got := v.text(".outcome"); !strings.Contains(got, "by fax") || !strings.Contains(got, "Mohamed") {
		t.Errorf("the result says\n%s", got)
	}
	if n := h.actions(t, "fax"); n != 1 {
		t.Errorf("%d actions", n)
	}
}

// testAccessSeveral looks at the states that only several letters and faxes have.
func testAccessSeveral(t *testing.T, browser context.Context, axe string) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	page, widget := onPage(t, ctx), inWidget(t, ctx, 0)
	run(t, ctx, chromedp.Navigate(h.url+"/c/several?language=en"))
	page.fill("Ann Lee", "ann.lee@example.com", "DE")
	page.press("button[value=preview]")
	page.state("preview")
	page.press("#letter-2-fold > summary")
	page.press("details.edit summary")
	page.examine(axe, "page-several")
	page.send()
	page.state("accepted")
	page.examine(axe, "page-several-sent")
	want(t, h.do(post("/v1/campaigns/proven/actions", ann)), 202)
	run(t, ctx, chromedp.Navigate(h.mailedLink(t)))
	page.examine(axe, "page-several-confirm")
	page.press("form.buttons button")
	page.until(`!$("form.buttons")`)
	page.examine(axe, "page-several-standing")
	s.shows(partnerPage(h.url, element(h.url, "several", "partner", `lang="ar"`)), "")
	run(t, ctx, chromedp.Navigate(s.url+"/ar"))
	widget.fill("Ann Lee", "ann.lee@example.com", "DE")
	widget.send()
	widget.state("accepted")
	widget.examine(axe, "widget-several-ar")
	s.shows(partnerPage(h.url, element(h.url, "fax", "partner", `lang="ko"`)), "")
	run(t, ctx, chromedp.Navigate(s.url+"/ko"))
	widget.fill("محمد", "m@example.com", "DE")
	widget.send()
	widget.state("errors")
	widget.examine(axe, "widget-fax-errors")
}
