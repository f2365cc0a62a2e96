package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
)

func TestAppendIsDurable(t *testing.T) {
	s := newStore()
	l := open(t, s)
	for i := range 400 {
		add(t, l, fmt.Sprint("op", i))
		if i == 0 {
			sound(t, s, 1)
		}
	}
	r := sound(t, s, 400)
	if r.Segments < 2 || r.Writers != 1 || len(r.Heads) != 1 || len(r.Notes) > 0 {
		t.Errorf("%s", r)
	}
	for _, name := range s.names() {
		body, _ := s.Get(t.Context(), name, "")
		if len(body) > 20<<10 {
			t.Errorf("%s holds %d bytes", name, len(body))
		}
	}
	if err := l.Append(t.Context()); err != nil {
		t.Error(err)
	}
}

// The largest events there can be, all different, still make segments within their size.
func TestLargestEvents(t *testing.T) {
	s := newStore()
	l := open(t, s)
	for i := range 60 {
		e := event("op")
		e.Actor.Name = strings.Repeat(string(rune(0x10000+i)), 128)
		e.Note = ""
		for j := range 256 {
			e.Note += string(rune(0x10000 + (i*256+j*7919)%50000))
		}
		if i%2 == 0 {
			e.Note = strings.Repeat("\x01\x02\x1f\x00", 64)
		}
		if err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	sound(t, s, 60)
	for _, name := range s.names() {
		if body, _ := s.Get(t.Context(), name, ""); len(body) > 20<<10 {
			t.Errorf("%s holds %d bytes", name, len(body))
		}
	}
}

func TestGroupCommit(t *testing.T) {
	s := newStore()
	l := open(t, s)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range 1000 {
		wg.Go(func() {
			<-start
			if err := l.Append(t.Context(), event(fmt.Sprint("op", i))); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if s.puts >= 30 {
		t.Errorf("1,000 events at once took %d writes", s.puts)
	}
	sound(t, s, 1000)
}

// While one write is on its way, all that come meanwhile wait and go together.
func TestOneFlushInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		s.hold = make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { add(t, l, "first") })
		synctest.Wait()
		for i := range 100 {
			wg.Go(func() { add(t, l, fmt.Sprint("op", i)) })
		}
		synctest.Wait()
		if s.puts != 1 {
			t.Errorf("%d writes in flight", s.puts)
		}
		close(s.hold)
		wg.Wait()
		if s.puts != 2 {
			t.Errorf("%d writes", s.puts)
		}
		sound(t, s, 101)
	})
}

