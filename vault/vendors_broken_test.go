package vault_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"keydesk/catalog"
	"keydesk/vault"
)

// TestBrokenVendor: what can't be read is named, and can be written over or removed. Its keys come back with
// it, and what was a secret in any version stays one.
func TestBrokenVendor(t *testing.T) {
	b := alone(t)
	s, _ := b.open(t)
	ctx := t.Context()
	must(t, s.SaveVendor(ctx, ownVendor("op-1"), ""))
	_, err := s.Create(ctx, fabrikam("", "op-k"), parts("token", newSec))
	must(t, err)
	for _, opened := range []string{"op-2", ""} { // as its card has it, and as a new one of that name
		b.set(t, vendorSecret, "{", vendorType, map[string]string{"op": "op-2"})
		must(t, s.Refresh(ctx))
		if got := b.leftOut(); got != "fabrikam-rmm: What is stored of it can't be read." {
			t.Errorf("left out: %q", got)
		}
		public := ownVendor("op-3")
		public.Parts = []catalog.OwnPart{{Name: "token"}, {Name: "other", Secret: true}}
		if err := s.SaveVendor(ctx, public, opened); !errors.Is(err, vault.ErrWasSecret) {
			t.Errorf("a secret part made public: %v", err)
		}
		if err := s.SaveVendor(ctx, ownVendor("op-late"), "op-1"); !errors.Is(err, vault.ErrMoved) {
			t.Errorf("opened on what it was before: %v", err)
		}
		must(t, s.SaveVendor(ctx, ownVendor("op-3"), opened))
		_, p, err := s.ReadKey(ctx, fabrikam("", "").Name)
		if err != nil || p["token"].Expose() != newSec || b.leftOut() != "" {
			t.Errorf("its key: %v; left out: %q", err, b.leftOut())
		}
	}
	b.set(t, vendorSecret, `{"id":"another"}`, vendorType, nil)
	must(t, s.Refresh(ctx))
	if got := b.catalog.LeftOut(); len(got) != 1 || got[0].Op != b.version(t, vendorSecret) {
		t.Errorf("without an operation of ours it has %+v", got)
	}
	must(t, s.RemoveVendor(ctx, "fabrikam-rmm", ""), s.Refresh(ctx))
	if got := b.leftOut(); got != "" {
		t.Errorf("removed, and left out: %q", got)
	}
}

// TestOneNameForTwoVendors of two processes: one of them is left out until it has another name.
func TestOneNameForTwoVendors(t *testing.T) {
	b := alone(t)
	one, _ := b.open(t)
	two, _ := b.process(t).open(t)
	ctx := t.Context()
	twin := ownVendor("op-2")
	twin.ID = "fabrikam-too"
	must(t, one.SaveVendor(ctx, ownVendor("op-1"), ""), two.SaveVendor(ctx, twin, ""), one.Refresh(ctx))
	if got := b.leftOut(); got != "fabrikam-too: That name is Fabrikam RMM's already. Choose another one." {
		t.Errorf("left out: %q", got)
	}
	twin.Name, twin.Op = "Fabrikam Too", "op-3"
	must(t, one.SaveVendor(ctx, twin, "op-2"))
	if got := b.leftOut(); got != "" || len(b.catalog.Owns()) != 2 {
		t.Errorf("%d vendors, left out: %q", len(b.catalog.Owns()), got)
	}
}

// TestVendorsThatCannotBeRead do not keep the rest of the vault from being read.
func TestVendorsThatCannotBeRead(t *testing.T) {
	b := alone(t)
	b.set(t, "keydesk-vendor-broken", "{", vendorType, nil)
	b.set(t, "keydesk-vendor-other", `{"id":"another"}`, vendorType, nil)
	b.set(t, "keydesk-vendor-ninjaone", `{"id":"ninjaone","name":"Mine"}`, vendorType, nil)
	b.set(t, "keydesk-vendor-off", "{}", vendorType, nil)
	b.disable(t, "keydesk-vendor-off")
	s, _ := b.open(t)
	have(t, s, "op-0")
	if err := s.Refresh(t.Context()); err != nil || len(s.Keys()) != 1 || len(b.catalog.Owns()) != 0 {
		t.Errorf("%d keys, %d vendors, %v", len(s.Keys()), len(b.catalog.Owns()), err)
	}
	var ids []string
	for _, out := range b.catalog.LeftOut() {
		ids = append(ids, out.ID)
	}
	if !slices.Equal(ids, []string{"broken", "ninjaone", "off", "other"}) {
		t.Errorf("left out: %v", ids)
	}
	if v, _ := b.catalog.Vendor("ninjaone"); v.Name == "Mine" {
		t.Error("a vendor of the catalog is hidden")
	}
	if err := s.RemoveVendor(t.Context(), "off", ""); !errors.Is(err, vault.ErrDisabled) {
		t.Errorf("switched off by an administrator: %v", err)
	}
	b.set(t, vendorSecret, "theirs", "text/plain", nil)
	if err := s.SaveVendor(t.Context(), ownVendor("op-1"), ""); !errors.Is(err, vault.ErrForeign) {
		t.Errorf("another application's secret: %v", err)
	}
	for _, id := range []string{"", "a/b", "../x", "keydesk"} {
		if err := s.RemoveVendor(t.Context(), id, ""); !errors.Is(err, vault.ErrBadValue) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestVendorThatAnswersNot: one entry that the vault does not give out neither keeps the store from opening
// nor takes a known vendor away.
func TestVendorThatAnswersNot(t *testing.T) {
	for name, fault := range map[string]trouble{
		"403": status(403, "ForbiddenByRbac"), "429": status(429, ""), "500": status(500, ""), "time-out": hangs,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := alone(t)
				s, w := b.open(t)
				ctx := t.Context()
				must(t, s.SaveVendor(ctx, ownVendor("op-1"), ""))
				changed, err := named("Fabrikam Remote", "op-2").Encode()
				must(t, err)
				b.set(t, vendorSecret, string(changed), vendorType, map[string]string{"op": "op-2"})
				spoil := func(_ int, r *http.Request) trouble {
					if strings.Contains(r.URL.Path, vendorSecret) {
						return fault
					}
					return nil
				}
				w.breaks(spoil)
				if err := s.Refresh(ctx); err != nil || len(b.catalog.Owns()) != 1 {
					t.Errorf("%d vendors, %v", len(b.catalog.Owns()), err)
				}
				again := b.process(t)
				cfg, w2 := again.config()
				w2.breaks(spoil)
				two, err := vault.Open(ctx, cfg)
				if err != nil || again.leftOut() == "" {
					t.Fatalf("left out: %q; %v", again.leftOut(), err)
				}
				w.breaks(nil)
				w2.breaks(nil)
				must(t, s.Refresh(ctx), two.Refresh(ctx))
				for _, c := range []*catalog.Catalog{b.catalog, again.catalog} {
					if o, _ := c.Own("fabrikam-rmm"); o.Name != "Fabrikam Remote" {
						t.Errorf("afterwards it is %q", o.Name)
					}
				}
			})
		})
	}
}
