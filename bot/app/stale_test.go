package app_test

import (
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
)

// recovered brings a deleted key back in a way that no button knows of.
func recovered(t *testing.T, a *app.App) {
	t.Helper()
	if _, err := a.Vault.Recover(t.Context(), ninja("")); err != nil {
		t.Fatal(err)
	}
}

// removed deletes the NinjaOne key and returns the card that told so.
func removed(t *testing.T, c *client) card {
	t.Helper()
	got, fault := c.press(admin, c.say(admin, "delete ninja"), "Delete", nil)
	wants(t, "the deletion "+fault, got, "✓ Deleted ninjaone")
	return got
}

// TestStalePurge: a button that purges is about the deletion that its card has shown, not about a later one.
func TestStalePurge(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	removed(t, c)
	ask := c.say(admin, "purge ninja")
	recovered(t, a)
	form, newer := c.say(secondAdmin, "rotate ninja"), with("part.client_secret", secondKey)
	if _, fault := c.press(secondAdmin, form, "Save to Vault", newer); fault != "" {
		t.Fatal(fault)
	}
	removed(t, c)
	c.press(admin, ask, "Purge", nil)
	wants(t, "the old button", c.newest(), "Nothing was purged", "deleted again")
	got, fault := c.press(admin, c.newest(), "Recover", nil)
	wants(t, "the newer value "+fault, got, "✓ Recovered", "••••0002")
}

// TestStaleDelete: a button whose key came back does not say that it is deleted, and deletes nothing.
func TestStaleDelete(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	ask := c.say(admin, "delete ninja")
	first, _ := c.press(admin, ask, "Delete", nil)
	wants(t, "the first press", first, "✓ Deleted ninjaone")
	again, _ := c.press(admin, ask, "Delete", nil)
	wants(t, "the second press", again, "✓ Deleted ninjaone", "can be recovered until")
	back, _ := c.press(admin, first, "Recover", nil)
	wants(t, "the recovery", back, "✓ Recovered")
	c.press(admin, ask, "Delete", nil)
	wants(t, "the old button", c.newest(), "This button has deleted ninjaone before", "stored again")
	wants(t, "the key", c.say(admin, "key ninja"), "••••0001")
	twice, _ := c.press(admin, first, "Recover", nil)
	wants(t, "a second recovery", twice, "✓ Recovered", "••••0001")
}

// TestStalePurgeAgain: a button that has purged does not take what was stored since for gone.
func TestStalePurgeAgain(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	removed(t, c)
	ask := c.say(admin, "purge ninja")
	c.press(admin, ask, "Purge", nil)
	add(t, c, good)
	got, fault := c.press(admin, ask, "Purge", nil)
	wants(t, "the old button "+fault, got, "Purged ninjaone", "stored again", "left alone")
	wants(t, "the key", c.say(admin, "key ninja"), "••••0001")
}

// TestFoundCountsAsDone: what reconciliation found to be done, a repeat of the button is told.
func TestFoundCountsAsDone(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	ask := c.say(admin, "delete ninja")
	f.set("DELETE key", fault{after: true})
	f.also("GET key")
	if got, said := c.press(admin, ask, "Delete", nil); said == "" {
		t.Errorf("the answer: %s", got.json)
	}
	f.heal()
	a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
	got, fault := c.press(admin, ask, "Delete", nil)
	wants(t, "the repeat "+fault, got, "✓ Deleted ninjaone")
}

// TestRemovedAlready: a vendor that is gone by now is no failure.
func TestRemovedAlready(t *testing.T) {
	p := newPair(t)
	c := p.on[0]
	ownVendor(t, c, "Contoso RMM")
	p.later(t)
	const line = "vendor remove contoso-rmm"
	ask, other := c.say(admin, line), p.on[1].say(secondAdmin, line)
	got, fault := c.press(admin, ask, "Remove", nil)
	wants(t, "the removal "+fault, got, "✓ Removed contoso-rmm")
	for what, press := range map[string]func() (card, string){
		"a second press":    func() (card, string) { return c.press(admin, ask, "Remove", nil) },
		"the other process": func() (card, string) { return p.on[1].press(secondAdmin, other, "Remove", nil) },
	} {
		got, fault := press()
		wants(t, what+" "+fault, got, "Removed already")
	}
	for _, a := range p.apps {
		if bad := a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Failed }); len(bad) > 0 {
			t.Errorf("failures in the log: %v", bad)
		}
	}
}
