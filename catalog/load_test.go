package catalog_test

import (
	"testing"

	"keydesk/catalog"
)

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogHoldsTheVendors(t *testing.T) {
	c := load(t)
	want := map[catalog.Category]int{"RMM": 6, "PSA": 5, "EDR": 5, "Email Security": 2, "Network": 4, "Backup": 3,
		"Identity": 2, "Comms": 2, "Distribution": 2, "Hardware": 1}
	got := map[catalog.Category]int{}
	several := 0
	for _, v := range c.Vendors() {
		got[v.Category]++
		if len(v.Parts) > 1 {
			several++
		}
	}
	for cat, n := range want {
		if got[cat] != n {
			t.Errorf("%s: %d vendors, want %d", cat, got[cat], n)
		}
	}
	if len(c.Vendors()) != 32 || several != 22 {
		t.Errorf("%d vendors, %d with several parts; want 32 and 22", len(c.Vendors()), several)
	}
}
