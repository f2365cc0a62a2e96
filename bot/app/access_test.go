package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/cards"
)

// grants are the events of changed access with an outcome, oldest first: "revoke ok ninjaone L1: before ...".
func grants(a *app.App, outcome audit.Outcome) (out []string) {
	for _, e := range a.Log.Recent(1000, func(e audit.Event) bool {
		return (e.Action == "grant" || e.Action == "revoke") && e.Outcome == outcome
	}) {
		out = append([]string{fmt.Sprintf("%s %s %s %s", e.Action, e.Outcome, e.Key, e.Note)}, out...)
	}
	return out
}

// same compares lines.
func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: %s\nwant %s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// haveSentinel stores a key that L2 and NOC may retrieve by default.
func haveSentinel(t *testing.T, c *client) {
	t.Helper()
	got, fault := c.press(admin, c.say(admin, "add sentinelone"), "Save to Vault", map[string]string{
		"part.api_token": firstKey, "interval": "90", "endpoint.tenant": "contoso"})
	wants(t, "sentinelone "+fault, got, "Stored")
}

// opens asks for the key as somebody, and says how the claim ends; 0 is no link at all.
func opens(t *testing.T, c *client, who, key string) int {
	t.Helper()
	offer := c.say(who, "get "+key)
	if offer.data["Reveal"] == nil {
		return 0
	}
	link, _ := c.press(who, offer, "Reveal", nil)
	return (&pair{}).post(t, link.urls["Open"])
}

// TestAccess: an admin opens a key to a role and takes it away again; the next claim goes by it, the log says
// what was before and after.
func TestAccess(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	haveSentinel(t, c)
	if got := opens(t, c, l1, "sentinelone"); got != 0 {
		t.Errorf("before: %d", got)
	}
	wants(t, "grant", c.say(admin, "grant L1 sentinelone"), "✓ L1 may retrieve sentinelone now.",
		"It has a list of its own", "The default of EDR is Admin, L2, NOC")
	if got := opens(t, c, l1, "sentinelone"); got != http.StatusOK {
		t.Errorf("after the grant: %d", got)
	}
	offer := c.say(l1, "get sentinelone")
	link, _ := c.press(l1, offer, "Reveal", nil)
	wants(t, "again", c.say(admin, "grant sentinelone l1"), "is as you want it already")
	wants(t, "revoke", c.say(admin, "revoke sentinelone l1, NOC"),
		"L1 and NOC may not retrieve sentinelone any more")
	if got := (&pair{}).post(t, link.urls["Open"]); got != http.StatusForbidden {
		t.Errorf("a link from before the revocation: %d", got)
	}
	wants(t, "the key", c.say(admin, "key sentinelone"), `Admin, L2 (own list)`, `"Access"`)
	wants(t, "back", c.say(admin, "access sentinelone default"),
		"default of its category again: Admin, L2, NOC")
	got := c.say(admin, "access sentinelone")
	wants(t, "the card", got, "It goes by the default of EDR", "Admin, always")
	if got.data["Back to the default"] != nil {
		t.Error("a key without a list of its own offers to go back to the default")
	}
	got, fault := c.press(admin, got, "Save", map[string]string{"access.L2": "off", "access.NOC": "false"})
	wants(t, "a switch "+fault, got, "L2 may not retrieve sentinelone any more")
	got, fault = c.press(admin, got, "Save", map[string]string{"access.L1": "on", "access.NOC": "off"})
	wants(t, "two switches "+fault, got, "L1 may retrieve sentinelone now. NOC may not")
	got, fault = c.press(admin, got, "Back to the default", nil)
	wants(t, "back by button "+fault, got, "default of its category again")

	const byDefault, own = "Admin,L2,NOC (default)", "Admin,L2,L1,NOC"
	want := []string{"grant X sentinelone L1: before " + byDefault + " after " + own,
		"revoke X sentinelone L1,NOC: before " + own + " after Admin,L2",
		"grant X sentinelone NOC: before Admin,L2 after " + byDefault,
		"revoke X sentinelone L2: before " + byDefault + " after Admin,NOC",
		"revoke X sentinelone L1,NOC: before Admin,NOC after Admin,L1",
		"revoke X sentinelone L2,L1,NOC: before Admin,L1 after " + byDefault}
	for _, outcome := range []audit.Outcome{audit.Intent, audit.OK} {
		lines := strings.ReplaceAll(strings.Join(want, "\n"), " X ", " "+string(outcome)+" ")
		same(t, string(outcome), grants(a, outcome), strings.Split(lines, "\n")...)
	}
	if open := a.Log.Unfinished(a.Log.Reaches().AddDate(1, 0, 0)); len(open) > 0 {
		t.Errorf("open intents: %v", open)
	}
}

