package web_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/web"
)

// shots is where pictures of the pages are put, to be looked at by people.
var shots = flag.String("shots", "", "folder for screenshots")

const browserEnv = "PROTEST_TEST_CHROME"

// browser answers a tab of a headless browser; the test is skipped where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv(browserEnv)
	switch {
	case path == "" && os.Getenv("CI") == "true":
		t.Fatalf("%s is not set: it names the Chromium to test with", browserEnv)
	case path == "":
		t.Skipf("needs a browser: set %s to the path of a Chromium", browserEnv)
	}
	// What glides into view is not yet where a click was aimed at: pages scroll at once, as for those who ask for less motion.
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.ExecPath(path), chromedp.WindowSize(1280, 900),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-prefers-reduced-motion", true)))
	t.Cleanup(cancel)
	run(t, ctx)
	return ctx
}

func run(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// load runs steps that end in another page, and waits for it. When none comes it says what is there instead.
func load(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) int64 {
	t.Helper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := chromedp.RunResponse(bounded, steps...)
	if err != nil {
		shown, _ := try[string](onPage(t, ctx), `location.href + "\n" + document.body.innerText`)
		t.Fatalf("no other page: %v\n%s", err, shown)
	}
	return r.Status
}

// keys types a text into a field. Once the focus is there no answer of the server puts another field in its place.
func keys(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(at(selector, "focus"), chromedp.KeyEvent(text))
}

// click presses what is there, wherever it moves to meanwhile.
func click(selector string) chromedp.Action[chromedp.Void] { return at(selector, "click") }

// at calls a method of the element that there is at the moment.
func at(selector, method string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.WaitVisible(chromedp.CSS(selector)),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := chromedp.Evaluate[bool](fmt.Sprintf("(document.querySelector(%q).%s(), true)", selector, method))(ctx, t)
			return err
		}))
}

func read(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// serve answers a house behind a real server, whose address is its public one.
func serve(t *testing.T, change func(*web.Config)) (*house, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, func(c *web.Config) {
		c.PublicURL = "http://" + l.Addr().String()
		if change != nil {
			change(c)
		}
	})
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	server.Start()
	t.Cleanup(server.Close)
	return h, h.config.PublicURL
}

func scripts(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

// TestBrowser is what only a browser can tell. One serves all of it.
func TestBrowser(t *testing.T) {
	ctx := browser(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, context.Context)
	}{
		{"by keyboard", testByKeyboard},
		{"double click", testDoubleClick},
		{"screens", testScreens},
		{"by hand", testByHand},
		{"back", testBack},
		{"test mode", testTestMode},
		{"long word", testLongWord},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, tab(t, ctx)) })
	}
	t.Run("widget", func(t *testing.T) { testWidget(t, ctx) })
	t.Run("frame", func(t *testing.T) { testFrame(t, ctx) })
	t.Run("remember", func(t *testing.T) { testRemember(t, ctx) })
	t.Run("several", func(t *testing.T) { testSeveral(t, ctx) })
	t.Run("access", func(t *testing.T) { testAccess(t, ctx) })
}

// testByKeyboard takes part without a mouse and without JavaScript: fill in, look, send.
func testByKeyboard(t *testing.T, ctx context.Context) {
	h, url := serve(t, nil)
	run(t, ctx, scripts(false), chromedp.Navigate(url+"/c/email?language=en"))
	run(t, ctx, chromedp.Focus(chromedp.CSS("#f-name")),
		chromedp.KeyEvent("Ann Lee"), chromedp.KeyEvent(kb.Tab),
		chromedp.KeyEvent("ann.lee@example.com"), chromedp.KeyEvent(kb.Tab),
		chromedp.KeyEvent("Germ"), chromedp.KeyEvent(kb.Tab),
		chromedp.KeyEvent("Berlin"))
	if status := load(t, ctx, chromedp.KeyEvent(kb.Enter)); status != http.StatusOK {
		t.Fatalf("preview answered %d", status)
	}
	if got := read(t, ctx, ".paper"); !strings.Contains(got, "Ann Lee, Berlin, Germany") {
		t.Errorf("the letter shown is not the signer's:\n%s", got)
	}
	if n := h.actions(t, "email"); n != 0 {
		t.Fatalf("looking made %d actions", n)
	}
	if status := load(t, ctx, chromedp.Focus(chromedp.CSS("#f-consent")), chromedp.KeyEvent(" "),
		chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter)); status != http.StatusOK {
		t.Fatalf("sending answered %d", status)
	}
	if got := read(t, ctx, "h1"); got != "Thank you" {
		t.Errorf("heading %q", got)
	}
	if n := len(h.mail.Left()); n != 1 {
		t.Errorf("%d letters left, want 1", n)
	}
}

