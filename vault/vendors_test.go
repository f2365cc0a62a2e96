package vault_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"keydesk/catalog"
	"keydesk/vault"
)

const (
	vendorType   = "application/vnd.keydesk.vendor"
	vendorSecret = "keydesk-vendor-fabrikam-rmm"
)

func ownVendor(op string) catalog.Own {
	return catalog.Own{ID: "fabrikam-rmm", Name: "Fabrikam RMM", Category: "RMM",
		Endpoint: "https://api.fabrikam.com", Op: op, Parts: []catalog.OwnPart{{Name: "token", Secret: true}}}
}

func named(name, op string) catalog.Own {
	o := ownVendor(op)
	o.Name = name
	return o
}

// alone is a bed whose catalog nobody shares.
func alone(t *testing.T) *bed { return newBed(t).process(t) }

// process is another process on the same vault.
func (b *bed) process(t *testing.T) *bed {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &bed{Vault: b.Vault, catalog: c}
}

// must ends a test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// fabrikam is a key of the vendor.
func fabrikam(label, op string) catalog.Key {
	return catalog.Key{Name: catalog.KeyName{Vendor: "fabrikam-rmm", Label: label}, Op: op}
}

// leftOut is what the catalog says of the vendors that it can't use.
func (b *bed) leftOut() string {
	var all []string
	for _, out := range b.catalog.LeftOut() {
		all = append(all, out.ID+": "+out.Why)
	}
	return strings.Join(all, "\n")
}

// TestVendorsOfOnesOwn: saved in one process, known in the other after its walk, together with its keys; and
// gone again.
func TestVendorsOfOnesOwn(t *testing.T) {
	b := alone(t)
	s, _ := b.open(t)
	other := b.process(t)
	two, w := other.open(t)
	ctx := t.Context()
	for range 2 { // the second is a repeat
		must(t, s.SaveVendor(ctx, ownVendor("op-1"), ""))
	}
	key := fabrikam("", "op-k")
	_, err := s.Create(ctx, key, parts("token", newSec))
	must(t, err)
	if _, ok := other.catalog.Vendor("fabrikam-rmm"); ok {
		t.Error("known before anybody looked")
	}
	must(t, two.Refresh(ctx))
	if _, p, err := two.ReadKey(ctx, key.Name); err != nil || p["token"].Expose() != newSec {
		t.Errorf("its key in the other process: %v", err)
	}
	w.breaks(nil)
	if err := two.Refresh(ctx); err != nil || w.count(http.MethodGet) != 1 {
		t.Errorf("a walk that finds nothing new sent %v", w.requests())
	}
	changed := named("Fabrikam Remote", "op-2")
	for opened, want := range map[string]error{"": vault.ErrExists, "op-0": vault.ErrMoved} {
		if err := two.SaveVendor(ctx, changed, opened); !errors.Is(err, want) {
			t.Errorf("opened on %q: %v, want %v", opened, err, want)
		}
	}
	must(t, two.SaveVendor(ctx, changed, "op-1"))
	if err := s.RemoveVendor(ctx, "fabrikam-rmm", "op-1"); !errors.Is(err, vault.ErrMoved) {
		t.Errorf("removing what has changed: %v", err)
	}
	if o, _ := b.catalog.Own("fabrikam-rmm"); o.Op != "op-2" {
		t.Errorf("the first process has %q, though it was just told", o.Op)
	}
	must(t, s.RemoveVendor(ctx, "fabrikam-rmm", "op-2"))
	if err := s.RemoveVendor(ctx, "fabrikam-rmm", "op-2"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("removing it twice: %v", err)
	}
	must(t, two.Refresh(ctx))
	if _, ok := other.catalog.Own("fabrikam-rmm"); ok {
		t.Error("still there in the other process")
	}
}

