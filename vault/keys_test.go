package vault_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
	"keydesk/vault"
)

const (
	keyType = "application/vnd.keydesk.key"
	bullets = "••••••••••••"
	idValue = "example-client-id-0001"
	oldSec  = "example-not-a-secret-old1"
	newSec  = "example-not-a-secret-new2"
)

// onePart is a vendor with a single part.
func onePart(t testing.TB, c *catalog.Catalog) (*catalog.Vendor, string) {
	t.Helper()
	for _, v := range c.Vendors() {
		if len(v.Parts) == 1 {
			return v, v.Parts[0].Name
		}
	}
	t.Fatal("no vendor with one part")
	return nil, ""
}

func tagsOf(s azsecrets.Secret) map[string]string {
	m := map[string]string{}
	for k, v := range s.Tags {
		m[k] = *v
	}
	return m
}

func TestCreateStoresAKey(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	in := newKey(catalog.KeyName{Vendor: "ninjaone", Label: "acme-hq"}, "op-1")
	in.Endpoint = map[string]string{"region": "eu", "odd": "a=b&c d/é"}
	in.Roles = catalog.RolesOf(catalog.Admin, catalog.L2)
	in.Rotated = time.Date(2026, 11, 23, 10, 0, 0, 123456789, time.FixedZone("", 3600))
	key, err := s.Create(t.Context(), in, old())
	if err != nil {
		t.Fatal(err)
	}
	sent := "GET /secrets/ninjaone--acme-hq, PUT /secrets/ninjaone--acme-hq, " +
		"GET /secrets/ninjaone--acme-hq, GET /secrets/ninjaone--acme-hq/versions"
	if got := strings.Join(w.requests(), ", "); got != sent {
		t.Errorf("sent %s", got)
	}
	sec := b.get(t, "ninjaone--acme-hq")
	if *sec.ContentType != keyType || *sec.Value != `{"client_id":"`+idValue+`","client_secret":"`+oldSec+`"}` {
		t.Errorf("stored as %s: not the JSON of its parts", *sec.ContentType)
	}
	if want := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC); !sec.Attributes.Expires.Equal(want) {
		t.Errorf("exp is %v", sec.Attributes.Expires)
	}
	want := map[string]string{
		"vendor": "ninjaone", "label": "acme-hq", "endpoint": "odd=a%3Db%26c+d%2F%C3%A9&region=eu",
		"interval": "90", "rotated": "2026-11-23T09:00:00.123Z", "rotated-by": admin.Encode(),
		"owner": admin.Encode(), "roles": "Admin,L2", "note": "made for Contoso", "op": "op-1",
		"preview": "ninja_" + bullets + oldSec[len(oldSec)-4:],
	}
	if got := tagsOf(sec); !maps.Equal(got, want) {
		t.Errorf("tags are %q\nwant %q", got, want)
	}
	back, values, err := s.ReadKey(t.Context(), in.Name)
	if err != nil {
		t.Fatal(err)
	}
	sameKey(t, key, back)
	if known, ok := s.Key(in.Name); !ok {
		t.Error("memory does not know it")
	} else {
		sameKey(t, key, known)
	}
	if !maps.Equal(back.Endpoint, in.Endpoint) || back.Expiry != in.Expiry || back.Roles != in.Roles ||
		len(back.Version) != 32 || !back.Enabled || back.Owner != admin || back.IntervalDays != 90 {
		t.Errorf("read back as %+v", back)
	}
	sameParts(t, values, old())
}

func sameParts(t *testing.T, got, want vault.Parts) {
	t.Helper()
	if !maps.EqualFunc(got, want, vault.Secret.Equal) {
		t.Errorf("%d parts that are not those wanted", len(got))
	}
}

func sameKey(t *testing.T, a, b catalog.Key) {
	t.Helper()
	if a.Op != b.Op || a.Version != b.Version || a.Preview != b.Preview || !a.Rotated.Equal(b.Rotated) ||
		a.Name != b.Name || !maps.Equal(a.Endpoint, b.Endpoint) || a.Expiry != b.Expiry {
		t.Errorf("not the same key:\n%+v\n%+v", a, b)
	}
}

