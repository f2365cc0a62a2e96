package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// modules is where npm puts Microsoft's renderer and the markdown it goes with.
const modules = "../../cards/testdata/renderer/node_modules"

// needs skips a test that lacks something; with KEYDESK_E2E=1 that is a failure.
func needs(t *testing.T, have bool, what string) {
	t.Helper()
	switch {
	case have:
	case os.Getenv("KEYDESK_E2E") == "1":
		t.Fatal("KEYDESK_E2E=1, but there is no " + what)
	default:
		t.Skip("needs " + what + "; .ci/run installs it")
	}
}

// microsoft is Chromium with a page that draws cards by Microsoft's renderer, and beside them as the sandbox does.
func microsoft(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	needs(t, path != "", "Chromium")
	_, err := os.Stat(modules)
	needs(t, err == nil, "Microsoft's renderer (npm ci in cards/testdata/renderer)")
	mux := http.NewServeMux()
	mux.Handle("/modules/", http.StripPrefix("/modules", http.FileServer(http.Dir(modules))))
	mux.Handle("/assets/", http.StripPrefix("/assets", http.FileServer(http.Dir("assets"))))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/renderer.html") })
	mux.HandleFunc("/renderer.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/renderer.js") })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.URL), chromedp.WaitReady(chromedp.CSS("body[data-ready]"))); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// verdict is what the renderer found on a card.
type verdict struct {
	Events  []string // of parsing and validating
	Unknown []string // properties that the renderer does not know
	Missing []string // texts of the card that are not drawn by it
	Beside  []string // texts that it draws and the sandbox does not
	Wide    []string // what is wider than its box
	Labels  []string // inputs without a label
}

// TestCardsAsMicrosoftDrawsThem: every kind of card is valid Adaptive Cards 1.5 to Microsoft's own renderer, is drawn
// whole by it on a phone and on a desktop, and the sandbox draws the same texts.
func TestCardsAsMicrosoftDrawsThem(t *testing.T) {
	ctx := microsoft(t)
	w := newWorld(t)
	all, err := filepath.Glob("../../cards/testdata/*.json")
	if err != nil || len(all) < 12 {
		t.Fatalf("%d cards, %v", len(all), err)
	}
	for _, path := range all {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			card, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ours := draw(t, w, string(card))
			for _, width := range []int64{320, 700} {
				for _, scheme := range []string{"light", "dark"} {
					show(t, ctx, width, scheme)
					for _, fault := range judge(t, ctx, string(card), ours).all() {
						t.Errorf("%d px: %s", width, fault)
					}
					picture(t, ctx, fmt.Sprintf("renderer-%s-%d-%s", name, width, scheme))
				}
			}
		})
	}
}

// TestTheJudge: cards with faults are found faulty.
func TestTheJudge(t *testing.T) {
	ctx := microsoft(t)
	for want, body := range map[string]string{
		"event: ":                  `{"type":"Input.ChoiceSet","label":"a"}`,
		"unknown element Nonsense": `{"type":"Nonsense"}`,
		"TextBlock.weigth":         `{"type":"TextBlock","text":"a","weigth":"Bolder"}`,
		"without a label: a":       `{"type":"Input.Text","id":"a"}`,
		"not drawn: a":             `{"type":"TextBlock","text":"a","isVisible":false}`,
		"does not show: only here": `{"type":"TextBlock","text":"only here"}`,
		"wider than its box: ":     `{"type":"TextBlock","text":"` + strings.Repeat("x", 200) + `","wrap":false}`,
	} {
		card := `{"type":"AdaptiveCard","version":"1.5","body":[` + body + `]}`
		if got := strings.Join(judge(t, ctx, card, "<p>a</p>").all(), "; "); !strings.Contains(got, want) {
			t.Errorf("%q was not found, only %q", want, got)
		}
	}
	if got := judge(t, ctx, `{"type":"AdaptiveCard","version":"1.5","body":[{"type":"TextBlock","text":"a"}]}`, "<p>a</p>").all(); len(got) > 0 {
		t.Errorf("a good card: %v", got)
	}
}

func (v verdict) all() (out []string) {
	for what, some := range map[string][]string{"event": v.Events, "unknown property": v.Unknown, "not drawn": v.Missing,
		"the sandbox does not show": v.Beside, "wider than its box": v.Wide, "without a label": v.Labels} {
		for _, s := range some {
			out = append(out, what+": "+s)
		}
	}
	return out
}

// judge draws a card and says what is wrong with it.
func judge(t *testing.T, ctx context.Context, card, ours string) (v verdict) {
	t.Helper()
	beside, err := json.Marshal(ours)
	if err != nil {
		t.Fatal(err)
	}
	v, err = chromedp.Run(ctx, chromedp.Evaluate[verdict]("judge("+card+", "+string(beside)+")"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func show(t *testing.T, ctx context.Context, width int64, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err == nil {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf("size(%d, %q)", width, scheme)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// picture saves both drawings, where KEYDESK_PICTURES names a folder.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("KEYDESK_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}
