package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
)

// beside starts another process on the same vault, and gives the first one back. Both end with the test.
func (s *stage) beside() (first *app.App, end func()) {
	s.t.Helper()
	first = s.a
	if err := s.run(s.t.TempDir()); err != nil {
		s.t.Fatal(err)
	}
	return first, func() { first.Desk.Close(s.t.Context()); first.Abandon() }
}

// TestTwoProcessesLookAfterRequests: of two processes one reminds, and one ends what nobody has answered.
func TestTwoProcessesLookAfterRequests(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		first, end := s.beside()
		defer end()
		both := func(n int, step time.Duration) {
			for range n {
				s.later(step)
				now := time.Now()
				done := make(chan bool)
				go func() { first.Desk.Tend(t.Context(), now); done <- true }()
				s.a.Desk.Tend(t.Context(), now)
				<-done
				synctest.Wait()
			}
		}
		both(120, time.Minute)
		if n := len(s.inbox("chat-" + admin)); n != 2 {
			t.Errorf("%d cards, want one and one reminder", n)
		}
		both(23, time.Hour)
		both(5, time.Minute)
		told := 0
		for _, on := range s.inbox("chat-" + l1) {
			// which is the form that was edited
			if strings.Contains(on.json, "Expired: nobody answered") && on.id != "1" {
				told++
			}
		}
		if err := s.a.Log.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := s.count("expire", audit.OK); n != 1 || told != 1 || s.open() != 0 {
			t.Errorf("%d events, told %d times, %d requests", n, told, s.open())
		}
	})
}

// TestTwoProcessesDecide: two admins on two processes at once are one decision, and the other reads who
// decided, at once or when they look again.
func TestTwoProcessesDecide(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		first, end := s.beside()
		defer end()
		id := s.a.Vault.Requests()[0].ID
		yes := turnOf(admin, map[string]string{"verb": "approve", "request": id}, "8")
		no := turnOf(secondAdmin, map[string]string{"verb": "deny", "request": id,
			"reason": "not before Monday"}, "9")
		other := make(chan string)
		go func() { other <- said(first.Desk.Handle(t.Context(), yes)) }()
		mine := said(s.a.Desk.Handle(t.Context(), no))
		theirs := <-other
		s.later(time.Second)
		if err := s.a.Log.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		approved, denied := s.count("approve", audit.OK), s.count("deny", audit.OK)
		if approved+denied != 1 {
			t.Fatalf("approved %d times, denied %d times: %s, %s", approved, denied, brief(mine),
				brief(theirs))
		}
		want := "Approved by Admin"
		if denied == 1 {
			want = "Denied by Second Admin"
		}
		s.expect("the one", said(first.Desk.Handle(t.Context(), yes)), want)
		s.expect("the other", said(s.a.Desk.Handle(t.Context(), no)), want)
		if n := s.held()["ninjaone"]["versions"]; n == "2" != (approved == 1) {
			t.Errorf("approved %d times, and %s versions", approved, n)
		}
	})
}
