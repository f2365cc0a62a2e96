package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// intent is what ties the intents of a change to their ends. A second press of the same button has the same.
type intent struct{ op, action, key string }

// change is what is known of one. Events of several segments come in any order, and a clock may step back, so
// how a change stands is counted. Only what was found has a time: it is about what came before it.
type change struct {
	done  bool      // one press had its effect, and with it every other
	found time.Time // when reconciliation looked last
	since []Event   // intents and failures after that
	last  time.Time // of its newest event
}

// follow notes what an event says of a change. A failure ends one press, what was done or found ends them
// all. A denial ends none: a press that was denied never came to its intent.
func (r *recent) follow(e Event) {
	if e.Outcome == Denied {
		return
	}
	id := intent{e.Op, e.Action, e.Key}
	c := r.changes[id]
	if c == nil {
		c = &change{}
		if r.changes == nil {
			r.changes = map[intent]*change{}
		}
		r.changes[id] = c
	}
	switch {
	case e.Outcome == OK:
		c.done, c.since = true, nil
	case e.Outcome == Found && e.Time.After(c.found):
		c.found = e.Time
		c.since = slices.DeleteFunc(c.since, func(e Event) bool { return !e.Time.After(c.found) })
	case e.Outcome != Found && !c.done && e.Time.After(c.found):
		c.since = append(c.since, e)
	}
	if e.Time.After(c.last) {
		c.last = e.Time
	}
}

// open is the oldest press of a change of which one has no end.
func (c *change) open() (first Event, ok bool) {
	n := 0
	for _, e := range c.since {
		if e.Outcome == Failed {
			n--
			continue
		}
		if n++; first.Outcome == "" || e.Time.Before(first.Time) {
			first = e
		}
	}
	return first, n > 0
}

// forget drops changes that have ended and of which nothing is in memory any more.
func (r *recent) forget(before time.Time) {
	maps.DeleteFunc(r.changes, func(_ intent, c *change) bool {
		_, open := c.open()
		return !open && c.last.Before(before)
	})
}

// Unfinished is the changes that came to no end, each once, by its oldest intent: no ok or found was written,
// and fewer failures than intents. Left out are those of which something was written since before, as a press
// may still be under way; oldest first. It knows the changes of this process and of the segments read at Open
// or taken in by Refresh.
func (l *Log) Unfinished(before time.Time) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var open []Event
	for _, c := range l.recent.changes {
		if e, ok := c.open(); ok && c.last.Before(before) {
			open = append(open, e)
		}
	}
	slices.SortFunc(open, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Op+a.Key, b.Op+b.Key))
	})
	return open
}

// Refresh takes in what other processes have written since Open or the last Refresh, for Recent and
// Unfinished, and their heads, for our next header. Where nothing is new it costs a list. Damaged segments
// are left to Verify.
func (l *Log) Refresh(ctx context.Context) error {
	read, err := l.refresh(ctx)
	if err == nil {
		g := l.grown(read)
		var segments []*segment
		if segments, err = l.look(ctx, slices.Sorted(maps.Keys(g)), g); err == nil {
			l.takeIn(segments)
		}
	}
	if err != nil {
		return fmt.Errorf("refreshing the audit log: %w", err)
	}
	return nil
}

// grown is the segments of others that have more events than Recent knows, save those that were just read.
func (l *Log) grown(read []string) graph {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := graph{}
	for name, n := range l.graph {
		if n.count > l.recent.seen[name] && !l.mine(name) && !slices.Contains(read, name) &&
			!l.looks.over(name, n.count) {
			g[name] = n
		}
	}
	return g
}

func (l *Log) mine(segment string) bool { return strings.HasSuffix(segment, "-"+l.writer) }

// takeIn adds the events of segments of others that have grown, each once. Those of our own are in memory
// already.
func (l *Log) takeIn(segments []*segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent.takeIn(slices.DeleteFunc(segments, func(s *segment) bool { return l.mine(s.name) }))
}

func (r *recent) takeIn(segments []*segment) {
	var fresh []Event
	for _, s := range segments {
		fresh = append(fresh, s.kept[min(r.seen[s.name], len(s.kept)):]...)
		r.seen[s.name] = max(r.seen[s.name], s.count())
	}
	slices.SortStableFunc(fresh, byTime)
	if fresh = r.unknown(fresh); len(fresh) == 0 {
		return
	}
	for _, e := range fresh {
		r.follow(e)
	}
	r.events = merged(r.newest(), fresh)
	r.trim()
}

// unknown leaves out the events that an unclear answer left in a second segment.
func (r *recent) unknown(fresh []Event) []Event {
	known := map[Event]bool{}
	for _, e := range r.events {
		if len(fresh) > 0 && !e.Time.Before(fresh[0].Time) {
			known[bare(e)] = true
		}
	}
	return slices.DeleteFunc(fresh, func(e Event) bool {
		was := known[bare(e)]
		known[bare(e)] = true
		return was
	})
}

// merged is two rows of events in the order of their times. Readers may still hold the old row, so there is a
// new one.
func merged(a, b []Event) []Event {
	all := make([]Event, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].Time.Before(a[0].Time) {
			all, b = append(all, b[0]), b[1:]
		} else {
			all, a = append(all, a[0]), a[1:]
		}
	}
	return append(append(all, a...), b...)
}

func byTime(a, b Event) int { return a.Time.Compare(b.Time) }
