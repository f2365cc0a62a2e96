package audit

import (
	"slices"
	"strings"
	"time"
)

// maxRecent is how many events stay in memory.
const maxRecent = 5000

// recent holds the newest events, oldest first. What was added is never changed, so a reader may keep a part
// of it without a lock.
type recent struct {
	events  []Event
	changes map[intent]*change
	seen    map[string]int // by segment of others: how many of its events are in here, or too old to be
}

func (r *recent) add(batch []entry) {
	for i := range batch {
		r.events = append(r.events, batch[i].Event)
		r.follow(batch[i].Event)
	}
	r.trim()
}

// trim gives back, now and then, the memory of what is old.
func (r *recent) trim() {
	if n := len(r.events); n >= 2*maxRecent {
		r.events = slices.Clone(r.events[n-maxRecent:])
	}
	if len(r.changes) >= 2*maxRecent {
		r.forget(r.newest()[0].Time)
	}
}

func (r *recent) newest() []Event {
	return r.events[max(0, len(r.events)-maxRecent):]
}

// Recent returns up to n events for which keep is true (nil: all), newest first: those of this process, and
// of the newest segments found at Open, and what Refresh took in. It reaches back 5,000 events at most and
// costs no call upstream. keep runs without a lock and sees every event in memory until n are found.
func (l *Log) Recent(n int, keep func(Event) bool) []Event {
	l.mu.Lock()
	events := l.recent.newest()
	l.mu.Unlock()
	var found []Event
	for _, e := range slices.Backward(events) {
		if len(found) >= n {
			break
		}
		if keep == nil || keep(e) {
			found = append(found, e)
		}
	}
	return found
}

// Reaches says how far back Recent sees: the time of the oldest event in memory, zero when there is none.
func (l *Log) Reaches() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if events := l.recent.newest(); len(events) > 0 {
		return events[0].Time
	}
	return time.Time{}
}

// load fills the memory from segments read at Open. Events that an unclear answer left in two segments are
// shown once: in the one that its writer went on with.
func (r *recent) load(g graph, segments []*segment) {
	r.seen = map[string]int{}
	for name, n := range g {
		r.seen[name] = n.count
	}
	slices.SortFunc(segments, func(a, b *segment) int { return strings.Compare(a.name, b.name) })
	went := map[string]int{}      // how much of a segment its writer went on from
	newest := map[string]string{} // a writer's newest segment
	for _, s := range segments {
		if p, ok := s.header.own(); ok {
			went[p.Segment] = max(went[p.Segment], p.Count)
		}
		newest[s.header.Writer] = max(newest[s.header.Writer], s.name)
	}
	sure := map[Event]bool{}
	var loose []Event
	for _, s := range segments {
		r.seen[s.name] = s.count()
		n := went[s.name]
		if newest[s.header.Writer] == s.name {
			n = s.count()
		}
		for i, e := range s.kept {
			if i >= n {
				loose = append(loose, e)
				continue
			}
			sure[bare(e)] = true
			r.events = append(r.events, e)
		}
	}
	for _, e := range loose {
		if !sure[bare(e)] {
			sure[bare(e)] = true
			r.events = append(r.events, e)
		}
	}
	slices.SortStableFunc(r.events, byTime)
	for _, e := range r.events {
		r.follow(e)
	}
	r.trim()
}

// bare is an event without its place in the chain.
func bare(e Event) Event {
	e.Prev = ""
	return e
}
