package sandbox_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"

	"keydesk/bot/bottest/browser"

	"github.com/chromedp/chromedp"
)

// window is a browser in which somebody has the page open.
type window struct {
	t   testing.TB
	ctx context.Context
}

func (w *world) window(as string, width, height int64, scheme string) *window {
	b := &window{w.t, browser.Open(w.t)}
	browser.Size(b.t, b.ctx, width, height, scheme)
	browser.Do(b.t, b.ctx, chromedp.Navigate(w.teams.Address()), browser.Visible(".people"),
		chromedp.Navigate(w.base+"/?as="+as), browser.Visible("body[data-ready]"))
	if width < 820 {
		browser.Do(b.t, b.ctx, browser.Click("#tab-1"))
	}
	return b
}

// shows waits until the approvals channel shows a text.
func (b *window) shows(text string) {
	b.t.Helper()
	browser.Script(b.t, b.ctx, `new Promise((done) => {
		const look = () => document.querySelector("#chat-1").innerText.includes(`+strconv.Quote(text)+`);
		if (look()) return done("");
		new MutationObserver((_, o) => { if (look()) { o.disconnect(); done("") } })
			.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
	})`)
}

func (b *window) reads(what, want string) {
	b.t.Helper()
	if got := browser.Script(b.t, b.ctx, `document.querySelector("#chat-1")`+what); got != want {
		b.t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func (b *window) press(verb string) {
	b.t.Helper()
	browser.Do(b.t, b.ctx, browser.Click(`#chat-1 [data-verb="`+verb+`"]`))
}

// TestTwoPeopleInAChannel: a card comes to two people at once; one fills it in and presses, is told alone what is
// wrong, then sees the answer at once; the other sees it when the bot edits the message.
func TestTwoPeopleInAChannel(t *testing.T) {
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"desktop-light", 1440, 900, "light"}, {"phone-dark", 390, 844, "dark"}} {
		t.Run(look.name, func(t *testing.T) {
			w := newWorld(t)
			one := w.window(admin, look.width, look.height, look.scheme)
			two := w.window(tech, look.width, look.height, look.scheme)
			shot := func(b *window, name string) { browser.Picture(t, b.ctx, look.name+"-channel-"+name) }
			id := w.post(approvals, cardMessage(requestCard))
			one.shows("Wants meraki")
			two.shows("Wants meraki")
			shot(one, "1-request")

			one.press("deny")
			one.shows("Say why.")
			two.reads(`.querySelector(".wrong").hidden.toString()`, "true")
			browser.Do(t, one.ctx, browser.Type(`#chat-1 [name="reason"]`, "ask the owner"))
			browser.Script(t, one.ctx, `document.querySelector('#chat-1 [name="duration"]').value = "once"`)
			w.says(`{"statusCode":400,"type":"application/vnd.microsoft.error",
				"value":{"message":"Not yours to decide."}}`)
			one.press("deny")
			one.shows("Not yours to decide.")
			one.reads(`.querySelector('[name="reason"]').value`, "ask the owner")
			shot(one, "2-refused")
			data := w.lastPress()
			if data["reason"] != "ask the owner" || data["duration"] != "once" || data["op"] != "o1" {
				t.Error("the bot got", data)
			}

			w.says(answerCard)
			one.press("approve")
			one.shows("Decided")
			two.reads(`.innerText.includes("Wants meraki").toString()`, "true")
			w.call("PUT", "/v3/conversations/"+url.PathEscape(approvals)+"/activities/"+id,
				cardMessage(`{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Approved by Admin"}]}`))
			one.shows("Approved by Admin")
			two.shows("Approved by Admin")
			two.reads(`.querySelectorAll(".msg").length.toString()`, "1")
			shot(two, "3-approved")
		})
	}
}

// says sets what the bot answers from now on.
func (w *world) says(body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = func(act) (int, string) { return 200, body }
}

// lastPress is the data of the last button that the bot heard of.
func (w *world) lastPress() map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	var data map[string]any
	for _, a := range w.acts {
		if a["type"] == "invoke" {
			data, _ = a.at("value", "action", "data").(map[string]any)
		}
	}
	return data
}
