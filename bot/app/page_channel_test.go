package app_test

import (
	"testing"

	"keydesk/bot/bottest/browser"
	"keydesk/cards"

	"github.com/chromedp/chromedp/kb"
)

// inApprovals waits until the newest message of the approvals channel has the text.
func (b *chatPage) inApprovals(text string) {
	b.t.Helper()
	b.awaitIn(`[...document.querySelectorAll("#chat-1 .msg")].at(-1)`, text)
}

// TestApprovalsInTheBrowser: an admin chooses the channel on the sandbox's page; what the desk posts and edits there
// two people see at once, and who presses a button is answered alone.
func TestApprovalsInTheBrowser(t *testing.T) {
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"desktop-dark", 1440, 900, "dark"}, {"middle-light", 1000, 800, "light"}} {
		t.Run(look.name, func(t *testing.T) {
			a := start(t, t.TempDir())
			boss := open(t, look.width, look.height, look.scheme)
			tech := open(t, look.width, look.height, look.scheme)
			for who, b := range map[string]*chatPage{admin: boss, l1: tech} {
				b.goTo(a.Address(), ".people")
				b.enter(a.Base(), who)
			}
			boss.do(browser.Type("#write-1", "@Keydesk approvals here"+kb.Enter))
			boss.inApprovals("Requests are decided here")
			tech.inApprovals("Requests are decided here")
			boss.picture(look.name + "-approvals-1-here")
			set, err := a.Vault.Settings(t.Context())
			in := set.Channels["approvals"]
			if err != nil || in.Name != "Sandbox / approvals" {
				t.Fatal(set, err)
			}
			id, err := a.Desk.Poster.PostIn(t.Context(), in, cards.Ask(cards.AskView{Title: "Access to meraki",
				Text: "L1 technician asks: the switch in Contoso's lobby", Inputs: []cards.Input{
					{ID: "duration", Label: "For", Kind: cards.OneOf, Value: "1h", Choices: []cards.Choice{
						{Title: "Once", Value: "once"}, {Title: "1 hour", Value: "1h"}}},
					{ID: "reason", Label: "Why not"}},
				Buttons: []cards.Button{{Title: "My keys", Verb: "keys", Style: "positive"}}}))
			if err != nil {
				t.Fatal(err)
			}
			boss.inApprovals("lobby")
			tech.inApprovals("lobby")
			tech.do(browser.Click(`#chat-1 [data-verb="keys"]`))
			tech.inApprovals("I've answered in your own chat with me.")
			tech.await("No key stored yet")
			tech.picture(look.name + "-approvals-2-pressed")
			if boss.eval(`String(document.body.innerText.includes("in your own chat with me"))`) != "false" {
				t.Error("somebody else was told of the press")
			}
			err = a.Desk.Poster.EditIn(t.Context(), in, id, cards.Notice(cards.NoticeView{Tone: cards.Good,
				Title: "Access to meraki", Text: "Approved by Second Admin, for 1 hour."}))
			if err != nil {
				t.Fatal(err)
			}
			boss.inApprovals("Approved by Second Admin")
			tech.inApprovals("Approved by Second Admin")
			boss.picture(look.name + "-approvals-3-edited")
		})
	}
}
