package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

func add(t testing.TB, l *audit.Log, ops ...string) {
	t.Helper()
	for _, op := range ops {
		if err := l.Append(context.Background(), event(op)); err != nil {
			t.Fatal(err)
		}
	}
}

// fill appends events that compress badly, in a few writes.
func fill(t testing.TB, l *audit.Log, n int) {
	t.Helper()
	events := make([]audit.Event, n)
	for i := range events {
		events[i] = event(hash(fmt.Sprint(i)))
	}
	for part := range slices.Chunk(events, 60) {
		if err := l.Append(context.Background(), part...); err != nil {
			t.Fatal(err)
		}
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

// sound checks that the log verifies and holds so many events.
func sound(t testing.TB, s *store, events int) audit.Report {
	t.Helper()
	r := verify(t, s, audit.VerifyOptions{})
	if !r.OK() || r.Events != events {
		t.Fatalf("want %d events and no fault:\n%s", events, r)
	}
	return r
}

// ops lists the operation ids of all events in the store, duplicates included.
func (s *store) ops() map[string]int {
	found := map[string]int{}
	for _, name := range s.names() {
		for line := range strings.Lines(s.lines(name)) {
			if e, err := audit.ParseEvent(strings.TrimSuffix(line, "\n")); err == nil {
				found[e.Op]++
			}
		}
	}
	return found
}
