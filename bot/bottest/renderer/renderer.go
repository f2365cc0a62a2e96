// Package renderer draws cards in Chromium by Microsoft's own renderer (npm adaptivecards), beside what the
// sandbox makes of them, and says what is wrong with either.
//
// A card is good when it is valid Adaptive Cards 1.5 to the renderer: no event of parsing or validating, and no
// property that it does not know. No npm package has the JSON schema of 1.5 (that of adaptivecards-designer ends
// before tables and Action.Execute), so the renderer is the judge. Every text must be drawn by both, nothing may
// be cut off or stand out of the card at a phone's and at a desktop's width, inputs need labels, and the
// sandbox's texts enough contrast, light and dark.
package renderer

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
)

var (
	//go:embed renderer.html
	page string
	//go:embed renderer.js
	script string
)

// Renderer is Chromium with a page that draws cards.
type Renderer struct{ ctx context.Context }

// Open starts one for a test of a package beside the sandbox's. What is missing on this machine skips the test,
// and fails it with KEYDESK_E2E=1.
func Open(t testing.TB) *Renderer {
	t.Helper()
	const modules, assets = "../../cards/testdata/renderer/node_modules", "../sandbox/assets"
	_, err := os.Stat(modules)
	browser.Need(t, err == nil, "Microsoft's renderer (npm ci in cards/testdata/renderer)")
	mux := http.NewServeMux()
	mux.Handle("/modules/", http.StripPrefix("/modules", http.FileServer(http.Dir(modules))))
	mux.Handle("/assets/", http.StripPrefix("/assets", http.FileServer(http.Dir(assets))))
	mux.HandleFunc("/{$}", text("text/html; charset=utf-8", page))
	mux.HandleFunc("/renderer.js", text("text/javascript; charset=utf-8", script))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	r := &Renderer{browser.Open(t)}
	browser.Size(t, r.ctx, 1500, 900, "light") // wide enough for both drawings
	browser.Do(t, r.ctx, chromedp.Navigate(s.URL), chromedp.WaitReady(chromedp.CSS("body[data-ready]")))
	return r
}

func text(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body)) // the browser is gone
	}
}

// Faults are what is wrong with a card, whose JSON and whose drawing by the sandbox are given.
func (r *Renderer) Faults(t testing.TB, card, sandbox string) []string {
	t.Helper()
	faults, err := chromedp.Run(r.ctx, chromedp.Evaluate[[]string]("judge("+card+", "+quoted(sandbox)+")"))
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// Pictures saves both drawings in every width and scheme, where KEYDESK_PICTURES names a folder.
func (r *Renderer) Pictures(t testing.TB, name, card, sandbox string) {
	t.Helper()
	if os.Getenv("KEYDESK_PICTURES") == "" {
		return
	}
	for _, look := range []struct {
		width  int
		scheme string
	}{{320, "light"}, {320, "dark"}, {700, "light"}, {700, "dark"}} {
		draw := fmt.Sprintf("draw(%s, %s, %d, %q); ''", card, quoted(sandbox), look.width, look.scheme)
		browser.Script(t, r.ctx, draw)
		browser.WholePicture(t, r.ctx, fmt.Sprintf("%s-%d-%s", name, look.width, look.scheme))
	}
}

func quoted(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(raw)
}
