package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"keydesk/audit"
)

func open(t testing.TB, s *store) *audit.Log {
	t.Helper()
	l, err := audit.Open(t.Context(), audit.Config{Store: s, Vault: "contoso"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l
}

func event(op string) audit.Event {
	return audit.Event{
		Op: op, Action: "rotate", Outcome: audit.OK, Actor: audit.Actor{ID: "0f8f-1", Name: "an L2 technician"},
		Key: "ninja/acme", Version: strings.Repeat("0a", 16), Chat: "personal", Note: "ticket 4711",
	}
}

func verify(t testing.TB, s *store, opts audit.VerifyOptions) audit.Report {
	t.Helper()
	r, err := audit.Verify(context.Background(), s, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sound(t testing.TB, s *store, events int) audit.Report {
	t.Helper()
	r := verify(t, s, audit.VerifyOptions{})
	if !r.OK() || r.Events != events {
		t.Fatalf("want %d events and no fault:\n%s", events, r)
	}
	return r
}

func TestAppendIsDurable(t *testing.T) {
	s := newStore()
	l := open(t, s)
	for i := range 400 {
		if err := l.Append(t.Context(), event(fmt.Sprint("op", i))); err != nil {
			t.Fatal(err)
		}
	}
	r := sound(t, s, 400)
	if r.Segments < 2 {
		t.Error("the log never began a second segment")
	}
	for _, name := range s.names() {
		body, _ := s.Get(t.Context(), name, "")
		if len(body) > 20<<10 {
			t.Errorf("%s holds %d bytes", name, len(body))
		}
	}
	t.Logf("%d segments\n%s", r.Segments, r)
}

func TestGroupCommit(t *testing.T) {
	s := newStore()
	l := open(t, s)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if err := l.Append(t.Context(), event(fmt.Sprint("op", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s.puts >= 30 {
		t.Errorf("1,000 events at once took %d writes", s.puts)
	}
	t.Log(s.puts)
	sound(t, s, 1000)
	if err := l.Append(t.Context(), audit.Event{Note: strings.Repeat("ü", 257), Action: "x", Outcome: audit.OK}); !errors.Is(err, audit.ErrNoteTooLong) {
		t.Error(err)
	}
}
