package vault_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
	"keydesk/vault"
)

func TestRotateCarriesOver(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	nbf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	exp := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	_, err := b.raw(t).SetSecret(t.Context(), "ninjaone", azsecrets.SetSecretParameters{
		Value: to.Ptr(stored), ContentType: to.Ptr(keyType),
		Tags: map[string]*string{
			"vendor": to.Ptr("ninjaone"), "roles": to.Ptr("L2"), "note": to.Ptr("first"), "op": to.Ptr("op-0"),
			"owner": to.Ptr(tech.Encode()), "endpoint": to.Ptr("region=eu"), "costcentre": to.Ptr("4711"),
			"interval": to.Ptr("30"), "preview": to.Ptr("old"),
		},
		SecretAttributes: &azsecrets.SecretAttributes{Expires: &exp, NotBefore: &nbf},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	key, err := s.Rotate(t.Context(), ninja, vault.Change{
		Parts: parts("client_secret", newSec), By: admin, Op: "op-1", OpenedOn: "op-0", At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.requests(), ", "); got !=
		"GET /secrets/ninjaone, PUT /secrets/ninjaone, GET /secrets/ninjaone" {
		t.Errorf("sent %s", got)
	}
	want := map[string]string{
		"vendor": "ninjaone", "roles": "L2", "note": "first", "op": "op-1", "owner": tech.Encode(),
		"endpoint": "region=eu", "costcentre": "4711", "interval": "30", "rotated": "2026-11-23T12:00:00Z",
		"rotated-by": admin.Encode(), "preview": "ninja_" + bullets + newSec[len(newSec)-4:],
	}
	sec := b.get(t, "ninjaone")
	if got := tagsOf(sec); !maps.Equal(got, want) {
		t.Errorf("tags are %q\nwant %q", got, want)
	}
	if a := sec.Attributes; !a.Expires.Equal(exp) || !a.NotBefore.Equal(nbf) || *sec.ContentType != keyType {
		t.Errorf("attributes are %+v", a)
	}
	_, values, err := s.ReadKey(t.Context(), ninja)
	if err != nil {
		t.Fatal(err)
	}
	sameParts(t, values, good()) // the empty part has kept its value
	if known, _ := s.Key(ninja); known.Version != key.Version || known.Op != "op-1" {
		t.Errorf("memory has %+v", known)
	}
}

func TestRotateChanges(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	k := newKey(ninja, "op-0")
	k.Endpoint = map[string]string{"region": "eu"}
	if _, err := s.Create(t.Context(), k, old()); err != nil {
		t.Fatal(err)
	}
	key, err := s.Rotate(t.Context(), ninja, vault.Change{
		Parts: parts("client_id", "", "client_secret", newSec), Endpoint: map[string]string{"region": "us2"},
		IntervalDays: 180, Expiry: &catalog.Date{}, Note: to.Ptr(""), By: tech, Op: "op-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if key.Endpoint["region"] != "us2" || key.IntervalDays != 180 || !key.Expiry.IsZero() || key.Note != "" ||
		key.RotatedBy != tech || key.Owner != admin {
		t.Errorf("changed to %+v", key)
	}
	expiry := catalog.Date{Year: 2028, Month: time.February, Day: 29}
	key, err = s.Rotate(t.Context(), ninja, vault.Change{
		Parts: parts("client_secret", oldSec), Expiry: &expiry, Note: to.Ptr("second"), Op: "op-2",
	})
	if err != nil || key.Expiry != expiry || key.Note != "second" || key.IntervalDays != 180 {
		t.Errorf("changed to %+v, %v", key, err)
	}
}

func TestRotateRefuses(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	have(t, s, "op-0")
	b.set(t, "ninjaone--foreign", "x", "", nil)
	b.set(t, "ninjaone--off", "x", keyType, nil)
	b.disable(t, "ninjaone--off")
	fresh := parts("client_secret", newSec)
	for name, c := range map[string]struct {
		label string
		ch    vault.Change
		want  error
	}{
		"nothing entered": {"", vault.Change{Op: "x"}, vault.ErrBadValue},
		"only public":     {"", vault.Change{Parts: parts("client_id", "other"), Op: "x"}, vault.ErrBadValue},
		"unknown part":    {"", vault.Change{Parts: parts("client_secret", "a", "token", "b")}, vault.ErrBadValue},
		"too big": {"", vault.Change{Parts: parts("client_secret", strings.Repeat("x", 17<<10))},
			vault.ErrTooBig},
		"opened on another": {"", vault.Change{Parts: fresh, Op: "x", OpenedOn: "op-9"}, vault.ErrMoved},
		"missing":           {"none", vault.Change{Parts: fresh}, vault.ErrNotFound},
		"foreign":           {"foreign", vault.Change{Parts: fresh}, vault.ErrForeign},
		"disabled":          {"off", vault.Change{Parts: fresh}, vault.ErrDisabled},
		"bad label":         {"../x", vault.Change{Parts: fresh}, vault.ErrBadValue},
	} {
		w.breaks(nil)
		key, err := s.Rotate(t.Context(), catalog.KeyName{Vendor: "ninjaone", Label: c.label}, c.ch)
		if !errors.Is(err, c.want) || w.count("PUT") > 0 {
			t.Errorf("%s: %v, want %v (%v)", name, err, c.want, w.requests())
		}
		if c.want == vault.ErrMoved && (key.Op != "op-0" || key.RotatedBy != admin) {
			t.Errorf("ErrMoved comes with %+v", key)
		}
	}
}

func TestRotateAgain(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	have(t, s, "op-0")
	ch := vault.Change{Parts: parts("client_secret", newSec), Op: "op-1", OpenedOn: "op-0"}
	first, err := s.Rotate(t.Context(), ninja, ch)
	if err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	again, err := s.Rotate(t.Context(), ninja, ch)
	if err != nil || w.count("PUT") > 0 {
		t.Fatal("a repeat:", err)
	}
	sameKey(t, first, again)
	third := vault.Change{Parts: parts("client_secret", "a-third-example-value"), Op: "op-2"}
	if _, err := s.Rotate(t.Context(), ninja, third); err != nil {
		t.Fatal(err)
	}
	late, err := s.Rotate(t.Context(), ninja, ch)
	if err != nil {
		t.Fatal("a repeat after another rotation:", err)
	}
	sameKey(t, first, late)
}

func TestVersions(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	have(t, s, "op-0")
	last := ""
	for i := range 60 { // more than two pages, all within a second or two
		op := "op-" + strings.Repeat("x", i+1)
		ch := change(op)
		ch.By = tech
		key, err := s.Rotate(t.Context(), ninja, ch)
		if err != nil {
			t.Fatal(err)
		}
		last = key.Version
	}
	vs, err := s.Versions(t.Context(), ninja)
	if err != nil || len(vs) != 61 {
		t.Fatal(len(vs), "versions", err)
	}
	seen := map[string]bool{}
	for i, v := range vs {
		seen[v.ID] = true
		if v.Current != (i == 0) || !v.Enabled || v.Op == "" || v.Preview == "" || v.By.ID == "" ||
			v.Created.IsZero() {
			t.Errorf("version %d is %+v", i, v)
		}
		if i > 0 && v.Rotated.After(vs[i-1].Rotated) && i > 1 {
			t.Errorf("version %d is newer than the one before", i)
		}
	}
	if vs[0].ID != last || len(seen) != 61 {
		t.Error("the newest is not first, or one is missing")
	}
	if _, err := s.Versions(t.Context(), label("none")); !errors.Is(err, vault.ErrNotFound) {
		t.Error("history of nothing:", err)
	}
	b.set(t, "ninjaone--foreign", "x", "", nil)
	if _, err := s.Versions(t.Context(), label("foreign")); !errors.Is(err, vault.ErrForeign) {
		t.Error("history of another application's secret:", err)
	}
	b.disable(t, "ninjaone")
	if vs, err = s.Versions(t.Context(), ninja); err != nil || len(vs) != 61 || vs[0].Enabled && !vs[0].Current {
		t.Error("history of a key that is switched off:", err)
	}
}
