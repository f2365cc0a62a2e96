package catalog

import (
	"errors"
	"time"
)

// ErrBadDate: the text is no date in the form YYYY-MM-DD, or a day that does not exist.
var ErrBadDate = errors.New("a date is written like 2027-06-30")

// Date is a civil date, without time or zone; the zero Date is none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD, real dates only. Error: ErrBadDate.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, ErrBadDate
	}
	return DateOf(t), nil
}

// DateOf is the date of t in t's location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero says whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD, or "" for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// AddDays is the date n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Sub is the number of calendar days from o to d. It counts in UTC, where each day has 24 hours, and in
// seconds, since a time.Duration ends after 292 years.
func (d Date) Sub(o Date) int { return int((d.Time().Unix() - o.Time().Unix()) / daySeconds) }

const daySeconds = 24 * 60 * 60

// dayOf is the number of t's date in t's location, counted from 1970.
func dayOf(t time.Time) int {
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / daySeconds
	if seconds%daySeconds < 0 {
		day--
	}
	return int(day)
}

// Time is the date's beginning in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
