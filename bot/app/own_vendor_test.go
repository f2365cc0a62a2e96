package app_test

import (
	"strings"
	"testing"

	"keydesk/bot/config"
)

// ownVendor adds a vendor of one's own with one secret part.
func ownVendor(t *testing.T, c *client, name string) map[string]string {
	t.Helper()
	fill := map[string]string{"name": name, "category": "RMM", "parts": "App token",
		"address": "https://api.contoso.com"}
	got, fault := c.press(admin, c.say(admin, "vendor add"), "Save", fill)
	wants(t, "the vendor "+fault, got, "✓ Saved "+name)
	return fill
}

// TestVendors of one's own: added, used, changed, kept from harm, removed.
func TestVendorOfOnesOwn(t *testing.T) {
	data := t.TempDir()
	s := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: data, LinkTTL: 300e9}
	a, stop := run(t, s)
	c := connect(t, a)
	wants(t, "the list", c.say(admin, "vendor"), "Vendors of your own", "Add a vendor")
	ask := c.say(admin, "vendor add")
	wants(t, "the form", ask, "Add a vendor", "one a line", "Category")
	fill := map[string]string{"name": "Contoso RMM", "category": "RMM",
		"parts": "Client ID public\nClient secret", "address": "https://api.contoso.com",
		"portal": "https://admin.contoso.com", "docs": "", "interval": ""}
	bad := map[string]string{"name": "NinjaOne", "category": "RMM", "parts": "Client ID public", "address": "http://x"}
	_, fault := c.press(admin, ask, "Save", bad)
	for _, want := range []string{"already", "At least one part is a secret.", "begins with https://"} {
		if !strings.Contains(fault, want) {
			t.Errorf("%q misses %q", fault, want)
		}
	}
	got, fault := c.press(admin, ask, "Save", fill)
	wants(t, "the result "+fault, got, "Saved Contoso RMM", "contoso-rmm", "Add a key")
	fill["docs"] = "https://docs.contoso.com"
	got, fault = c.press(admin, ask, "Save", fill)
	if own, _ := a.Catalog.Own("contoso-rmm"); own.Docs != fill["docs"] {
		t.Errorf("a corrected form says %s %s, and %+v is stored", got.json, fault, own)
	}
	form := c.say(admin, "add contoso-rmm")
	wants(t, "the form of its key", form, "part.client_id", "part.client_secret", "Client secret",
		"https://admin.contoso.com")
	if _, fault := c.press(admin, form, "Save to Vault", good); fault != "" {
		t.Fatal(fault)
	}
	stop()
	a, stop = run(t, s)
	defer stop()
	c = connect(t, a)
	wants(t, "after a restart", c.say(l1, "get contoso-rmm"), "Contoso RMM", "Reveal")
	change := c.say(admin, "vendor edit contoso-rmm")
	wants(t, "the form to change it", change, "Client ID public", "Remove")
	fill["address"] = "https://evil.example"
	_, fault = c.press(admin, change, "Save", fill)
	if !strings.Contains(fault, "Contoso RMM has 1 key.") || !strings.Contains(fault, "stay as they are") {
		t.Errorf("a changed address with keys stored: %q", fault)
	}
	fill["address"], fill["name"] = "https://api.contoso.com", "Contoso Remote"
	got, fault = c.press(admin, change, "Save", fill)
	wants(t, "the change "+fault, got, "Saved Contoso Remote")
	wants(t, "removing it with a key", c.say(admin, "vendor remove contoso-rmm"), "It has keys")
	wants(t, "removing a built-in", c.say(admin, "vendor remove ninja"), "can't be changed")
	c.press(admin, c.say(admin, "delete contoso-rmm"), "Delete", nil)
	wants(t, "removing it with a deleted key", c.say(admin, "vendor remove contoso-rmm"), "It has keys",
		"1 deleted key that can be recovered", "Purge what is deleted")
	c.press(admin, c.say(admin, "purge contoso-rmm"), "Purge", nil)
	got, fault = c.press(admin, c.say(admin, "vendor remove contoso-rmm"), "Remove", nil)
	wants(t, "the removal "+fault, got, "Removed contoso-rmm")
	wants(t, "afterwards", c.say(admin, "add contoso-rmm"), "I know no vendor")
	wants(t, "by a technician", c.say(l1, "vendor add"), "is for Admin")
	wants(t, "the log", c.say(admin, "audit vendor"), "the vendor contoso-rmm")
}

// TestDeletedKeysGuardTheirVendor: a deleted key can come back, so its vendor can't get another shape or go.
func TestDeletedKeysGuardTheirVendor(t *testing.T) {
	p := newPair(t)
	c := p.on[0]
	fill := ownVendor(t, c, "Contoso RMM")
	p.later(t)
	change, remove := c.say(admin, "vendor edit contoso-rmm"), c.say(admin, "vendor remove contoso-rmm")
	form := p.on[1].say(admin, "add contoso-rmm") // on the other: this one does not know of it
	value := map[string]string{"part.app_token": firstKey, "interval": "90"}
	if _, fault := p.on[1].press(admin, form, "Save to Vault", value); fault != "" {
		t.Fatal(fault)
	}
	fill["address"] = "https://evil.example"
	refused := func(what, want string) {
		t.Helper()
		_, fault := c.press(admin, change, "Save", fill)
		if !strings.Contains(fault, want) || !strings.Contains(fault, "stay as they are") {
			t.Errorf("%s: %q", what, fault)
		}
		c.press(admin, remove, "Remove", nil)
		wants(t, what, c.newest(), "It has keys", want)
	}
	refused("a key of another process", "Contoso RMM has 1 key.")
	c.press(admin, c.say(admin, "delete contoso-rmm"), "Delete", nil)
	refused("a deleted key", "Contoso RMM has 1 deleted key that can be recovered.")
	c.press(admin, c.say(admin, "purge contoso-rmm"), "Purge", nil)
	got, fault := c.press(admin, change, "Save", fill)
	wants(t, "without keys "+fault, got, "Saved Contoso RMM")
}

// TestVendorForms: umlauts fold as in a sheet, long lists of parts fit, and nothing is in the way of Remove.
func TestVendorForms(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	ownVendor(t, c, "Müller RMM")
	if _, ok := a.Catalog.Own("muller-rmm"); !ok {
		t.Errorf("the vendors are %v", a.Catalog.Owns())
	}
	form := c.say(admin, "vendor edit muller-rmm")
	wants(t, "the form", form, `"associatedInputs":"none","data":{"do":"remove"`, `"maxLength":384`)
	add, fault := c.press(admin, c.say(admin, "add muller-rmm"), "Save to Vault",
		map[string]string{"part.app_token": firstKey, "interval": "90"})
	wants(t, "the key "+fault, add, "Stored")
	ask := c.say(admin, "delete muller-rmm")
	wants(t, "the question", ask, "at Müller RMM until you revoke it there.")
	gone, _ := c.press(admin, ask, "Delete", nil)
	if strings.Contains(gone.json, "Keys are made at") {
		t.Errorf("a place for keys of a vendor without one: %s", gone.json)
	}
	wants(t, "the result", gone, "at Müller RMM until you revoke it there.")
}
