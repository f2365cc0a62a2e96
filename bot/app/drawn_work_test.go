package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

const l2 = "00000000-0000-4000-8000-00000000b002"

// fill is a filled form of a vendor; values that no vendor gives out make its warnings.
func fill(v *catalog.Vendor, more ...string) []string {
	out := append([]string{"interval", "90"}, more...)
	for _, p := range v.Parts {
		out = append(out, "part."+p.Name, firstKey)
	}
	for _, p := range v.Placeholders {
		out = append(out, "endpoint."+p.Name, p.Example)
	}
	return out
}

// everyVendor adds, looks at, rotates and edits a key of each vendor.
func (g *gallery) everyVendor() {
	for _, v := range g.a.Catalog.Vendors() {
		g.press(admin, g.say(admin, "add "+v.ID), "Save to Vault", fill(v)...)
		g.say(admin, "key "+v.ID)
		g.press(admin, g.say(admin, "rotate "+v.ID), "Save to Vault", fill(v)...)
		g.say(admin, "edit "+v.ID)
	}
}

// everyCommand runs what is left of the command table, and the ways into it.
func (g *gallery) everyCommand() {
	for _, who := range []string{admin, l2, l1, noc, newcomer} {
		for _, line := range []string{"help", "whoami", "keys", "vendors", "get meraki reason='ticket 4711'",
			"add ninja", "key duo", "history ninja"} {
			g.say(who, line)
		}
	}
	g.press(admin, g.say(admin, "keys"), "Next")
	for _, line := range []string{"keys overdue", "keys rmm", "keys no such thing", "vendors backup", "vendors x",
		"add", "rotate", "get", "key", "edit", "delete", "get connectwise", "get nnija", "hlep", "ninja", "",
		"nonsense words", "audit", "audit get", "audit nobody", "refresh", "sure: " + fakeKey, "add ninja " + fakeKey} {
		g.say(admin, line)
	}
	g.press(admin, g.say(admin, "add meraki/fabrikam"), "Cancel")
	g.lead(l1, "get ninja", "Reveal")
	link := g.lead(l1, "get ninja ticket 4711", "Reveal") // withdraws the first
	claim(g.t, link.urls["Open"], http.StatusOK)
	g.c.await(g.t, link.id, "Revealed")
	g.deletions()
	g.ownVendors()
	g.accesses()
	g.pages()
	demo := g.say(admin, "demo")
	g.say(admin, "keys")
	g.say(admin, "keys expired")
	g.press(admin, demo, "Remove")
}

func (g *gallery) deletions() {
	g.say(admin, "recover")
	g.press(admin, g.say(admin, "edit meraki"), "Save", "note", "mended", "interval", "30",
		"label", "", "owner", admin)
	g.press(admin, g.say(admin, "edit meraki"), "Save", "note", "mended", "interval", "30",
		"label", "contoso", "owner", l1)
	ask := g.say(admin, "delete meraki/contoso")
	deleted := g.press(admin, ask, "Delete")
	g.press(admin, ask, "Delete")
	g.say(admin, "get meraki/contoso")
	g.say(admin, "recover")
	g.press(admin, deleted, "Recover")
	g.press(admin, deleted, "Recover")
	g.press(admin, g.say(admin, "delete meraki/contoso"), "Delete")
	purge := g.say(admin, "purge meraki/contoso")
	g.press(admin, purge, "Purge")
	g.press(admin, purge, "Purge")
	g.say(admin, "adopt")
	for _, name := range []string{"OldMeraki", "Another-Old-Secret-With-A-Long-Name"} {
		mark := azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
			Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}
		if _, err := g.client.SetSecret(g.t.Context(), name, mark, nil); err != nil {
			g.t.Fatal(err)
		}
	}
	g.say(admin, "refresh")
	g.press(admin, g.say(admin, "adopt"), "Adopt", "from", "OldMeraki", "key", "meraki/adopted")
}

func (g *gallery) accesses() {
	for _, line := range []string{"access", "access Admin", "access NOC rmm", "access l1 no such thing",
		"access sentinelone", "access nothing", "access sentinelone x", "grant", "grant L1 sentinelnoe",
		"grant L1 sentinelone", "grant L1 sentinelone", "revoke L1 NOC sentinelone huntress",
		"access sentinelone", "access huntress default"} {
		g.say(admin, line)
	}
	g.say(l1, "access L1")
	page := g.say(admin, "access L1")
	g.press(admin, page, "Next")
	g.press(admin, page, "Save", "access.duo", "on", "access.acronis", "on", "access.cw-manage", "off")
	g.say(secondAdmin, "revoke L1 duo")
	g.press(admin, page, "Save", "access.duo", "on", "access.auvik", "on")
	g.press(admin, g.say(admin, "access duo"), "Save", "access.L1", "on", "access.L2", "off", "access.NOC", "on")
	g.press(admin, g.say(admin, "access"), "NOC")
}

