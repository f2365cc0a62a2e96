package app_test

import "testing"

// TestTwoPersonInTheBrowser: with the two-person rule in the sandbox an admin's new key waits, without a
// channel, in the other admin's own chat, and is stored when that one approves.
func TestTwoPersonInTheBrowser(t *testing.T) {
	settings := settingsOf(t)
	settings.TwoPerson = true
	a, stop := run(t, settings)
	t.Cleanup(stop)
	first, second := open(t, 1280, 900, "light"), open(t, 1280, 900, "dark")
	second.goTo(a.Address(), ".people")
	second.enter(a.Base(), secondAdmin)
	first.goTo(a.Address(), ".people")
	first.enter(a.Base(), admin)
	first.say("add meraki", "Save to Vault")
	first.fill("part.api_key", firstKey)
	first.verb("add")
	first.await("Waits for an admin")
	first.await("1 admin got it")
	second.await("Add meraki")
	second.picture("two-person-1-waits")
	first.say("keys", "No key")
	second.button("Approve")
	second.await("Approved by Second Admin")
	first.await("Approved by Second Admin")
	first.picture("two-person-2-approved")
	first.say("keys", "••••0001")
	first.say("revoke NOC meraki L2", "meraki: now Admin or L2; then Admin.")
	second.await("Change who may retrieve meraki")
	second.await("meraki: now Admin or L2; then Admin.")
	second.picture("two-person-3-access")
}