func TestCreateOnePart(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	v, part := onePart(t, b.catalog)
	for _, value := range []string{
		`{"client_id":"x"}`, "-----BEGIN FAKE-----\nnot a key\n-----END FAKE-----\n", "é <&> \x00",
	} {
		name := catalog.KeyName{Vendor: v.ID, Label: "n" + string(rune('a'+len(value)%20))}
		if _, err := s.Create(t.Context(), newKey(name, ""), parts(part, value)); err != nil {
			t.Fatal(err)
		}
		if got := *b.get(t, name.SecretName()).Value; got != value {
			t.Errorf("stored %q, not the bare value", got)
		}
		_, back, err := s.ReadKey(t.Context(), name)
		if err != nil || back[part].Expose() != value {
			t.Errorf("%q comes back otherwise (%v)", value, err)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	long := newKey(ninja, "op")
	long.Note = strings.Repeat("ü", 257)
	wide := newKey(ninja, "op")
	wide.Endpoint = map[string]string{"region": strings.Repeat("é", 60)}
	for name, c := range map[string]struct {
		key   catalog.Key
		parts vault.Parts
		want  error
	}{
		"no parts":       {newKey(ninja, "op"), nil, vault.ErrBadValue},
		"a part missing": {newKey(ninja, "op"), parts("client_secret", oldSec), vault.ErrBadValue},
		"a part empty": {newKey(ninja, "op"), parts("client_id", "", "client_secret", oldSec),
			vault.ErrBadValue},
		"a part too many": {newKey(ninja, "op"), parts("client_id", "a", "client_secret", "b", "x", "c"),
			vault.ErrBadValue},
		"not text": {newKey(ninja, "op"), parts("client_id", "a", "client_secret", "b\xff"),
			vault.ErrBadValue},
		"17 KB": {newKey(ninja, "op"), parts("client_id", "a", "client_secret", strings.Repeat("x", 17<<10)),
			vault.ErrTooBig},
		"16 KB of quotes": {newKey(ninja, "op"),
			parts("client_id", "a", "client_secret", strings.Repeat(`"`, 15<<10)), vault.ErrTooBig},
		"note of 257":       {long, old(), vault.ErrBadValue},
		"endpoint too long": {wide, old(), vault.ErrBadValue},
		"unknown vendor":    {newKey(catalog.KeyName{Vendor: "no-such-vendor"}, ""), old(), vault.ErrBadValue},
		"reserved name":     {newKey(catalog.KeyName{Vendor: "keydesk-settings"}, ""), old(), vault.ErrBadValue},
		"upper case":        {newKey(label("HQ"), ""), old(), vault.ErrBadValue},
		"label with slash":  {newKey(label("a/b"), ""), old(), vault.ErrBadValue},
		"label with dashes": {newKey(label("a--b"), ""), old(), vault.ErrBadValue},
	} {
		if _, err := s.Create(t.Context(), c.key, c.parts); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := len(w.requests()); n > 0 {
		t.Errorf("%d calls for what could be refused at once", n)
	}
	edge := newKey(ninja, "op")
	edge.Note = strings.Repeat("ü", 256)
	if _, err := s.Create(t.Context(), edge, old()); err != nil {
		t.Error("a note of 256 characters:", err)
	}
}

func TestCreateReadsTheNameFirst(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	b.set(t, "ninjaone", "somebody else's", "text/plain", nil)
	b.set(t, "ninjaone--bare", "somebody else's", "", nil)
	b.set(t, "ninjaone--gone", "x", keyType, nil)
	b.delete(t, "ninjaone--gone")
	b.set(t, "ninjaone--off", "x", keyType, nil)
	b.disable(t, "ninjaone--off")
	if _, err := s.Create(t.Context(), newKey(label("have"), "op-1"), old()); err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]error{
		"": vault.ErrForeign, "bare": vault.ErrForeign, "gone": vault.ErrDeleted, "off": vault.ErrDisabled,
		"have": vault.ErrExists,
	} {
		w.breaks(nil)
		name := catalog.KeyName{Vendor: "ninjaone", Label: label}
		key, err := s.Create(t.Context(), newKey(name, "op-2"), old())
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if label == "have" && (key.Op != "op-1" || key.Name != name) {
			t.Errorf("ErrExists comes with %+v", key)
		}
		if label != "gone" && w.count("PUT") > 0 {
			t.Errorf("%s: written over", name)
		}
	}
	if got := *b.get(t, "ninjaone").Value; got != "somebody else's" {
		t.Error("another application's secret was changed")
	}
}

func TestCreateAgain(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	first, err := s.Create(t.Context(), newKey(ninja, "op-1"), old())
	if err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	again, err := s.Create(t.Context(), newKey(ninja, "op-1"), old())
	if err != nil || w.count("PUT") > 0 {
		t.Fatal("a repeat:", err, w.requests())
	}
	sameKey(t, first, again)
	if _, err := s.Rotate(t.Context(), ninja, change("op-2")); err != nil {
		t.Fatal(err)
	}
	late, err := s.Create(t.Context(), newKey(ninja, "op-1"), old())
	if err != nil {
		t.Fatal("a repeat after a rotation:", err)
	}
	sameKey(t, first, late)
	if _, err := s.Create(t.Context(), newKey(ninja, ""), old()); !errors.Is(err, vault.ErrExists) {
		t.Error("without an op:", err)
	}
}

// TestTagsByHand: what an administrator did to the tags never fails a read and never widens access.
func TestTagsByHand(t *testing.T) {
	b := newBed(t)
	b.set(t, "ninjaone", "no JSON at all", keyType, map[string]string{
		"roles": "Amin,L2", "interval": "often", "rotated": "yesterday", "endpoint": "%zz", "owner": "", "op": "",
	})
	b.set(t, "Not--a--name", "x", keyType, nil)
	s, _ := b.open(t)
	key, values, err := s.ReadKey(t.Context(), ninja)
	if err != nil {
		t.Fatal(err)
	}
	if key.Roles != catalog.RolesOf(catalog.Admin) || key.IntervalDays != 0 || !key.Rotated.IsZero() ||
		len(key.Endpoint) > 0 {
		t.Errorf("read as %+v", key)
	}
	if values["client_secret"].Expose() != "no JSON at all" {
		t.Error("a bare value of a vendor with parts is lost")
	}
	if len(s.Keys()) != 1 {
		t.Errorf("%d keys", len(s.Keys()))
	}
}
