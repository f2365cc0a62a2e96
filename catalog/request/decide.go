package request

import (
	"strings"
	"time"
	"unicode/utf8"

	"keydesk/catalog"
)

// End is how a request ended.
type End string

// The ends.
const (
	Approved  End = "approve"
	Denied    End = "deny"
	Withdrawn End = "withdraw"
	Expired   End = "expire"
)

// Decision is how a request was decided, by whom and when. Of an expired one By is nobody.
type Decision struct {
	End  End
	By   catalog.Person
	At   time.Time
	For  Span   // of a pass that was approved
	Word string // why it was denied
}

// Approve is the decision of an admin to let it happen. span is "" or shorter than what was asked for.
// ErrNoAdmin, ErrOwn, ErrOver, ErrSpan, ErrLonger.
func (r Request) Approve(by catalog.Actor, span Span, now time.Time) (Decision, error) {
	if err := r.may(by, now); err != nil {
		return Decision{}, err
	}
	d := Decision{End: Approved, By: by.Person, At: stamp(now)}
	if r.Kind != Access {
		return d, nil
	}
	if span == "" {
		span = r.For
	}
	span, err := ParseSpan(string(span))
	switch {
	case err != nil:
		return Decision{}, err
	case !span.Within(r.For):
		return Decision{}, ErrLonger
	}
	d.For = span
	return d, nil
}

// Deny is the decision of an admin against it; word says why. ErrNoAdmin, ErrOwn, ErrOver, ErrWord.
func (r Request) Deny(by catalog.Actor, word string, now time.Time) (Decision, error) {
	if err := r.may(by, now); err != nil {
		return Decision{}, err
	}
	if word = strings.TrimSpace(word); word == "" || utf8.RuneCountInString(word) > MaxReason {
		return Decision{}, ErrWord
	}
	return Decision{End: Denied, By: by.Person, At: stamp(now), Word: word}, nil
}

// Withdraw takes it back. ErrNotOwn, ErrOver.
func (r Request) Withdraw(by catalog.Person, now time.Time) (Decision, error) {
	switch {
	case by.ID == "" || !strings.EqualFold(by.ID, r.By.ID):
		return Decision{}, ErrNotOwn
	case r.Over(now):
		return Decision{}, ErrOver
	}
	return Decision{End: Withdrawn, By: by, At: stamp(now)}, nil
}

// Expire ends what nobody has answered. ErrEarly.
func (r Request) Expire(now time.Time) (Decision, error) {
	if !r.Over(now) {
		return Decision{}, ErrEarly
	}
	return Decision{End: Expired, At: stamp(now)}, nil
}

func (r Request) may(by catalog.Actor, now time.Time) error {
	switch {
	case by.ID == "" || !by.Roles.Has(catalog.Admin):
		return ErrNoAdmin
	case r.By.ID == "" || strings.EqualFold(by.ID, r.By.ID):
		return ErrOwn
	case r.Over(now):
		return ErrOver
	}
	return nil
}

// Within says whether s gives no more than other: once is less than any time.
func (s Span) Within(other Span) bool {
	return s == other || s == Once || other != Once && s.Time() <= other.Time()
}

// Ends is when a pass that was approved with this decision ends. Its clock starts at the approval.
func (d Decision) Ends() time.Time { return d.At.Add(d.For.Time()) }

func stamp(now time.Time) time.Time { return now.UTC().Truncate(time.Millisecond) }
