package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// testRudePage embeds the element in a page that does what real ones do: resets for every element, another base, a form around it, the
// script twice, shortcuts on keys, and a tab that is closed at first.
func testRudePage(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	script := `<script src="` + h.url + `/widget.js"></script>`
	s.shows(`<!doctype html><html lang="en"><meta charset="utf-8"><base href="https://elsewhere.example/x/"><title>x</title>`+script+script+`
<style>
  html { font-size: 62.5%; }
  * { all: revert; font: 9px/1 monospace; text-transform: uppercase; letter-spacing: .3em; text-align: right; color: red; white-space: nowrap; }
  input, label, button { display: none; }
  div:empty { display: none; }
  .closed { visibility: hidden; }
</style>
<div class="closed"><form action="/search">`+element(h.url, "email", "partner", `lang="en"`)+`</form></div>
<script>window.keys = ""; document.addEventListener("keydown", (e) => keys += e.key + " ");
document.addEventListener("submit", () => window.outer = true);</script>`, "")
	run(t, ctx, chromedp.Navigate(s.url+"/?s=a&b=%22c"))
	v, top := inWidget(t, ctx, 0), onPage(t, ctx)
	v.state("form")
	if eval[bool](v, `$("#f-name").checkVisibility({ visibilityProperty: true })`) {
		t.Error("the form shows through a tab that is closed")
	}
	eval[bool](top, `($(".closed").className = "", true)`)
	got := eval[string](v, `((c) => [c.fontSize, c.textTransform, c.letterSpacing, c.textAlign, c.whiteSpace, c.color, $("#f-name").checkVisibility()].join(" "))(getComputedStyle($(".lead")))`)
	if want := "18.02px none normal start normal rgb(31, 35, 40) true"; got != want {
		t.Errorf("the form's text is %q", got)
	}
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	if got := eval[string](top, `keys`); got != "" {
		t.Errorf("the page took for its shortcuts: %s", got)
	}
	v.send()
	v.state("accepted")
	h.letters(t, 1)
	if eval[bool](top, `Boolean(window.outer)`) {
		t.Error("the form around the element was sent, too")
	}
}

// testOptimizedPage embeds the script as a site's optimizer serves it: in the page itself, as a module, under the partner's own origin.
func testOptimizedPage(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	script := want(t, h.do(get("/widget.js")), 200)
	s.shows(`<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>`+element(h.url, "email", "partner", `lang="en"`)+
		`<script type="module">`+script+`</script>`, "")
	run(t, ctx, chromedp.Navigate(s.url))
	v := inWidget(t, ctx, 0)
	v.state("form")
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	v.state("accepted")
	h.letters(t, 1)
}

// testMeanwhile types on while a slow server is at the letter.
func testMeanwhile(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "words", `lang="en"`)
	v.fill("Ann", "ann.lee@example.com", "DE")
	v.until(`$(".letter").textContent.includes("Ann, Germany")`)
	eval[bool](v, `((send) => { window.fetch = async (...all) => { const answer = await send(...all); await new Promise((ok) => window.go = ok); window.fetch = send; return answer; }; return true; })(fetch)`)
	v.press("button[value=preview]")
	v.until(`window.go && $("form").getAttribute("aria-busy") === "true"`)
	v.enter("#f-name", " Lee")
	v.enter("#f-message", "Own words.")
	v.press("button[value=send]") // a second press does nothing
	eval[bool](v, `(go(), true)`)
	v.state("preview")
	if got := eval[string](v, `$("#f-name").value + " " + $("#f-message").value`); got != "Ann Lee Own words." {
		t.Errorf("what was typed meanwhile became %q", got)
	}
	v.until(`$(".letter").textContent.includes("Ann Lee, Germany") && $(".letter").textContent.includes("Own words.")`)
	if got := eval[string](v, `root.activeElement?.dataset.part ?? root.activeElement?.id ?? "nothing"`); got != "letters" {
		t.Errorf("the focus is on %s, want the letter", got)
	}
	h.letters(t, 0)
}

// testStrangersAnswer gets what a network's login page answers: none of it into the page, and no success.
func testStrangersAnswer(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	for _, answer := range []string{`new Response("<h1>Log in</h1><form><input name=password></form>", { headers: { "Content-Type": "text/html" } })`,
		`new Response("{\"message\":\"Too Many Requests\"}", { status: 429, headers: { "Content-Type": "application/json" } })`} {
		eval[bool](v, `(window.fetch = async () => `+answer+`, $("[data-offline]").hidden = true)`)
		v.send()
		v.until(`$("[data-offline]").checkVisibility() && root.activeElement === $("[data-offline]") && !$("form").hasAttribute("aria-busy")`)
		if got := eval[string](v, `$("#f-name").value + " " + $$("h1, [name=password]").length + " " + $(".protest").dataset.state`); got != "Ann Lee 0 form" {
			t.Errorf("the form holds %q", got)
		}
		eval[bool](v, `($("#f-consent").checked = false, true)`)
	}
	h.letters(t, 0)
}

// testOddFragments opens links as mailing systems spoil them.
func testOddFragments(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	v := onPage(t, ctx)
	for fragment, want := range map[string]string{
		"#name=J%FCrgen":                     "||",
		"#name=&email=%&country=ZZ":          "||",
		"#name=A&name=B&country=de&x":        "B||DE",
		"#name=%3Cscript%3Ealert(1)":         "<script>alert(1)||",
		"#country=%00":                       "||",
		"#name=" + strings.Repeat("z", 9000): strings.Repeat("z", 254) + "||",
	} {
		run(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(h.url+"/c/email?language=en"+fragment))
		v.until(`document.readyState === "complete" && location.hash === ""`)
		if got := eval[string](v, `$("#f-name").value + "|" + $("#f-email").value + "|" + $("#f-country").value`); got != want {
			t.Errorf("%.40s fills in %q, want %q", fragment, got, want)
		}
	}
}

// testForgottenElsewhere forgets in another tab, while this one shows the button: what is sent here is not kept anew.
func testForgottenElsewhere(t *testing.T, browser context.Context) {
	_, v := rememberAnn(t, browser, "words")
	v.until(`$("#remembered")?.checkVisibility()`)
	eval[bool](v, `(localStorage.clear(), dispatchEvent(new StorageEvent("storage", { key: "one-click-protest", newValue: null })), true)`)
	v.agree()
	v.state("accepted")
	if got := eval[int](v, `localStorage.length`); got != 0 {
		t.Error("a signer forgotten in one tab was kept by another")
	}
}
