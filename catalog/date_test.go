package catalog_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog"
)

func date(t testing.TB, s string) catalog.Date {
	t.Helper()
	d, err := catalog.ParseDate(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2027-06-30", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"} {
		if d := date(t, s); d.String() != s || d.IsZero() {
			t.Errorf("%s: %s", s, d)
		}
	}
	for _, s := range []string{"", "2027-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10",
		"2027-01-00", "2027-1-1", "27-01-01", "2027/01/01", "01.01.2027", "2027-01-01T00:00:00Z",
		" 2027-01-01", "2027-01-01 ", "20270101", "+2027-01-01", "-2027-01-01", "12027-01-01", "٢٠٢٧-٠١-٠١",
		"tomorrow"} {
		if d, err := catalog.ParseDate(s); !errors.Is(err, catalog.ErrBadDate) || !d.IsZero() {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	if s := (catalog.Date{}).String(); s != "" {
		t.Errorf("no date is written %q", s)
	}
}

func TestDateArithmetic(t *testing.T) {
	for _, tt := range []struct {
		from string
		days int
		to   string
	}{
		{"2026-11-23", 0, "2026-11-23"}, {"2026-11-23", 90, "2027-02-21"}, {"2028-02-28", 1, "2028-02-29"},
		{"2027-02-28", 1, "2027-03-01"}, {"2028-02-29", 365, "2029-02-28"}, {"2027-12-31", 1, "2028-01-01"},
		{"2027-03-28", 1, "2027-03-29"}, {"2027-03-14", -14, "2027-02-28"}, {"0001-01-01", 739942, "2026-11-23"},
		{"2026-01-01", 3650, "2035-12-30"}, {"1600-01-01", 365242, "2599-12-31"},
	} {
		if got := date(t, tt.from).AddDays(tt.days); got.String() != tt.to {
			t.Errorf("%s + %d: %s, want %s", tt.from, tt.days, got, tt.to)
		}
		if got := date(t, tt.to).Sub(date(t, tt.from)); got != tt.days {
			t.Errorf("%s - %s: %d, want %d", tt.to, tt.from, got, tt.days)
		}
	}
}

func TestDatesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDate(t, "date")
		if got, err := catalog.ParseDate(d.String()); err != nil || got != d {
			t.Fatalf("%+v: %q, %+v, %v", d, d, got, err)
		}
		n, m := rapid.IntRange(-40000, 40000).Draw(t, "n"), rapid.IntRange(-40000, 40000).Draw(t, "m")
		if got := d.AddDays(n).AddDays(m); got != d.AddDays(n+m) {
			t.Fatalf("%s + %d + %d: %s", d, n, m, got)
		}
		if got := d.AddDays(n).Sub(d); got != n {
			t.Fatalf("%s + %d is %d days later", d, n, got)
		}
		if catalog.DateOf(d.Time()) != d {
			t.Fatalf("%s begins on %s", d, d.Time())
		}
	})
}

func drawDate(t *rapid.T, label string) catalog.Date {
	seconds := rapid.Int64Range(-2e9, 8e9).Draw(t, label) // 1906 to 2223
	return catalog.DateOf(time.Unix(seconds, 0).UTC())
}
