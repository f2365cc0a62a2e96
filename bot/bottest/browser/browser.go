// Package browser is the headless Chromium of the tests.
//
// A person's click lands because the person waits until the page is still. So does Click: it waits until its
// target stands still and nothing lies over it. What never comes to rest, or stays covered, is a fault of the
// page, and the test fails with what it saw.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// guard ends a browser that hangs, after a time that no test comes near, and that many pictures need.
func guard() time.Duration {
	if os.Getenv("KEYDESK_PICTURES") != "" {
		return 20 * time.Minute
	}
	return 2 * time.Minute
}

// Need skips a test that lacks something; with KEYDESK_E2E=1 that is a failure.
func Need(t testing.TB, have bool, what string) {
	t.Helper()
	switch {
	case have:
	case os.Getenv("KEYDESK_E2E") == "1":
		t.Fatal("KEYDESK_E2E=1, but there is no " + what)
	default:
		t.Skip("needs " + what + "; .ci/run installs it")
	}
}

// Open starts Chromium with a profile of its own. Without one the test is skipped (Need).
func Open(t testing.TB) context.Context {
	t.Helper()
	path := installed()
	Need(t, path != "", "Chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(context.Background(), guard())
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	Do(t, ctx, chromedp.Navigate("about:blank"))
	return ctx
}

func installed() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Size gives the browser a window and a colour scheme. Nothing moves by itself.
func Size(t testing.TB, ctx context.Context, width, height int64, scheme string) {
	t.Helper()
	Do(t, ctx, chromedp.EmulateViewport(width, height))
	Scheme(t, ctx, scheme)
}

// Scheme sets the colour scheme, "light" or "dark".
func Scheme(t testing.TB, ctx context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		t.Fatal(err)
	}
}

// Do takes the steps one after the other.
func Do(t testing.TB, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		Picture(t, ctx, "failed")
		t.Fatal(err)
	}
}

// Script runs in the page and gives a text; it may be a promise.
func Script(t testing.TB, ctx context.Context, js string) string {
	t.Helper()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
	if err != nil {
		Picture(t, ctx, "failed")
		t.Fatal(err)
	}
	return out
}

// Upload puts a file into a file input.
func Upload(t testing.TB, ctx context.Context, selector, name, content string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	Do(t, ctx, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Picture saves what the browser shows, where KEYDESK_PICTURES names a folder.
func Picture(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	save(t, ctx, name, chromedp.CaptureScreenshot())
}

// WholePicture saves the whole page, also what is scrolled out of view.
func WholePicture(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	save(t, ctx, name, chromedp.FullScreenshot(100))
}

func save(t testing.TB, ctx context.Context, name string, shot chromedp.Action[[]byte]) {
	t.Helper()
	dir := os.Getenv("KEYDESK_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, shot)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Log("no picture:", err)
	}
}
