package web_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/web"
)

const axeEnv = "PROTEST_TEST_AXE"

// axe answers the source of axe-core, which knows the success criteria of WCAG that a machine can judge.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv(axeEnv)
	switch {
	case path == "" && os.Getenv("CI") == "true":
		t.Fatalf("%s is not set: it names the axe.min.js of axe-core to test with", axeEnv)
	case path == "":
		t.Skipf("needs axe-core: set %s to the path of its axe.min.js", axeEnv)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// examine holds what a view shows against WCAG 2.2 AA and axe's best practices, on the narrowest phone and wide, light and dark. Colours
// and width are independent of each other, so that two looks see all four.
func (v view) examine(axe, name string) {
	v.Helper()
	for _, look := range []struct {
		name, scheme  string
		width, height int64
	}{{"narrow", "light", 320, 800}, {"dark", "dark", 1280, 900}, {"wide", "light", 1280, 900}} {
		run(v.T, v.ctx, chromedp.EmulateViewport(look.width, look.height), media("prefers-color-scheme", look.scheme))
		top := onPage(v.T, v.ctx)
		if wide := eval[int](top, "document.scrollingElement.scrollWidth"); wide > int(look.width) {
			v.Errorf("%s is %d px wide on a screen of %d", name, wide, look.width)
		}
		if look.name != "wide" {
			v.violations(axe, name+" "+look.name)
		}
		picture(v.T, v.ctx, name+"-"+look.name)
	}
}

func (v view) violations(axe, name string) {
	v.Helper()
	found := eval[[]string](v, `(() => { `+axe+`
		return window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] })
			.then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.flat().join(" ") + ": " + n.failureSummary + "\n" + n.html)));
	})()`)
	for _, said := range found {
		v.Errorf("%s: %s", name, said)
	}
}

// testAccess looks at every state of the form on a page, in a frame and in a widget.
func testAccess(t *testing.T, browser context.Context) {
	source := axe(t)
	for name, test := range map[string]func(*testing.T, context.Context, string){
		"page": testAccessPage, "frame": testAccessFrame, "widget": testAccessWidget, "languages": testAccessLanguages, "several": testAccessSeveral,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser, source)
		})
	}
}

// walk goes through the states that all three ways have, each from an empty form.
func (v view) walk(axe, prefix string, begin func(slug string)) {
	v.Helper()
	begin("email")
	v.examine(axe, prefix+"form")
	v.press("button[value=send]:not(.agree)")
	v.state("errors")
	v.examine(axe, prefix+"errors")
	begin("email")
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.press("button[value=preview]")
	v.state("preview")
	v.press("details.edit summary")
	v.examine(axe, prefix+"preview")
	eval[bool](v, `($("#f-consent").checked = true)`)
	v.press("button[value=send]:not(.agree)")
	v.state("accepted")
	v.examine(axe, prefix+"sent")
	for _, slug := range []string{"print", "self", "relay", "always"} {
		begin(slug)
		v.fill("Ann Lee", "ann.lee@example.com", "RU")
		v.send()
		v.state("accepted")
		v.examine(axe, prefix+slug)
	}
	begin("late")
	v.state("closed")
	v.examine(axe, prefix+"closed")
}

func testAccessPage(t *testing.T, browser context.Context, axe string) {
	ctx := tab(t, browser)
	h := serveFor(t, nil)
	v := onPage(t, ctx)
	begin := func(slug string) {
		run(t, ctx, chromedp.Navigate(h.url+"/c/"+slug+"?language=en"))
	}
	v.walk(axe, "page-", begin)
	for name, path := range map[string]string{"unknown": "/c/nothing", "early": "/c/early?language=en", "bad-link": "/c/email/confirm?token=nonsense"} {
		run(t, ctx, chromedp.Navigate(h.url+path))
		v.examine(axe, "page-"+name)
	}
	run(t, ctx, chromedp.Navigate(h.mailedLink(t)))
	v.examine(axe, "page-confirm")
	v.press("form.buttons button")
	v.until(`!$("form.buttons")`)
	v.examine(axe, "page-standing")
	run(t, ctx, chromedp.Navigate(h.url+"/c/email/personal?language=en&token="+personalToken(t, h, "email")))
	v.examine(axe, "page-personal")
	begin("email")
	eval[bool](v, `(localStorage.setItem("one-click-protest", JSON.stringify({ name: "Ann Lee", email: "ann.lee@example.com", country: "DE" })), true)`)
	begin("words")
	v.until(`$("#remembered")?.checkVisibility()`)
	v.examine(axe, "page-remembered")
}

