package app_test

import (
	"regexp"
	"strings"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest/browser"
)

// twoWindows is a technician's and an admin's window on one sandbox, with requests in the channel approvals.
type twoWindows struct {
	t                      *testing.T
	app                    *app.App
	tech, admin, approvals *chatPage
	look                   string
}

// looks are the windows the stories are seen in.
var looks = []struct {
	name          string
	width, height int64
}{{"desktop", 1280, 900}, {"phone", 390, 844}}

// openTwo opens both windows. The admin stores a key and sets the channel.
func openTwo(t *testing.T, look string, width, height int64, add string, parts ...string) *twoWindows {
	w := &twoWindows{t: t, app: start(t, t.TempDir()), look: look, tech: open(t, width, height, "light"),
		admin: open(t, width, height, "light")}
	w.admin.goTo(w.app.Address(), ".people")
	w.admin.enter(w.app.Base(), admin)
	w.admin.say("add "+add, "Save to Vault")
	for i := 0; i < len(parts); i += 2 {
		w.admin.fill(parts[i], parts[i+1])
	}
	w.admin.verb("add")
	w.admin.await("Stored")
	w.tech.goTo(w.app.Address(), ".people")
	w.tech.enter(w.app.Base(), l1)
	w.approvals = w.admin.in(1)
	w.approvals.say("@Keydesk approvals here", "Requests are decided here")
	return w
}

// shot saves both windows in both colour schemes, where pictures are asked for.
func (w *twoWindows) shot(name string) {
	w.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		for who, b := range map[string]*chatPage{"tech": w.tech, "admin": w.admin} {
			browser.Scheme(w.t, b.ctx, scheme)
			b.picture(strings.Join([]string{"approval", w.look, name, who, scheme}, "-"))
		}
	}
}

// moment is a time of day as the page shows it.
var moment = regexp.MustCompile(`\d{1,2}:\d\d`)

// ended checks that a card says how a request ended and when, and cannot be decided any more.
func (w *twoWindows) ended(b *chatPage, how string, moments int) {
	w.t.Helper()
	b.await(how)
	said := b.text()
	if got := len(moment.FindAllString(said, -1)); got < moments {
		w.t.Errorf("%d moments, want %d: %s", got, moments, said)
	}
	left := b.newest() + `.querySelectorAll('[data-verb="approve"], [data-verb="deny"]').length`
	if n := b.eval("String(" + left + ")"); n != "0" {
		w.t.Errorf("%s, and %s buttons to decide are left", how, n)
	}
}

// TestApprovalInTheBrowser: a technician asks for a key, an admin shortens the time and approves in the
// channel, both see it, and the technician reveals the value.
func TestApprovalInTheBrowser(t *testing.T) {
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			w := openTwo(t, look.name, look.width, look.height, "sentinelone", "part.api_token", firstKey,
				"endpoint.console", "usea1-contoso")
			w.tech.say("get sentinelone agent is offline, ticket 4711", "An admin decides about yours")
			w.tech.choose("duration", "8h")
			w.shot("1-form")
			w.tech.button("Ask")
			w.tech.await("It stands in the approvals channel")
			w.approvals.await("L1 technician")
			w.approvals.await("agent is offline, ticket 4711")
			w.shot("2-asked")
			w.approvals.choose("duration", "1h")
			w.shot("3-shortened")
			w.approvals.button("Approve")
			w.ended(w.approvals, "Approved by Admin", 3)
			w.ended(w.tech, "Approved by Admin", 3)
			w.awaitOwn("Access to sentinelone", "Approved by Admin")
			for _, b := range []*chatPage{w.tech, w.approvals} {
				if said := b.text(); !strings.Contains(said, "1 hour; asked for: 8 hours") {
					t.Errorf("for how long? %s", said)
				}
			}
			w.shot("4-approved")
			w.tech.button("Get")
			w.tech.await("Reveal")
			w.shot("5-get")
			w.tech.button("Reveal")
			w.tech.do(browser.Visible(`a[href*="/r/"]`))
			w.shot("6-link")
			w.tech.goTo(w.tech.eval(`document.querySelector('a[href*="/r/"]').href`), "#reveal")
			w.tech.press("#reveal", "#parts pre")
			shown := w.tech.eval(`document.querySelector("#parts").innerText`)
			if !strings.Contains(shown, firstKey) {
				t.Error("the page does not show the value")
			}
			w.shot("7-revealed")
			if page := w.admin.eval("document.documentElement.outerHTML"); strings.Contains(page, firstKey) {
				t.Error("the chat shows the value")
			}
		})
	}
}

// awaitOwn waits until the technician's card that asked has been edited.
func (w *twoWindows) awaitOwn(what, how string) {
	w.t.Helper()
	first := `[...document.querySelectorAll("#chat-0 .msg")].find((m) => m.innerText.includes("` + what + `"))`
	w.tech.awaitIn(first, how)
}

// TestDenialInTheBrowser: a technician's new value waits and is denied with a word of why, which they read.
func TestDenialInTheBrowser(t *testing.T) {
	const why = "Contoso rotates it on Friday, wait for that"
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			w := openTwo(t, look.name, look.width, look.height, "ninja", "part.client_id", clientID,
				"part.client_secret", firstKey)
			w.tech.say("rotate ninja", "Why, for the admin who decides")
			w.tech.fill("part.client_secret", secondKey)
			kind := w.tech.eval(w.tech.newest() + `.querySelector('[name="part.client_secret"]').type`)
			if kind != "password" {
				t.Errorf("the value is typed into a %s field", kind)
			}
			w.tech.fill("reason", "renewed today, ticket 4712")
			w.shot("11-rotate")
			w.tech.button("Save to Vault")
			w.tech.await("It stands in the approvals channel")
			w.approvals.await("Rotate ninjaone")
			w.approvals.await("••••0002")
			w.shot("12-waits")
			w.approvals.button("Deny")
			w.approvals.await("Write a word of why")
			w.shot("13-why")
			w.approvals.fill("reason", why)
			w.approvals.button("Deny")
			for _, b := range []*chatPage{w.approvals, w.tech} {
				w.ended(b, "Denied by Admin", 2)
				b.await(why)
			}
			w.awaitOwn("Rotate ninjaone", "Denied by Admin")
			w.shot("14-denied")
			w.tech.say("key ninja", "••••0001")
			for _, b := range []*chatPage{w.admin, w.tech} {
				if page := b.eval("document.documentElement.outerHTML"); strings.Contains(page, secondKey) {
					t.Error("the chat shows the value")
				}
			}
		})
	}
}