func TestAppendRefuses(t *testing.T) {
	s := newStore()
	l := open(t, s)
	for name, change := range map[string]func(*audit.Event){
		"no action":       func(e *audit.Event) { e.Action = "" },
		"long action":     func(e *audit.Event) { e.Action = strings.Repeat("a", 65) },
		"no outcome":      func(e *audit.Event) { e.Outcome = "" },
		"unknown outcome": func(e *audit.Event) { e.Outcome = "maybe" },
		"unknown chat":    func(e *audit.Event) { e.Chat = "group" },
		"long op":         func(e *audit.Event) { e.Op = strings.Repeat("a", 65) },
		"long version":    func(e *audit.Event) { e.Version = strings.Repeat("a", 65) },
		"long key":        func(e *audit.Event) { e.Key = strings.Repeat("a", 129) },
		"long id":         func(e *audit.Event) { e.Actor.ID = strings.Repeat("a", 129) },
		"year 10000":      func(e *audit.Event) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year 0":          func(e *audit.Event) { e.Time = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) },
		"long note":       func(e *audit.Event) { e.Note = strings.Repeat("é", 257) },
	} {
		e := event("op")
		change(&e)
		// A good event beside a bad one is not written either.
		if err := l.Append(t.Context(), event("good"), e); !errors.Is(err, audit.ErrBadEvent) {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(l.Append(t.Context(), e), audit.ErrNoteTooLong) != (name == "long note") {
			t.Errorf("%s: wrong error", name)
		}
	}
	if s.puts > 0 {
		t.Error("something was written")
	}
}

func TestAppendMends(t *testing.T) {
	s := newStore()
	l := open(t, s)
	e := event("op\xff")
	e.Time = time.Date(2026, 11, 23, 10, 5, 7, 42_999_999, time.FixedZone("", 3600))
	e.Actor.Name = strings.Repeat("é", 200)
	e.Note = strings.Repeat("é", 256)
	e.Prev = "not yours to fill"
	if err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	got := l.Recent(1, nil)[0]
	if !got.Time.Equal(moment) || got.Op != "op\uFFFD" || got.Actor.Name != strings.Repeat("é", 128) ||
		got.Note != e.Note || len(got.Prev) != 64 {
		t.Errorf("%+v", got)
	}
	sound(t, s, 1)
}

func TestCancelledWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		ended, end := context.WithCancel(t.Context())
		end()
		if err := l.Append(ended, event("never")); !errors.Is(err, context.Canceled) || s.puts > 0 {
			t.Error(err, s.puts)
		}
		s.hold = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Append(ctx, event("perhaps")); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(s.hold) // the write goes on without its caller
		synctest.Wait()
		add(t, l, "next")
		sound(t, s, 2)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		s.hold = make(chan struct{})
		var wg sync.WaitGroup
		for _, op := range []string{"a", "b", "c"} {
			wg.Go(func() { add(t, l, op) })
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := l.Append(t.Context(), event("late")); !errors.Is(err, audit.ErrClosed) {
			t.Error(err)
		}
		wg.Go(func() {
			if err := l.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		close(s.hold)
		wg.Wait() // what waited was written all the same
		sound(t, s, 3)
		if !errors.Is(l.Healthy(), audit.ErrClosed) || len(l.Recent(9, nil)) != 3 {
			t.Error("a closed log can be read, not written")
		}
	})
}

// slow takes a line only when told, as a collector that hangs.
type slow struct {
	mu   sync.Mutex
	out  bytes.Buffer
	wait chan struct{}
}

func (w *slow) Write(p []byte) (int, error) {
	<-w.wait
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func TestStdoutNeverHoldsTheLogUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		w := &slow{wait: make(chan struct{})}
		l, err := audit.Open(t.Context(), audit.Config{Store: s, Vault: "contoso", Stdout: w})
		if err != nil {
			t.Fatal(err)
		}
		events := make([]audit.Event, 6000)
		for i := range events {
			events[i] = event(fmt.Sprint(i))
		}
		if err := l.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
		close(w.wait)
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(w.out.String(), "\n"), "\n")
		if len(lines) < 4096 || len(lines) >= 6000 {
			t.Errorf("%d lines", len(lines))
		}
		for i, line := range lines[:4096] {
			if e, err := audit.ParseEvent(line); err != nil || e.Op != fmt.Sprint(i) {
				t.Fatal(line, err)
			}
		}
	})
}

func TestRecent(t *testing.T) {
	s := newStore()
	l := open(t, s)
	if len(l.Recent(5, nil)) != 0 || !l.Reaches().IsZero() {
		t.Error("an empty log")
	}
	for i := range 12 {
		events := make([]audit.Event, 1000)
		for j := range events {
			events[j] = event(fmt.Sprint(i*1000 + j))
		}
		if err := l.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
	}
	all := l.Recent(1e6, nil)
	if len(all) != 5000 || all[0].Op != "11999" || all[4999].Op != "7000" {
		t.Errorf("%d events, %s to %s", len(all), all[0].Op, all[len(all)-1].Op)
	}
	odd := l.Recent(2, func(e audit.Event) bool { return strings.HasSuffix(e.Op, "99") })
	if len(odd) != 2 || odd[0].Op != "11999" || odd[1].Op != "11899" {
		t.Error(odd)
	}
	if len(l.Recent(0, nil)) != 0 || len(l.Recent(-1, nil)) != 0 {
		t.Error("none asked for")
	}
}
