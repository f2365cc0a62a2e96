package catalog_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keydesk/catalog"
)

func TestParseKeyName(t *testing.T) {
	forty, bad, reserved := strings.Repeat("a", 40), catalog.ErrBadName, catalog.ErrReservedName
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{in: "ninjaone", want: "ninjaone"},
		{in: " FortiGate/ACME-hq\t", want: "fortigate/acme-hq"},
		{in: "a/b", want: "a/b"}, {in: "9/1-2-3", want: "9/1-2-3"},
		{in: forty + "/" + forty, want: forty + "/" + forty},
		{in: "vendor/keydesk-1", want: "vendor/keydesk-1"},
		{in: "", err: bad}, {in: "/", err: bad}, {in: "a/", err: bad},
		{in: "/a", err: bad}, {in: "a/b/c", err: bad}, {in: "a--b", err: bad},
		{in: "a/b--c", err: bad}, {in: "-a", err: bad}, {in: "a-", err: bad},
		{in: "a_b", err: bad}, {in: "a b", err: bad}, {in: "a/b\n", want: "a/b"},
		{in: "a\nb", err: bad}, {in: "a/b\x00", err: bad}, {in: "a.b", err: bad},
		{in: forty + "a", err: bad}, {in: "a/" + forty + "a", err: bad},
		{in: "ünder", err: bad}, {in: "\u212aey", err: bad}, // the Kelvin sign
		{in: "\u0430cme", err: bad}, {in: "а", err: bad}, // Cyrillic
		{in: "１", err: bad}, {in: "a\u2215b", err: bad}, {in: "\xff", err: bad},
		{in: "keydesk", err: reserved}, {in: "KeyDesk-link-1", err: reserved},
		{in: "keydesks/x", err: reserved}, {in: "keydesk/", err: bad},
		{in: strings.Repeat("a", 1<<20), err: bad},
	} {
		got, err := catalog.ParseKeyName(tt.in)
		if !errors.Is(err, tt.err) || got.String() != tt.want {
			t.Errorf("%.60q: %q, %v", tt.in, got, err)
		}
	}
}

func TestKeyNameFromSecret(t *testing.T) {
	for name, want := range map[string]string{
		"ninjaone": "ninjaone", "fortigate--acme-hq": "fortigate/acme-hq",
		"": "", "fortigate/acme": "", "fortigate--": "", "--acme": "", "fortigate---acme": "",
		"a--b--c": "", "a--b-": "",
		"NinjaOne": "", " ninjaone": "", "ninjaone\n": "", "keydesk-settings": "",
		"keydesk-audit-1-abc": "", "keydesk--x": "",
	} {
		got, ok := catalog.KeyNameFromSecret(name)
		if got.String() != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", name, got, ok)
		}
	}
}

// namePart is what the design promises of ids and labels.
var namePart = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// secretName is what Key Vault takes.
var secretName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// holds checks what is true of every name that was taken.
func holds(t interface{ Fatalf(string, ...any) }, n catalog.KeyName) {
	again, err := catalog.ParseKeyName(n.String())
	if err != nil || again != n {
		t.Fatalf("%q: %q, %v", n, again, err)
	}
	if upper, err := catalog.ParseKeyName(strings.ToUpper(n.String())); err != nil || upper != n {
		t.Fatalf("%q in capitals: %q, %v", n, upper, err)
	}
	if back, ok := catalog.KeyNameFromSecret(n.SecretName()); !ok || back != n {
		t.Fatalf("%q: secret %q is read as %q", n, n.SecretName(), back)
	}
	if !namePart.MatchString(n.Vendor) || n.Label != "" && !namePart.MatchString(n.Label) || len(n.Vendor) > 40 ||
		len(n.Label) > 40 || !secretName.MatchString(n.SecretName()) || strings.HasPrefix(n.SecretName(), "keydesk") {
		t.Fatalf("%q is taken", n)
	}
}

func TestKeyNamesAreReadAsWritten(t *testing.T) {
	part := rapid.StringMatching(`[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		n := catalog.KeyName{Vendor: part.Draw(t, "vendor"), Label: rapid.OneOf(rapid.Just(""), part).Draw(t, "label")}
		if strings.HasPrefix(n.Vendor, "keydesk") {
			return
		}
		holds(t, n)
		other := catalog.KeyName{Vendor: part.Draw(t, "other"),
			Label: rapid.OneOf(rapid.Just(""), part).Draw(t, "its label")}
		if n != other && (n.SecretName() == other.SecretName() || n.String() == other.String()) {
			t.Fatalf("%+v and %+v are the same secret", n, other)
		}
	})
}

func FuzzParseKeyName(f *testing.F) {
	for _, s := range []string{"ninjaone", "fortigate/acme-hq", "A/B", "a--b", "keydesk-x", "\u212a/a",
		"a/b/c", " a ", "a\x00", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := catalog.ParseKeyName(s); err == nil {
			holds(t, n)
		} else if n != (catalog.KeyName{}) ||
			!errors.Is(err, catalog.ErrBadName) && !errors.Is(err, catalog.ErrReservedName) {
			t.Fatalf("%q: %+v, %v", s, n, err)
		}
		if n, ok := catalog.KeyNameFromSecret(s); ok && n.SecretName() != s {
			t.Fatalf("secret %q: %+v", s, n)
		}
	})
}
