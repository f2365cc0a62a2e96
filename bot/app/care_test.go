package app_test

import (
	"net/http"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
)

// fakeKey looks like a key of some vendor and is none.
const fakeKey = "a1B2c3D4e5F6g7H8i9J0k1L2"

// TestTooFast: 30 commands within a minute, then one answer and one event, then silence; others are not concerned.
func TestTooFast(t *testing.T) {
	a, stop := runWith(t, app.Config{PerMinute: 30, Settings: config.Config{
		Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 300e9}})
	defer stop()
	c := connect(t, a)
	var last card
	for range 30 {
		last = c.say(l1, "whoami")
	}
	wants(t, "the 30th", last, "L1 technician")
	wants(t, "the 31st", c.say(l1, "whoami"), "Too many commands", "more than 30 commands within a minute")
	before := c.count.Load()
	for range 5 {
		c.say(l1, "keys")
	}
	if sent := c.count.Load() - before; sent != 5 { // only what the person sent
		t.Errorf("%d answers to what comes after it, want none", sent-5)
	}
	_, fault := c.invoke(l1, last, "help", map[string]string{})
	if !strings.Contains(fault, "more than 30 commands") {
		t.Errorf("a pressed button: %q", fault)
	}
	wants(t, "somebody else", c.say(admin, "whoami"), "Admin")
	events := a.Log.Recent(100, func(e audit.Event) bool { return strings.Contains(e.Note, "within a minute") })
	if len(events) != 1 || events[0].Actor.ID != l1 || events[0].Outcome != audit.Denied {
		t.Errorf("the log has %v, want one denial", events)
	}
}

// TestEqualDenials: many equal denials within a minute are one event, and how often they came follows.
func TestEqualDenials(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	for range 12 {
		wants(t, "the denial", c.say(l1, "delete ninja"), "is for Admin")
	}
	c.say(l1, "audit")
	denied := func() []audit.Event {
		return a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Denied && e.Action == "delete" })
	}
	if events := denied(); len(events) != 1 {
		t.Errorf("12 equal denials are %d events, want 1", len(events))
	}
	a.Desk.Count(t.Context())
	events := denied()
	if len(events) != 2 || !strings.Contains(events[0].Note, "11 more times") {
		t.Errorf("at the end the log has %v, want one event with the count", events)
	}
}

// TestTypedKey: a key in a message, in an edited one, in a reason or a note is refused, explained and recorded,
// and kept nowhere.
func TestTypedKey(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	exposed := func() int {
		return len(a.Log.Recent(100, func(e audit.Event) bool { return e.Action == "expose" }))
	}
	for i, line := range []string{fakeKey, "add ninja " + fakeKey, "rotate meraki short-one",
		"get ninja " + fakeKey, "help " + fakeKey} {
		got := c.say(admin, line)
		wants(t, "the answer", got, "Don't type a key into the chat", "delete your message", "revoke")
		if strings.Contains(got.json, fakeKey) {
			t.Error("the answer repeats the key")
		}
		if n := exposed(); n != min(i+1, 3) { // the last two equal earlier ones
			t.Errorf("after %d exposures the log has %d", i+1, n)
		}
	}
	edit := c.activity(l1, "messageUpdate")
	edit["text"] = "sorry, " + fakeKey
	if status, body := c.send(edit); status != http.StatusOK {
		t.Errorf("an edited message: %d %s", status, body)
	}
	wants(t, "the answer to an edit", c.newest(), "Don't type a key into the chat")
	edit["text"] = "get ninja"
	before := c.count.Load()
	if status, _ := c.send(edit); status != http.StatusOK || c.count.Load() != before {
		t.Error("an edited message was run as a command")
	}
	_, fault := c.press(admin, c.say(admin, "add meraki"), "Save to Vault", map[string]string{
		"part.api_key": "obviously-fake", "interval": "90", "note": "was " + fakeKey})
	if !strings.Contains(fault, "The note looks as if it held a key") {
		t.Errorf("a key in a note: %q", fault)
	}
	offer := c.say(l1, "get ninja ticket 1")
	_, fault = c.invoke(l1, offer, "reveal", map[string]string{"key": "ninjaone", "reason": fakeKey, "for": l1})
	if !strings.Contains(fault, "looks as if it held a key") {
		t.Errorf("a key in a reason: %q", fault)
	}
	for _, e := range a.Log.Recent(1000, nil) {
		if strings.Contains(e.Note+e.Key, fakeKey) {
			t.Error("the log has the key")
		}
	}
}
