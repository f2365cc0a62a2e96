package app_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestOwnerWithoutARole: a key whose owner has lost their roles can be edited, and they stay its owner.
func TestOwnerWithoutARole(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	gone := catalog.Person{ID: "00000000-0000-4000-8000-00000000dead", Name: "Former technician"}
	key := catalog.Key{Name: ninja(""), Op: "op-1", IntervalDays: 90, Owner: gone}
	if _, err := a.Vault.Create(t.Context(), key, ninjaParts()); err != nil {
		t.Fatal(err)
	}
	form := c.say(admin, "edit ninja")
	wants(t, "the form", form, "Former technician")
	got, fault := c.press(admin, form, "Save", edit("owner", gone.ID, "note", "mended"))
	wants(t, "the result "+fault, got, "Changed", "mended")
	if key, _ := a.Vault.Key(ninja("")); key.Owner != gone {
		t.Errorf("the owner is %v", key.Owner)
	}
	wants(t, "another without a role", c.say(admin, "edit ninja owner="+newcomer), "nobody who has a role")
}

// TestEditOnStaleMemory: an edit is compared with the vault, not with what this process remembers.
func TestEditOnStaleMemory(t *testing.T) {
	p := newPair(t)
	add(t, p.on[0], good)
	p.later(t)
	wants(t, "on one", p.on[0].say(admin, "edit ninja interval=30"), "Changed")
	form := p.on[1].say(secondAdmin, "edit ninja")
	wants(t, "the form on the other", form, `"value":30`)
	got, fault := p.on[1].press(secondAdmin, form, "Save", edit("interval", "90"))
	wants(t, "the form pressed "+fault, got, "Changed", "90 days")
	wants(t, "typed on the first", p.on[0].say(admin, "edit ninja interval=30"), "Changed")
}

// TestTheSameFormWithSomethingElse: what the log calls the edit is what the key's tag calls it.
func TestTheSameFormWithSomethingElse(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	form := c.say(admin, "edit ninja")
	for _, note := range []string{"first", "second"} {
		got, fault := c.press(admin, form, "Save", edit("note", note))
		wants(t, note+" "+fault, got, "Changed", note)
		key, _, err := a.Vault.ReadKey(t.Context(), ninja(""))
		if err != nil {
			t.Fatal(err)
		}
		last := a.Log.Recent(2, func(e audit.Event) bool { return e.Action == "edit" })
		if last[0].Op != key.Op || last[1].Op != key.Op || last[1].Outcome != audit.Intent {
			t.Errorf("%s: the key says %s, the log %v", note, key.Op, last)
		}
	}
}

// TestLateWords: who was too late reads what became of what they wanted, not of something else.
func TestLateWords(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	ask, form := c.say(admin, "delete ninja"), c.say(admin, "edit ninja")
	wants(t, "the colleague", c.say(secondAdmin, "edit ninja interval=30"), "Changed")
	got, _ := c.press(admin, ask, "Delete", nil)
	wants(t, "the late delete", got, "Second Admin changed ninjaone meanwhile. Nothing was deleted.")
	got, _ = c.press(admin, form, "Save", edit("note", "late"))
	wants(t, "the late edit", got, "Second Admin changed ninjaone meanwhile. Nothing was changed.")
	for _, no := range []string{"stored", `"title":"Rotate"`} {
		if strings.Contains(got.json, no) {
			t.Errorf("a late edit says %s: %s", no, got.json)
		}
	}
}

// TestHalfARename: where all but the label could be changed, the card says that and nothing else.
func TestHalfARename(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	form := c.say(admin, "edit ninja")
	f.set("PUT key", fault{status: http.StatusForbidden})
	got, fault := c.press(admin, form, "Save", edit("label", "contoso", "note", "half"))
	said := fault + got.json
	if !strings.Contains(said, "All but the label was changed") || strings.Contains(said, "Nothing was changed") {
		t.Errorf("half of it: %s", said)
	}
	f.heal()
	got, fault = c.press(admin, form, "Save", edit("label", "contoso", "note", "half"))
	wants(t, "the next press "+fault, got, "Changed: ninjaone/contoso", "half")
}

// TestDeletedNameOffersPurge: a name that is not free can be freed, where the vault allows it.
func TestDeletedNameOffersPurge(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	removed(t, c)
	c.press(admin, c.say(admin, "add ninja"), "Save to Vault", good)
	refused := c.newest()
	wants(t, "the refusal", refused, "was deleted and can still be recovered", "Recover", "purge it for ever")
	c.press(admin, refused, "Purge", nil)
	got, fault := c.press(admin, c.newest(), "Purge", nil)
	wants(t, "the purge "+fault, got, "✓ Purged ninjaone")
	add(t, c, good)
}

