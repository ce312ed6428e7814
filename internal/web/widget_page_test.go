package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// testWidgetForeign embeds the element in a page that no campaign knows.
func testWidgetForeign(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	partner, foreign := newSite(t), newSite(t)
	h := serveFor(t, nil, partner)
	foreign.shows(partnerPage(h.url, element(h.url, "email", "partner", "")), "")
	said := heard(t, ctx)
	run(t, ctx, chromedp.Navigate(foreign.url))
	top := onPage(t, ctx)
	top.until(`customElements.get("one-click-protest")`)
	wait(t, func() bool { return strings.Contains(said(), foreign.url+" is not on the campaign's list") })
	if got := eval[bool](top, `$("one-click-protest a").checkVisibility() && !$("one-click-protest").shadowRoot.querySelector(".protest")`); !got {
		t.Error("the link does not stand in place of the form")
	}
	for _, path := range []string{"/v1/campaigns/email", "/v1/campaigns/email/tally", "/c/email"} {
		if got := eval[string](top, `fetch("`+h.url+path+`").then((r) => r.text(), () => "unreadable")`); got != "unreadable" {
			t.Errorf("%s is readable from a foreign page: %s", path, got)
		}
	}
	if got := eval[int](top, `fetch("`+h.url+`/v1/campaigns/email/form").then((r) => r.status)`); got != 403 {
		t.Errorf("the form answers a foreign page with %d", got)
	}
	body := `(() => { const d = new FormData(); for (const [k, v] of [["do", "send"], ["name", "Ann"], ["email", "a@example.com"], ["country", "DE"], ["consent", "1"]]) d.set(k, v); return d; })()`
	for _, path := range []string{"/v1/campaigns/email/form", "/c/email", "/embed/email?partner=partner"} {
		eval[bool](top, `fetch("`+h.url+path+`", { method: "POST", mode: "no-cors", body: `+body+` }).then(() => true, () => true)`)
	}
	if n := h.actions(t, "email"); n != 0 {
		t.Errorf("a foreign page made %d actions", n)
	}
}

// testStrictPolicy takes part, and prints, under policies that allow our origin for scripts and connections and nothing else.
func testStrictPolicy(t *testing.T, browser context.Context) {
	for name, more := range map[string]string{"csp": "", "trusted types": "; require-trusted-types-for 'script'; trusted-types one-click-protest"} {
		t.Run(name, func(t *testing.T) {
			ctx := tab(t, browser)
			s := newSite(t)
			h := serveFor(t, nil, s)
			s.shows(partnerPage(h.url, element(h.url, "print", "partner", `lang="en"`)), "default-src 'none'; script-src "+h.url+"; connect-src "+h.url+more)
			listen(t, ctx)
			run(t, ctx, chromedp.Navigate(s.url))
			v := inWidget(t, ctx, 0)
			v.fill("Ann Lee", "ann.lee@example.com", "RU")
			v.until(`$(".paper").textContent.includes("Ann Lee")`)
			if got := eval[string](v, `getComputedStyle($(".paper")).borderTopStyle`); got != "solid" {
				t.Error("the form has no style")
			}
			v.send()
			v.state("accepted")
			v.press("[data-print]")
			top := onPage(t, ctx)
			top.until(`window.printed?.includes("Ann Lee") && window.printedSheets === 1`)
		})
	}
	t.Run("without our origin", func(t *testing.T) {
		ctx := tab(t, browser)
		s := newSite(t)
		h := serveFor(t, nil, s)
		said := heard(t, ctx)
		s.shows(partnerPage(h.url, element(h.url, "email", "partner", "")), "default-src 'none'; script-src "+h.url)
		run(t, ctx, chromedp.Navigate(s.url))
		wait(t, func() bool { return strings.Contains(said(), h.url+" in script-src and connect-src") })
		onPage(t, ctx).until(`$("one-click-protest a").checkVisibility()`)
	})
}

func testWidgetWithoutScripts(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(partnerPage(h.url, element(h.url, "email", "partner", "")), "")
	run(t, ctx, scripts(false), chromedp.Navigate(s.url))
	load(t, ctx, click("one-click-protest a"))
	run(t, ctx, chromedp.WaitVisible(chromedp.CSS("#f-name")))
	if got := read(t, ctx, "main"); !strings.Contains(got, "You come from A Partner.") {
		t.Errorf("the page behind the link does not know the partner:\n%s", got)
	}
}

func testWidgetPrints(t *testing.T, browser context.Context) {
	_, _, v := openWidget(t, browser, "print", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "RU")
	v.send()
	v.state("accepted")
	v.press("[data-print]")
	top := onPage(t, v.ctx)
	top.until(`window.printed`)
	if got := eval[string](top, `window.printed`); strings.Contains(got, "Open Border Society") || !strings.Contains(got, "Ann Lee") {
		t.Errorf("printed:\n%s", got)
	}
}

// testSealedOff holds that a partner's own style does not reach into the form.
func testSealedOff(t *testing.T, browser context.Context) {
	_, _, v := openWidget(t, browser, "email", `lang="en"`)
	got := eval[string](v, `(($) => [$("p").textAlign, $("button").textTransform, $("#f-name").borderRadius, parseFloat($("p").fontSize) >= 16].join(" "))((s) => getComputedStyle(root.querySelector(s)))`)
	if got != "start none 4px true" {
		t.Errorf("the form's style is %q", got)
	}
	if got := eval[string](v, `getComputedStyle($("button[value=send]")).backgroundColor`); got != "rgb(31, 92, 70)" {
		t.Errorf("--protest-accent makes a button %s", got)
	}
	if got := eval[string](v, `$(".title").part + " " + $(".counter").part + " " + $(".paper").part + " " + $(".form").part + " " + $("button").part`); got != "title counter letter form button" {
		t.Errorf("the parts are %q", got)
	}
}

// testScheme follows the page around the widget, not the visitor's system: on a page that is always light it is light.
func testScheme(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	run(t, ctx, media("prefers-color-scheme", "dark"))
	for scheme, want := range map[string]string{"": "rgb(246, 245, 241)", "color-scheme: light dark": "rgb(22, 25, 29)", "color-scheme: only light": "rgb(246, 245, 241)"} {
		s.shows(`<!doctype html><html lang="en" style="`+scheme+`"><title>x</title><script src="`+h.url+`/widget.js"></script>`+element(h.url, "email", "partner", ""), "")
		run(t, ctx, chromedp.Navigate(s.url))
		v := inWidget(t, ctx, 0)
		v.state("form")
		if got := eval[string](v, `getComputedStyle($(".protest")).backgroundColor`); got != want {
			t.Errorf("on a dark system in a page with %q the ground is %s, want %s", scheme, got, want)
		}
	}
}
