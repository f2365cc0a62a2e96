package catalog

import "time"

// Status is how a key stands.
type Status string

// The statuses. Due and overdue tell of the rotation interval, expiring and expired of the vendor's own end.
const (
	OK       Status = "ok"
	DueSoon  Status = "due"
	Overdue  Status = "overdue"
	Expiring Status = "expiring"
	Expired  Status = "expired"
	NoKey    Status = "no key" // of a vendor without keys
)

// soon is how many days before its date, inclusive, a key counts as due or expiring.
const soon = 14

// Due is a key's status, the date that decides it, and the days until then (negative: past).
type Due struct {
	Status Status
	Date   Date
	Days   int
	Next   Date // next rotation
}

// Due is the key's status on the calendar of now's location, with its dates.
func (k Key) Due(now time.Time) Due {
	status, days := k.Stands(now)
	next := DateOf(k.since().In(now.Location())).AddDays(max(0, k.IntervalDays))
	return Due{Status: status, Date: DateOf(now).AddDays(days), Days: days, Next: next}
}

// Stands is Due without its dates, for lists of thousands. The nearer of next rotation and expiry decides,
// the expiry when they are the same day. The day itself is day 0: not past yet.
//
// What a damaged tag lost counts against the key: without a rotation time it is as old as its secret, without
// an interval it is due from the day of its rotation.
func (k *Key) Stands(now time.Time) (status Status, days int) {
	today := dayOf(now)
	days = dayOf(k.since().In(now.Location())) + max(0, k.IntervalDays) - today
	near, past := DueSoon, Overdue
	if !k.Expiry.IsZero() {
		if left := dayOf(k.Expiry.Time()) - today; left <= days {
			days, near, past = left, Expiring, Expired
		}
	}
	switch {
	case days < 0:
		return past, days
	case days <= soon:
		return near, days
	}
	return OK, days
}

// since is when the value was made, as far as is known.
func (k *Key) since() time.Time {
	if k.Rotated.IsZero() {
		return k.Created
	}
	return k.Rotated
}
