package catalog_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"keydesk/catalog"
)

var loaded = sync.OnceValues(catalog.Load)

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func vendor(t testing.TB, id string) *catalog.Vendor {
	t.Helper()
	v, ok := load(t).Vendor(id)
	if !ok {
		t.Fatalf("no vendor %s", id)
	}
	return v
}

// ids is the vendors that are so, in the catalog's order.
func ids(c *catalog.Catalog, so func(*catalog.Vendor) bool) []string {
	var out []string
	for _, v := range c.Vendors() {
		if so(v) {
			out = append(out, v.ID)
		}
	}
	return out
}

func same(t *testing.T, what string, got []string, want string) {
	t.Helper()
	if strings.Join(got, " ") != want {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, " "), want)
	}
}

func TestCatalogHoldsTheVendors(t *testing.T) {
	c := load(t)
	want := map[catalog.Category]int{"RMM": 6, "PSA": 5, "EDR": 5, "Email Security": 2, "Network": 4,
		"Backup": 3, "Identity": 2, "Comms": 2, "Distribution": 2, "Hardware": 1}
	got, kinds := map[catalog.Category]int{}, map[string]int{}
	several, placed := 0, 0
	for _, v := range c.Vendors() {
		got[v.Category]++
		kinds[v.Test.Kind]++
		if len(v.Parts) > 1 {
			several++
		}
		if len(v.Placeholders) > 0 {
			placed++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("vendors by category: %v, want %v", got, want)
	}
	wantKinds := map[string]int{"get": 16, "token_then_get": 8, "token_only": 6, "json_rpc": 1, "signed_get": 1}
	if !maps.Equal(kinds, wantKinds) {
		t.Errorf("tests by kind: %v, want %v", kinds, wantKinds)
	}
	if len(c.Vendors()) != 32 || several != 22 || placed != 20 {
		t.Errorf("%d vendors, %d with several parts, %d with placeholders; want 32, 22, 20",
			len(c.Vendors()), several, placed)
	}
}

func TestCategories(t *testing.T) {
	c := load(t)
	var got []string
	for _, cat := range c.Categories() {
		got = append(got, string(cat.ID)+"/"+cat.Roles.String())
		want := 90
		switch cat.ID {
		case "Network", "Identity", "Comms", "Hardware":
			want = 180
		case "Distribution":
			want = 365
		}
		if cat.IntervalDays != want {
			t.Errorf("%s: every %d days, want %d", cat.ID, cat.IntervalDays, want)
		}
	}
	same(t, "categories", got, "RMM/Admin,L2,L1,NOC PSA/Admin,L2,L1 EDR/Admin,L2,NOC Email Security/Admin,NOC "+
		"Network/Admin,L2 Backup/Admin,L2 Identity/Admin Comms/Admin Distribution/Admin Hardware/Admin")
	for _, name := range []string{"Email Security", "email security", " EMAIL-SECURITY ", "emailsecurity"} {
		if cat, ok := c.Category(name); !ok || cat.ID != "Email Security" {
			t.Errorf("category %q not found", name)
		}
	}
	for _, name := range []string{"", "  ", "-", "email", "ninja"} {
		if cat, ok := c.Category(name); ok {
			t.Errorf("%q is category %s", name, cat.ID)
		}
	}
}

func TestVendorsThatDiffer(t *testing.T) {
	c := load(t)
	byInterval := func(v *catalog.Vendor) bool {
		cat, _ := c.Category(string(v.Category))
		return v.IntervalDays != cat.IntervalDays
	}
	same(t, "own interval", ids(c, byInterval), "entra-app-secret")
	if v := vendor(t, "entra-app-secret"); v.IntervalDays != 90 {
		t.Errorf("entra-app-secret: every %d days", v.IntervalDays)
	}
	same(t, "own access", ids(c, func(v *catalog.Vendor) bool { return v.Roles != 0 }), "itglue hudu")
	same(t, "login passwords", ids(c, func(v *catalog.Vendor) bool { return v.LoginPassword }),
		"cw-automate proofpoint")
	same(t, "no host pattern", ids(c, func(v *catalog.Vendor) bool { return v.Host == nil }),
		"n-central cw-automate kaseya-vsa cw-manage hudu fortigate veeam")
	same(t, "two secrets", ids(c, func(v *catalog.Vendor) bool { return len(v.SecretParts()) > 1 }),
		"autotask ringcentral")
	notJust200 := func(v *catalog.Vendor) bool { return !slices.Equal(v.Test.Expect, []int{200}) }
	same(t, "success is not 200", ids(c, notJust200), "crowdstrike")
}

// TestEvidence: no test may claim more than was read. None is verified whole, so none says so.
func TestEvidence(t *testing.T) {
	for _, v := range load(t).Vendors() {
		honest := strings.HasPrefix(v.Test.Evidence, "mixed: ") || v.Test.Evidence == "from memory"
		if v.Test.Verified || !honest {
			t.Errorf("%s: evidence %q, verified %t", v.ID, v.Test.Evidence, v.Test.Verified)
		}
	}
}

func TestParts(t *testing.T) {
	v := vendor(t, "twilio")
	var titles []string
	for _, p := range v.Parts {
		titles = append(titles, p.Title)
	}
	if got := strings.Join(titles, ", "); got != "Account SID, API key SID, API key secret" {
		t.Errorf("titles: %s", got)
	}
	if len(v.PublicParts()) != 2 || len(v.SecretParts()) != 1 || v.SecretParts()[0].Name != "api_key_secret" {
		t.Errorf("public %v, secret %v", v.PublicParts(), v.SecretParts())
	}
	if _, ok := v.Part("api_key"); ok {
		t.Error("a part that is not there was found")
	}
	if _, ok := load(t).Vendor("NINJAONE"); ok {
		t.Error("Vendor takes ids only as they are written")
	}
}