// testDoubleClick presses the button twice, with and without JavaScript.
func testDoubleClick(t *testing.T, ctx context.Context) {
	for name, on := range map[string]bool{"script": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			h, url := serve(t, nil)
			run(t, ctx, scripts(on), chromedp.Navigate(url+"/c/email?country=DE"))
			run(t, ctx, keys("#f-name", "Ann Lee"), keys("#f-email", "ann.lee@example.com"),
				click("#f-consent"))
			if on { // the last letter that moves the button has come
				onPage(t, ctx).until(`$(".letter").textContent.includes("Ann Lee,")`)
			}
			load(t, ctx, chromedp.DoubleClick(chromedp.CSS("button[value=send]")))
			run(t, ctx, chromedp.WaitVisible(chromedp.CSS(".outcome")))
			wait(t, func() bool { return len(h.mail.Left()) > 0 }) // the second press may be answered before the first has sent
			if n := len(h.mail.Left()); n != 1 {
				t.Errorf("%d letters left, want 1", n)
			}
			if n := h.actions(t, "email"); n != 1 {
				t.Errorf("%d actions, want 1", n)
			}
		})
	}
}

// testScreens walks the shipped campaigns through their states, holds what shows in each, and with -shots takes pictures.
func testScreens(t *testing.T, ctx context.Context) {
	h, url := serve(t, func(c *web.Config) { c.Campaigns = campaign.Open(infra.Files) })
	run(t, ctx, scripts(true))
	fill := func(name, email string) chromedp.Action[chromedp.Void] {
		return chromedp.Steps(keys("#f-name", name), keys("#f-email", email))
	}
	press := func(value string) chromedp.Action[chromedp.Void] {
		return click("button[value=" + value + "]")
	}
	agree := click("#f-consent")
	day, mtu := url+"/c/protest-day-2007", url+"/c/free-mtu-leaders-2007"

	run(t, ctx, chromedp.Navigate(day+"?language=en"))
	shoot(t, ctx, "form", "h1")
	load(t, ctx, press("send"))
	shoot(t, ctx, "errors", ".alert li a")
	run(t, ctx, chromedp.Navigate(day+"?language=en&country=DE"))
	load(t, ctx, fill("Ann Lee", "ann.lee@example.com"), press("preview"))
	run(t, ctx, click("details summary"))
	shoot(t, ctx, "preview", "#f-letter-body")
	run(t, ctx, keys("#f-letter-body", "I was there."), keys("#f-message", "Own words."))
	load(t, ctx, keys("#f-country", "France"), press("preview"))
	shoot(t, ctx, "own-words", "#f-message-error")
	run(t, ctx, chromedp.Clear(chromedp.CSS("#f-message")))
	load(t, ctx, press("preview"))
	shoot(t, ctx, "astray", ".letters .alert")
	load(t, ctx, press("anew"))
	load(t, ctx, agree, press("send"))
	shoot(t, ctx, "sent", ".outcome .paper")
	run(t, ctx, chromedp.Navigate(day+"?language=zh&country=RU"))
	load(t, ctx, fill("王小明", "wang@example.com"), agree, press("send"))
	shoot(t, ctx, "zh", ".outcome .paper")

	run(t, ctx, chromedp.Navigate(mtu+"?language=ko&country=KR"))
	shoot(t, ctx, "ko", "h1")
	load(t, ctx, fill("محمد العربي", "m@example.com"), agree, press("send"))
	shoot(t, ctx, "confirm-sent", ".outcome .paper")
	left := h.mail.Left()
	link := url + strings.Fields(strings.SplitN(left[len(left)-1].Text, url, 2)[1])[0]
	run(t, ctx, chromedp.Navigate(link))
	shoot(t, ctx, "confirm", "form.buttons")
	load(t, ctx, click("form.buttons button"))
	shoot(t, ctx, "confirmed", "h1")
	run(t, ctx, chromedp.Navigate(url+"/c/protest-day-2007/confirm?token=nonsense"))
	shoot(t, ctx, "bad-link", "h1")
}

// testByHand shows the letters that signers send themselves.
func testByHand(t *testing.T, ctx context.Context) {
	_, url := serve(t, nil)
	run(t, ctx, scripts(true))
	for _, slug := range []string{"print", "self", "relay"} {
		run(t, ctx, chromedp.Navigate(url+"/c/"+slug+"?country=RU"))
		run(t, ctx, keys("#f-name", "Ann Lee"), keys("#f-email", "a@example.com"),
			click("#f-consent"))
		load(t, ctx, click("button[value=send]"))
		shoot(t, ctx, slug, ".tasks")
		switch slug {
		case "print":
			printed(t, ctx, slug, "To:\nMinister of Justice", "Ann Lee, Russia\n\nDate and signature: "+strings.Repeat("_", 30))
		case "self":
			copied(t, ctx)
		case "relay": // without the covering note, which is Korean
			printed(t, ctx, slug, "To:\nMinister of Justice", "Ann Lee, Russia\n\nDate and signature:")
		}
	}
}

