package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

func newChecker(opts VerifyOptions) (*checker, error) {
	c := &checker{opts: opts, segments: map[string]*segment{}, numbers: map[int]bool{}}
	if opts.Checkpoint == "" {
		if opts.Key != "" {
			if _, err := parseKey(opts.Key); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	cp, v, fault, err := openCheckpoint(opts)
	if err != nil {
		return nil, err
	}
	c.cp, c.verifier = &cp, v
	if fault != "" {
		c.verifier, c.forged = nil, true
		c.report.add(Fault{What: "the checkpoint " + fault})
	}
	return c, nil
}

// finish looks at all segments together.
func (c *checker) finish(file bool) Report {
	r := &c.report
	g := graph{}
	writers := map[string][]*segment{}
	for _, name := range slices.Sorted(maps.Keys(c.segments)) {
		s := c.segments[name]
		g[name] = node{count: s.count(), parents: s.header.Parents}
		r.Segments++
		r.Events += s.count()
		if !s.from.IsZero() && (r.From.IsZero() || s.from.Before(r.From)) {
			r.From = s.from
		}
		if s.to.After(r.To) {
			r.To = s.to
		}
		for _, p := range s.header.Parents {
			c.stands(p, fmt.Sprintf("%s was written after it", name))
		}
		number, w, _ := ParseName(name)
		c.numbers[number] = true
		writers[w] = append(writers[w], s)
	}
	r.Writers = len(writers)
	for _, w := range slices.Sorted(maps.Keys(writers)) {
		c.writer(writers[w])
	}
	for _, name := range g.ends() {
		r.Heads = append(r.Heads, c.segments[name].head())
	}
	c.covered(g)
	r.Limits = c.limits(file)
	r.sort()
	return *r
}

// stands checks that a place which a header or a checkpoint names is in the log.
func (c *checker) stands(h Head, why string) bool {
	s := c.segments[h.Segment]
	line := h.Count + 1
	switch {
	case s == nil:
		c.report.add(Fault{Segment: h.Segment, What: fmt.Sprintf("is missing: %s, at %d events", why, h.Count)})
	case h.Count > s.count():
		c.report.add(Fault{Segment: h.Segment, Line: s.count() + 2, What: fmt.Sprintf(
			"and what follows is missing: %s, when it held %d events; it holds %d", why, h.Count, s.count())})
	case s.hash(h.Count) != h.Hash:
		c.report.add(Fault{Segment: h.Segment, Line: line, What: fmt.Sprintf(
			"is not the line that stood there: %s", why)})
	default:
		return true
	}
	return false
}

// writer checks one process's segments, in the order of their numbers: each goes on from the one before, or,
// after an unclear answer, from an older place than that one's end, but never from before where the last
// one already went on from.
func (c *checker) writer(segments []*segment) {
	var from Head // where the segment before went on from
	went := map[string]int{}
	for i, s := range segments {
		p, _ := s.header.own()
		if s.known {
			if cmp.Or(cmp.Compare(p.Segment, from.Segment), cmp.Compare(p.Count, from.Count)) < 0 {
				c.report.add(Fault{Segment: s.name, Line: 1, What: fmt.Sprintf(
					"goes on from before where %s did: a writer never forks like this", segments[i-1].name)})
			}
			from = p
			went[p.Segment] = max(went[p.Segment], p.Count)
		}
		if i > 0 && segments[i-1].to.Sub(s.from) > clockSlack && !s.from.IsZero() {
			c.report.note(Fault{Segment: s.name, Line: 2, What: clockBack(segments[i-1].to.Sub(s.from))})
		}
		if i > 0 {
			c.gap(segments[i-1], s)
		}
	}
	for _, s := range segments[:len(segments)-1] {
		if n := s.count() - went[s.name]; n > 0 {
			c.report.note(Fault{Segment: s.name, Line: went[s.name] + 2, What: fmt.Sprintf("from here on %d events "+
				"were not acknowledged: after an unclear answer their writer went on elsewhere, and may have "+
				"written them anew", n)})
		}
	}
}

// gap explains numbers that nobody has. One that held something acknowledged is named by a later header, and
// then its absence is a fault.
func (c *checker) gap(before, s *segment) {
	a, _, _ := ParseName(before.name)
	b, w, _ := ParseName(s.name)
	p, _ := s.header.own()
	for n := a + 1; n < b; n++ {
		if c.numbers[n] || segmentName(n, w) == p.Segment {
			continue
		}
		c.report.note(Fault{Segment: s.name, What: fmt.Sprintf("comes after number %d of its writer: "+
			"number %d, and others between perhaps, were given up before anything in them was acknowledged", a, n)})
		return
	}
}

// covered compares the log with the checkpoint.
func (c *checker) covered(g graph) {
	if c.cp == nil {
		return
	}
	whole := true
	for _, h := range c.cp.Heads {
		why := "the checkpoint of " + c.cp.Time.Format(timeForm) + " names it"
		whole = c.stands(h, why) && whole
	}
	events, used := g.reach(c.cp.Heads)
	for name, n := range used {
		if s := c.segments[name]; s == nil || n > s.count() {
			whole = false
		}
	}
	if whole && events != c.cp.Count {
		c.report.add(Fault{What: fmt.Sprintf("the checkpoint counts %d events; in the log its heads cover %d",
			c.cp.Count, events)})
	}
	cov := &Coverage{Origin: c.cp.Origin, Time: c.cp.Time, Count: c.cp.Count, Events: events,
		Heads: len(c.cp.Heads), Whole: whole && events == c.cp.Count && !c.doubts(used), bad: c.forged}
	if c.verifier != nil {
		cov.Signed, cov.Key = true, fmt.Sprintf("%s+%08x", c.verifier.Name(), c.verifier.KeyHash())
	}
	c.report.Covered = cov
}

// doubts says whether a fault lies in a part of the log.
func (c *checker) doubts(part map[string]int) bool {
	return slices.ContainsFunc(c.report.Faults, func(f Fault) bool {
		n, ok := part[f.Segment]
		return ok && f.Line <= n+1
	})
}

func (c *checker) limits(file bool) []string {
	var s []string
	switch {
	case c.cp == nil:
		s = append(s, "Without a checkpoint that was kept outside the vault, a log that was cut at its end or "+
			"written anew as a whole looks like a true one.")
	default:
		s = append(s, "What was written after the checkpoint of "+c.cp.Time.Format(timeForm)+
			" could be cut at its end or written anew unseen; a newer checkpoint covers more.")
		if c.verifier == nil {
			s = append(s, "The checkpoint's signature was not checked or does not hold: it proves something only "+
				"if you know where it comes from.")
		} else {
			s = append(s, "The signature proves where the checkpoint comes from, not that the log was honest then: "+
				"the key lies in the same vault.")
		}
	}
	if file {
		s = append(s, "A file shows one state of the log; only in the vault can it be compared with older "+
			"versions.")
	} else if c.opts.CurrentOnly {
		s = append(s, "Older versions were not compared.")
	}
	return append(s, "Whoever can write to the vault can add events at an end of the log: it proves that what "+
		"stands was not changed, not who wrote it.",
		"Times are what the writing machine's clock said.")
}
