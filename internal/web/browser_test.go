package web_test

import (
	"context"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // before go test gives up, which tells less
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.ExecPath(path),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900)))
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

// load runs steps that end in another page, and waits for it.
func load(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) int64 {
	t.Helper()
	r, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Status
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
	t.Run("by keyboard", func(t *testing.T) { testByKeyboard(t, ctx) })
	t.Run("double click", func(t *testing.T) { testDoubleClick(t, ctx) })
	t.Run("screens", func(t *testing.T) { testScreens(t, ctx) })
	t.Run("by hand", func(t *testing.T) { testByHand(t, ctx) })
	t.Run("back", func(t *testing.T) { testBack(t, ctx) })
	t.Run("test mode", func(t *testing.T) { testTestMode(t, ctx) })
	t.Run("long word", func(t *testing.T) { testLongWord(t, ctx) })
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
			run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-name"), "Ann Lee"), chromedp.SendKeys(chromedp.CSS("#f-email"), "ann.lee@example.com"),
				chromedp.Click(chromedp.CSS("#f-consent")))
			load(t, ctx, chromedp.DoubleClick(chromedp.CSS("button[value=send]")))
			run(t, ctx, chromedp.WaitVisible(chromedp.CSS(".outcome")))
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
		return chromedp.Steps(chromedp.SendKeys(chromedp.CSS("#f-name"), name), chromedp.SendKeys(chromedp.CSS("#f-email"), email))
	}
	press := func(value string) chromedp.Action[chromedp.Void] {
		return chromedp.Click(chromedp.CSS("button[value=" + value + "]"))
	}
	agree := chromedp.Click(chromedp.CSS("#f-consent"))
	day, mtu := url+"/c/protest-day-2007", url+"/c/free-mtu-leaders-2007"

	run(t, ctx, chromedp.Navigate(day+"?language=en"))
	shoot(t, ctx, "form", "h1")
	load(t, ctx, press("send"))
	shoot(t, ctx, "errors", ".alert li a")
	run(t, ctx, chromedp.Navigate(day+"?language=en&country=DE"))
	load(t, ctx, fill("Ann Lee", "ann.lee@example.com"), press("preview"))
	run(t, ctx, chromedp.Click(chromedp.CSS("details summary")))
	shoot(t, ctx, "preview", "#f-letter-body")
	run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-letter-body"), "I was there."), chromedp.SendKeys(chromedp.CSS("#f-message"), "Own words."))
	load(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-country"), "France"), press("preview"))
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
	load(t, ctx, chromedp.Click(chromedp.CSS("form.buttons button")))
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
		run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-name"), "Ann Lee"), chromedp.SendKeys(chromedp.CSS("#f-email"), "a@example.com"),
			chromedp.Click(chromedp.CSS("#f-consent")))
		load(t, ctx, chromedp.Click(chromedp.CSS("button[value=send]")))
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
	run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-name"), "Ann Lee"), chromedp.SendKeys(chromedp.CSS("#f-email"), "a@example.com"))
	load(t, ctx, chromedp.Click(chromedp.CSS("button[value=preview]")))
	run(t, ctx, chromedp.Click(chromedp.CSS("#f-consent")))
	load(t, ctx, chromedp.Click(chromedp.CSS("button[value=send]")))
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
		run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-name"), "Ann Lee"))
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("`+field+`").value = "Z".repeat("`+slug+`" == "words" ? 400 : 100)`)); err != nil {
			t.Fatal(err)
		}
		load(t, ctx, chromedp.Click(chromedp.CSS("button[value=preview]")))
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
	run(t, ctx, chromedp.SendKeys(chromedp.CSS("#f-name"), "Ann Lee"), chromedp.SendKeys(chromedp.CSS("#f-email"), "a@example.com"),
		chromedp.Click(chromedp.CSS("#f-consent")))
	load(t, ctx, chromedp.Click(chromedp.CSS("button[value=send]")))
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
	run(t, ctx, chromedp.Click(chromedp.CSS("[data-copy]")))
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
