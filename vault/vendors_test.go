package vault_test

import (
	"errors"
	"net/http"
	"testing"

	"keydesk/catalog"
	"keydesk/vault"
)

func ownVendor(op string) catalog.Own {
	return catalog.Own{ID: "fabrikam-rmm", Name: "Fabrikam RMM", Category: "RMM", Endpoint: "https://api.fabrikam.com", Op: op,
		Parts: []catalog.OwnPart{{Name: "token", Secret: true}}}
}

// alone is a bed whose catalog nobody shares.
func alone(t *testing.T) *bed {
	b := newBed(t)
	return &bed{Vault: b.Vault, catalog: fresh32(t)}
}

func fresh32(t *testing.T) *catalog.Catalog {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestVendorsOfOnesOwn: saved in one process, known in the other after its walk, together with its keys; and gone again.
func TestVendorsOfOnesOwn(t *testing.T) {
	b := alone(t)
	s, _ := b.open(t)
	other := &bed{Vault: b.Vault, catalog: fresh32(t)}
	two, w := other.open(t)
	ctx := t.Context()
	for range 2 { // the second is a repeat
		if err := s.SaveVendor(ctx, ownVendor("op-1"), ""); err != nil {
			t.Fatal(err)
		}
	}
	key := catalog.Key{Name: catalog.KeyName{Vendor: "fabrikam-rmm"}, Op: "op-k"}
	if _, err := s.Create(ctx, key, parts("token", newSec)); err != nil {
		t.Fatal(err)
	}
	if _, ok := other.catalog.Vendor("fabrikam-rmm"); ok {
		t.Error("known before anybody looked")
	}
	if err := two.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if _, p, err := two.ReadKey(ctx, key.Name); err != nil || p["token"].Expose() != newSec {
		t.Errorf("its key in the other process: %v", err)
	}
	w.breaks(nil)
	if err := two.Refresh(ctx); err != nil || w.count(http.MethodGet) != 1 {
		t.Errorf("a walk that finds nothing new sent %v", w.requests())
	}
	changed := ownVendor("op-2")
	changed.Name = "Fabrikam Remote"
	for opened, want := range map[string]error{"": vault.ErrExists, "op-0": vault.ErrMoved} {
		if err := two.SaveVendor(ctx, changed, opened); !errors.Is(err, want) {
			t.Errorf("opened on %q: %v, want %v", opened, err, want)
		}
	}
	if err := two.SaveVendor(ctx, changed, "op-1"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveVendor(ctx, "fabrikam-rmm", "op-1"); !errors.Is(err, vault.ErrMoved) {
		t.Errorf("removing what has changed: %v", err)
	}
	if err := s.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if v, _ := b.catalog.Vendor("fabrikam-rmm"); v.Name != "Fabrikam Remote" {
		t.Errorf("the first process has %q", v.Name)
	}
	if err := s.RemoveVendor(ctx, "fabrikam-rmm", "op-2"); err != nil {
		t.Error(err)
	}
	if err := s.RemoveVendor(ctx, "fabrikam-rmm", "op-2"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("removing it twice: %v", err)
	}
	if err := s.SaveVendor(ctx, ownVendor("op-3"), ""); err != nil { // over the removed one, which the vault still keeps
		t.Errorf("again: %v", err)
	}
	if o, ok := b.catalog.Own("fabrikam-rmm"); !ok || o.Op != "op-3" {
		t.Errorf("%+v", o)
	}
}

// TestVendorsThatCannotBeRead do not keep the rest of the vault from being read.
func TestVendorsThatCannotBeRead(t *testing.T) {
	b := alone(t)
	content := "application/vnd.keydesk.vendor"
	b.set(t, "keydesk-vendor-broken", "{", content, nil)
	b.set(t, "keydesk-vendor-other", `{"id":"another"}`, content, nil)
	b.set(t, "keydesk-vendor-ninjaone", `{"id":"ninjaone","name":"Mine"}`, content, nil)
	b.set(t, "keydesk-vendor-off", "{}", content, nil)
	b.disable(t, "keydesk-vendor-off")
	s, _ := b.open(t)
	have(t, s, "op-0")
	if err := s.Refresh(t.Context()); err != nil || len(s.Keys()) != 1 || len(b.catalog.Owns()) != 0 {
		t.Errorf("%d keys, %d vendors, %v", len(s.Keys()), len(b.catalog.Owns()), err)
	}
	if v, _ := b.catalog.Vendor("ninjaone"); v.Name == "Mine" {
		t.Error("a vendor of the catalog is hidden")
	}
	b.set(t, "keydesk-vendor-fabrikam-rmm", "theirs", "text/plain", nil)
	if err := s.SaveVendor(t.Context(), ownVendor("op-1"), ""); !errors.Is(err, vault.ErrForeign) {
		t.Errorf("another application's secret: %v", err)
	}
	for _, id := range []string{"", "a/b", "../x", "keydesk"} {
		if err := s.RemoveVendor(t.Context(), id, ""); !errors.Is(err, vault.ErrBadValue) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
