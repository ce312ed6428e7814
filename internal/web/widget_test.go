package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"one-click-protest/internal/ledger"
)

// TestWidgetSize holds what every visitor of a partner's page loads to 12 kB, styles and all.
func TestWidgetSize(t *testing.T) {
	r := get("/widget.js")
	r.Header.Set("Accept-Encoding", "gzip")
	answer := open(t, nil).do(r)
	body := text(t, answer)
	if answer.Header.Get("Content-Encoding") != "gzip" || len(body) > 12000 || len(body) < 1000 {
		t.Errorf("the widget is %d bytes, encoded as %q", len(body), answer.Header.Get("Content-Encoding"))
	}
	t.Logf("%d bytes", len(body))
}

// listen has every page of the tab keep what the element tells it, and what it would print.
func listen(t *testing.T, ctx context.Context) {
	t.Helper()
	const script = `
		window.told = [];
		for (const type of ["protest:ready", "protest:accepted"]) addEventListener(type, (e) => told.push(type + " " + JSON.stringify(e.detail)));
		const view = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, "contentWindow").get;
		Object.defineProperty(HTMLIFrameElement.prototype, "contentWindow", { get() {
			const w = view.call(this);
			w.print = () => { window.printed = w.document.body.innerText; window.printedSheets = w.document.adoptedStyleSheets.length; };
			return w;
		} });`
	run(t, ctx, onNewDocument(script))
}

// openWidget answers the widget of a campaign on a partner's page.
func openWidget(t *testing.T, browser context.Context, slug, attributes string) (*served, *site, view) {
	t.Helper()
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(partnerPage(h.url, element(h.url, slug, "partner", attributes)), "")
	listen(t, ctx)
	run(t, ctx, chromedp.Navigate(s.url))
	v := inWidget(t, ctx, 0)
	v.state("form")
	return h, s, v
}

