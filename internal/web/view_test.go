package web_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// view is where a form stands in a tab: a document, a widget's shadow root, a frame.
type view struct {
	*testing.T
	ctx   context.Context
	root  string // JavaScript for the document or shadow root
	frame bool   // the document is the first frame's
}

// tab answers a tab of its own in the browser, gone when the test ends.
func tab(t *testing.T, browser context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	run(t, ctx, focused)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// focused lets a tab behind another one take keys.
func focused(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return chromedp.Void{}, err
}

func onPage(t *testing.T, ctx context.Context) view { return view{T: t, ctx: ctx, root: "document"} }

func inWidget(t *testing.T, ctx context.Context, n int) view {
	return view{T: t, ctx: ctx, root: fmt.Sprintf("document.querySelectorAll('one-click-protest')[%d].shadowRoot", n)}
}

func inFrame(t *testing.T, ctx context.Context) view {
	return view{T: t, ctx: ctx, root: "document", frame: true}
}

// try evaluates an expression, in which $ finds an element of the view and $$ all.
func try[T any](v view, expression string) (T, error) {
	full := fmt.Sprintf(`(() => { const root = %s, $ = (s) => root.querySelector(s), $$ = (s) => [...root.querySelectorAll(s)]; return (%s); })()`,
		v.root, expression)
	options := []chromedp.EvaluateOption{chromedp.EvalAwaitPromise}
	if v.frame {
		world, err := chromedp.Run(v.ctx, firstFrame)
		if err != nil {
			var none T
			return none, err
		}
		options = append(options, func(p *runtime.EvaluateParams) { p.ContextID = world })
	}
	return chromedp.Run(v.ctx, chromedp.Evaluate[T](full, options...))
}

// firstFrame answers a context for scripts in a page's first frame.
func firstFrame(ctx context.Context, t *chromedp.Target) (runtime.ExecutionContextID, error) {
	tree, err := cdp.Call(ctx, t, browserpage.GetFrameTree, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	if len(tree.FrameTree.ChildFrames) == 0 {
		return 0, fmt.Errorf("no frame")
	}
	id := tree.FrameTree.ChildFrames[0].Frame.ID
	world, err := cdp.Call(ctx, t, browserpage.CreateIsolatedWorld, browserpage.CreateIsolatedWorldParams{FrameID: id})
	return world.ExecutionContextID, err
}

func eval[T any](v view, expression string) T {
	v.Helper()
	value, err := try[T](v, expression)
	if err != nil {
		v.Fatalf("%s: %v", expression, err)
	}
	return value
}

// patience is how long a condition may take to come true, and a page to come, on a machine that is busy with other tests. Nothing waits for it
// but what fails.
const patience = 30 * time.Second

// until waits for a condition, also over the change of a page.
func (v view) until(condition string) {
	v.Helper()
	var ok bool
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if ok, err = try[bool](v, "Boolean("+condition+")"); err == nil && ok {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	shown, _ := try[string](v, "(root.body ?? root).textContent")
	v.Fatalf("never so: %s (%v)\n%s", condition, err, shown)
}

func (v view) state(state string) {
	v.Helper()
	v.until(`$(".protest")?.dataset.state === "` + state + `"`)
}

func (v view) text(selector string) string {
	v.Helper()
	return eval[string](v, `$("`+selector+`").innerText`)
}

// enter types a text into a field, as a keyboard does.
func (v view) enter(selector, text string) {
	v.Helper()
	v.until(`$("` + selector + `")`)
	eval[bool](v, `($("`+selector+`").focus(), true)`)
	run(v.T, v.ctx, chromedp.KeyEvent(text))
}

func (v view) choose(selector, value string) {
	v.Helper()
	eval[bool](v, fmt.Sprintf(`((e) => (e.value = %q, e.dispatchEvent(new Event("change", { bubbles: true })), e.value === %[1]q))($(%q))`, value, selector))
}

func (v view) press(selector string) {
	v.Helper()
	v.until(`$("` + selector + `")`)
	eval[bool](v, `($("`+selector+`").click(), true)`)
}

// fill fills in what every campaign asks.
func (v view) fill(name, email, country string) {
	v.Helper()
	v.enter("#f-name", name)
	v.enter("#f-email", email)
	v.choose("#f-country", country)
}

// followed waits for the letter that follows what fill filled in, the last one: no answer of the server's is on its way any more that would put
// what it knows of in the place of what a test puts there by itself.
func (v view) followed() {
	v.Helper()
	v.until(`$(".letter").textContent.includes("Ann Lee, Germany")`)
}

// agree presses a remembered signer's one button, once the page takes it for meant.
func (v view) agree() {
	v.Helper()
	v.until(`performance.now() - (window.came ??= performance.now()) > 500`)
	v.press(".agree")
}

func (v view) send() {
	v.Helper()
	v.press("#f-consent:not(:checked)")
	v.press("button[value=send]:not(.agree)")
}

// heard collects what the tab's console says.
func heard(t *testing.T, ctx context.Context) func() string {
	t.Helper()
	var mu sync.Mutex
	var said strings.Builder
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			mu.Lock()
			said.WriteString(m.String() + "\n")
			mu.Unlock()
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return said.String()
	}
}

// tabTo presses the tab key until the focus is on an element.
func (v view) tabTo(selector string) {
	v.Helper()
	for range 60 {
		if eval[bool](v, `root.activeElement?.matches(`+"`"+selector+"`"+`) ?? false`) {
			return
		}
		run(v.T, v.ctx, chromedp.KeyEvent(kb.Tab))
	}
	v.Fatalf("the tab key never comes to %s", selector)
}

// wait waits for what no page shows.
func wait(t *testing.T, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never so")
		}
	}
}
