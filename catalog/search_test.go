package catalog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keydesk/catalog"
)

func shelf(t testing.TB) []catalog.Key {
	at := func(day string) time.Time { return date(t, day).Time() }
	return []catalog.Key{
		{Name: catalog.KeyName{Vendor: "fortigate", Label: "acme-hq"}, Rotated: at("2026-11-01"), IntervalDays: 180,
			Note: "Main FIREWALL; ok to test"},
		{Name: catalog.KeyName{Vendor: "fortigate", Label: "fabrikam"}, Rotated: at("2026-01-01"), IntervalDays: 180},
		{Name: catalog.KeyName{Vendor: "gone-vendor", Label: "acme"}, Rotated: at("2026-11-01"), IntervalDays: 90},
		{Name: catalog.KeyName{Vendor: "mimecast"}, Rotated: at("2026-08-30"), IntervalDays: 90,
			Note: "overdue for a talk with Müller"},
		{Name: catalog.KeyName{Vendor: "ninjaone"}, Rotated: at("2026-11-01"), IntervalDays: 90,
			Expiry: date(t, "2026-11-30")},
		{Name: catalog.KeyName{Vendor: "proofpoint"}, Rotated: at("2026-11-01"), IntervalDays: 90,
			Expiry: date(t, "2026-11-01")},
	}
}

func TestSearch(t *testing.T) {
	c, keys, now := load(t), shelf(t), date(t, "2026-11-23").Time()
	const all = "fortigate/acme-hq fortigate/fabrikam gone-vendor/acme mimecast ninjaone proofpoint"
	for _, tt := range []struct{ filter, want string }{
		{"", all}, {"  ", all},
		{"fortigate", "fortigate/acme-hq fortigate/fabrikam"}, {"FORTI", "fortigate/acme-hq fortigate/fabrikam"},
		{"fgt", "fortigate/acme-hq fortigate/fabrikam"}, // alias
		{"acme", "fortigate/acme-hq gone-vendor/acme"}, {"acme forti", "fortigate/acme-hq"},
		{"fortigate/acme", "fortigate/acme-hq"}, {"NinjaRMM", "ninjaone"},
		{"fortinet", "fortigate/acme-hq fortigate/fabrikam"}, {"firewall", "fortigate/acme-hq"},
		{"müller", "mimecast"}, {"MÜLLER", "mimecast"},
		{"RMM", "ninjaone"}, {"email security", "mimecast proofpoint"}, {"Email-Security", "mimecast proofpoint"},
		{"email", "mimecast proofpoint"}, {"network", "fortigate/acme-hq fortigate/fabrikam"},
		{"ok", "fortigate/acme-hq gone-vendor/acme"}, {"due", "mimecast"}, {"overdue", "fortigate/fabrikam"},
		{"OVERDUE", "fortigate/fabrikam"}, {"expiring", "ninjaone"}, {"expired", "proofpoint"},
		{"overdue network", "fortigate/fabrikam"}, {"network ok", "fortigate/acme-hq"},
		{"expired email security", "proofpoint"}, {"overdue rmm", ""}, {"ok overdue", ""}, {"nothing", ""},
		{"psa", ""}, {"no key", ""}, {"\xff", ""}, {strings.Repeat("x", 1<<16), ""},
	} {
		var got []string
		for _, k := range c.Search(keys, tt.filter, now) {
			got = append(got, k.Name.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%.40q: %s, want %s", tt.filter, strings.Join(got, " "), tt.want)
		}
	}
	if got := c.Search(nil, "ninja", now); len(got) != 0 {
		t.Errorf("among no keys: %v", got)
	}
	copied := c.Search(keys, "", now)
	copied[0].Note = "changed"
	if keys[0].Note == "changed" {
		t.Error("Search gave out the caller's own slice")
	}
}

func many(t testing.TB, c *catalog.Catalog) []catalog.Key {
	var keys []catalog.Key
	for i := range 5000 {
		v := c.Vendors()[i%32]
		keys = append(keys, catalog.Key{Name: catalog.KeyName{Vendor: v.ID, Label: fmt.Sprintf("customer-%d", i)},
			Rotated: date(t, "2026-06-01").Time().AddDate(0, 0, i%200), IntervalDays: v.IntervalDays,
			Note: "Ticket 4711, asked by Contoso"})
	}
	return keys
}

func BenchmarkSearch5000(b *testing.B) {
	c := load(b)
	keys, now := many(b, c), date(b, "2026-11-23").Time()
	for _, filter := range []string{"customer-4999", "overdue", "network", "contoso overdue"} {
		b.Run(filter, func(b *testing.B) {
			for b.Loop() {
				c.Search(keys, filter, now)
			}
		})
	}
}

func BenchmarkLookupTypo(b *testing.B) {
	c := load(b)
	for b.Loop() {
		c.Lookup("crwdstrke")
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := catalog.Load(); err != nil {
			b.Fatal(err)
		}
	}
}
