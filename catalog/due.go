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

// Due is the key's status on the calendar of now's location. The nearer of next rotation and expiry decides,
// the expiry when they are the same day. The day itself is day 0: not past yet.
//
// What a damaged tag lost counts against the key: without a rotation time it is as old as its secret, without
// an interval it is due from the day of its rotation.
func (k Key) Due(now time.Time) Due {
	today := DateOf(now)
	since := k.Rotated
	if since.IsZero() {
		since = k.Created
	}
	next := DateOf(since.In(now.Location())).AddDays(max(0, k.IntervalDays))
	due := Due{Status: OK, Date: next, Days: next.Sub(today), Next: next}
	near, past := DueSoon, Overdue
	if !k.Expiry.IsZero() && k.Expiry.Sub(next) <= 0 {
		due.Date, due.Days = k.Expiry, k.Expiry.Sub(today)
		near, past = Expiring, Expired
	}
	switch {
	case due.Days < 0:
		due.Status = past
	case due.Days <= soon:
		due.Status = near
	}
	return due
}
