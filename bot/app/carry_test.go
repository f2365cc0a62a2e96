package app_test

import (
	"strings"
	"testing"
	"time"

	"keydesk/audit"
)

// TestAskingBackKeepsTheReason: the button that says which key was meant carries the reason, and the log has
// it.
func TestAskingBackKeepsTheReason(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, with("label", "acme"))
	add(t, c, with("label", "fabrikam"))
	for _, line := range []string{
		"get ninja ticket 4711", "get ninja reason='ticket 4711'", "get reason='ticket 4711'",
	} {
		which := c.say(l1, line)
		offer, _ := c.press(l1, which, "ninjaone/acme", nil)
		wants(t, line, c.newest(), "ticket 4711", "Reveal")
		c.press(l1, or(offer, c.newest()), "Reveal", nil)
		e := a.Log.Recent(1, func(e audit.Event) bool { return e.Action == "get" })
		if len(e) != 1 || e[0].Note != "ticket 4711" || e[0].Key != "ninjaone/acme" {
			t.Errorf("%s: the log has %+v", line, e)
		}
	}
	wants(t, "which vendor", c.say(l1, "get connectwise ticket 4711"), `"reason":"ticket 4711"`)
	long := c.say(l1, "get connectwise "+strings.Repeat("long words ", 400))
	if len(long.json) > 8000 {
		t.Errorf("a long reason makes a card of %d bytes", len(long.json))
	}
}

// TestAskingBackKeepsOptions: add, rotate and edit go on with what was typed along.
func TestAskingBackKeepsOptions(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	day := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	options := " interval=45 expires=" + day + " note='for Contoso' region=eu"
	filled := []string{`"value":45`, `"value":"` + day, `"value":"for Contoso"`, `"value":"eu"`}
	c.press(admin, c.say(admin, "add ninjaonee"+options), "NinjaOne (NinjaRMM)", nil)
	wants(t, "add with a slip", c.newest(), filled...)
	c.press(admin, c.say(admin, "add"+options), "Next", map[string]string{"vendor": "ninjaone"})
	wants(t, "add without a vendor", c.newest(), filled...)
	add(t, c, with("label", "acme"))
	add(t, c, with("label", "fabrikam"))
	c.press(admin, c.say(admin, "rotate ninja"+options), "ninjaone/acme", nil)
	wants(t, "rotate", c.newest(), filled...)
	c.press(admin, c.say(admin, "edit owner=me label=north"+options), "ninjaone/acme", nil)
	form := c.newest()
	wants(t, "edit", form, append(filled, `"value":"north"`, `"value":"`+admin)...)
	key, _ := a.Vault.Key(ninja("acme"))
	if key.IntervalDays == 45 || key.Note != "" {
		t.Error("options from a button were applied before anybody saw them")
	}
	c.press(admin, form, "Save", map[string]string{"label": "north", "interval": "45", "expiry": day,
		"note": "for Contoso", "owner": admin, "endpoint.region": "eu"})
	if key, ok := a.Vault.Key(ninja("north")); !ok || key.IntervalDays != 45 || key.Note != "for Contoso" {
		t.Errorf("saved: %+v", key)
	}
	c.press(admin, c.say(admin, "edit owner=nobody"), "ninjaone/north", nil)
	wants(t, "an owner who is none", c.newest(), "The owner is nobody")
}

func or(a, b card) card {
	if a.json != "" {
		return a
	}
	return b
}
