package request_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

func made(t *testing.T, span request.Span) request.Request {
	t.Helper()
	r, err := request.New(request.Request{Op: "OP", Kind: request.Access, By: madeBy.Person,
		Reason: "a good reason", For: span}, begin)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhoDecidesAndWhen(t *testing.T) {
	r := made(t, request.Shift)
	nobody, l2 := actor("", catalog.Admin), actor("dddd", catalog.L2)
	inDisguise := actor("aaaa", catalog.Admin)
	last, end := r.Until.Add(-time.Millisecond), r.Until
	approve := func(by catalog.Actor, at time.Time) error { _, err := r.Approve(by, "", at); return err }
	deny := func(by catalog.Actor, at time.Time) error { _, err := r.Deny(by, "not now", at); return err }
	withdraw := func(by catalog.Actor, at time.Time) error { _, err := r.Withdraw(by.Person, at); return err }
	expire := func(_ catalog.Actor, at time.Time) error { _, err := r.Expire(at); return err }
	for _, tt := range []struct {
		name string
		do   func(catalog.Actor, time.Time) error
		by   catalog.Actor
		at   time.Time
		want error
	}{
		{"approve", approve, otherOne, begin, nil},
		{"approve at the last moment", approve, otherOne, last, nil},
		{"approve at the end", approve, otherOne, end, request.ErrOver},
		{"approve a nanosecond before the end", approve, otherOne, end.Add(-1), nil},
		{"approve one's own", approve, madeBy, begin, request.ErrOwn},
		{"approve one's own in other letters", approve, inDisguise, begin, request.ErrOwn},
		{"approve one's own at the end", approve, inDisguise, end, request.ErrOwn},
		{"approve as L2", approve, l2, begin, request.ErrNoAdmin},
		{"approve without roles", approve, actor("dddd"), begin, request.ErrNoAdmin},
		{"approve as nobody", approve, nobody, begin, request.ErrNoAdmin},
		{"deny", deny, otherOne, last, nil},
		{"deny at the end", deny, otherOne, end, request.ErrOver},
		{"deny one's own", deny, madeBy, begin, request.ErrOwn},
		{"deny one's own in other letters", deny, inDisguise, begin, request.ErrOwn},
		{"deny as L2", deny, l2, begin, request.ErrNoAdmin},
		{"deny as nobody", deny, nobody, begin, request.ErrNoAdmin},
		{"withdraw", withdraw, madeBy, last, nil},
		{"withdraw in other letters", withdraw, inDisguise, begin, nil},
		{"withdraw at the end", withdraw, madeBy, end, request.ErrOver},
		{"withdraw another's", withdraw, otherOne, begin, request.ErrNotOwn},
		{"withdraw as nobody", withdraw, nobody, begin, request.ErrNotOwn},
		{"expire", expire, nobody, end, nil},
		{"expire a moment early", expire, nobody, end.Add(-1), request.ErrEarly},
	} {
		if err := tt.do(tt.by, tt.at); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, not %v", tt.name, err, tt.want)
		}
	}
	ownerless := r
	ownerless.By = catalog.Person{}
	if _, err := ownerless.Withdraw(catalog.Person{}, begin); !errors.Is(err, request.ErrNotOwn) {
		t.Errorf("nobody withdrew nobody's: %v", err)
	}
	if _, err := ownerless.Approve(otherOne, "", begin); err == nil {
		t.Error("a request of nobody was approved")
	}
}

func TestDecisionsSayWhat(t *testing.T) {
	r := made(t, request.Shift)
	now := begin.Add(time.Hour + 1).In(time.FixedZone("", 3600))
	at := begin.Add(time.Hour)
	approved, _ := r.Approve(otherOne, "1H", now)
	denied, _ := r.Deny(otherOne, " not now ", now)
	withdrawn, _ := r.Withdraw(madeBy.Person, now)
	expired, _ := r.Expire(r.Until)
	for _, tt := range []struct{ got, want request.Decision }{
		{approved, request.Decision{End: request.Approved, By: otherOne.Person, At: at, For: request.Hour}},
		{denied, request.Decision{End: request.Denied, By: otherOne.Person, At: at, Word: "not now"}},
		{withdrawn, request.Decision{End: request.Withdrawn, By: madeBy.Person, At: at}},
		{expired, request.Decision{End: request.Expired, At: r.Until}},
	} {
		if tt.got != tt.want {
			t.Errorf("%+v, not %+v", tt.got, tt.want)
		}
	}
	if end := approved.Ends(); !end.Equal(at.Add(time.Hour)) {
		t.Errorf("a pass of an hour ends at %v", end)
	}
	r.Kind = request.Rotate
	if d, err := r.Approve(otherOne, request.Day, now); err != nil || d.For != "" {
		t.Errorf("a rotation was approved for %q: %v", d.For, err)
	}
}

// TestApproverShortens tries each span for each that was asked for. Once is shorter than any time.
func TestApproverShortens(t *testing.T) {
	order := []request.Span{request.Once, request.Hour, request.Shift, request.Day}
	for i, asked := range order {
		for j, given := range order {
			d, err := made(t, asked).Approve(otherOne, given, begin)
			switch {
			case j <= i && (err != nil || d.For != given):
				t.Errorf("%q for %q: %q, %v", given, asked, d.For, err)
			case j > i && !errors.Is(err, request.ErrLonger):
				t.Errorf("%q for %q: %v", given, asked, err)
			}
		}
		if d, err := made(t, asked).Approve(otherOne, "", begin); err != nil || d.For != asked {
			t.Errorf("as asked for %q: %q, %v", asked, d.For, err)
		}
		if _, err := made(t, asked).Approve(otherOne, "2h", begin); !errors.Is(err, request.ErrSpan) {
			t.Errorf("2h for %q: %v", asked, err)
		}
	}
}

func TestDenialSaysWhy(t *testing.T) {
	r := made(t, request.Hour)
	for word, want := range map[string]error{
		"": request.ErrWord, " \n\u00a0": request.ErrWord, "no": nil,
		strings.Repeat("ü", 256): nil, strings.Repeat("ü", 257): request.ErrWord,
		" " + strings.Repeat("n", 256) + " ": nil,
	} {
		if _, err := r.Deny(otherOne, word, begin); !errors.Is(err, want) {
			t.Errorf("%q: %v", word, err)
		}
	}
}
