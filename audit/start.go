package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

const (
	newestRead = 20 // segments read at start for Recent
	endsRead   = 64 // heads of others taken up at once
	readers    = 8  // reads in flight
)

// start finds the log's heads and newest events.
func (l *Log) start(ctx context.Context) error {
	g, err := l.list(ctx)
	if err != nil {
		return err
	}
	for l.writer = newWriter(); g.has(l.writer); {
		l.writer = newWriter()
	}
	ends := g.ends()
	ends = ends[:min(len(ends), endsRead)]
	names := slices.Clone(ends)
	for _, name := range g.newestFirst()[:min(len(g), newestRead)] {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	segments, err := l.look(ctx, names, g)
	if err != nil {
		return err
	}
	l.takeUp(g, ends, segments)
	l.recent.load(g, segments)
	return nil
}

func (g graph) has(writer string) bool {
	for name := range g {
		if _, w, _ := ParseName(name); w == writer {
			return true
		}
	}
	return false
}

func (l *Log) list(ctx context.Context) (graph, error) {
	infos, err := again(ctx, func() ([]SegmentInfo, error) { return l.store.List(ctx) })
	if err != nil {
		return nil, fmt.Errorf("listing segments: %w", err)
	}
	g := graphOf(infos)
	if n := len(infos) - len(g); n > 0 {
		l.logger.Warn("names in the audit log that are no segment's", "names", n)
	}
	return g, nil
}

// read reads and checks current versions. Segments that are gone or damaged are logged and left out.
func (l *Log) read(ctx context.Context, names []string) ([]*segment, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	gate := make(chan struct{}, readers)
	found := make([]*segment, len(names))
	for i, name := range names {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			body, err := again(ctx, func() (string, error) { return l.store.Get(ctx, name, "") })
			if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnreadable) {
				cancel(fmt.Errorf("reading segment %s: %w", name, err))
				return
			}
			s := &segment{name: name}
			if err == nil {
				s = checkBody(name, body, true)
			}
			if err != nil || len(s.faults) > 0 {
				l.logger.Warn("an audit segment is damaged; verify the log", "segment", name)
				return
			}
			found[i] = s
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(s *segment) bool { return s == nil }), nil
}

// takeUp adds what a list showed to what this process knows: the log's shape, and as heads to be named by our
// next header the ends of others.
func (l *Log) takeUp(g graph, ends []string, segments []*segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range g {
		number, writer, _ := ParseName(name)
		l.number = max(l.number, number)
		if old, ok := l.graph[name]; !ok || writer != l.writer && n.count > old.count {
			l.graph[name] = n
		}
	}
	for _, s := range segments {
		mine := s.header.Writer == l.writer && s.header.Number >= l.begun // perhaps being written
		if mine || s.name == l.own.Segment || !slices.Contains(ends, s.name) {
			continue
		}
		l.graph[s.name] = node{count: s.count(), parents: s.header.Parents}
		l.others = slices.DeleteFunc(l.others, func(h Head) bool { return h.Segment == s.name })
		l.others = append(l.others, s.head())
	}
}

// refresh looks for new ends of the log, and names the segments that it read.
func (l *Log) refresh(ctx context.Context) (read []string, err error) {
	g, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	for name, n := range l.graph { // what a late list does not show yet
		if old, ok := g[name]; !ok || n.count > old.count {
			g[name] = n
		}
	}
	known, own, looks := slices.Clone(l.others), l.own.Segment, maps.Clone(l.looks)
	l.mu.Unlock()
	ends := slices.DeleteFunc(g.ends(), func(name string) bool {
		return name == own || looks.over(name, g[name].count) || slices.ContainsFunc(known, func(h Head) bool {
			return h.Segment == name && h.Count == g[name].count
		})
	})
	ends = ends[:min(len(ends), endsRead)]
	segments, err := l.look(ctx, ends, g)
	if err != nil {
		return nil, err
	}
	l.takeUp(g, ends, segments)
	l.takeIn(segments)
	return ends, nil
}
