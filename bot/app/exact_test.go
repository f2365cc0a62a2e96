package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestButtonsAreExact: a button is about the key it names and no other, also when that key is gone by then.
func TestButtonsAreExact(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	add(t, c, with("label", "acme"))
	if _, err := s.raw(t).UpdateSecretProperties(t.Context(), "ninjaone--acme", "",
		azsecrets.UpdateSecretPropertiesParameters{
			SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	first, second := c.say(admin, "delete ninjaone"), c.say(secondAdmin, "delete ninjaone")
	offer := c.say(l1, "get ninjaone")
	if got, fault := c.press(admin, first, "Delete", nil); !strings.Contains(got.json, "Deleted ninjaone") {
		t.Fatal(got.json, fault)
	}
	c.press(secondAdmin, second, "Delete", nil)
	wants(t, "the second press", c.newest(), "There is no key ninjaone")
	if _, ok := a.Vault.Key(ninja("acme")); !ok {
		t.Error("another key was deleted")
	}
	if got, _ := c.press(l1, offer, "Reveal", nil); got.urls["Open"] != "" {
		t.Error("a link to another key")
	}
	wants(t, "a mistyped name", c.say(admin, "recover ninjaome"), "Did you mean this one?")
}

// TestOldSettingsDoNotBlockThePage: a key whose expiry has passed, or without an interval, can be rotated by the page.
func TestOldSettingsDoNotBlockThePage(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	for label, key := range map[string]catalog.Key{
		"expired": {IntervalDays: 90, Expiry: catalog.Date{Year: 2020, Month: 1, Day: 2}},
		"plain":   {},
	} {
		key.Name, key.Op = ninja(label), "op-"+label
		if _, err := a.Vault.Create(t.Context(), key, ninjaParts()); err != nil {
			t.Fatal(err)
		}
		_, token := c.pageFor("rotate ninja/" + label)
		if _, err := a.Desk.Intake(t.Context(), token, nil, entered(secondKey, "interval", "90")); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// TestAnotherValueOnTheSameForm is no repeat: the person learns that the first one was stored.
func TestAnotherValueOnTheSameForm(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	form := c.say(admin, "add ninja")
	for range 2 {
		got, fault := c.press(admin, form, "Save to Vault", good)
		wants(t, "the value "+fault, got, "✓ Stored")
	}
	got, fault := c.press(admin, form, "Save to Vault", with("part.client_secret", secondKey))
	wants(t, "another value "+fault, got, "An earlier try was stored", "with another value")
	got, fault = c.press(admin, form, "Save to Vault", good)
	wants(t, "the first again "+fault, got, "✓ Stored", "••••0001")
}

// TestHalfAnEdit: where the label can't be had, nothing is changed, and the next press says all.
func TestHalfAnEdit(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	add(t, c, with("label", "gone"))
	c.press(admin, c.say(admin, "delete ninja/gone"), "Delete", nil)
	form := c.say(admin, "edit ninjaone")
	c.press(admin, form, "Save", edit("label", "gone", "note", "first"))
	wants(t, "a label that is not free", c.newest(), "was deleted and can still be recovered")
	if key := c.say(admin, "key ninjaone"); strings.Contains(key.json, "first") {
		t.Error("half of it was done")
	}
	got, fault := c.press(admin, form, "Save", edit("label", "contoso", "note", "second"))
	wants(t, "the next press "+fault, got, "Changed: ninjaone/contoso", "second")
}

// TestASecretPartStaysSecret: a vendor of one's own can't be changed so that a stored value would stand on a card.
func TestASecretPartStaysSecret(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	fill := map[string]string{"name": "Contoso RMM", "category": "RMM", "parts": "API key\nAPI secret",
		"address": "https://api.contoso.com"}
	if _, fault := c.press(admin, c.say(admin, "vendor add"), "Save", fill); fault != "" {
		t.Fatal(fault)
	}
	values := map[string]string{"part.api_key": firstKey, "part.api_secret": secondKey, "interval": "90"}
	if _, fault := c.press(admin, c.say(admin, "add contoso-rmm"), "Save to Vault", values); fault != "" {
		t.Fatal(fault)
	}
	c.press(admin, c.say(admin, "delete contoso-rmm"), "Delete", nil)
	c.press(admin, c.say(admin, "purge contoso-rmm"), "Purge", nil)
	fill["parts"] = "API key public\nAPI secret"
	_, fault := c.press(admin, c.say(admin, "vendor edit contoso-rmm"), "Save", fill)
	if !strings.Contains(fault, "A part that was a secret stays one") {
		t.Errorf("changed: %q", fault)
	}
	c.press(admin, c.say(admin, "vendor remove contoso-rmm"), "Remove", nil)
	_, fault = c.press(admin, c.say(admin, "vendor add"), "Save", fill)
	if !strings.Contains(fault, "A part that was a secret stays one") {
		t.Errorf("removed and added: %q", fault)
	}
}

// TestAReferenceIsNoKey: the reference on a card can be typed, and finds its events.
func TestAReferenceIsNoKey(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	op := a.Log.Recent(1, func(e audit.Event) bool { return e.Action == "add" })[0].Op
	wants(t, "the events", c.say(admin, "audit "+op), "ninjaone", "add")
	const unknown = "ZQ7HXKWJ2MPVRT4YBNCF6DGLSA" // of a card whose operation never came into the log
	wants(t, "one that is not in the log", c.say(admin, "audit "+unknown), "No event fits")
	wants(t, "elsewhere", c.say(admin, "keys "+unknown), "Don't type a key")
	wants(t, "a key behind it", c.say(admin, "audit "+unknown+" "+fakeKey), "Don't type a key")
}

// TestSheetsAreDecidedToo: the preview of an import asks for the roles as the import does, and counts as a command.
func TestSheetsAreDecidedToo(t *testing.T) {
	a := start(t, t.TempDir())
	connect(t, a)
	token, _, err := a.Vault.MintLink(t.Context(), vault.Link{Intake: "import", Op: "op",
		Holder: catalog.Person{ID: l1, Name: "L1 technician"}, Until: time.Now().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Desk.CheckSheet(t.Context(), token, nil, []byte("vendor,value\nmeraki,x\n"))
	if !errors.Is(err, desk.ErrDenied) {
		t.Errorf("somebody without the role: %v", err)
	}
	for range 20 {
		_, _ = a.Desk.CheckSheet(t.Context(), token, nil, nil)
	}
	if n := len(a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Denied })); n != 1 {
		t.Errorf("%d events for equal denials", n)
	}
}

// TestStopWithAnOpenRequest: a body that never comes costs the log nothing.
func TestStopWithAnOpenRequest(t *testing.T) {
	a, stop := run(t, settingsOf(t))
	hold, held := openBody(t, a.Base()+"/i/"+strings.Repeat("A", 43))
	c := connect(t, a)
	for range 5 {
		c.say(l1, "delete ninja")
	}
	<-held
	stop()
	hold.Close()
	events := a.Log.Recent(100, nil)
	if events[0].Action != "stop" || !strings.Contains(events[1].Note, "4 more times") {
		t.Errorf("the log ends with %v", events[:2])
	}
}
