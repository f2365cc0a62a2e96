package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
)

// lastIn is the newest card in a conversation.
func (c *client) lastIn(conversation string) card {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cards[c.lasts[conversation]]
}

// awaitIn waits for the newest card of a conversation to hold a text.
func (c *client) awaitIn(conversation, text string) card {
	c.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for ; time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if on := c.lastIn(conversation); strings.Contains(plainText(on.json), text) {
			return on
		}
	}
	c.t.Fatalf("%s never said %q: %s", conversation, text, c.lastIn(conversation).json)
	return card{}
}

func plainText(s string) string {
	return strings.NewReplacer(`\\`, "", `\u003e`, ">", `\u0026`, "&").Replace(s)
}

const approvalsChannel = "19:approvals@thread.tacv2"

// events are the events of a key, the oldest first, without those that only look.
func events(a *app.App, key string) (out []string) {
	all := a.Log.Recent(1000, func(e audit.Event) bool { return e.Key == key })
	for i := len(all) - 1; i >= 0; i-- {
		e := all[i]
		out = append(out, e.Action+" "+string(e.Outcome)+" by "+e.Actor.Name)
	}
	return out
}

func wantEvents(t *testing.T, a *app.App, key string, want ...string) {
	t.Helper()
	got := events(a, key)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log of %s:\n%s\nwant\n%s", key, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// withSentinelOne is a desk with a SentinelOne key, and admins and a technician who have chats.
func withSentinelOne(t *testing.T) (*app.App, *client) {
	t.Helper()
	a := start(t, t.TempDir())
	c := connect(t, a)
	for _, p := range []string{secondAdmin, l1, noc} {
		c.say(p, "help")
	}
	saved, fault := c.press(admin, c.say(admin, "add sentinelone"), "Save to Vault", map[string]string{
		"part.api_token": firstKey, "endpoint.console": "contoso", "interval": "90"})
	if fault != "" || !strings.Contains(saved.json, "Stored") {
		t.Fatalf("adding: %s %s", fault, saved.json)
	}
	return a, c
}

// TestAccessIsAskedForAndApproved is the story of the issue: a technician who lacks SentinelOne asks, one of
// two admins approves, every copy of the card shows it, and the technician reveals the value while the pass
// lasts.
func TestAccessIsAskedForAndApproved(t *testing.T) {
	a, c := withSentinelOne(t)
	form := c.say(l1, "get sentinelone agent offline, ticket 4711")
	wants(t, "the form", form, "open to Admin, L2 or NOC", "agent offline, ticket 4711", "For how long",
		"1 hour")
	if _, fault := c.press(l1, form, "Ask", map[string]string{"reason": ".",
		"duration": "8h"}); !strings.Contains(fault,
		"at least 8 letters") {
		t.Errorf("a reason that is none: %q", fault)
	}
	waits, fault := c.press(l1, form, "Ask", map[string]string{"reason": "agent offline, ticket 4711",
		"duration": "8h"})
	if fault != "" {
		t.Fatal(fault)
	}
	wants(t, "who asked sees", waits, "Access to sentinelone", "2 admins got it", "Withdraw", "8 hours")
	first, second := c.lastIn("chat-"+admin), c.lastIn("chat-"+secondAdmin)
	for _, on := range []card{first, second} {
		wants(t, "an admin sees", on, "Access to sentinelone", "L1 technician", "agent offline, ticket 4711",
			"Approve", "Deny")
	}
	done, fault := c.press(admin, first, "Approve", map[string]string{"duration": "1h"})
	if fault != "" {
		t.Fatal(fault)
	}
	wants(t, "who approved sees", done, "Approved by Admin", "1 hour", "From", "Until")
	c.await(t, second.id, "Approved by Admin")
	c.await(t, waits.id, "Approved by Admin")
	if _, fault := c.press(secondAdmin, second, "Approve", nil); !strings.Contains(fault,
		"Approved by Admin") {
		t.Errorf("the second admin reads %q", fault)
	}
	told := c.awaitIn("chat-"+l1, `"Get"`) // their own card, which is replaced first, has none
	offer, _ := c.press(l1, told, "Get", nil)
	link, _ := c.press(l1, offer, "Reveal", nil)
	if got := claim(t, link.urls["Open"], http.StatusOK); !strings.Contains(got, firstKey) {
		t.Error("the pass gave no value")
	}
	wantEvents(t, a, "sentinelone", "add intent by Admin", "add ok by Admin", "get denied by L1 technician",
		"ask intent by L1 technician", "ask ok by L1 technician", "approve ok by Admin",
		"get ok by L1 technician", "retrieve ok by L1 technician")
}

// TestRotationWaitsForAnAdmin: a technician's new value is staged, and nothing else, until an admin approves.
func TestRotationWaitsForAnAdmin(t *testing.T) {
	a, c := withSentinelOne(t)
	_ = a
	add(t, c, good)
	form := c.say(l1, "rotate ninja")
	wants(t, "the form", form, "Why, for the admin who decides", "waits in the vault")
	in := map[string]string{"part.client_id": clientID, "part.client_secret": secondKey, "interval": "90"}
	if _, fault := c.press(l1, form, "Save to Vault", in); !strings.Contains(fault, "at least 8 letters") {
		t.Errorf("without a reason: %q", fault)
	}
	in["reason"] = "rotated at the vendor today"
	waits, fault := c.press(l1, form, "Save to Vault", in)
	if fault != "" {
		t.Fatal(fault)
	}
	wants(t, "who asked sees", waits, "Rotate ninjaone", "ninja_••••••••••••0002", "Withdraw")
	wants(t, "the list", c.say(admin, "requests"), "Rotate ninjaone", "L1 technician", "Open")
	wants(t, "the key as it is", c.say(admin, "key ninja"), "ninja_••••••••••••0001")
	on := c.lastInWith("chat-"+secondAdmin, "Approve")
	wants(t, "the admin's card", on, "rotated at the vendor today", "ninja_••••••••••••0002")
	done, fault := c.press(secondAdmin, on, "Approve", nil)
	if fault != "" {
		t.Fatal(fault)
	}
	wants(t, "who approved sees", done, "Approved by Second Admin")
	wants(t, "the key", c.say(admin, "key ninja"), "ninja_••••••••••••0002", "L1 technician")
	c.awaitIn("chat-"+l1, "Approved by Second Admin")
	wantEvents(t, a, "ninjaone", "add intent by Admin", "add ok by Admin", "ask intent by L1 technician",
		"ask ok by L1 technician",
		"approve ok by Second Admin", "rotate intent by L1 technician", "rotate ok by L1 technician")
}

// lastInWith is the newest card of a conversation that has a button.
func (c *client) lastInWith(conversation, title string) card {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found card
	for _, on := range c.cards {
		if _, ok := on.data[title]; ok && c.where[on.id] == conversation && len(on.id) >= len(found.id) &&
			on.id > found.id {
			found = on
		}
	}
	return found
}
