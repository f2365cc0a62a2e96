package app_test

import (
	"strings"
	"testing"

	"keydesk/bot/bottest/browser"
)

// TestDeskInTheBrowser is an admin at work on the sandbox's page: a spreadsheet comes in, keys are mended, one is
// deleted and comes back, a vendor of one's own is added.
func TestDeskInTheBrowser(t *testing.T) {
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"desktop-light", 1440, 900, "light"}, {"phone-dark", 390, 844, "dark"}} {
		t.Run(look.name, func(t *testing.T) {
			a := start(t, t.TempDir())
			b := open(t, look.width, look.height, look.scheme)
			shot := func(name string) { b.picture(look.name + "-desk-" + name) }
			b.goTo(a.Address(), ".people")
			b.enter(a.Base(), admin)
			b.say("import", "Save your spreadsheet")
			shot("1-import")
			b.verb("import")
			b.await("It works once")
			shot("2-page")
			link := b.eval(`document.querySelector('a[href*="/i/"]').href`)
			b.goTo(link, "#drop")
			b.upload("#file", sheetFile)
			b.do(browser.Visible("#store"))
			shot("3-preview")
			b.press("#store", "#result")
			shot("4-imported")
			b.enter(a.Base(), admin)
			b.await("3 keys stored")
			shot("5-result")
			b.say("edit meraki/contoso", "The value stays as it is")
			shot("6-edit")
			b.fill("note", " and second")
			b.verb("edit")
			b.await("Changed: meraki/contoso")
			shot("7-changed")
			b.say("delete meraki/contoso", "goes on working at")
			shot("8-delete")
			b.verb("delete")
			b.await("can be recovered until")
			shot("9-deleted")
			b.verb("recover")
			b.await("Recovered: meraki/contoso")
			shot("10-recovered")
			b.say("vendor add", "one a line")
			shot("11-vendor")
			b.say("sure: "+fakeKey, "Don't type a key")
			shot("12-exposed")
			b.say("rotate ninja/contoso", "Use a secure page")
			shot("13-rotate")
			b.button("Use a secure page")
			b.await("It works once")
			b.goTo(b.eval(`[...document.querySelectorAll('a[href*="/i/"]')].at(-1).href`), "#save")
			shot("14-enter")
			if page := b.eval("document.documentElement.outerHTML"); strings.Contains(page, "obviously-fake-secret") {
				t.Error("the page has a stored secret")
			}
		})
	}
}
