package app_test

import (
	"testing"

	"keydesk/bot/bottest/browser"
)

// TestAccessOnThePage: an admin switches a role on and off with the mouse; what was not touched stays.
func TestAccessOnThePage(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	haveSentinel(t, c)
	b := open(t, 1200, 900, "light")
	b.goTo(a.Address(), ".people")
	b.enter(a.Base(), admin)
	b.say("access sentinelone", "Admin, always")
	toggle := func(role string) string {
		return b.newest() + `?.querySelector('[name="access.` + role + `"]')`
	}
	b.do(browser.ClickOn(toggle("L1")))
	b.button("Save")
	b.await("L1 may retrieve sentinelone now.")
	b.say("access L1 edr", "may retrieve 1 of 1 keys")
	b.do(browser.ClickOn(toggle("sentinelone")))
	b.button("Save")
	b.await("L1 may not retrieve sentinelone any more.")
	if tag := a.Vault.Keys()[0].Roles.String(); tag != "Admin,L2,NOC" {
		t.Errorf("in the end the list is %s", tag)
	}
	b.picture("access")
}
