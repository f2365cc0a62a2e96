package browser_test

import (
	"net/url"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
)

// TestClickWaits: a target that moves, comes late, is scrolled away or is covered for a while is clicked all
// the same.
func TestClickWaits(t *testing.T) {
	ctx := browser.Open(t)
	for name, page := range map[string]string{
		"moves": `<button id=a style="position:absolute">a</button><script>let n = 0; const step = () => {
			a.style.top = 20 * ++n + "px"; if (n < 20) requestAnimationFrame(step) }; step()</script>`,
		"late": `<script>setTimeout(() => document.body.innerHTML = "<button id=a>a</button>", 200)</script>`,
		"far":  `<div style="height:5000px"></div><button id=a>a</button>`,
		"covered": `<button id=a>a</button><div id=c style="position:fixed;inset:0"></div><script>
			setTimeout(() => c.remove(), 200)</script>`,
	} {
		t.Run(name, func(t *testing.T) {
			page := "data:text/html," + url.PathEscape("<!doctype html><body>"+page)
			browser.Do(t, ctx, chromedp.Navigate(page))
			browser.Script(t, ctx, `addEventListener("click", (e) => document.title += e.target.id); ""`)
			browser.Do(t, ctx, browser.Click("#a"))
			if got := browser.Script(t, ctx, "document.title"); got != "a" {
				t.Errorf("clicked on %q", got)
			}
		})
	}
}