// TestVendorAgain: adding a vendor over a removed one is one set, which leaves it removed where it fails.
// What was a secret still is one.
func TestVendorAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := alone(t)
		s, w := b.open(t)
		ctx := t.Context()
		must(t, s.SaveVendor(ctx, ownVendor("op-1"), ""), s.RemoveVendor(ctx, "fabrikam-rmm", "op-1"))
		public := ownVendor("op-2")
		public.Parts = []catalog.OwnPart{{Name: "token"}, {Name: "other", Secret: true}}
		if err := s.SaveVendor(ctx, public, ""); !errors.Is(err, vault.ErrWasSecret) {
			t.Errorf("a secret part made public: %v", err)
		}
		for at := 1; at <= 6; at++ {
			for _, fault := range []trouble{status(403, "ForbiddenByRbac"),
				status(409, "ConflictError"), status(503, "")} {
				w.breaks(func(n int, _ *http.Request) trouble {
					if n >= at {
						return fault
					}
					return nil
				})
				err := s.SaveVendor(ctx, ownVendor("op-3"), "")
				w.breaks(nil)
				must(t, s.Refresh(ctx))
				if o, ok := b.catalog.Own("fabrikam-rmm"); ok != (err == nil) || o.Op == "op-1" {
					t.Errorf("at request %d: %v, and the catalog has %q", at, err, o.Op)
				}
				if err == nil {
					must(t, s.RemoveVendor(ctx, "fabrikam-rmm", "op-3"))
				}
			}
		}
		w.breaks(nil)
		must(t, s.SaveVendor(ctx, ownVendor("op-3"), ""))
		if n := len(w.requests()); n != 5 {
			t.Errorf("it took %v", w.requests())
		}
		b.delete(t, vendorSecret) // by an administrator
		if err := s.SaveVendor(ctx, ownVendor("op-4"), ""); !errors.Is(err, vault.ErrDeleted) {
			t.Errorf("over what was deleted in the vault: %v", err)
		}
	})
}

// TestVendorOfTwoProcesses: what one process does around the other's set, and a set whose answer is lost.
func TestVendorOfTwoProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		at           int // the request around which it happens: 1 versions, 2 get, 3 set, 4 get
		before, lose bool
		want         error
		wins         string
	}{
		"before our read":      {at: 2, before: true, want: vault.ErrMoved, wins: "theirs"},
		"after our set":        {at: 3, want: vault.ErrSuperseded, wins: "theirs"},
		"after our lost set":   {at: 3, lose: true, want: vault.ErrSuperseded, wins: "theirs"},
		"before our read back": {at: 4, before: true, want: vault.ErrSuperseded, wins: "theirs"},
		"before our set":       {at: 3, before: true, want: vault.ErrTogether, wins: "ours"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := alone(t)
				ours, w := b.open(t)
				ctx := t.Context()
				must(t, ours.SaveVendor(ctx, ownVendor("op-0"), ""))
				theirs, err := named("Fabrikam Remote", "theirs").Encode()
				must(t, err)
				meddling := func() {
					b.set(t, vendorSecret, string(theirs), vendorType, map[string]string{"op": "theirs"})
				}
				if c.before {
					meddle(w, c.at, meddling, nil, c.lose)
				} else {
					meddle(w, c.at, nil, meddling, c.lose)
				}
				err = ours.SaveVendor(ctx, ownVendor("ours"), "op-0")
				w.breaks(nil)
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%v, want %v", err, c.want)
				}
				if got := *b.get(t, vendorSecret).Tags["op"]; got != c.wins {
					t.Errorf("current is %q", got)
				}
				if o, _ := b.catalog.Own("fabrikam-rmm"); o.Op != c.wins {
					t.Errorf("the catalog has %q", o.Op)
				}
				err = ours.SaveVendor(ctx, ownVendor("ours"), "op-0")
				if c.want == vault.ErrTogether { // ours stands
					c.want = nil
				}
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || w.count(http.MethodPut) > 0 {
					t.Errorf("asked again: %v, %v", err, w.requests())
				}
			})
		})
	}
}
