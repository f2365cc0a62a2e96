package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// writeVendor stores something as the entry of a vendor, as another process does, or a broken one.
func (s *shared) writeVendor(t testing.TB, id, value, op string) {
	t.Helper()
	_, err := s.raw(t).SetSecret(t.Context(), "keydesk-vendor-"+id, azsecrets.SetSecretParameters{
		Value: to.Ptr(value), ContentType: to.Ptr("application/vnd.keydesk.vendor"),
		Tags: map[string]*string{"op": to.Ptr(op)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// TestBrokenVendorIsMended: a vendor that can't be read is named with the reason; it can be entered again
// although it has keys, which come back with it, and it is not removed before.
func TestBrokenVendorIsMended(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	fill := ownVendor(t, c, "Contoso RMM")
	value := map[string]string{"part.app_token": firstKey, "interval": "90"}
	got, fault := c.press(admin, c.say(admin, "add contoso-rmm"), "Save to Vault", value)
	wants(t, "a key "+fault, got, "✓ Stored")
	s.writeVendor(t, "contoso-rmm", "{", "op-broken")
	c.say(admin, "refresh")

	list := c.say(admin, "vendor")
	wants(t, "the list", list, "contoso-rmm can't be used: What is stored of it can't be read.",
		"Edit contoso-rmm", "Remove contoso-rmm")
	wants(t, "removing it", c.say(admin, "vendor remove contoso-rmm"), "contoso-rmm has 1 key.",
		"Edit the vendor first")
	c.press(admin, list, "Edit contoso-rmm", nil)
	form := c.newest()
	wants(t, "the form", form, "Edit contoso-rmm", "can't be read: enter it again")
	got, fault = c.press(admin, form, "Save", fill)
	wants(t, "the vendor entered again "+fault, got, "✓ Saved Contoso RMM")
	wants(t, "its key", c.say(admin, "get contoso-rmm"), "Reveal")
	wants(t, "the list after it", c.say(admin, "vendor"), "Edit Contoso RMM")
}

// TestBrokenVendorIsRemoved: one without keys can go, also where its id is one of the catalog's with keys.
func TestBrokenVendorIsRemoved(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	s.writeVendor(t, "fabrikam", "{", "")
	s.writeVendor(t, "ninjaone", `{"id":"ninjaone","name":"Mine"}`, "op-1")
	c.say(admin, "refresh")
	for _, id := range []string{"fabrikam", "ninjaone"} {
		ask := c.say(admin, "vendor remove "+id)
		got, fault := c.press(admin, ask, "Remove", nil)
		wants(t, id+" "+fault, got, "✓ Removed "+id)
		if id == "fabrikam" {
			got, _ = c.press(admin, ask, "Remove", nil)
			wants(t, id+" again", got, "Removed already")
		}
	}
	if out := a.Catalog.LeftOut(); len(out) > 0 {
		t.Errorf("left out: %v", out)
	}
	wants(t, "the catalog's own", c.say(admin, "key ninja"), "••••0001")
	wants(t, "changing the catalog's own", c.say(admin, "vendor edit ninja"), "can't be changed")
}

// meddler does something once, right after a vendor was stored.
type meddler struct {
	next policy.Transporter
	mu   sync.Mutex
	once func()
}

func (m *meddler) Do(r *http.Request) (*http.Response, error) {
	res, err := m.next.Do(r)
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "keydesk-vendor-") && err == nil &&
		res.StatusCode == http.StatusOK {
		m.mu.Lock()
		do := m.once
		m.once = nil
		m.mu.Unlock()
		if do != nil {
			do()
		}
	}
	return res, err
}

func (m *meddler) after(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.once = do
}

// TestVendorOvertaken: whose vendor was saved or removed, and changed by another process right after, is told
// so, without a word about keys and values.
func TestVendorOvertaken(t *testing.T) {
	s, m := newShared(t), &meddler{}
	a, stop := runWith(t, app.Config{
		Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(),
			LinkTTL: 5 * time.Minute},
		Vault: &vault.Config{URL: s.server.URL, Credential: s, Transport: s.server.Client(),
			OutsideMicrosoft: true},
		Transport: func(next policy.Transporter) policy.Transporter { m.next = next; return m }})
	defer stop()
	c := connect(t, a)
	fill := ownVendor(t, c, "Contoso RMM")
	own, _ := a.Catalog.Own("contoso-rmm")
	own.Name, own.Op = "Contoso Remote", "theirs"
	theirs, err := own.Encode()
	if err != nil {
		t.Fatal(err)
	}
	meddle := func() { s.writeVendor(t, "contoso-rmm", string(theirs), "theirs") }

	form := c.say(admin, "vendor edit contoso-rmm")
	m.after(meddle)
	fill["docs"] = "https://docs.contoso.com"
	c.press(admin, form, "Save", fill)
	told := c.newest()
	wants(t, "saved", told, "Saved, and changed again", "Theirs counts.", "Edit")
	if strings.Contains(told.json, "value") {
		t.Errorf("a vendor has no value: %s", told.json)
	}
	wants(t, "what counts", c.say(admin, "vendor"), "Contoso Remote")

	ask := c.say(admin, "vendor remove contoso-rmm")
	m.after(meddle)
	c.press(admin, ask, "Remove", nil)
	wants(t, "removed", c.newest(), "Removed, and changed again", "Theirs counts.")
}

// TestVendorDeletedInTheVault: a name that an administrator has deleted is explained as one of a vendor.
func TestVendorDeletedInTheVault(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	fill := ownVendor(t, c, "Contoso RMM")
	if _, err := s.raw(t).DeleteSecret(t.Context(), "keydesk-vendor-contoso-rmm", nil); err != nil {
		t.Fatal(err)
	}
	c.say(admin, "refresh")
	_, fault := c.press(admin, c.say(admin, "vendor add"), "Save", fill)
	for _, want := range []string{"was deleted in Key Vault itself", "recover or purge", "choose another name"} {
		if !strings.Contains(fault, want) {
			t.Errorf("%q misses %q", fault, want)
		}
	}
}

// TestVendorsAreFound: reconciliation sees a vendor that can't be used, and a save that was overtaken.
func TestVendorsAreFound(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	ownVendor(t, c, "Contoso RMM")
	own, _ := a.Catalog.Own("contoso-rmm")
	own.Op, own.Name = "op-saved", "Contoso Remote"
	first, err := own.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.writeVendor(t, "contoso-rmm", string(first), "op-saved")
	interrupted(t, a, "op-saved", "vendor", "", "the vendor contoso-rmm")
	s.writeVendor(t, "contoso-rmm", "{", "op-broken")
	interrupted(t, a, "op-gone", "vendor", "", "removes the vendor contoso-rmm")
	a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
	want := map[string]string{"op-saved": "it was done", "op-gone": "it was not done"}
	for _, e := range a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Found }) {
		if want[e.Op] != e.Note {
			t.Errorf("%s was found as %q, want %q", e.Op, e.Note, want[e.Op])
		}
		delete(want, e.Op)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

// TestVendorWords: a name typed behind "vendor add" is on the form; a word that means nothing is told so and
// not repeated.
func TestVendorWords(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	wants(t, "a name", c.say(admin, "vendor add Fabrikam Tool"), `"value":"Fabrikam Tool"`)
	got := c.say(admin, "vendor whatever")
	wants(t, "another word", got, "none of those that can stand behind vendor", "add, edit")
	if strings.Contains(got.json, "whatever") {
		t.Error("the word is repeated")
	}
}
