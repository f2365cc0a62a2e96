package app_test

import (
	"strings"
	"testing"
)

// TestStoryInTheBrowser is the first slice as a person lives it on the sandbox's page, with a real browser.
func TestStoryInTheBrowser(t *testing.T) {
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"desktop-light", 1440, 900, "light"}, {"phone-dark", 390, 844, "dark"},
		{"readme", 860, 1180, "light"}} {
		t.Run(look.name, func(t *testing.T) {
			a := start(t, t.TempDir())
			b := open(t, look.width, look.height, look.scheme)
			shot := func(name string) { b.picture(look.name + "-" + name) }
			b.goTo(a.Address(), ".people")
			shot("1-who")
			b.enter(a.Base(), admin)
			b.say("help", "You can type")
			shot("2-help")
			b.say("add ninja", "Client secret")
			b.fill("part.client_id", clientID)
			b.fill("part.client_secret", firstKey)
			shot("3-form")
			b.verb("add")
			b.await("Stored: ninjaone")
			shot("4-stored")
			b.say("keys", "1 key")
			shot("5-keys")
			b.say("vendors", "32 in all")
			shot("5b-vendors")
			b.say("key ninja", "In the vault")
			shot("5c-key")
			b.say("add", "Which vendor")
			shot("5d-choose")
			b.say("whoami", "Object id")
			shot("5e-whoami")
			b.say("get ninja ticket 4711", "ticket 4711")
			b.await("Reveal")
			shot("6-get")
			b.press(`[data-verb=reveal]`, `a[href*="/r/"]`)
			shot("7-link")
			link := b.eval(`document.querySelector('a[href*="/r/"]').href`)
			b.goTo(link, "#reveal")
			shot("8-page")
			b.press("#reveal", "#parts pre")
			shown := b.eval(`document.querySelector("#parts").innerText`)
			if !strings.Contains(shown, clientID) || !strings.Contains(shown, firstKey) {
				t.Error("the page does not show both parts")
			}
			shot("9-revealed")
			b.press("#hide", "#over")
			body := b.eval("document.documentElement.outerHTML")
			if strings.Contains(body, firstKey) || strings.Contains(body, clientID) {
				t.Error("the value is still on the page after it was hidden")
			}
			b.goTo(link, "h1")
			if h := b.eval(`document.querySelector("h1").innerText`); h != "This link is gone" {
				t.Errorf("a used link says %q", h)
			}
			b.enter(a.Base(), admin)
			shot("10-after")
			b.say("rotate ninja", "Rotate ninjaone")
			b.fill("part.client_secret", secondKey)
			b.verb("rotate")
			b.await("Rotated: ninjaone")
			shot("11-rotated")
			b.say("history ninja", "older version")
			shot("12-history")
			b.say("audit", "retrieve")
			shot("13-audit")
			page := b.eval("document.documentElement.outerHTML")
			for _, want := range []string{"current version", "older version", "retrieve", "••••0001", "••••0002"} {
				if !strings.Contains(page, want) {
					t.Errorf("the chat misses %q", want)
				}
			}
			if strings.Contains(page, firstKey) || strings.Contains(page, secondKey) {
				t.Error("the chat shows a value")
			}
			b.enter(a.Base(), newcomer)
			b.say("get ninja", "Ask a Keydesk admin")
			shot("14-newcomer")
		})
	}
}
