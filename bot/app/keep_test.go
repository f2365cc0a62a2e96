package app_test

import (
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/catalog"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// edit is the filled form of an edit; what is not given stays as the form shows it.
func edit(pairs ...string) map[string]string {
	m := map[string]string{"label": "", "interval": "90", "owner": admin, "note": "", "expiry": "",
		"endpoint.region": ""}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// TestEdit: all that belongs to a key can be mended, by the form or by typing; its value stays.
func TestEdit(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	form := c.say(admin, "edit ninja")
	wants(t, "the form", form, "Edit ninjaone", "Owner", "L1 technician",
		"endpoint.region", "Rotate every", `"value":90`)
	late := c.say(secondAdmin, "edit ninja")
	change := edit("interval", "30", "note", "for Contoso", "owner", l1, "expiry", "2031-01-31",
		"endpoint.region", "eu")
	got, fault := c.press(admin, form, "Save", change)
	wants(t, "the result "+fault, got, "Changed", "30 days", "for Contoso", "2031-01-31")
	wants(t, "the key", c.say(admin, "key ninja"), "https://eu.ninjarmm.com", "••••0001", "L1 technician")
	got, _ = c.press(admin, form, "Save", change)
	wants(t, "a second press", got, "Changed")
	got, fault = c.press(secondAdmin, late, "Save", edit("interval", "60"))
	wants(t, "a form from before "+fault, got, "Somebody was faster", "Admin changed ninjaone")

	for _, tt := range []struct{ line, want string }{
		{"edit ninja interval=45", "45 days"},
		{"edit ninja note='for Fabrikam, since May'", "for Fabrikam, since May"},
		{"edit ninja owner=me", "Changed"},
		{"edit ninja owner='noc analyst'", "Changed"},
		{"edit ninja owner=nobody", "nobody who has a role"},
		{"edit ninja expires=", "Changed"},
		{"edit ninja expires=2020-01-01", "in the past"},
		{"edit ninja interval=45", "Nothing is different"},
		{"edit ninja interval=none expires=soon", "like 2027-06-30. The interval"},
		{"edit ninja region=app.evil.example/", "region"},
		{"edit ninja note=" + fakeKey, "Don't type a key"},
		{"edit ninja interval 30", "as name=value"},
		{"edit meraki", "No key of"},
	} {
		wants(t, tt.line, c.say(admin, tt.line), tt.want)
	}
	wants(t, "by a technician", c.say(l1, "edit ninja"), "is for Admin")
	link, _ := c.press(l1, c.say(l1, "get ninja"), "Reveal", nil)
	if !strings.Contains(claim(t, link.urls["Open"], 200), firstKey) {
		t.Error("an edit changed the value")
	}
	all := a.Log.Recent(100, func(e audit.Event) bool {
		return e.Action == "edit" && e.Note == "changes the owner, the interval, the expiry, the note, the address"
	})
	if len(all) != 2 || all[0].Outcome != audit.OK || all[1].Outcome != audit.Intent || all[0].Key != "ninjaone" {
		t.Errorf("the log has %v, want the intent and the end of the first edit", all)
	}
}

// TestRename: a key gets another label with all that belongs to it, and its old name can be recovered.
func TestRename(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, with("note", "for Contoso"))
	offer := c.say(l1, "get ninja")
	link, _ := c.press(l1, offer, "Reveal", nil)
	form := c.say(admin, "edit ninja")
	got, fault := c.press(admin, form, "Save", edit("label", "contoso", "note", "for Contoso", "interval", "30"))
	wants(t, "the result "+fault, got, "Changed", "ninjaone/contoso", "for Contoso", "30 days", "••••0001")
	another := edit("label", "contoso", "note", "another", "interval", "30") // not the very same
	again, fault := c.press(admin, form, "Save", another)
	wants(t, "a second press "+fault, again, "Changed: ninjaone/contoso", "another")
	wants(t, "the list", c.say(admin, "keys"), "ninjaone/contoso", "1 key")
	wants(t, "the log", c.say(admin, "audit edit"), "was ninjaone")
	claim(t, link.urls["Open"], 410)
	c.await(t, offer.id, "Link withdrawn")
	add(t, c, with("label", "fabrikam"))
	wants(t, "a taken label", c.say(admin, "edit ninja/contoso label=fabrikam"), "ninjaone/fabrikam is stored already")
	wants(t, "no label", c.say(admin, "edit ninja/contoso label='acme hq'"), "A label has letters a-z")
	back := c.say(admin, "edit ninja/contoso label=")
	wants(t, "back", back, "ninjaone is kept by the vault as the old name of ninjaone/contoso", "Purge")
	wants(t, "the deleted keys", c.say(admin, "recover"), "ninjaone, renamed to ninjaone/contoso on 20")

	c.press(admin, back, "Purge", nil)
	c.press(admin, c.newest(), "Purge", nil)
	wants(t, "back after a purge", c.say(admin, "edit ninja/contoso label="), "Changed: ninjaone")
	wants(t, "forth", c.say(admin, "edit ninjaone label=north"), "Changed: ninjaone/north",
		"What changed", "the label")
	c.press(admin, c.say(admin, "delete ninja/north"), "Delete", nil)
	wants(t, "one that was deleted as such", c.say(admin, "recover"), "ninjaone/north, deleted on 20",
		"ninjaone/contoso, renamed to ninjaone on 20")
}

// TestChangedHost: where a vendor has no host of its own, another host needs the value again, and the form is filled.
func TestChangedHost(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	form := c.say(admin, "add fortigate/contoso")
	if _, fault := c.press(admin, form, "Save to Vault", map[string]string{"part.api_token": firstKey, "interval": "90",
		"endpoint.host": "fw.contoso.com", "endpoint.port": "443"}); fault != "" {
		t.Fatal(fault)
	}
	asked := c.say(admin, "edit fortigate/contoso host=fw.evil.example")
	wants(t, "the refusal", asked, "Another host needs the value again", "Nothing was changed")
	wants(t, "the key", c.say(admin, "key fortigate/contoso"), "fw.contoso.com")
	c.press(admin, asked, "Rotate", nil)
	form = c.newest()
	wants(t, "the rotation", form, "fw.evil.example", "Rotate fortigate/contoso")
	got, fault := c.press(admin, form, "Save to Vault",
		map[string]string{"endpoint.host": "fw.fabrikam.com", "interval": "90"})
	if fault == "" {
		t.Errorf("a host was changed without a value: %s", got.json)
	}
	got, fault = c.press(admin, form, "Save to Vault", map[string]string{"endpoint.host": "fw.fabrikam.com",
		"interval": "90", "part.api_token": secondKey})
	wants(t, "with the value "+fault, got, "Rotated", "••••0002")
}

// TestDelete: it asks, says what remains, ends open links; recover brings all back; purge ends it for good.
func TestDelete(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	offer := c.say(l1, "get ninja")
	link, _ := c.press(l1, offer, "Reveal", nil)
	ask := c.say(admin, "delete ninja")
	wants(t, "the question", ask, "Delete ninjaone?", "recover it until then",
		"goes on working at NinjaOne (NinjaRMM) until you revoke it there.")
	gone, fault := c.press(admin, ask, "Delete", nil)
	wants(t, "the result "+fault, gone, "Deleted ninjaone", "can be recovered until", "Recover", "Purge")
	claim(t, link.urls["Open"], 410)
	c.await(t, offer.id, "Link withdrawn")
	got, _ := c.press(admin, ask, "Delete", nil)
	wants(t, "a second press", got, "Deleted ninjaone")
	wants(t, "getting it", c.say(l1, "get ninja"), "No key of")
	refused, fault := c.press(admin, c.say(admin, "add ninja"), "Save to Vault", good)
	wants(t, "adding over it "+fault, refused, "was deleted and can still be recovered", "Recover")
	wants(t, "the list of deleted keys", c.say(admin, "recover"), "ninjaone, deleted on 20")
	back, fault := c.press(admin, gone, "Recover", nil)
	wants(t, "the recovered key "+fault, back, "Recovered", "••••0001")
	wants(t, "recovering again", c.say(admin, "recover ninja"), "is not deleted")
	wants(t, "purging a stored one", c.say(admin, "purge ninja"), "is not deleted")
	if _, fault := c.press(admin, c.say(admin, "delete ninja"), "Delete", nil); fault != "" {
		t.Fatal(fault)
	}
	ask = c.say(admin, "purge ninja")
	wants(t, "the question", ask, "Purge ninjaone?", "Nobody can bring them back")
	for range 2 {
		got, fault = c.press(admin, ask, "Purge", nil)
		wants(t, "the purge "+fault, got, "Purged ninjaone")
	}
	wants(t, "recovering what is purged", c.say(admin, "recover ninja"), "Nothing to recover")
	add(t, c, good)
	for _, line := range []string{"delete ninja", "recover", "purge ninja"} {
		wants(t, line, c.say(l1, line), "is for Admin")
	}
	wants(t, "the log", c.say(admin, "audit"), "delete", "recover", "purge")
	open := a.Log.Recent(1000, func(e audit.Event) bool { return e.Outcome == audit.Failed && e.Action != "add" })
	if len(open) > 0 {
		t.Errorf("failures in the log: %v", open)
	}
}

// TestLateDelete: a delete that was asked for before somebody rotated the key does nothing.
func TestLateDelete(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	ask := c.say(admin, "delete ninja")
	form := c.say(secondAdmin, "rotate ninja")
	_, fault := c.press(secondAdmin, form, "Save to Vault", with("part.client_secret", secondKey))
	if fault != "" {
		t.Fatal(fault)
	}
	got, fault := c.press(admin, ask, "Delete", nil)
	wants(t, "the late delete "+fault, got, "Somebody was faster", "Second Admin changed ninjaone")
	wants(t, "the key", c.say(admin, "key ninja"), "••••0002")
}

// TestAdopt: a secret of the vault that an administrator has marked becomes a key, and stays as it is.
func TestAdopt(t *testing.T) {
	shared := newShared(t)
	a, stop := shared.run(t)
	defer stop()
	c := connect(t, a)
	wants(t, "with none", c.say(admin, "adopt"), "No secret to adopt", "the tag keydesk with the value adopt")
	raw := shared.raw(t)
	if _, err := raw.SetSecret(t.Context(), "OldMeraki", azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
		Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil); err != nil {
		t.Fatal(err)
	}
	c.say(admin, "refresh")
	ask := c.say(admin, "adopt")
	wants(t, "the form", ask, "OldMeraki", "Adopt a secret")
	got, fault := c.press(admin, ask, "Adopt", map[string]string{"from": "OldMeraki", "key": "meraki/contoso"})
	wants(t, "the result "+fault, got, "Adopted", "meraki/contoso", "••••0001")
	wants(t, "typed, two parts", c.say(admin, "adopt ninja from=OldMeraki"), "is no key of NinjaOne", "JSON object")
	wants(t, "typed, not there", c.say(admin, "adopt unifi from=nothing"), "no secret of that name")
	wants(t, "over a stored one", c.say(admin, "adopt meraki/contoso from=OldMeraki"), "stored already")
	sec, err := raw.GetSecret(t.Context(), "OldMeraki", "", nil)
	if err != nil || *sec.Value != firstKey {
		t.Errorf("the original: %v", err)
	}
	wants(t, "the log", c.say(admin, "audit adopt"), "from the secret OldMeraki")
}

// TestDemo: example keys in all states, and none left afterwards, as often as one likes.
func TestDemo(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, with("label", "demo"))
	for range 2 {
		wants(t, "the examples", c.say(admin, "demo"), "example keys stored", "demo remove")
		wants(t, "the list", c.say(admin, "keys"), "overdue", "expired", "due")
		wants(t, "again", c.say(admin, "demo"), "0 example keys stored")
		wants(t, "the removal", c.say(admin, "demo remove"), "example keys removed")
		demo := catalog.KeyName{Vendor: "ninjaone", Label: "demo"}
		if keys := a.Vault.Keys(); len(keys) != 1 || keys[0].Name != demo {
			t.Errorf("left: %v", keys)
		}
	}
}

// TestSaveWithoutAKey: a form that names no key, where there are many, asks which one is meant.
func TestSaveWithoutAKey(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	c.say(admin, "demo")
	c.invoke(admin, card{id: "1"}, "delete", map[string]string{"step": "save"})
	wants(t, "the answer", c.newest(), "Which key?")
}
