package app_test

import (
	"net/http"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
)

// typedValue looks like no key by itself: only where it stands tells.
const typedValue = "hunter2pass"

func exposures(a *app.App) []audit.Event {
	return a.Log.Recent(1000, func(e audit.Event) bool { return e.Action == "expose" })
}

// TestTypedBehindTheKey: what stands behind the key of add or rotate is taken for a value, whoever types it and whatever the
// key; it is recorded under the key's name where that is one, and repeated nowhere.
func TestTypedBehindTheKey(t *testing.T) {
	for _, tt := range []struct{ who, line, key string }{
		{admin, "add ninja hunter2pass", "ninjaone"},
		{admin, "add ninja/contoso hunter2pass", "ninjaone"}, // no such key: the label may be a value too
		{admin, "add hunter2pass hunter2pass", ""},
		{admin, "add datto hunter2pass", ""},
		{admin, "add datto rmm hunter2pass", "datto-rmm"},
		{admin, "add ninjaonee hunter2pass", ""},
		{admin, "add nosuch hunter2pass", ""},
		{admin, "add meraki interval=30 hunter2pass", "meraki"},
		{admin, "add meraki api_key=hunter2pass", "meraki"},
		{admin, "rotate meraki hunter2pass", "meraki"},
		{admin, "rotate ninja hunter2pass", "ninjaone"},
		{admin, "rotate ninja/acme hunter2pass", "ninjaone/acme"},
		{l1, "add ninja hunter2pass", "ninjaone"},
		{newcomer, "rotate nosuch hunter2pass", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			a := start(t, t.TempDir())
			c := connect(t, a)
			add(t, c, with("label", "acme"))
			got := c.say(tt.who, tt.line)
			wants(t, "the answer", got, "Don't type a key into the chat", "delete your message", "revoke")
			c.edit(tt.who, tt.line)
			wants(t, "the answer to an edited message", c.newest(), "Don't type a key into the chat")
			events := exposures(a)
			if len(events) != 1 || events[0].Key != tt.key || events[0].Actor.ID != tt.who || events[0].Outcome != audit.Found {
				t.Errorf("the log has %+v", events)
			}
			for _, e := range a.Log.Recent(1000, nil) {
				if strings.Contains(e.Note+e.Key, typedValue) {
					t.Error("the log has the value")
				}
			}
			if strings.Contains(c.log.String(), typedValue) {
				t.Error("an answer repeats the value")
			}
			_, offered := c.newest().data["Add"]
			if _, rotate := c.newest().data["Rotate"]; offered || rotate {
				if tt.who != admin || tt.key == "" {
					t.Error("a button that the person may not press, or that names no key")
				}
			}
		})
	}
}

// edit changes a message that the person sent before.
func (c *client) edit(person, text string) {
	c.t.Helper()
	changed := c.activity(person, "messageUpdate")
	changed["text"] = text
	if status, body := c.send(changed); status != http.StatusOK {
		c.t.Errorf("an edited message: %d %s", status, body)
	}
}

// TestVendorsOfSeveralWords: a vendor's name of several words is a name, no value.
func TestVendorsOfSeveralWords(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	for line, want := range map[string]string{
		"add datto rmm":                     "Datto RMM",
		"add Cisco Meraki interval=30":      "Cisco Meraki",
		"add microsoft graph":               "Entra App Secret",
		"add IT Glue/contoso":               "itglue/contoso",
		"add veeam service provider consol": "Don't type a key",
		"add ConnectWise PSA (Manage)":      "ConnectWise PSA",
		"rotate cw manage":                  "No key of ConnectWise PSA",
		"get cw manage":                     "2 vendors fit",
	} {
		wants(t, line, c.say(admin, line), want)
	}
	c.edit(admin, "add datto rmm")
	if n := len(exposures(a)); n != 1 {
		t.Errorf("%d exposures, want 1", n)
	}
}

// TestTypedTooFast: a key is told and recorded over the limit as well, and equal ones within a minute are one event and
// a count.
func TestTypedTooFast(t *testing.T) {
	a, stop := runWith(t, app.Config{PerMinute: 3, Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data: t.TempDir(), LinkTTL: 300e9}})
	defer stop()
	c := connect(t, a)
	for range 5 {
		c.say(l1, "whoami")
	}
	for range 4 {
		wants(t, "the answer", c.say(l1, fakeKey), "Don't type a key into the chat")
	}
	if events := exposures(a); len(events) != 1 {
		t.Errorf("%d events, want 1", len(events))
	}
	a.Desk.Count(t.Context())
	if events := exposures(a); len(events) != 2 || !strings.Contains(events[0].Note, "3 more times") {
		t.Errorf("%+v, want the count", events)
	}
}

// TestAFalseAlarmIsHarmless: said again without that word it works.
func TestAFalseAlarmIsHarmless(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	wants(t, "a commit", c.say(l1, "get ninja commit 3f786850e387550fdab836ed7e6dc881de23001b"), "Don't type a key")
	wants(t, "without it", c.say(l1, "get ninja commit 3f78685"), "NinjaOne", "Reveal")
}
