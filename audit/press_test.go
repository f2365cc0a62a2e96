package audit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
)

// unfinished is the operations that each log holds for unfinished: the one that wrote them, one that takes
// them in, and one that is opened after them. They must agree.
func unfinished(t *testing.T, s *store, logs ...*audit.Log) []string {
	t.Helper()
	var last []string
	for i, l := range append(logs, open(t, s)) {
		if err := l.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		ops := opsOf(l.Unfinished(time.Now().Add(time.Hour)))
		if i > 0 && !slices.Equal(ops, last) {
			t.Errorf("log %d has %v, the one before %v", i, ops, last)
		}
		last = ops
	}
	return last
}

// TestSecondPress: a second press of the same button has the same operation. Where it fails, or is not even
// let through, the first one, of which nobody knows, stays open.
func TestSecondPress(t *testing.T) {
	const in, ok, failed, denied, found = audit.Intent, audit.OK, audit.Failed, audit.Denied, audit.Found
	for name, c := range map[string]struct {
		log  []audit.Outcome
		open bool
	}{
		"one is unclear":                    {[]audit.Outcome{in}, true},
		"one failed":                        {[]audit.Outcome{in, failed}, false},
		"unclear, then failed":              {[]audit.Outcome{in, in, failed}, true},
		"both failed":                       {[]audit.Outcome{in, failed, in, failed}, false},
		"both at once, both failed":         {[]audit.Outcome{in, in, failed, failed}, false},
		"unclear, then done":                {[]audit.Outcome{in, in, ok}, false},
		"unclear, failed, done":             {[]audit.Outcome{in, in, failed, in, ok}, false},
		"unclear, then denied":              {[]audit.Outcome{in, denied}, true},
		"unclear, failed, found":            {[]audit.Outcome{in, in, failed, found}, false},
		"found, and pressed again":          {[]audit.Outcome{in, found, in}, true},
		"found, and failed after it":        {[]audit.Outcome{in, found, in, failed}, false},
		"found, unclear, failed":            {[]audit.Outcome{in, found, in, in, failed}, true},
		"failed before what is found":       {[]audit.Outcome{in, in, failed, found, in}, true},
		"done, and a repeat that is unsure": {[]audit.Outcome{in, ok, in}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore()
				a, b := open(t, s), open(t, s)
				for _, o := range c.log {
					write(t, a, outcome("op", o))
					time.Sleep(time.Second)
				}
				if got := unfinished(t, s, a, b); (len(got) == 1) != c.open || len(got) > 1 {
					t.Errorf("unfinished %v, want %v", got, c.open)
				}
			})
		})
	}
}

// TestPressUnderWay: nobody looks how the first press ended while a second one may still change that.
func TestPressUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, newStore())
		for range 2 {
			write(t, l, outcome("op", audit.Intent))
			time.Sleep(time.Minute)
		}
		before := func(ago time.Duration) []audit.Event { return l.Unfinished(time.Now().Add(-ago)) }
		if got := before(90 * time.Second); len(got) > 0 {
			t.Errorf("%v", opsOf(got))
		}
		if got := before(30 * time.Second); len(got) != 1 || time.Since(got[0].Time) < 2*time.Minute {
			t.Errorf("%+v, want the first press", got)
		}
	})
}

// TestUnfinishedWhenTheClockStepsBack: the end of a change stands before its intent, by their times.
func TestUnfinishedWhenTheClockStepsBack(t *testing.T) {
	for _, end := range []audit.Outcome{audit.OK, audit.Failed} {
		s := newStore()
		a, b := open(t, s), open(t, s)
		began, ended := outcome("op", audit.Intent), outcome("op", end)
		began.Time = time.Now()
		ended.Time = began.Time.Add(-50 * time.Millisecond)
		write(t, a, began)
		write(t, a, ended)
		if got := unfinished(t, s, a, b); len(got) > 0 {
			t.Errorf("%s: unfinished %v", end, got)
		}
	}
}

// TestFoundStaysFound: what was found to have ended is not open again when its segment grows, however much
// came between.
func TestFoundStaysFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		a, b := open(t, s), open(t, s)
		write(t, b, outcome("op", audit.Intent))
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		write(t, a, outcome("op", audit.Found))
		fill(t, a, 12_000)
		add(t, b, "another")
		if err := a.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := opsOf(a.Unfinished(time.Now().Add(time.Hour))); len(got) > 0 {
			t.Errorf("unfinished again: %v", got)
		}
		if got := a.Recent(1, nil); opsOf(got)[0] != "another" {
			t.Errorf("the newest is %v", got)
		}
	})
}

// TestIntentInTwoSegments: an unclear answer of the store leaves an intent in two segments of its writer. It
// counts once.
func TestIntentInTwoSegments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		a, b := open(t, s), open(t, s)
		add(t, b, "before")
		refresh := func() {
			t.Helper()
			if err := a.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		refresh()
		s.faults = []fault{late}
		write(t, b, outcome("op", audit.Intent)) // in the next segment; and, late, in the first too
		refresh()
		s.settle()
		refresh()
		write(t, b, outcome("op", audit.Failed))
		refresh()
		if got := unfinished(t, s, b, a); len(got) > 0 {
			t.Errorf("unfinished %v", got)
		}
		if got := opsOf(a.Recent(10, nil)); !slices.Equal(got, []string{"op", "op", "before"}) {
			t.Errorf("shown %v", got)
		}
	})
}

// TestRefreshReadsOnce: a new segment is read once; one that is damaged, or that has fewer events than its
// tag says, is looked at a few times, and again when it has grown.
func TestRefreshReadsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		a, b := open(t, s), open(t, s)
		add(t, b, "b1")
		gets := func(rounds int) int {
			t.Helper()
			before := s.gets
			for range rounds {
				if err := a.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return s.gets - before
		}
		if n := gets(3); n != 1 {
			t.Errorf("a new segment was read %d times", n)
		}
		name := s.names()[0]
		whole := s.segments[name].versions
		for _, spoil := range []func(*stored){
			func(seg *stored) { seg.versions = []version{{body: "spoilt"}}; seg.tags["count"] = "2" },
			func(seg *stored) { seg.tags["count"] = "3" },
		} {
			spoil(s.segments[name])
			if n := gets(20); n < 1 || n > 3 {
				t.Errorf("read %d times", n)
			}
			s.segments[name].versions = whole
		}
		add(t, b, "b2", "b3", "b4")
		if n := gets(3); n != 1 {
			t.Errorf("when it has grown it was read %d times", n)
		}
		if got := opsOf(a.Recent(10, nil)); !slices.Equal(got, []string{"b4", "b3", "b2", "b1"}) {
			t.Errorf("seen %v", got)
		}
	})
}

// BenchmarkRefresh takes in 400 intents of another process where memory is full: every Append waits for most
// of it.
func BenchmarkRefresh(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := newStore()
		l, other := open(b, s), open(b, s)
		fill(b, l, 9_900)
		for i := range 400 {
			write(b, other, outcome(fmt.Sprint("op", i), audit.Intent))
		}
		b.StartTimer()
		if err := l.Refresh(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