func (g *gallery) ownVendors() {
	g.say(admin, "vendor")
	saved := g.press(admin, g.say(admin, "vendor add"), "Save", "name", "Contoso RMM", "category", "RMM",
		"parts", "Client ID public\nClient secret", "address", "https://api.contoso.com", "interval", "30",
		"docs", "https://docs.contoso.com", "portal", "https://admin.contoso.com")
	g.press(admin, saved, "Add a key")
	g.say(admin, "vendor")
	g.say(admin, "vendor edit contoso-rmm")
	g.say(admin, "vendor remove ninja")
	g.press(admin, g.say(admin, "vendor remove contoso-rmm"), "Remove")
}

// lead asks for a link in a real chat, where its card tells its end.
func (g *gallery) lead(who, line, title string) card {
	g.t.Helper()
	got, fault := g.c.press(who, g.c.say(who, line), title, nil)
	if fault != "" {
		g.t.Errorf("%s: %s", line, fault)
	}
	g.keep(title, got.json)
	g.posted(line)
	return got
}

// pages are the cards that lead to pages, and how those end.
func (g *gallery) pages() {
	page := g.lead(admin, "import", "Use a secure page")
	none := func(desk.SheetRow) {}
	if _, err := g.a.Desk.ImportSheet(g.t.Context(), tokenOf(g.t, page), nil, []byte(sheetFile), none); err != nil {
		g.t.Error(err)
	}
	g.c.await(g.t, page.id, "keys stored")
	g.posted("import ends")
	for _, line := range []string{"add unifi/contoso", "rotate unifi"} {
		page = g.lead(admin, line, "Use a secure page")
		in := desk.Entry{Parts: vault.Parts{"api_key": vault.NewSecret(secondKey)},
			Fields: map[string]string{"interval": "90"}}
		if _, err := g.a.Desk.Intake(g.t.Context(), tokenOf(g.t, page), nil, in); err != nil {
			g.t.Error(line, desk.Sentence(err))
		}
		g.c.await(g.t, page.id, "✓")
		g.posted("page ends")
	}
	g.lead(admin, "add duo/expires", "Use a secure page")
	g.lead(l1, "get ninja", "Reveal")
	g.a.Desk.Tend(g.t.Context(), time.Now().Add(time.Hour))
	g.posted("link expires")
}

// longTexts has the longest of everything that people type.
func (g *gallery) longTexts() {
	label := strings.Repeat("long-label-", 3) + "acme"
	unbroken := strings.Repeat("enter", 50) // a word that ends nowhere and looks like no key
	words := strings.TrimSpace(strings.Repeat("a note in many words, ", 11))
	for i, note := range []string{words, unbroken, "**bold** [link](https://contoso.com) <b>&amp; _x_\\"} {
		key := fmt.Sprintf("ninja/%s-%d", label, i)
		form := g.say(admin, "add "+key)
		g.press(admin, form, "Save to Vault", "part.client_id", clientID, "part.client_secret", firstKey,
			"note", note, "expiry", "2031-12-31")
		g.say(admin, "key "+key)
		g.say(admin, "edit "+key)
		g.say(admin, "rotate "+key)
		offer := g.say(l1, "get "+key+" reason="+fmt.Sprintf("%q", note))
		g.press(l1, offer, "Reveal")
	}
	g.say(admin, "keys "+label)
	g.say(admin, "get ninja")
	g.say(admin, "audit "+label)
	g.press(admin, g.say(admin, "vendor add"), "Save", "name", "Fabrikam Remote Remote Remote Suite",
		"category", "Email Security", "parts",
		"The identifier of the client application public\nThe secret of the client application",
		"address", "https://"+strings.Repeat("a-long-name.", 8)+"fabrikam.com/"+strings.Repeat("path", 20))
	g.say(admin, "vendor")
	g.say(admin, "vendors email")
	id := g.a.Catalog.Owns()[0].ID
	g.say(admin, "vendor edit "+id)
	g.say(admin, "add "+id)
}

// badEnds are the cards of a vault that fails, and of what is found out later.
func (g *gallery) badEnds() {
	stale := g.say(admin, "rotate duo")
	g.press(secondAdmin, g.say(secondAdmin, "rotate duo"), "Save to Vault", fill(g.vendor("duo"))...)
	g.harmed = true
	g.press(admin, stale, "Save to Vault", fill(g.vendor("duo"))...)
	for call := 1; call <= 4; call++ {
		form := g.say(admin, fmt.Sprintf("add meraki/bad-%d", call))
		offer := g.say(admin, "get ninja")
		g.stage.vault.set(call, 100, harm{status: 403}) // no harm that is tried again for seconds
		g.press(admin, offer, "Reveal")
		g.stage.vault.set(call, call, harm{effect: true})
		g.press(admin, form, "Save to Vault", "part.api_key", firstKey)
		g.stage.vault.set(0, 0, harm{})
	}
	g.stage.vault.set(1, 100, harm{status: 403})
	g.say(admin, "history unifi")
	g.say(admin, "refresh")
	g.stage.vault.set(0, 0, harm{})
	g.harmed = false
	g.a.Desk.Tend(g.t.Context(), time.Now().Add(3*time.Minute))
	g.posted("found out")
}

func (g *gallery) vendor(id string) *catalog.Vendor {
	v, ok := g.a.Catalog.Vendor(id)
	if !ok {
		g.t.Fatal("no vendor " + id)
	}
	return v
}
