package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
)

var faultNames = map[fault]string{
	none: "none", refused: "refused", lost: "lost", late: "late", hang: "hang", hangAfter: "hang after the effect",
	hangLate: "hang with a late effect",
}

func (f fault) String() string { return faultNames[f] }

// Each way a write can go wrong, at the first event of the log, within a segment, and twice in a row.
func TestUnclearAnswers(t *testing.T) {
	for _, before := range []int{0, 3} {
		for _, first := range []fault{refused, lost, late, hang, hangAfter, hangLate} {
			for _, second := range []fault{none, refused, lost, late, hang, hangAfter, hangLate} {
				t.Run(fmt.Sprintf("after %d, %v, then %v", before, first, second), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { unclear(t, before, first, second) })
				})
			}
		}
	}
}

func unclear(t *testing.T, before int, first, second fault) {
	s := newStore()
	l := open(t, s)
	for i := range before {
		add(t, l, fmt.Sprint("before", i))
	}
	puts := s.puts
	s.faults = []fault{first, second}
	began := time.Now()
	err := l.Append(t.Context(), event("op"))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	clear := func(f fault) bool { return f == none || f == lost || f == hangAfter }
	if clear(first) || clear(second) {
		if err != nil || l.Healthy() != nil {
			t.Fatal("the write stands, yet", err)
		}
	} else if !errors.Is(err, audit.ErrUnwritten) || !errors.Is(l.Healthy(), audit.ErrUnwritten) {
		t.Fatal(err, l.Healthy())
	}
	if clear(first) && s.puts-puts != 1 {
		t.Error("written twice")
	}
	verify(t, s, audit.VerifyOptions{})
	s.faults = nil
	add(t, l, "after")
	if l.Healthy() != nil {
		t.Error(l.Healthy())
	}
	s.settle()
	add(t, l, "last")
	r := verify(t, s, audit.VerifyOptions{})
	if !r.OK() {
		t.Errorf("%s", r)
	}
	ops := s.ops()
	if ops["after"] != 1 || ops["last"] != 1 || err == nil && ops["op"] == 0 {
		t.Error(ops)
	}
	if ops["op"] > 1 && len(r.Notes) == 0 {
		t.Errorf("an event stands twice, unexplained:\n%s", r)
	}
	seen := len(l.Recent(10, func(e audit.Event) bool { return e.Op == "op" }))
	if (err == nil) != (seen == 1) {
		t.Error("memory and answer differ", seen)
	}
	again := open(t, s) // shows what stands, once
	if n := len(again.Recent(10, func(e audit.Event) bool { return e.Op == "op" })); n != min(1, ops["op"]) {
		t.Errorf("shown %d times after a restart", n)
	}
}

func TestReadBackFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		add(t, l, "a")
		s.faults = []fault{lost, lost}
		s.broken = errFault
		err := l.Append(t.Context(), event("b"))
		if !errors.Is(err, audit.ErrUnwritten) || !errors.Is(err, errFault) {
			t.Fatal(err)
		}
		s.broken = nil
		add(t, l, "c")
		// "b" stands, as it happens, in the segment after "a" and in one of its own.
		r := sound(t, s, 4)
		if len(r.Notes) == 0 {
			t.Errorf("%s", r)
		}
		if got := l.Recent(9, nil); len(got) != 2 {
			t.Error(got)
		}
	})
}

// An unhealthy log is tried again after a minute even if whoever watches it keeps all work away.
func TestHealthComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		s.faults = []fault{refused, refused}
		if l.Append(t.Context(), event("a")) == nil || l.Healthy() == nil {
			t.Fatal("a failed write is not seen")
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if l.Healthy() == nil {
			t.Error("healthy too early")
		}
		time.Sleep(time.Nanosecond)
		if err := l.Healthy(); err != nil {
			t.Error(err)
		}
	})
}

// A batch that needs several segments is acknowledged as far as it stands.
func TestFaultWithinABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		s.faults = []fault{none, none, refused, refused}
		events := make([]audit.Event, 1000)
		for i := range events {
			events[i] = event(fmt.Sprint(i))
		}
		if err := l.Append(t.Context(), events...); !errors.Is(err, audit.ErrUnwritten) {
			t.Fatal(err)
		}
		stood := len(s.ops())
		if r := sound(t, s, stood); r.Segments != 2 {
			t.Errorf("%s", r)
		}
		add(t, l, "next")
		sound(t, s, stood+1)
	})
}

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		s.hold = make(chan struct{})
		go l.Append(t.Context(), event("first"))
		synctest.Wait()
		many := make([]audit.Event, 20_000)
		for i := range many {
			many[i] = event("many")
		}
		done := make(chan error, 1)
		go func() { done <- l.Append(t.Context(), many...) }()
		synctest.Wait()
		if err := l.Append(t.Context(), event("over")); !errors.Is(err, audit.ErrBusy) {
			t.Error(err)
		}
		close(s.hold)
		if err := <-done; err != nil {
			t.Error(err)
		}
		sound(t, s, 20_001)
	})
}

// The clock of a machine goes back by a day: the chain holds, and verify says so.
func TestClockGoesBack(t *testing.T) {
	s := newStore()
	l := open(t, s)
	e := event("a")
	e.Time = time.Now().Add(24 * time.Hour)
	if err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	add(t, l, "b")
	r := sound(t, s, 2)
	if len(r.Notes) != 1 || r.Notes[0].Line != 3 || !strings.Contains(r.Notes[0].What, "clock went back") {
		t.Errorf("%s", r)
	}
}
