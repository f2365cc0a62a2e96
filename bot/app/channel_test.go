package app_test

import (
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/bottest"
)

const (
	inOwnChat = "I've answered in your own chat with me."
	thread    = bottest.Channel + ";messageid=1700000000000"
)

// channel is a team's channel in which people speak to the bot.
type channel struct {
	*inTeams
	vault *harmful
	seen  int // calls to the connector that were looked at
}

// says posts a line with the bot's mention into the channel.
func (c *channel) says(p bottest.Person, line string) {
	c.t.Helper()
	a := c.signer.InChannel(c.signer.Message(p, bottest.Mention+" "+line))
	c.send(c.signer.Mentioned(a, bottest.Mention))
}

// answers are the calls to the connector since the last look, without the opening of chats.
func (c *channel) answers() (out []bottest.Call) {
	all := c.cloud.Calls()
	for _, call := range all[c.seen:] {
		if call.Path != "/emea/v3/conversations" {
			out = append(out, call)
		}
	}
	c.seen = len(all)
	return out
}

// private checks that the answer stands in the person's own chat, and that the channel was told no more than
// that; it returns the card.
func (c *channel) private(p bottest.Person, what string, wants ...string) card {
	c.t.Helper()
	got := c.answers()
	if len(got) != 2 || got[0].Conversation != c.signer.OwnChat(p) || got[1].Conversation != thread {
		c.t.Fatalf("%s: answered by %d calls: %s", what, len(got), where(got))
	}
	if said := got[1].Body; said.Text != inOwnChat || said.Summary != "" || said.Card() != nil {
		c.t.Errorf("%s: the channel was told %s", what, got[1].Raw)
	}
	return c.shown(got[0], what, wants...)
}

func (c *channel) shown(call bottest.Call, what string, wants ...string) card {
	c.t.Helper()
	on := read(call.Activity, call.Body.Card())
	for _, want := range wants {
		if !strings.Contains(on.json, want) {
			c.t.Errorf("%s: the card misses %q: %s", what, want, call.Raw)
		}
	}
	return on
}

func where(calls []bottest.Call) string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Method+" "+c.Conversation+" "+string(c.Raw))
	}
	return strings.Join(out, "\n")
}

// newChannel is a channel, and a vault with a NinjaOne key.
func newChannel(t *testing.T) *channel {
	t.Helper()
	s := emptyStage(t)
	t.Cleanup(s.end)
	s.say("add ninja")
	if got := said(s.press("Save to Vault", "part.client_id", clientID, "part.client_secret", firstKey,
		"endpoint.region", "app", "interval", "90")); !strings.Contains(got, "✓ Stored") {
		t.Fatal(got)
	}
	return &channel{inTeams: newInTeams(t, s.a, true), vault: s.vault}
}

// TestChannel: in a channel the bot answers help and whoami; all else goes to the own chat of who asked.
func TestChannel(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	for line, want := range map[string]string{"help": "You can type", "whoami": "1 key of 1", "": "Here I am"} {
		c.says(p, line)
		got := c.answers()
		if len(got) != 1 || got[0].Conversation != thread {
			t.Fatalf("%q: %s", line, where(got))
		}
		if on := c.shown(got[0], line, want); strings.Contains(on.json, "ninja_") {
			t.Errorf("%q shows a key in the channel: %s", line, on.json)
		}
	}
	c.says(p, "keys")
	c.private(p, "keys", "1 key", "ninja_")
	c.says(p, "no-such-thing")
	c.private(p, "no command", "I don't know that command")
	c.says(p, "key no-such-key")
	c.private(p, "an unknown key", "no vendor or key of that name")
	newbie := bottest.Person{ID: newcomer, Name: "Newcomer"}
	c.says(newbie, "get ninja")
	c.private(newbie, "a denial", "role")

	c.says(p, "get ninja ticket 4711")
	offer := c.private(p, "get", "ticket 4711", "Reveal")
	link := c.send(c.signer.Execute(p, offer.id, "reveal", pressed(offer, "Reveal")))
	if on := read(offer.id, link.Value); len(on.urls["Open"]) == 0 {
		t.Errorf("Reveal in the own chat: %s", link.Value)
	}
	c.says(p, "add ninja/fabrikam")
	form := c.private(p, "add", "part.client_secret")
	save := pressed(form, "Save to Vault", "part.client_id", clientID, "part.client_secret", secondKey,
		"endpoint.region", "app", "interval", "90")
	if ans := c.send(c.signer.Execute(p, form.id, "add", save)); !strings.Contains(string(ans.Value), "Stored") {
		t.Errorf("saving in the own chat: %s", ans.Value)
	}
	if more := c.answers(); len(more) != 0 {
		t.Errorf("the own chat's buttons posted: %s", where(more))
	}
}

// TestChannelButtons: a button on a channel's card answers who presses it, and the card stays.
func TestChannelButtons(t *testing.T) {
	c := newChannel(t)
	c.says(bottest.Person{ID: admin, Name: "Admin"}, "help")
	help := c.answers()[0]
	on, p := read(help.Activity, help.Body.Card()), bottest.Person{ID: l1, Name: "L1 technician"}
	execute := c.signer.Execute(p, on.id, "keys", pressed(on, "All keys"))
	if ans := c.send(c.signer.InChannel(execute)); ans.Line() != inOwnChat {
		t.Errorf("All keys in the channel: %s", ans.Value)
	}
	if got := c.answers(); len(got) != 1 || got[0].Conversation != c.signer.OwnChat(p) {
		t.Errorf("All keys in the channel: %s", where(got))
	}
	c.send(c.signer.InChannel(c.signer.Submit(p, on.id, pressed(on, "All keys"))))
	c.private(p, "All keys by Action.Submit", "1 key")
	execute = c.signer.Execute(p, on.id, "add", pressed(on, "Add a key"))
	if ans := c.send(c.signer.InChannel(execute)); ans.Line() != inOwnChat {
		t.Errorf("Add a key in the channel: %s", ans.Value)
	}
	if got := c.answers(); len(got) != 1 || got[0].Conversation != c.signer.OwnChat(p) {
		t.Errorf("who may not add hears it elsewhere: %s", where(got))
	}
}

// TestKeyInChannel: a key that is typed into a channel is told to who typed it, and the channel hears nothing
// of it.
func TestKeyInChannel(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	const warning = "Don't type a key into the chat"
	for _, line := range []string{"rotate ninja hunter2pass", fakeKey} {
		c.says(p, line)
		on := c.private(p, line, warning)
		if strings.Contains(on.json, line) || strings.Contains(on.json, "hunter2") {
			t.Errorf("the answer repeats the key: %s", on.json)
		}
	}
	edit := c.signer.InChannel(c.signer.Message(p, bottest.Mention+" sorry, "+fakeKey))
	c.send(c.signer.Mentioned(edit, bottest.Mention).With("type", "messageUpdate"))
	c.private(p, "an edit", warning)
	exposed := c.app.Log.Recent(100, func(e audit.Event) bool { return e.Action == "expose" })
	for _, e := range exposed {
		if e.Chat != "channel" {
			t.Errorf("the log has %v", e)
		}
	}
	if len(exposed) != 3 { // each of another kind: with a key's name, without, in a changed message
		t.Errorf("%d exposures, want 3", len(exposed))
	}
}
