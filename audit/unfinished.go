package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// intent is what ties the intent of a change to its end.
type intent struct{ op, action, key string }

func intentOf(e Event) intent { return intent{e.Op, e.Action, e.Key} }

// follow keeps count of the intents that have no end yet.
func (r *recent) follow(e Event) {
	if e.Outcome != Intent {
		delete(r.open, intentOf(e))
		return
	}
	if r.open == nil {
		r.open = map[intent]Event{}
	}
	r.open[intentOf(e)] = e
}

// Unfinished is the intents older than before whose operation came to no end on that key: no outcome ok, failed, denied or
// found was written after them. It knows those of this process and of the segments read at Open or taken in by Refresh;
// oldest first.
func (l *Log) Unfinished(before time.Time) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var open []Event
	for e := range maps.Values(l.recent.open) {
		if e.Time.Before(before) {
			open = append(open, e)
		}
	}
	slices.SortFunc(open, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Op+a.Key, b.Op+b.Key))
	})
	return open
}

// Refresh takes in what other processes have written since Open or the last Refresh, for Recent and Unfinished, and their
// heads, for our next header. Where nothing is new it costs a list. Damaged segments are left to Verify.
func (l *Log) Refresh(ctx context.Context) error {
	if err := l.refresh(ctx); err != nil {
		return fmt.Errorf("refreshing the audit log: %w", err)
	}
	segments, err := l.read(ctx, l.grown())
	if err != nil {
		return fmt.Errorf("refreshing the audit log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent.takeIn(segments)
	return nil
}

// grown is the segments of others that have more events than Recent knows.
func (l *Log) grown() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for name, n := range l.graph {
		if _, writer, _ := ParseName(name); writer != l.writer && n.count > l.recent.seen[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// takeIn adds the events of segments that have grown, each once, in the order of their times. Readers may still hold the
// old slice, so there is a new one.
func (r *recent) takeIn(segments []*segment) {
	known := map[Event]bool{}
	for _, e := range r.events {
		known[bare(e)] = true
	}
	var fresh []Event
	for _, s := range segments {
		for _, e := range s.kept {
			if !known[bare(e)] {
				known[bare(e)] = true
				fresh = append(fresh, e)
			}
		}
		r.seen[s.name] = max(r.seen[s.name], s.count())
	}
	if len(fresh) == 0 {
		return
	}
	slices.SortStableFunc(fresh, func(a, b Event) int { return a.Time.Compare(b.Time) })
	for _, e := range fresh {
		if e.Outcome != Intent || !r.endedAfter(e) {
			r.follow(e)
		}
	}
	r.events = append(slices.Clone(r.events), fresh...)
	slices.SortStableFunc(r.events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	r.trim()
}

// endedAfter says whether the end of an intent is known already.
func (r *recent) endedAfter(e Event) bool {
	return slices.ContainsFunc(r.events, func(o Event) bool {
		return o.Outcome != Intent && intentOf(o) == intentOf(e) && !o.Time.Before(e.Time)
	})
}
