package catalog_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"keydesk/catalog"
)

func TestDue(t *testing.T) {
	for _, tt := range []struct {
		name, rotated string
		interval      int
		expiry, today string
		status        catalog.Status
		date          string
		days          int
	}{
		{"fresh", "2026-11-23", 90, "", "2026-11-23", catalog.OK, "2027-02-21", 90},
		{"15 days left", "2026-11-23", 90, "", "2027-02-06", catalog.OK, "2027-02-21", 15},
		{"14 days left", "2026-11-23", 90, "", "2027-02-07", catalog.DueSoon, "2027-02-21", 14},
		{"the day itself", "2026-11-23", 90, "", "2027-02-21", catalog.DueSoon, "2027-02-21", 0},
		{"the day after", "2026-11-23", 90, "", "2027-02-22", catalog.Overdue, "2027-02-21", -1},
		{"long past", "2020-01-01", 90, "", "2026-11-23", catalog.Overdue, "2020-03-31", -2428},
		{"an interval under 14 days", "2026-11-23", 7, "", "2026-11-23", catalog.DueSoon, "2026-11-30", 7},
		{"over a leap day", "2028-02-01", 30, "", "2028-02-29", catalog.DueSoon, "2028-03-02", 2},
		{"over no leap day", "2027-02-01", 30, "", "2027-02-28", catalog.DueSoon, "2027-03-03", 3},
		{"due on a leap day", "2027-12-01", 90, "", "2028-03-01", catalog.Overdue, "2028-02-29", -1},
		{"a year with a leap day", "2028-01-01", 365, "", "2028-12-31", catalog.DueSoon, "2028-12-31", 0},
		{"expires later", "2026-11-23", 90, "2027-06-30", "2026-11-23", catalog.OK, "2027-02-21", 90},
		{"expires sooner", "2026-11-23", 90, "2026-12-31", "2026-11-23", catalog.OK, "2026-12-31", 38},
		{"expires in 15 days", "2026-11-23", 90, "2026-12-08", "2026-11-23", catalog.OK, "2026-12-08", 15},
		{"expires in 14 days", "2026-11-23", 90, "2026-12-07", "2026-11-23", catalog.Expiring, "2026-12-07", 14},
		{"expires today", "2026-11-23", 90, "2026-11-23", "2026-11-23", catalog.Expiring, "2026-11-23", 0},
		{"expired yesterday", "2026-11-23", 90, "2026-11-22", "2026-11-23", catalog.Expired, "2026-11-22", -1},
		{"both on one day", "2026-11-23", 90, "2027-02-21", "2027-02-20", catalog.Expiring, "2027-02-21", 1},
		{"due sooner than it expires", "2026-11-23", 90, "2027-02-22", "2027-02-20", catalog.DueSoon, "2027-02-21", 1},
		{"overdue before it expired", "2026-11-23", 90, "2027-02-22", "2027-03-01", catalog.Overdue, "2027-02-21", -8},
		{"expired before it was due", "2026-11-23", 90, "2027-02-20", "2027-03-01", catalog.Expired, "2027-02-20", -9},
		{"rotated in the future", "2027-11-23", 90, "", "2026-11-23", catalog.OK, "2028-02-21", 455},
		{"interval lost", "2026-11-23", 0, "", "2026-11-23", catalog.DueSoon, "2026-11-23", 0},
		{"interval below zero", "2026-11-23", -90, "", "2026-11-24", catalog.Overdue, "2026-11-23", -1},
	} {
		k := catalog.Key{Rotated: date(t, tt.rotated).Time(), IntervalDays: tt.interval}
		if tt.expiry != "" {
			k.Expiry = date(t, tt.expiry)
		}
		got := k.Due(date(t, tt.today).Time().Add(23 * time.Hour))
		if got.Status != tt.status || got.Date.String() != tt.date || got.Days != tt.days {
			t.Errorf("%s: %s, %s, %d days", tt.name, got.Status, got.Date, got.Days)
		}
		if want := date(t, tt.rotated).AddDays(max(0, tt.interval)); got.Next != want {
			t.Errorf("%s: next rotation %s", tt.name, got.Next)
		}
	}
}

