package app_test

import (
	"strings"
	"time"

	"keydesk/bot/desk"
	"keydesk/vault"
)

const askedKey, ownKey = "sentinelone/asked", "ninja/asked"

// everyRequest asks, decides and lists, with every end a request has.
func (g *gallery) everyRequest() {
	for _, who := range []string{admin, secondAdmin, l1} { // they have chats
		g.c.say(who, "help")
	}
	g.press(admin, g.say(admin, "add "+askedKey), "Save to Vault", fill(g.vendor("sentinelone"))...)
	g.press(admin, g.say(admin, "add "+ownKey), "Save to Vault", fill(g.vendor("ninjaone"))...)
	g.channels()
	g.accessStory()
	g.rotations()
	g.unanswered()
	g.twoPeople()
}

// waiting is the card that an admin decides on, of the newest request with that text.
func (g *gallery) waiting(text string) card {
	g.t.Helper()
	for page := g.say(admin, "requests"); ; page = g.press(admin, page, "Next") {
		for title := range page.data {
			if title == "Open" && strings.Contains(page.json, text) {
				return g.press(admin, page, "Open")
			}
		}
		if page.data["Next"] == nil {
			g.t.Fatalf("%s does not wait: %s", text, page.json)
		}
	}
}

// told waits until who asked has heard how it ended.
func (g *gallery) told(how string) card {
	g.t.Helper()
	on := g.c.awaitIn("chat-"+l1, how)
	g.posted("told " + how)
	return on
}

// asks is a technician's filled form for access.
func (g *gallery) asks(span, reason string) card {
	g.t.Helper()
	waits := g.press(l1, g.say(l1, "get "+askedKey), "Ask", "reason", reason, "duration", span)
	g.posted("asked")
	return waits
}

func (g *gallery) channels() {
	for _, line := range []string{"approvals", "approvals here", "approvals off"} {
		g.say(admin, line)
	}
	here := vault.Channel{Name: "Approvals", Conversation: approvalsChannel, ServiceURL: g.c.connector.URL,
		Tenant: sandboxTenant}
	g.turn(admin, "approvals here", desk.Turn{Text: "approvals here", Channel: here})
	g.say(admin, "approvals")
	g.asks("1h", "posted to the channel")
	g.press(admin, g.waiting("Access to "+askedKey), "Deny", "reason", "only a look at the card")
	g.told("only a look")
	g.say(admin, "approvals off")
}

// accessStory is a pass that is asked for, given, used, listed and ended.
func (g *gallery) accessStory() {
	for _, line := range []string{"ask", "ask " + askedKey, "ask ninja", "ask nothing", "requests",
		"passes"} {
		g.say(l1, line)
	}
	for _, span := range []string{"8h", "once"} {
		waits := g.asks(span, "agent is offline, ticket 4711")
		again := g.say(l1, "get "+askedKey)
		g.press(l1, again, "Ask", "reason", "agent is still offline", "duration", "8h")
		g.say(l1, "requests")
		on := g.waiting("Access to " + askedKey)
		g.press(admin, on, "Approve", "duration", map[string]string{"8h": "1h"}[span])
		g.told("Approved by Admin")
		g.refused(admin, on, "Approve") // late
		g.refused(l1, waits, "Withdraw")
		for _, who := range []string{l1, admin} {
			g.say(who, "passes")
			g.say(who, "whoami")
		}
		g.press(l1, g.say(l1, "get "+askedKey+" ticket 4711"), "Reveal")
		list := g.say(admin, "passes")
		g.press(admin, list, "End")
		g.told("has ended")
		g.refused(admin, list, "End")
		g.say(l1, "get "+askedKey)
	}
	g.asks("24h", strings.TrimSpace(strings.Repeat("a reason of many words, ", 10)))
	g.press(admin, g.waiting("Access to "+askedKey), "Deny", "reason", strings.Repeat("enter", 50))
	g.told("Denied by Admin")
}

// rotations are values of a technician that wait, and what becomes of them.
func (g *gallery) rotations() {
	rotate := func() card {
		waits := g.press(l1, g.say(l1, "rotate "+ownKey), "Save to Vault",
			fill(g.vendor("ninjaone"), "reason", "renewed today, ticket 4712")...)
		g.posted("rotation asked")
		return waits
	}
	rotate()
	g.press(admin, g.waiting("Rotate ninjaone/asked"), "Approve")
	g.told("Approved by Admin")
	rotate()
	g.press(admin, g.waiting("Rotate ninjaone/asked"), "Deny", "reason", "wait for Friday")
	g.told("wait for Friday")
	g.press(l1, rotate(), "Withdraw")
	rotate() // and somebody is faster
	g.press(secondAdmin, g.say(secondAdmin, "rotate "+ownKey), "Save to Vault", fill(g.vendor("ninjaone"))...)
	g.press(admin, g.waiting("Rotate ninjaone/asked"), "Approve")
	g.told("it can't be done")
	unifi := fill(g.vendor("unifi"), "reason", "a new customer")
	g.press(l1, g.say(l1, "add unifi/asked"), "Save to Vault", unifi...)
	g.press(admin, g.waiting("Add unifi/asked"), "Approve")
	g.told("Add unifi/asked")
}

// unanswered is what nobody decides in time, and what is approved while the vault does not answer.
func (g *gallery) unanswered() {
	g.asks("8h", "nobody answers this")
	g.a.Desk.Tend(g.t.Context(), time.Now().Add(90*time.Minute))
	g.posted("reminded")
	g.a.Desk.Tend(g.t.Context(), time.Now().Add(25*time.Hour))
	g.told("nobody answered")
	g.asks("8h", "the vault does not answer")
	on := g.waiting("Access to " + askedKey)
	g.stage.vault.set(4, 100, harm{status: 403})
	g.press(admin, on, "Approve")
	g.stage.vault.set(0, 0, harm{})
	g.told("not finished yet")
	g.a.Desk.Tend(g.t.Context(), time.Now().Add(5*time.Minute))
	g.posted("done later")
}

// twoPeople are changes of an admin that wait for another.
func (g *gallery) twoPeople() {
	g.a.Desk.TwoPerson = true
	defer func() { g.a.Desk.TwoPerson = false }()
	g.press(secondAdmin, g.say(secondAdmin, "delete "+ownKey), "Delete")
	g.say(secondAdmin, "grant L1 duo huntress acronis")
	g.press(secondAdmin, g.say(secondAdmin, "rotate "+ownKey), "Save to Vault", fill(g.vendor("ninjaone"))...)
	g.press(secondAdmin, g.say(secondAdmin, "access "+askedKey), "Save", "access.L1", "on")
	g.posted("two people")
	for list := g.say(admin, "requests"); list.data["Open"] != nil; list = g.say(admin, "requests") {
		g.press(admin, g.press(admin, list, "Open"), "Approve")
	}
	for _, v := range g.a.Catalog.Vendors()[:24] { // more than a page
		g.say(secondAdmin, "grant NOC "+v.ID)
	}
	g.press(admin, g.say(admin, "requests"), "Next")
	g.say(secondAdmin, "requests")
}

// refused presses what is refused, if not on a card.
func (g *gallery) refused(who string, on card, title string, inputs ...string) {
	g.t.Helper()
	g.harmed = true
	defer func() { g.harmed = false }()
	g.press(who, on, title, inputs...)
}
