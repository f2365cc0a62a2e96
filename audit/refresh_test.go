package audit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"

	"pgregory.net/rapid"
)

func opsOf(events []audit.Event) []string {
	ops := make([]string, 0, len(events))
	for _, e := range events {
		ops = append(ops, e.Op)
	}
	return ops
}

func outcome(op string, o audit.Outcome) audit.Event {
	e := event(op)
	e.Outcome = o
	return e
}

func write(t testing.TB, l *audit.Log, events ...audit.Event) {
	t.Helper()
	if err := l.Append(context.Background(), events...); err != nil {
		t.Fatal(err)
	}
}

// TestRefresh: what another process writes is seen after a refresh, once, in order, over several segments; and our next
// segment follows it.
func TestRefresh(t *testing.T) {
	s := newStore()
	add(t, open(t, s), "before")
	a, b := open(t, s), open(t, s)
	add(t, a, "a1")
	add(t, b, "b1", "b2")
	for range 2 {
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := opsOf(a.Recent(10, nil)); !slices.Equal(got, []string{"b2", "b1", "a1", "before"}) {
			t.Errorf("seen %v", got)
		}
	}
	gets := s.gets
	if err := a.Refresh(t.Context()); err != nil || s.gets != gets {
		t.Errorf("a refresh with nothing new reads %d segments (%v)", s.gets-gets, err)
	}
	fill(t, b, 2000)
	if err := a.Refresh(t.Context()); err != nil || len(a.Recent(1e4, nil)) != 2004 {
		t.Errorf("%d events after another's 2000, %v", len(a.Recent(1e4, nil)), err)
	}
	add(t, a, "a2")
	if r := sound(t, s, 2005); r.Writers != 3 {
		t.Errorf("%s", r)
	}
}

// TestRefreshWithoutAnAnswer: the error is told, nothing is lost, and the next one gets it all.
func TestRefreshWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		a, b := open(t, s), open(t, s)
		add(t, b, "b1")
		s.mu.Lock()
		s.broken = errFault
		s.mu.Unlock()
		if err := a.Refresh(t.Context()); err == nil {
			t.Error("no error")
		}
		s.mu.Lock()
		s.broken = nil
		s.mu.Unlock()
		if err := a.Refresh(t.Context()); err != nil || len(a.Recent(10, nil)) != 1 {
			t.Errorf("%v, %v", a.Recent(10, nil), err)
		}
	})
}

// TestUnfinished: intents without an end, of this process, of one that died, and of one that still runs.
func TestUnfinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		dead := open(t, s)
		write(t, dead, outcome("dead-1", audit.Intent),
			outcome("dead-2", audit.Intent), outcome("dead-2", audit.Failed))
		time.Sleep(time.Second)
		a, b := open(t, s), open(t, s)
		write(t, b, outcome("b-1", audit.Intent), outcome("b-2", audit.Intent))
		write(t, a, outcome("a-1", audit.Intent), outcome("a-2", audit.Intent), outcome("a-2", audit.OK))
		other := outcome("a-1", audit.OK)
		other.Key = "ninja/other" // the same operation on another key
		write(t, a, other)
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := func(before time.Time, ops ...string) {
			t.Helper()
			if got := opsOf(a.Unfinished(before)); !slices.Equal(got, ops) {
				t.Errorf("unfinished %v, want %v", got, ops)
			}
		}
		later := time.Now().Add(time.Minute)
		want(later, "dead-1", "a-1", "b-1", "b-2")
		want(time.Now(), "dead-1")
		time.Sleep(time.Second)
		write(t, b, outcome("b-1", audit.Found), outcome("dead-1", audit.Failed))
		write(t, a, outcome("a-1", audit.Found))
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(later, "b-2")
		fill(t, a, 12_000) // the intent has long left the memory of events
		want(later, "b-2")
		write(t, a, outcome("b-2", audit.Found))
		want(later)
		time.Sleep(time.Second)
		if err := b.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := b.Unfinished(later); len(left) != 0 {
			t.Errorf("the other process has %v", opsOf(left))
		}
	})
}

// TestUnfinishedLife: whatever several processes write, crash and read in any order, each knows the open
// intents after a refresh.
func TestUnfinishedLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStore()
		var logs []*audit.Log
		open := func() *audit.Log {
			l, err := audit.Open(context.Background(), audit.Config{Store: s, Vault: "contoso"})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		logs = append(logs, open(), open())
		model, n := map[string]int{}, 0 // presses that have no end
		done := map[string]bool{}
		at := time.Now()
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, len(logs)-1).Draw(t, "log")
			at = at.Add(time.Millisecond)
			e := event("")
			e.Time = at
			switch rapid.SampledFrom([]string{"intent", "end", "crash", "refresh"}).Draw(t, "step") {
			case "intent":
				n = rapid.IntRange(max(1, n), n+1).Draw(t, "op") // the last one once more, or a new one
				e.Op, e.Outcome = fmt.Sprint("op", n), audit.Intent
				model[e.Op]++
			case "end":
				if n == 0 {
					continue
				}
				e.Op = fmt.Sprint("op", rapid.IntRange(1, n).Draw(t, "which"))
				how := []audit.Outcome{audit.OK, audit.Failed, audit.Found, audit.Denied}
				e.Outcome = rapid.SampledFrom(how).Draw(t, "how")
				switch {
				case e.Outcome == audit.Failed && model[e.Op] == 0:
					continue // a failure has its intent
				case e.Outcome == audit.Failed:
					model[e.Op]--
				case e.Outcome != audit.Denied:
					model[e.Op], done[e.Op] = 0, done[e.Op] || e.Outcome == audit.OK
				}
			case "crash":
				logs[i] = open()
				continue
			case "refresh":
				if err := logs[i].Refresh(context.Background()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := logs[i].Append(context.Background(), e); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range append(logs, open()) {
			if err := l.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			open := opsOf(l.Unfinished(at.Add(time.Hour)))
			for op, n := range model {
				if want := n > 0 && !done[op]; slices.Contains(open, op) != want {
					t.Errorf("%s open: %v", op, !want)
				}
			}
		}
	})
}
