package request_test

import (
	"slices"
	"testing"
	"time"

	"keydesk/catalog/request"
)

func TestNext(t *testing.T) {
	yes, no := &request.Decision{End: request.Approved}, &request.Decision{End: request.Denied}
	const stuck = request.StuckAfter
	for _, tt := range []struct {
		name string
		f    request.Facts
		want request.Step
	}{
		{"cleared", request.Facts{Decision: yes}, request.Nothing},
		{"open", request.Facts{Stored: true, Ticket: true, Gone: stuck}, request.Wait},
		{"claimed", request.Facts{Stored: true, Gone: stuck - 1}, request.Wait},
		{"stuck", request.Facts{Stored: true, Gone: stuck}, request.Reopen},
		{"decided late", request.Facts{Stored: true, Decision: yes, Gone: stuck}, request.CarryOut},
		{"denied", request.Facts{Stored: true, Decision: no}, request.Clear},
		{"approved", request.Facts{Stored: true, Decision: yes, Ticket: true}, request.CarryOut},
		{"done", request.Facts{Stored: true, Decision: yes, Done: true}, request.Record},
		{"failed", request.Facts{Stored: true, Decision: yes, Failed: true, Recorded: true}, request.Clear},
		{"recorded", request.Facts{Stored: true, Decision: yes, Done: true, Recorded: true}, request.Clear},
	} {
		if got := request.Next(tt.f); got != tt.want {
			t.Errorf("%s: %s, not %s", tt.name, got, tt.want)
		}
	}
}

func TestFresh(t *testing.T) {
	for after, want := range map[time.Duration]bool{
		-1: false, 0: true, 30*time.Second - 1: true, 30 * time.Second: false, 24 * time.Hour: false,
	} {
		if got := request.Fresh(begin, begin.Add(after)); got != want {
			t.Errorf("after %v: %v", after, got)
		}
		began := time.Now() // has the process's clock too
		if got := request.Fresh(began, began.Add(after)); got != want {
			t.Errorf("after %v by both clocks: %v", after, got)
		}
	}
}

func TestSettleTakesTheFirst(t *testing.T) {
	first := request.Decision{End: request.Denied, By: another.Person, At: begin, Word: "not now"}
	atOnce := request.Decision{End: request.Approved, By: otherOne.Person, At: begin, For: request.Hour}
	second, third := first, atOnce
	second.At, third.At = begin.Add(1), begin.Add(time.Hour)
	for _, tt := range []struct {
		log  []request.Decision
		want *request.Decision
	}{
		{nil, nil},
		{[]request.Decision{first}, &first},
		{[]request.Decision{first, second, third}, &first},
		{[]request.Decision{third, second}, &second},
		{[]request.Decision{second, first, atOnce}, &atOnce},
	} {
		for range 2 {
			got := request.Settle(tt.log)
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("of %+v: %+v", tt.log, got)
			}
			slices.Reverse(tt.log)
		}
	}
}
