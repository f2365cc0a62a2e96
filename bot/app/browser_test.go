package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a headless Chromium with a profile of its own.
type browser struct {
	t   testing.TB
	ctx context.Context
}

// open starts Chromium. Without one the test is skipped; with KEYDESK_E2E=1 that is a failure.
func open(t testing.TB, width, height int64, scheme string) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" && os.Getenv("KEYDESK_E2E") == "1" {
		t.Fatal("KEYDESK_E2E=1, but there is no Chromium")
	}
	if path == "" {
		t.Skip("needs Chromium; .ci/run installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t, ctx}
	b.do(chromedp.Navigate("about:blank"), chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
}

func (b *browser) goTo(url, until string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS(until)))
}

// say types a line into one's own chat and waits until the newest message, the answer, has the text.
func (b *browser) say(line, until string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#write-0"), line+kb.Enter))
	b.await(until)
}

// await waits until the newest message of one's own chat has the text.
func (b *browser) await(text string) {
	b.t.Helper()
	b.eval(`new Promise((done) => {
		const look = () => { const m = [...document.querySelectorAll("#chat-0 .msg")].at(-1);
			return m && m.innerText.includes(` + strconv.Quote(text) + `) };
		if (look()) return done("");
		new MutationObserver((_, o) => { if (look()) { o.disconnect(); done("") } })
			.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
	})`)
}

func (b *browser) fill(name, value string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(last+` [name="`+name+`"]`), value))
}

// last is the newest message of one's own chat.
const last = "#chat-0 .msg:last-of-type"

func (b *browser) press(selector, until string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.WaitVisible(chromedp.CSS(until)))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// eval runs a script and returns its text.
func (b *browser) eval(script string) string {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
	return out
}

// picture saves what the browser shows, where KEYDESK_PICTURES names a folder.
func (b *browser) picture(name string) {
	dir := os.Getenv("KEYDESK_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Log("no picture:", err)
	}
}