func testWidget(t *testing.T, browser context.Context) {
	for name, test := range map[string]func(*testing.T, context.Context){
		"sends":            testWidgetSends,
		"live preview":     testLivePreview,
		"by keyboard":      testWidgetByKeyboard,
		"errors":           testWidgetErrors,
		"foreign":          testWidgetForeign,
		"two":              testTwoWidgets,
		"strict policy":    testStrictPolicy,
		"without scripts":  testWidgetWithoutScripts,
		"other attributes": testWidgetAttributes,
		"arabic":           testWidgetArabic,
		"lost answer":      testLostAnswer,
		"double click":     testWidgetDoubleClick,
		"expired":          testWidgetExpired,
		"too large":        testWidgetTooLarge,
		"thanks":           testThanks,
		"prints":           testWidgetPrints,
		"sealed off":       testSealedOff,
		"light and dark":   testScheme,
		"rude page":        testRudePage,
		"optimized page":   testOptimizedPage,
		"meanwhile":        testMeanwhile,
		"strangers":        testStrangersAnswer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

// testWidgetSends takes part on a partner's page on another origin.
func testWidgetSends(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	v.state("accepted")
	v.until(`root.activeElement?.id === "look"`)
	h.letters(t, 1)
	h.brought(t, "email", "partner", ledger.Brought{Verified: 1})
	top := onPage(t, v.ctx)
	told := eval[string](top, `told.join("\n")`)
	if want := `protest:ready {"campaign":"email","language":"en"}` + "\n" + `protest:accepted {"campaign":"email","kind":"sent"}`; told != want {
		t.Errorf("the page was told\n%s\nwant\n%s", told, want)
	}
	if eval[int](top, `localStorage.length + sessionStorage.length + document.cookie.length`) != 0 {
		t.Error("the widget keeps something in the partner's page")
	}
}

// testLivePreview types: the letter follows, the cursor stays, and the address is not sent along.
func testLivePreview(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "words", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$(".paper").textContent.includes("Ann Lee, Germany")`)
	v.enter("#f-message", "My own words")
	v.until(`$(".letter").textContent.includes("My own words")`)
	v.enter("#f-message", " go on.")
	v.until(`$(".letter").textContent.includes("My own words go on.")`)
	if got := eval[string](v, `root.activeElement.id + " " + root.activeElement.value`); got != "f-message My own words go on." {
		t.Errorf("the cursor is in %q", got)
	}
	if got := eval[string](v, `$("#f-email").value`); got != "ann.lee@example.com" {
		t.Errorf("the address became %q", got)
	}
	if found := h.asked("ann.lee@example.com"); len(found) != 0 {
		t.Errorf("a preview carried the address: %s", found[0])
	}
	if n := h.actions(t, "words"); n != 0 {
		t.Errorf("looking made %d actions", n)
	}
	v.send()
	v.state("accepted")
}

func testWidgetByKeyboard(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	for _, field := range []struct{ selector, keys string }{
		{"#f-name", "Ann Lee"}, {"#f-email", "ann.lee@example.com"}, {"#f-country", "Germ"}, {"#f-consent", " "},
	} {
		v.tabTo(field.selector)
		run(t, v.ctx, chromedp.KeyEvent(field.keys))
	}
	v.tabTo("button[value=send]")
	if width := eval[string](v, `getComputedStyle(root.activeElement).outlineWidth`); width != "3px" {
		t.Errorf("the focus shows by an outline of %s", width)
	}
	run(t, v.ctx, chromedp.KeyEvent(kb.Enter))
	v.state("accepted")
	v.until(`root.activeElement?.id === "look"`)
	h.letters(t, 1)
}

// testWidgetErrors follows the links from what is wrong to the fields.
func testWidgetErrors(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.enter("#f-name", "Ann Lee")
	v.press("button[value=send]")
	v.state("errors")
	v.until(`root.activeElement?.id === "look"`)
	v.press("a[href='#f-email']")
	v.until(`root.activeElement?.id === "f-email"`)
	if got := eval[string](v, `$("#f-name").value`); got != "Ann Lee" {
		t.Errorf("the name became %q", got)
	}
	h.letters(t, 0)
}

// testTwoWidgets takes part in one campaign of two on a page; the other keeps what was typed into it.
func testTwoWidgets(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(partnerPage(h.url, element(h.url, "email", "partner", `lang="en"`)+element(h.url, "words", "partner", `lang="ko"`)), "")
	run(t, ctx, chromedp.Navigate(s.url))
	one, two := inWidget(t, ctx, 0), inWidget(t, ctx, 1)
	two.enter("#f-name", "김민수")
	one.fill("Ann Lee", "ann.lee@example.com", "DE")
	one.send()
	one.state("accepted")
	if got := eval[string](two, `$(".protest").lang + " " + $(".protest").dataset.state + " " + $("#f-name").value`); got != "ko form 김민수" {
		t.Errorf("the other widget shows %q", got)
	}
	two.enter("#f-email", "minsu@example.com")
	two.choose("#f-country", "DE")
	two.press("#f-consent")
	two.press("button[value=send]")
	two.state("accepted")
	h.letters(t, 2)
}

// testWidgetAttributes changes, moves and takes away an element.
func testWidgetAttributes(t *testing.T, browser context.Context) {
	_, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.enter("#f-name", "Ann Lee")
	top := onPage(t, v.ctx)
	eval[bool](top, `(document.body.prepend($("one-click-protest")), true)`)
	eval[bool](top, `new Promise((ok) => requestAnimationFrame(() => ok(true)))`)
	if got := eval[string](v, `$("#f-name").value`); got != "Ann Lee" {
		t.Errorf("moved, the form holds %q", got)
	}
	eval[bool](top, `($("one-click-protest").lang = "ko", $("one-click-protest").setAttribute("campaign", "words"), true)`)
	v.until(`$(".protest")?.dataset.campaign === "words" && $(".protest").lang === "ko"`)
	if got := eval[int](top, `told.filter((line) => line.startsWith("protest:ready")).length`); got != 2 {
		t.Errorf("two changes together made the form ready %d times in all, want 2", got)
	}
	eval[bool](top, `(window.gone = $("one-click-protest"), gone.remove(), true)`)
	top.until(`!gone.shadowRoot.querySelector(".protest")`)
	eval[bool](top, `(document.body.append(gone), true)`)
	v.state("form")
}

func testWidgetArabic(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="ar"`)
	if got := eval[string](v, `$(".protest").dir + " " + getComputedStyle($("#take-part")).direction + " " + getComputedStyle($(".letter")).direction + " " + $(".letter").lang`); got != "rtl rtl ltr en" {
		t.Errorf("form and letter read %q", got)
	}
	if got := eval[string](v, `getComputedStyle($(".title")).direction + " " + getComputedStyle($(".title")).textAlign`); got != "ltr right" {
		t.Errorf("a title in English stands %q", got)
	}
	v.fill("محمد العربي", "m@example.com", "DE")
	v.until(`$(".letter").textContent.includes("محمد العربي")`)
	v.send()
	v.state("accepted")
	h.letters(t, 1)
}

// testLostAnswer cuts the wire after the server took the letter: the form says so, keeps what was typed, and can be sent again.
func testLostAnswer(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$(".letter").textContent.includes("Ann Lee")`)
	h.cuts(true)
	v.send()
	v.until(`$("[data-offline]")?.checkVisibility() && root.activeElement === $("[data-offline]")`)
	h.letters(t, 1)
	if got := eval[string](v, `$("#f-name").value + " " + $("#f-email").value + " " + $("#f-consent").checked`); got != "Ann Lee ann.lee@example.com true" {
		t.Errorf("what was typed became %q", got)
	}
	h.cuts(false)
	v.press("button[value=send]")
	v.state("accepted")
	h.letters(t, 1)
	h.brought(t, "email", "partner", ledger.Brought{Verified: 1})
}

func testWidgetDoubleClick(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.press("#f-consent")
	eval[bool](v, `($("button[value=send]").click(), $("button[value=send]").click(), true)`)
	v.state("accepted")
	h.letters(t, 1)
	if n := len(h.asked("name=\"do\"\r\n\r\nsend\r\n")); n != 1 {
		t.Errorf("%d submissions for two clicks", n)
	}
}

// testWidgetExpired sends a form whose letter the campaign has changed since.
func testWidgetExpired(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "email", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.followed() // nobody reads the campaign
	c, err := h.config.Campaigns.Get("email")
	if err != nil {
		t.Fatal(err)
	}
	changed := c.Letters["en"]
	changed.Body = strings.Replace(changed.Body, "let them go", "release them", 1)
	c.Letters["en"] = changed
	v.send()
	v.until(`$(".alert#look")?.textContent.includes("no longer the one you saw")`)
	h.letters(t, 0)
	if got := eval[string](v, `$("#f-name").value + " " + $("#f-email").value + " " + $("#f-country").value`); got != "Ann Lee ann.lee@example.com DE" {
		t.Errorf("what was typed became %q", got)
	}
	v.until(`$(".letter").textContent.includes("release them")`)
	eval[bool](v, `($("#f-consent").checked = true)`)
	v.press("button[value=send]")
	v.state("accepted")
	h.letters(t, 1)
}

// testWidgetTooLarge sends more than the server reads: it says so, and what was typed stays.
func testWidgetTooLarge(t *testing.T, browser context.Context) {
	h, _, v := openWidget(t, browser, "words", `lang="en"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.followed()
	eval[bool](v, `($("#f-message").value = "x".repeat(90000), true)`)
	v.send()
	v.until(`$(".complaint")?.checkVisibility() && root.activeElement === $(".complaint")`)
	if got := eval[string](v, `$("#f-name").value + " " + $("#f-message").value.length + " " + $(".complaint").textContent.trim()`); !strings.HasPrefix(got, "Ann Lee 90000 A request may have") {
		t.Errorf("the form holds and says %q", got)
	}
	eval[bool](v, `($("#f-message").value = "shorter", true)`)
	v.press("button[value=send]")
	v.state("accepted")
	h.letters(t, 1) // the mail with the link: own words are confirmed first
}

// testThanks goes on to the partner's page of thanks by itself only when there is nothing left to do.
func testThanks(t *testing.T, browser context.Context) {
	_, s, v := openWidget(t, browser, "email", `lang="en" thanks-url="/thanks"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	onPage(t, v.ctx).until(`location.href === "` + s.url + `/thanks"`)

	_, s, v = openWidget(t, browser, "print", `lang="en" thanks-url="/thanks"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	v.state("accepted")
	if got := eval[string](v, `$$("a.button").at(-1).textContent + " " + $$("a.button").at(-1).href`); got != "Continue "+s.url+"/thanks" {
		t.Errorf("the way on is %q", got)
	}

	_, _, v = openWidget(t, browser, "print", `lang="en" thanks-url="javascript:alert(1)"`)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.send()
	v.state("accepted")
	if eval[bool](v, `$$("a").some((a) => a.protocol === "javascript:")`) {
		t.Error("thanks-url leads to a script")
	}
}