// TestAnAddressBelongsToItsValue: a vendor without a host of its own gets no value without an address, in no
// way.
func TestAnAddressBelongsToItsValue(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	value := map[string]string{"part.api_key": firstKey, "interval": "90"}
	form := c.say(admin, "add hudu")
	wants(t, "the form", form, "Host is needed.")
	_, fault := c.press(admin, form, "Save to Vault", value)
	if !strings.Contains(fault, "Enter its host too") {
		t.Errorf("without an address: %q", fault)
	}
	value["endpoint.host"] = "hudu.contoso.com"
	got, fault := c.press(admin, form, "Save to Vault", value)
	wants(t, "with one "+fault, got, "✓ Stored")

	_, err := s.raw(t).SetSecret(t.Context(), "OldHudu", azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
		Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.say(admin, "refresh")
	asked, _ := c.press(admin, c.say(admin, "adopt"), "Adopt",
		map[string]string{"from": "OldHudu", "key": "hudu/old"})
	wants(t, "adopting", asked, "Adopt hudu/old", "endpoint.host")
	_, fault = c.press(admin, asked, "Adopt", map[string]string{"endpoint.host": "https://hudu.contoso.com"})
	if !strings.Contains(fault, "host") {
		t.Errorf("a bad address: %q", fault)
	}
	got, fault = c.press(admin, asked, "Adopt", map[string]string{"endpoint.host": "hudu.contoso.com"})
	wants(t, "with an address "+fault, got, "✓ Adopted")
	wants(t, "the key", c.say(admin, "key hudu/old"), "https://hudu.contoso.com/api/v1")

	// One from before this rule: its first address needs the value as well.
	bare := catalog.Key{Name: catalog.KeyName{Vendor: "hudu", Label: "bare"}, Op: "op-1"}
	if _, err := a.Vault.Create(t.Context(), bare, vault.Parts{"api_key": vault.NewSecret(firstKey)}); err != nil {
		t.Fatal(err)
	}
	wants(t, "a first address", c.say(admin, "edit hudu/bare host=hudu.contoso.com"),
		"has no address yet", "Enter the value again")
	_, fault = c.press(admin, c.say(admin, "rotate hudu/bare"), "Save to Vault",
		map[string]string{"part.api_key": secondKey, "interval": "90"})
	if !strings.Contains(fault, "Enter its host too") {
		t.Errorf("a rotation without an address: %q", fault)
	}
}

// TestAdoptAgain: the same press after an unclear answer is told that it was done; with another secret it is
// not.
func TestAdoptAgain(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	for _, name := range []string{"OldMeraki", "OtherMeraki"} {
		if _, err := s.raw(t).SetSecret(t.Context(), name, azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
			Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	c.say(admin, "refresh")
	ask := c.say(admin, "adopt")
	f.set("PUT key", fault{after: true})
	f.also("GET key")
	_, said := c.press(admin, ask, "Adopt", map[string]string{"from": "OldMeraki", "key": "meraki"})
	if !strings.Contains(said, "not known whether this happened") {
		t.Errorf("the answer: %s", said)
	}
	f.heal()
	if err := a.Vault.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.press(admin, ask, "Adopt", map[string]string{"from": "OtherMeraki", "key": "meraki"})
	wants(t, "another secret", c.newest(), "is stored already")
	got, fault := c.press(admin, ask, "Adopt", map[string]string{"from": "OldMeraki", "key": "meraki"})
	wants(t, "the same press "+fault, got, "✓ Adopted", "••••0001")
	a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
}

// TestDemoIsHonest: what could not be purged is removed all the same and comes back; what failed is told
// beside the rest.
func TestDemoIsHonest(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	ok := func(action string) int {
		return len(a.Log.Recent(1000, func(e audit.Event) bool {
			return e.Action == action && e.Outcome == audit.OK
		}))
	}
	wants(t, "the examples", c.say(admin, "demo"), "12 example keys stored")
	f.set("DELETE deleted", fault{status: http.StatusTooManyRequests, header: "3600"})
	got := c.say(admin, "demo remove")
	wants(t, "a removal without purging", got, "12 example keys removed", "keeps 12 of them as deleted")
	if n := ok("demo"); n != 24 {
		t.Errorf("%d good ends of 24", n)
	}
	f.heal()
	wants(t, "back", c.say(admin, "demo"), "12 example keys stored")
	wants(t, "the removal", c.say(admin, "demo remove"), "12 example keys removed")
	_, err := s.raw(t).SetSecret(t.Context(), "meraki--demo",
		azsecrets.SetSecretParameters{Value: to.Ptr("theirs")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "with one name taken", c.say(admin, "demo"), "11 example keys stored", "1 of 12 were not",
		"Another application")
}

// TestSavedCardsOfferTheSame: whatever stored it, the card of a stored key offers the same.
func TestSavedCardsOfferTheSame(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	cards := map[string]card{"add": add(t, c, good), "edit": c.say(admin, "edit ninja interval=30")}
	cards["recover"], _ = c.press(admin, removed(t, c), "Recover", nil)
	for _, got := range cards {
		for _, button := range []string{"Get", "Rotate", "Edit", "History", "Delete"} {
			if _, ok := got.data[button]; !ok {
				t.Errorf("no %s: %v", button, slices.Sorted(maps.Keys(got.data)))
			}
		}
	}
}
