package app_test

import (
	"context"
	"strconv"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chatPage is the sandbox's page in a browser.
type chatPage struct {
	t   testing.TB
	ctx context.Context
}

func open(t testing.TB, width, height int64, scheme string) *chatPage {
	t.Helper()
	b := &chatPage{t, browser.Open(t)}
	browser.Size(t, b.ctx, width, height, scheme)
	return b
}

func (b *chatPage) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	browser.Do(b.t, b.ctx, steps...)
}

func (b *chatPage) goTo(url, until string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url), browser.Visible(until))
}

// enter opens the page as a person and waits for the welcome. It comes by itself, and may come so late that it
// stands behind the answer to the first line.
func (b *chatPage) enter(base, person string) {
	b.t.Helper()
	b.goTo(base+"/?as="+person, "body[data-ready]")
	b.do(browser.Visible("#chat-0 .msg"))
}

// say types a line into one's own chat and waits until the newest message, the answer, has the text.
func (b *chatPage) say(line, until string) {
	b.t.Helper()
	b.do(browser.Type("#write-0", line+kb.Enter))
	b.await(until)
}

// await waits until the newest message of one's own chat has the text.
func (b *chatPage) await(text string) {
	b.t.Helper()
	b.awaitIn("#chat-0", text)
}

// awaitIn waits until the newest message of a chat, or of its newest post, has the text.
func (b *chatPage) awaitIn(chat, text string) {
	b.t.Helper()
	b.eval(`new Promise((done) => {
		const all = () => [...document.querySelectorAll(` + strconv.Quote(chat+" .msg") + `)];
		const look = () => all().at(-1)?.innerText.includes(` + strconv.Quote(text) + `);
		if (look()) return done("");
		new MutationObserver((_, o) => { if (look()) { o.disconnect(); done("") } })
			.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
	})`)
}

// newest is the newest message of one's own chat.
const newest = `[...document.querySelectorAll("#chat-0 .msg")].at(-1)`

// fill types into a field of the newest message.
func (b *chatPage) fill(name, value string) {
	b.t.Helper()
	field := newest + `?.querySelector('[name="` + name + `"]')`
	b.do(browser.ClickOn(field))
	b.eval(`{ const f = ` + field + `; f.setSelectionRange?.(f.value.length, f.value.length); } ""`)
	b.do(chromedp.KeyEvent(value))
}

// verb clicks the first button of the newest message that runs the command.
func (b *chatPage) verb(verb string) {
	b.t.Helper()
	b.do(browser.ClickOn(newest + `?.querySelector('[data-verb="` + verb + `"]')`))
}

// button clicks a button of the newest message by what stands on it.
func (b *chatPage) button(title string) {
	b.t.Helper()
	b.do(browser.ClickOn(`[...(` + newest + `?.querySelectorAll("button") ?? [])]
		.find((e) => e.textContent.trim() === ` + strconv.Quote(title) + `)`))
}

func (b *chatPage) press(selector, until string) {
	b.t.Helper()
	b.do(browser.Click(selector), browser.Visible(until))
}

// eval runs a script and returns its text.
func (b *chatPage) eval(script string) string {
	b.t.Helper()
	return browser.Script(b.t, b.ctx, script)
}

// picture saves what the browser shows, where KEYDESK_PICTURES names a folder.
func (b *chatPage) picture(name string) {
	b.t.Helper()
	browser.Picture(b.t, b.ctx, name)
}

func (b *chatPage) upload(selector, content string) {
	b.t.Helper()
	browser.Upload(b.t, b.ctx, selector, "keys of Contoso.csv", content)
}