// TestDueWithoutARotationTime: a key whose tag was lost is as old as its secret, never fresh.
func TestDueWithoutARotationTime(t *testing.T) {
	k := catalog.Key{IntervalDays: 90, Created: date(t, "2026-01-01").Time()}
	if due := k.Due(date(t, "2026-11-23").Time()); due.Status != catalog.Overdue || due.Days != -236 {
		t.Errorf("%+v", due)
	}
	k.Created = time.Time{}
	if due := k.Due(date(t, "2026-11-23").Time()); due.Status != catalog.Overdue || due.Days >= 0 {
		t.Errorf("%+v", due)
	}
}

// TestDueZones: the same moment is another day elsewhere, and a day with 23 or 25 hours is
// one day.
func TestDueZones(t *testing.T) {
	for _, tt := range []struct {
		zone, rotated, now string
		interval, days     int
	}{
		{"UTC", "2026-11-23T23:30:00Z", "2026-11-24T00:30:00Z", 1, 0},
		{"Pacific/Kiritimati", "2026-11-23T11:00:00Z", "2026-11-23T09:59:00Z", 1, 2}, // +14: the 24th, and the 23rd
		{"Pacific/Pago_Pago", "2026-11-23T11:00:00Z", "2026-11-23T10:59:00Z", 1, 2},  // -11: the 23rd, and the 22nd
		{"America/New_York", "2027-03-13T17:00:00Z", "2027-03-15T03:59:00Z", 2, 1},   // 23 hours on the 14th
		{"America/New_York", "2027-11-06T16:00:00Z", "2027-11-08T04:59:00Z", 2, 1},   // 25 hours on the 7th
		{"Europe/Berlin", "2027-03-27T23:30:00Z", "2027-03-28T21:30:00Z", 1, 1},      // both the 28th
		{"Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z", 2, 0},       // skipped the 30th
		{"Asia/Kathmandu", "2026-11-23T18:14:00Z", "2026-11-23T18:15:00Z", 1, 0},     // +5:45: midnight between
		// Midnight does not exist on the 30th, nor on the 4th.
		{"Africa/Cairo", "2027-04-29T21:30:00Z", "2027-04-30T20:30:00Z", 90, 89},
		{"America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T12:00:00Z", 1, 0},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		rotated, _ := time.Parse(time.RFC3339, tt.rotated)
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		due := catalog.Key{Rotated: rotated, IntervalDays: tt.interval}.Due(now.In(zone))
		if due.Days != tt.days {
			t.Errorf("%s: rotated %s, now %s: %d days, want %d",
				tt.zone, rotated.In(zone), now.In(zone), due.Days, tt.days)
		}
	}
}

func TestDueAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := catalog.Key{Rotated: drawDate(t, "rotated").Time(),
			IntervalDays: rapid.IntRange(1, 3650).Draw(t, "interval")}
		if rapid.Bool().Draw(t, "expires") {
			k.Expiry = drawDate(t, "expiry")
		}
		today := drawDate(t, "today")
		due := k.Due(today.Time())
		if today.AddDays(due.Days) != due.Date {
			t.Fatalf("%d days from %s is not %s", due.Days, today, due.Date)
		}
		if due.Next.Sub(due.Date) < 0 || !k.Expiry.IsZero() && k.Expiry.Sub(due.Date) < 0 {
			t.Fatalf("%s is not the nearer of %s and %s", due.Date, due.Next, k.Expiry)
		}
		past := due.Status == catalog.Overdue || due.Status == catalog.Expired
		near := due.Status == catalog.DueSoon || due.Status == catalog.Expiring
		ofVendor := due.Status == catalog.Expiring || due.Status == catalog.Expired
		if past != (due.Days < 0) || near != (0 <= due.Days && due.Days <= 14) ||
			(past || near) && ofVendor != (due.Date == k.Expiry) {
			t.Fatalf("%d days: %s", due.Days, due.Status)
		}
		for hour := range 24 { // the hour does not matter
			if k.Due(today.Time().Add(time.Duration(hour)*time.Hour)) != due {
				t.Fatalf("other at %d o'clock", hour)
			}
		}
	})
}
