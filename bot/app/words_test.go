package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestChangedCardSaysWhat: the card of an edit lists what changed, and shows the owner.
func TestChangedCardSaysWhat(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	got := c.say(admin, `edit ninja note=mended owner="L1 technician"`)
	wants(t, "the card", got, "What changed", "the owner, the note", "L1 technician", "mended")
	got = c.say(admin, "edit ninja owner=L1 technician")
	wants(t, "without quotes", got, "in quotes", `owner=\"L2 technician\"`)
}

// TestCancelledFormStoresNothing: after Cancel the old buttons of a form do nothing. What was saved before
// stays, and is told again.
func TestCancelledFormStoresNothing(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	form := c.say(admin, "add ninja")
	got, _ := c.press(admin, form, "Cancel", nil)
	wants(t, "the cancel", got, "Closed")
	_, fault := c.press(admin, form, "Save to Vault", good)
	if !strings.Contains(fault, "This form was closed. Open it again.") || len(a.Vault.Keys()) > 0 {
		t.Errorf("the old Save: %q, %d keys", fault, len(a.Vault.Keys()))
	}
	form = c.say(admin, "add ninja")
	for _, button := range []string{"Save to Vault", "Cancel", "Save to Vault"} {
		got, fault = c.press(admin, form, button, good)
	}
	wants(t, "saved before the cancel "+fault, got, "✓ Stored")
	ask := c.say(admin, "delete ninja")
	c.press(admin, ask, "Cancel", nil)
	if _, fault = c.press(admin, ask, "Delete", nil); !strings.Contains(fault, "This form was closed") {
		t.Errorf("the old Delete: %q", fault)
	}
	wants(t, "the key", c.say(admin, "key ninja"), "••••0001")
}

// TestDemoSaysWhatStayed: an example that somebody has changed stays, and the card says so.
func TestDemoSaysWhatStayed(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, with("label", "demo")) // nobody's example
	c.say(admin, "demo")
	c.say(admin, "edit meraki/demo note=ours")
	got := c.say(admin, "demo remove")
	wants(t, "the card", got, "10 example keys removed", "so they stay: meraki/demo. Delete")
	wants(t, "what stayed", c.say(admin, "keys"), "meraki/demo", "ninjaone/demo", "2 keys")
}

// TestWhichWordLooksLikeAKey: a false alarm says where it was, without repeating it.
func TestWhichWordLooksLikeAKey(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	wants(t, "the answer", c.say(admin, "please see ticket "+fakeKey+" now"), "say it again without word 4.")
	wants(t, "behind add", c.say(admin, "add ninja hunter2pass"), "say it again without that part.")
}

// TestClaimsSayNothingWasShown: who wanted to see a value is told about that, and whether the link still works.
func TestClaimsSayNothingWasShown(t *testing.T) {
	for _, kind := range []string{"DELETE link", "GET key", "PUT audit"} {
		t.Run(kind, func(t *testing.T) {
			s, f := newShared(t), &faulty{}
			a, stop := s.runFaulty(t, f)
			defer stop()
			c := connect(t, a)
			add(t, c, good)
			offer := c.say(l1, "get ninja")
			link, _ := c.press(l1, offer, "Reveal", nil)
			f.set(kind, fault{status: http.StatusForbidden})
			body := claim(t, link.urls["Open"], http.StatusServiceUnavailable)
			f.heal()
			if !strings.Contains(body, "so nothing was shown. This link can't be used again") ||
				strings.Contains(body, "Try again") || strings.Contains(body, "changed") {
				t.Errorf("the answer: %s", body)
			}
			c.await(t, offer.id, "Link withdrawn")
			claim(t, link.urls["Open"], http.StatusGone)
		})
	}
}

// TestTypedLabelsAreNotRepeated: a label that no key has may be a value.
func TestTypedLabelsAreNotRepeated(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, with("label", "acme"))
	for line, want := range map[string]string{"get ninja/hunter2pass": "has that label",
		"add hunter2pass": "I know no vendor", "hunter2pass": "don't know that command",
		"recover ninja/hunter2pass": "no deleted key of that name"} {
		got := c.say(admin, line)
		wants(t, line, got, want)
		if strings.Contains(got.json, "hunter2pass") {
			t.Errorf("%s: %s", line, got.json)
		}
	}
}
