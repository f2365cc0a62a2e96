package app_test

import (
	"testing"

	"keydesk/bot/bottest/browser"
)

// TestWaitingByThePage: a technician enters a new value on the secure page and says why there; it waits, an
// admin approves it, and the card that led to the page tells both.
func TestWaitingByThePage(t *testing.T) {
	w := openTwo(t, "page", 1280, 900, "ninja", "part.client_id", clientID, "part.client_secret", firstKey)
	w.tech.say("rotate ninja", "Use a secure page")
	w.tech.button("Use a secure page")
	w.tech.await("It works once")
	page := open(t, 390, 844, "light")
	page.goTo(w.tech.eval(`[...document.querySelectorAll('a[href*="/i/"]')].at(-1).href`), "#save")
	page.do(browser.Type(`[data-part="client_secret"] input`, secondKey))
	page.press("#save", "#problem")
	page.do(browser.Type("#reason", "renewed today, ticket 4712"))
	page.press("#save", "#done")
	page.awaitIn(`document.querySelector("#done")`, "Waits for an admin")
	page.awaitIn(`document.querySelector("#preview")`, "••••0002")
	page.picture("page-waits")
	w.tech.await("Waits for an admin")
	w.tech.await("renewed today, ticket 4712")
	w.approvals.await("Rotate ninjaone")
	w.approvals.button("Approve")
	w.ended(w.approvals, "Approved by Admin", 2)
	w.ended(w.tech, "Approved by Admin", 2)
	w.tech.say("key ninja", "••••0002")
}