// TestAccessRefused: who may not, and what makes no sense, changes nothing and is told.
func TestAccessRefused(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	haveSentinel(t, c)
	c.say(admin, "demo")
	for _, line := range []string{"access", "access L1", "grant L1 sentinelone", "revoke L2 sentinelone"} {
		wants(t, line, c.say(l1, line), "is for Admin")
	}
	for line, want := range map[string]string{
		"grant":                          "with a role (L2, L1 or NOC) and a key",
		"grant L1":                       "with a role",
		"revoke sentinelone":             "for example: revoke L1 sentinelone",
		"revoke admin sentinelone":       "Admin may retrieve every key, always.",
		"grant L1 nosuchthing":           "no vendor or key of that name",
		"grant L1 sentinelone nosuch":    "no vendor or key of that name",
		"grant L1 hudu":                  "No key of Hudu is stored",
		"grant L1 sentinelnoe":           "Did you mean this one?",
		"access L1 no such thing":        "may retrieve 0 of 0 keys",
		"access Admin":                   "Admin may retrieve every key, always.",
		"access sentinelone no sense":    "Nothing was done",
		"access sentinelone/other":       "Which of these?",
		"access":                         "Choose a role",
		"help":                           "take a key away from a role",
		"access L1 sentinelone":          "may retrieve 0 of 2 keys",
		"revoke l1 IT Glue sentinelone,": "Access to itglue/demo is as you want it already",
	} {
		wants(t, line, c.say(admin, line), want)
	}
	// A question goes on with the role.
	got := c.say(admin, "grant L1 sentinelnoe")
	same(t, "changes", grants(a, audit.OK))
	got, fault := c.press(admin, got, "SentinelOne", nil)
	wants(t, "the answer "+fault, got, "L1 may retrieve sentinelone now")
	c.say(admin, "access sentinelone default")
	done := grants(a, audit.OK)
	forged := func(data map[string]string) string {
		_, fault := c.invoke(admin, got, "access", data)
		return fault + c.newest().json
	}
	for i, data := range []map[string]string{
		{"key": "sentinelone", "on": "Admin L2", "access.Admin": "off"},
		{"key": "nothing", "on": "L2", "access.L2": "off"},
		{"role": "Admin", "on": "sentinelone", "access.sentinelone": "off"},
		{"role": "L1", "off": "keydesk-audit", "access.keydesk-audit": "on"},
		{"role": "L1", "access.sentinelone": "on"}, // not on the card
		{"key": "sentinelone", "on": "L9", "access.L9": "off"},
	} {
		data["step"], data["op"] = "save", strings.Repeat("A", 25)+string(rune('A'+i))
		got := forged(data)
		if !says(got, []string{"Nothing is different", "Admin may retrieve every key", "no vendor or key"}) {
			t.Errorf("%v: %s", data, got)
		}
	}
	same(t, "changes", grants(a, audit.OK), done...)
	for _, k := range a.Vault.Keys() {
		if k.Roles != 0 {
			t.Errorf("%s has the list %s", k.Name, k.Roles)
		}
	}
}

// TestAccessOfARole: the card of a role has every key with a toggle. Save applies what was switched on that
// page and nothing else, once, whatever clients send for toggles that nobody touched.
func TestAccessOfARole(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	for i := range 15 {
		add(t, c, with("label", fmt.Sprintf("site-%02d", i)))
	}
	c.say(admin, "demo")
	one := c.say(admin, "access l1")
	wants(t, "page 1", one, "27 keys", "page 1 of 3", "Input.Toggle", "meraki/demo")
	rmm := c.say(admin, "access L1 rmm")
	wants(t, "rmm", rmm, "may retrieve 17 of 17 keys", "page 1 of 2")
	two, _ := c.press(admin, rmm, "Next", nil)
	wants(t, "page 2", two, "page 2 of 2", "ninjaone/site-14")

	// One is switched off; the others come as clients send them: left out, as "false", as they are.
	inputs := map[string]string{"access.ninjaone/site-14": "off"}
	for i := 10; i < 14; i++ {
		inputs[fmt.Sprintf("access.ninjaone/site-%02d", i)] = []string{"", "false", "true", cards.On}[i-10]
	}
	saved, fault := c.press(admin, two, "Save", inputs)
	wants(t, "the save "+fault, saved, "✓ L1 may not retrieve ninjaone/site-14 any more.", "page 2 of 2",
		"may retrieve 16 of 17 keys")
	const first = "revoke ok ninjaone/site-14 L1: before Admin,L2,L1,NOC (default) after Admin,L2,NOC"
	same(t, "after one", grants(a, audit.OK), first)

	// Another admin switches it on; the same press, again and much later, undoes nothing of that.
	got := c.say(secondAdmin, "grant L1 ninjaone/site-14")
	wants(t, "elsewhere", got, "may retrieve ninjaone/site-14 now")
	again, fault := c.press(admin, two, "Save", inputs)
	wants(t, "a repeat "+fault, again, "✓ L1 may not retrieve ninjaone/site-14 any more.")
	inputs["access.ninjaone/site-13"] = "off"
	again, fault = c.press(admin, two, "Save", inputs)
	wants(t, "the old card with more on it "+fault, again, "changed by this card before, and by somebody",
		"L1 may not retrieve ninjaone/site-13 any more")
	events := grants(a, audit.OK)
	if len(events) != 3 || !strings.HasPrefix(events[2], "revoke ok ninjaone/site-13") {
		t.Errorf("after the repeats: %q", events)
	}

	// Several at once are one operation and one flush, and what somebody else did meanwhile is told.
	shown := c.say(admin, "access NOC ninjaone/site")
	c.say(secondAdmin, "revoke NOC ninjaone/site-00")
	saved, fault = c.press(admin, shown, "Save", map[string]string{"access.ninjaone/site-00": "off",
		"access.ninjaone/site-01": "off", "access.ninjaone/site-02": "off"})
	wants(t, "three "+fault, saved, "✓ Saved", "Access to ninjaone/site-00 is as you want it already.",
		"NOC may not retrieve ninjaone/site-01 any more.")
	ops := map[string]bool{}
	for _, e := range a.Log.Recent(2, func(e audit.Event) bool { return e.Outcome == audit.OK }) {
		ops[e.Op] = true
	}
	if len(ops) != 1 {
		t.Errorf("two keys of one card are the operations %v", ops)
	}
	_, fault = c.press(admin, c.say(admin, "access NOC"), "Save", nil)
	if !strings.Contains(fault, "Nothing is different") {
		t.Errorf("nothing switched: %q", fault)
	}
}