// mailedLink is the link in the last mail that left.
func (s *served) mailedLink(t *testing.T) string {
	t.Helper()
	left := s.mail.Left()
	_, rest, found := strings.Cut(left[len(left)-1].Text, s.url)
	if !found {
		t.Fatal("no link in the last mail")
	}
	return s.url + strings.Fields(rest)[0]
}

func testAccessFrame(t *testing.T, browser context.Context, axe string) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	v := inFrame(t, ctx)
	v.walk(axe, "frame-", func(slug string) {
		s.shows(framePage(h.url, "/embed/"+slug+"?partner=partner&language=en"), "")
		run(t, ctx, chromedp.Navigate(s.url+"/"+slug))
		v.until(`document.readyState === "complete" && $(".protest")`)
	})
}

func testAccessWidget(t *testing.T, browser context.Context, axe string) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	v := inWidget(t, ctx, 0)
	begin := func(slug string) {
		s.shows(partnerPage(h.url, element(h.url, slug, "partner", `lang="en"`)), "")
		run(t, ctx, chromedp.Navigate(s.url+"/"+slug))
		v.until(`$(".protest")`)
	}
	v.walk(axe, "widget-", begin)
	// A letter in another language than its signer's, and a partner that asks for more than the letter needs.
	suits, err := h.config.Campaigns.Get("suits")
	if err != nil {
		t.Fatal(err)
	}
	key := seal.NewPrivateKey().Public()
	suits.Partners[0].Key, suits.Partners[0].Privacy = &key, s.url+"/privacy"
	begin("suits")
	v.press(".translation summary")
	v.press("#f-subscribe")
	if got := v.text(".translation .letter"); !eval[bool](v, `$("#f-subscribe").checked`) || !strings.Contains(got, "We ask you to let them go.") {
		t.Errorf("beside the letter stands:\n%s", got)
	}
	v.examine(axe, "widget-translation")
	begin("email")
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	h.cuts(true)
	v.send()
	v.until(`$("[data-offline]")?.checkVisibility()`)
	v.examine(axe, "widget-offline")
	h.cuts(false)
}

// testAccessLanguages looks at the shipped campaigns: a language from right to left, and ones without spaces, wide ones and ones with
// long words.
func testAccessLanguages(t *testing.T, browser context.Context, axe string) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, func(c *web.Config) { c.Campaigns, c.Counts = campaign.Open(infra.Files), counted{} }, s)
	day, err := h.config.Campaigns.Get("protest-day-2007")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "ar", "ko", "de", "ja"} {
		day.Mode = campaign.Test
		if language == "en" { // the picture in the README
			day.Mode = campaign.Live
		}
		s.shows(partnerPage(h.url, element(h.url, "protest-day-2007", "example", fmt.Sprintf("lang=%q", language))), "")
		run(t, ctx, chromedp.Navigate(s.url+"/"+language))
		v := inWidget(t, ctx, 0)
		v.fill("Ann Lee", "ann.lee@example.com", "US")
		v.until(`$(".letter").textContent.includes("Ann Lee")`)
		v.examine(axe, "widget-"+language)
	}
	for _, language := range []string{"ar", "zh-Hant", "ru"} {
		run(t, ctx, chromedp.Navigate(h.url+"/c/free-mtu-leaders-2007?language="+language))
		v := onPage(t, ctx)
		v.state("form")
		v.examine(axe, "page-"+language)
	}
}

// counted is a campaign on its way.
type counted struct{}

func (counted) Tally(context.Context, string) (ledger.Tally, error) {
	return ledger.Tally{Actions: 4321}, nil
}
