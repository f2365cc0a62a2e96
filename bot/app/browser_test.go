package app_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chatPage is the sandbox's page in a browser, at one of its chats.
type chatPage struct {
	t    testing.TB
	ctx  context.Context
	chat int // 0 is one's own chat, 1 the channel approvals
}

func open(t testing.TB, width, height int64, scheme string) *chatPage {
	t.Helper()
	b := &chatPage{t: t, ctx: browser.Open(t)}
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

// in is the same page at another chat. On a phone that is shown in place of the one before.
func (b *chatPage) in(chat int) *chatPage {
	b.t.Helper()
	tab := fmt.Sprintf("#tab-%d", chat)
	if b.eval(`String(document.querySelector("`+tab+`").offsetParent !== null)`) == "true" {
		b.do(browser.Click(tab))
	}
	return &chatPage{b.t, b.ctx, chat}
}

// newest is the newest message of the chat.
func (b *chatPage) newest() string {
	return fmt.Sprintf(`[...document.querySelectorAll("#chat-%d .msg")].at(-1)`, b.chat)
}

// say types a line into the chat and waits until the newest message, the answer, has the text.
func (b *chatPage) say(line, until string) {
	b.t.Helper()
	b.do(browser.Type(fmt.Sprintf("#write-%d", b.chat), line+kb.Enter))
	b.await(until)
}

// await waits until the newest message of the chat has the text.
func (b *chatPage) await(text string) {
	b.t.Helper()
	b.awaitIn(b.newest(), text)
}

// awaitIn waits until what a script gives has the text.
func (b *chatPage) awaitIn(element, text string) {
	b.t.Helper()
	b.eval(`new Promise((done) => {
		const look = () => ` + element + `?.innerText.includes(` + strconv.Quote(text) + `);
		if (look()) return done("");
		new MutationObserver((_, o) => { if (look()) { o.disconnect(); done("") } })
			.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
	})`)
}

// fill types into a field of the newest message.
func (b *chatPage) fill(name, value string) {
	b.t.Helper()
	field := b.newest() + `?.querySelector('[name="` + name + `"]')`
	b.do(browser.ClickOn(field))
	b.eval(`{ const f = ` + field + `; f.setSelectionRange?.(f.value.length, f.value.length); } ""`)
	b.do(chromedp.KeyEvent(value))
}

// choose takes one of a list of the newest message.
func (b *chatPage) choose(name, value string) {
	b.t.Helper()
	b.eval(`{ const list = ` + b.newest() + `.querySelector('select[name="` + name + `"]');
		list.value = ` + strconv.Quote(value) + `;
		list.dispatchEvent(new Event("change", { bubbles: true })); } ""`)
}

// text is what the newest message says.
func (b *chatPage) text() string {
	b.t.Helper()
	return b.eval(b.newest() + ".innerText")
}

// verb clicks the first button of the newest message that runs the command.
func (b *chatPage) verb(verb string) {
	b.t.Helper()
	b.do(browser.ClickOn(b.newest() + `?.querySelector('[data-verb="` + verb + `"]')`))
}

// button clicks a button of the newest message by what stands on it.
func (b *chatPage) button(title string) {
	b.t.Helper()
	b.do(browser.ClickOn(`[...(` + b.newest() + `?.querySelectorAll("button") ?? [])]
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
