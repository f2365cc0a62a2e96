package web_test

import (
	"context"
	"strings"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The steps in the browser, by short names.
var (
	do      = browser.Do
	click   = browser.Click
	visible = browser.Visible
	script  = browser.Script
	typed   = browser.Type
	choose  = browser.Upload
	sized   = browser.Size
)

// browse opens a link of w in Chromium.
func browse(t *testing.T, w *world) context.Context {
	t.Helper()
	ctx := browser.Open(t)
	do(t, ctx, chromedp.Navigate(w.url+"/r/"+token), visible("#reveal"))
	return ctx
}

// picture saves what the browser shows, where KEYDESK_PICTURES names a folder.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	browser.Picture(t, ctx, "web-"+name)
}

// focused waits until the Reveal button has the focus.
const focused = `new Promise((done) => { const look = () =>
	document.activeElement.id === "reveal" ? done("") : requestAnimationFrame(look); look(); })`

// everything is all that the page holds, seen or not.
const everything = `document.documentElement.outerHTML`

// TestValueLeavesThePage: Enter reveals, a part can be covered and copied, and after Hide, after a minute and
// after leaving the page nothing of the value is on it.
func TestValueLeavesThePage(t *testing.T) {
	for name, leave := range map[string]string{
		"hide":     `document.getElementById("hide").click(); ""`,
		"a minute": `{ const now = Date.now; Date.now = () => now() + 61000; } ""`,
		"leaving":  `dispatchEvent(new PageTransitionEvent("pagehide")); ""`,
		"freezing": `document.dispatchEvent(new Event("freeze")); ""`,
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, &links{once: true}, nil, nil)
			ctx := browse(t, w)
			if page := script(t, ctx, everything); strings.Contains(page, "obviously-fake") || w.desk.claimed() > 0 {
				t.Error("the value was there before the press")
			}
			script(t, ctx, focused) // autofocus comes with the first frame, which may be after the load
			do(t, ctx, chromedp.KeyEvent(kb.Enter), visible("#parts pre"))
			is(t, ctx, `[...document.querySelectorAll("#parts pre")].map((p) => p.textContent).join("|")`,
				"obviously-fake-client-id|"+secret)
			if got := script(t, ctx, `document.activeElement.tagName`); got != "H1" {
				t.Errorf("the focus is on %s; a screen reader would not know", got)
			}
			script(t, ctx, leave)
			do(t, ctx, visible("#over"))
			if page := script(t, ctx, everything); strings.Contains(page, "obviously-fake") {
				t.Error("the page still has the value")
			}
			do(t, ctx, chromedp.Navigate(w.url+"/r/"+token), chromedp.WaitReady(chromedp.CSS("main")))
			if n := w.desk.claimed(); n != 1 {
				t.Errorf("%d claims", n)
			}
		})
	}
}

func TestCoverAndCopy(t *testing.T) {
	ctx := browse(t, start(t, &links{}, nil, nil))
	script(t, ctx, `navigator.clipboard.writeText = (s) => { window.copied = s; return Promise.resolve(); }; ""`)
	do(t, ctx, click("#reveal"), click(`[aria-label="Cover Client secret"]`),
		visible(`[aria-label="Show Client secret"]`))
	if page := script(t, ctx, everything); strings.Contains(page, "obviously-fake-secret") {
		t.Error("covered, it is still on the page")
	}
	do(t, ctx, click(`[aria-label="Copy Client secret"]`), visible(`[aria-label="Copied Client secret"]`))
	if got := script(t, ctx, `window.copied`); got != secret {
		t.Errorf("copied %q", got)
	}
	got := script(t, ctx, `document.getElementById("status").textContent`)
	if !strings.Contains(got, "clipboard keeps it") {
		t.Errorf("said %q", got)
	}
}

// TestRefusedAndUnreachable: the page says what happened in words, and that the link may be spent.
func TestRefusedAndUnreachable(t *testing.T) {
	w := start(t, &links{spent: true}, nil, nil)
	ctx := browse(t, w)
	do(t, ctx, click("#reveal"), visible("#failed"))
	if got := script(t, ctx, `document.getElementById("why").textContent`); !strings.Contains(got, "was used") {
		t.Errorf("said %q", got)
	}
	do(t, ctx, chromedp.Navigate(w.url+"/r/"+token), visible("#reveal"))
	script(t, ctx, `window.fetch = () => Promise.reject(new TypeError("offline")); ""`)
	do(t, ctx, click("#reveal"), visible("#failed"))
	got := script(t, ctx, `document.getElementById("why").textContent`)
	if !strings.Contains(got, "may be used up") {
		t.Errorf("said %q", got)
	}
}
