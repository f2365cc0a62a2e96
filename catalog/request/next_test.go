package request_test

import (
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
		{"gone", request.Facts{Decision: yes, Counts: true}, request.Nothing},
		{"open", request.Facts{Stored: true, Ticket: true, Gone: stuck}, request.Wait},
		{"claimed", request.Facts{Stored: true, Gone: stuck - 1}, request.Wait},
		{"stuck", request.Facts{Stored: true, Gone: stuck}, request.Reopen},
		{"late", request.Facts{Stored: true, Decision: yes, Ticket: true}, request.Adopt},
		{"late, claimed", request.Facts{Stored: true, Decision: yes, Gone: time.Second}, request.Wait},
		{"late, stuck", request.Facts{Stored: true, Decision: no, Gone: stuck}, request.Reopen},
		{"denied", request.Facts{Stored: true, Decision: no, Counts: true}, request.Clear},
		{"approved", request.Facts{Stored: true, Decision: yes, Counts: true}, request.CarryOut},
		{"done", request.Facts{Stored: true, Decision: yes, Counts: true, Done: true}, request.Record},
		{"failed", request.Facts{Stored: true, Decision: yes, Counts: true, Failed: true, Recorded: true},
			request.Clear},
		{"recorded", request.Facts{Stored: true, Decision: yes, Counts: true, Done: true, Recorded: true},
			request.Clear},
	} {
		if got := request.Next(tt.f); got != tt.want {
			t.Errorf("%s: %s, not %s", tt.name, got, tt.want)
		}
	}
}

func TestWriteTakesOver(t *testing.T) {
	first := request.Decision{End: request.Approved, By: otherOne.Person, At: begin, For: request.Hour}
	second := first
	second.Round = 1
	mine := request.Decision{End: request.Denied, By: another.Person, At: begin, Word: "not now"}
	if got := request.Settle(nil); got != nil {
		t.Errorf("of nothing: %+v", got)
	}
	if got := request.Settle([]request.Decision{second, first}); *got != second {
		t.Errorf("of two: %+v", got)
	}
	if got := request.Write(0, nil, mine); got != mine {
		t.Errorf("of round 0: %+v", got)
	}
	if got := request.Write(1, []request.Decision{first}, mine); got != second {
		t.Errorf("of round 1: %+v", got)
	}
}
