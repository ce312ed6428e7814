package web_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"one-click-protest/internal/ledger"
)

// framePage is a page that gives the frame in it the height that it asks for.
func framePage(house, path string) string {
	return partnerPage(house, fmt.Sprintf(`<iframe src="%s%s" title="Take part in the protest" height="600"></iframe>
<script>addEventListener("message", (e) => {
  if (e.data?.source === "one-click-protest" && e.origin === %[1]q) document.querySelector("iframe").height = e.data.height;
});</script>`, house, path))
}

func testFrame(t *testing.T, browser context.Context) {
	for name, test := range map[string]func(*testing.T, context.Context){
		"sends":   testFrameSends,
		"plain":   testFrameWithoutScripts,
		"refused": testFrameRefused,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

func testFrameSends(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(framePage(h.url, "/embed/email?partner=partner&language=en"), "")
	run(t, ctx, chromedp.Navigate(s.url))
	v := inFrame(t, ctx)
	v.fill("Ann Lee", "ann.lee@example.com", "DE")
	v.until(`$(".letter").textContent.includes("Ann Lee")`)
	fits := `$("iframe").height != 600 && Math.abs($("iframe").height - $("iframe").clientHeight) < 1`
	top := onPage(t, ctx)
	top.until(fits)
	v.until(`document.scrollingElement.scrollHeight <= innerHeight`) // the letter may follow once more
	v.send()
	v.state("accepted")
	h.letters(t, 1)
	h.brought(t, "email", "partner", ledger.Brought{Verified: 1})
}

// testFrameWithoutScripts takes part in a frame that runs none, and is credited all the same.
func testFrameWithoutScripts(t *testing.T, browser context.Context) {
	ctx := tab(t, browser)
	s := newSite(t)
	h := serveFor(t, nil, s)
	s.shows(framePage(h.url, "/embed/email?partner=partner&language=en&country=DE"), "")
	run(t, ctx, scripts(false), chromedp.Navigate(s.url))
	v := inFrame(t, ctx)
	v.enter("#f-name", "Ann Lee")
	v.enter("#f-email", "ann.lee@example.com")
	v.choose("#f-country", "DE")
	v.send()
	v.state("accepted")
	h.letters(t, 1)
	h.brought(t, "email", "partner", ledger.Brought{Verified: 1})
}

// testFrameRefused: no page but its partner's may hold the frame, and none at all the pages with one button.
func testFrameRefused(t *testing.T, browser context.Context) {
	partner, other, foreign := newSite(t), newSite(t), newSite(t)
	h := serveFor(t, nil, partner, other)
	for name, c := range map[string]struct {
		in   *site
		path string
	}{
		"frame in a foreign page": {foreign, "/embed/email?partner=partner"},
		"another partner's frame": {other, "/embed/email?partner=partner"},
		"hosted page":             {partner, "/c/email?partner=partner"},
		"confirmation":            {partner, "/c/email/confirm?token=nonsense"},
		"personal link":           {partner, "/c/email/personal?token=nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := tab(t, browser)
			c.in.shows(framePage(h.url, c.path), "")
			status := load(t, ctx, chromedp.Navigate(c.in.url))
			if status != http.StatusOK {
				t.Fatalf("the page around it answered %d", status)
			}
			if refused, err := chromedp.Run(ctx, frameRefused); err != nil || !refused {
				t.Errorf("the frame shows %s (%v)", c.path, err)
			}
		})
	}
}

// frameRefused says whether the browser shows an error in place of a page's first frame.
func frameRefused(ctx context.Context, t *chromedp.Target) (bool, error) {
	tree, err := cdp.Call(ctx, t, browserpage.GetFrameTree, cdp.Empty{})
	if err != nil || len(tree.FrameTree.ChildFrames) == 0 {
		return false, err
	}
	frame := tree.FrameTree.ChildFrames[0].Frame
	return frame.UnreachableURL != "", nil
}