// testBack goes back from the result to the letter that was looked at, with all that was typed.
func testBack(t *testing.T, ctx context.Context) {
	_, url := serve(t, nil)
	run(t, ctx, scripts(true), chromedp.Navigate(url+"/c/email?language=en&country=DE"))
	run(t, ctx, keys("#f-name", "Ann Lee"), keys("#f-email", "a@example.com"))
	load(t, ctx, click("button[value=preview]"))
	run(t, ctx, click("#f-consent"))
	load(t, ctx, click("button[value=send]"))
	run(t, ctx, chromedp.NavigateBack(), chromedp.WaitVisible(chromedp.CSS("#f-name")))
	typed, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#f-name").value`))
	if got := read(t, ctx, ".paper"); err != nil || typed != "Ann Lee" || !strings.Contains(got, "Ann Lee") {
		t.Errorf("name %q (%v) and letter:\n%s", typed, err, got)
	}
}

// testLongWord types what no line can be broken in, wherever it shows.
func testLongWord(t *testing.T, ctx context.Context) {
	_, url := serve(t, nil)
	run(t, ctx, scripts(true))
	for slug, field := range map[string]string{"words": "#f-message", "relay": "#f-name"} {
		run(t, ctx, chromedp.Navigate(url+"/c/"+slug+"?language=en&country=DE"))
		run(t, ctx, keys("#f-name", "Ann Lee"))
		// Told of what is typed, the script shows no answer to what was there before.
		eval[bool](onPage(t, ctx), `((e) => (e.value = "Z".repeat("`+slug+`" == "words" ? 400 : 100), e.dispatchEvent(new Event("input", { bubbles: true }))))($("`+field+`"))`)
		load(t, ctx, click("button[value=preview]"))
		shoot(t, ctx, "long-"+slug, ".paper")
		if got := read(t, ctx, ".paper"); !strings.Contains(got, "ZZZZZ") {
			t.Errorf("%s: the word is not in the letter:\n%s", slug, got)
		}
	}
}

// testTestMode prints nothing without saying that it is a test.
func testTestMode(t *testing.T, ctx context.Context) {
	_, url := serve(t, nil)
	run(t, ctx, scripts(true), chromedp.Navigate(url+"/c/trial?language=en&country=DE"))
	run(t, ctx, keys("#f-name", "Ann Lee"), keys("#f-email", "a@example.com"),
		click("#f-consent"))
	load(t, ctx, click("button[value=send]"))
	shoot(t, ctx, "trial", ".tasks")
	printed(t, ctx, "trial", "Test mode:", "Germany")
}

// shoot waits for an element, holds the page to the narrowest phone, and with -shots takes it wide, narrow and dark.
func shoot(t *testing.T, ctx context.Context, name, selector string) {
	t.Helper()
	run(t, ctx, chromedp.EmulateViewport(320, 800), chromedp.WaitVisible(chromedp.CSS(selector)))
	width, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
	if err != nil || width > 320 {
		t.Errorf("%s is %d px wide on a phone of 320 (%v)", name, width, err)
	}
	picture(t, ctx, name+"-narrow")
	run(t, ctx, chromedp.EmulateViewport(1280, 900))
	picture(t, ctx, name+"-wide")
	run(t, ctx, media("prefers-color-scheme", "dark"))
	picture(t, ctx, name+"-dark")
	run(t, ctx, media("prefers-color-scheme", "light"))
}

func media(feature, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
		})
		return err
	})
}

func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// copied presses the copy button: whether or not the browser lets a page write to the clipboard, the letter is selected.
func copied(t *testing.T, ctx context.Context) {
	t.Helper()
	run(t, ctx, click("[data-copy]"))
	selected, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.querySelector("textarea.copy"))`))
	if err != nil || !strings.HasPrefix(selected, "To:\nMinister of Justice") || !strings.HasSuffix(strings.TrimSpace(selected), "Russia") {
		t.Errorf("selected %q (%v)", selected, err)
	}
}

// printed holds the printed page to A4 and one sheet, with nothing but the letter on it.
func printed(t *testing.T, ctx context.Context, name, first, last string) {
	t.Helper()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	if boxes := mediaBox.FindAllSubmatch(pdf, -1); len(boxes) != 1 || string(boxes[0][1]) != "594" || string(boxes[0][2]) != "841" {
		t.Errorf("%s: not one sheet of A4: %q", name, boxes)
	}
	run(t, ctx, paper)
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil || !strings.HasPrefix(strings.TrimSpace(shown), first) || !strings.HasSuffix(strings.TrimSpace(shown), last) {
		t.Errorf("%s printed (%v):\n%s", name, err, shown)
	}
	picture(t, ctx, "printed-"+name)
	run(t, ctx, media("prefers-color-scheme", "light"))
}

var mediaBox = regexp.MustCompile(`/MediaBox ?\[0 0 ([0-9]+)[.0-9]* ([0-9]+)`)

// paper shows pages as they are printed.
func paper(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	return chromedp.Void{}, err
}
