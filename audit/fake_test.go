package audit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"keydesk/audit"
)

// fault is what happens to one Put.
type fault int

const (
	none      fault = iota
	refused         // an error, no effect
	lost            // the effect, but an error for an answer
	late            // an error; the effect comes when settle is called
	hang            // no answer, no effect
	hangAfter       // the effect, then no answer
	hangLate        // no answer; the effect comes when settle is called
)

var errFault = errors.New("service unavailable")

type version struct {
	id, body string
	disabled bool
}

type stored struct {
	versions []version
	tags     map[string]string
}

// store behaves as Key Vault does: every Put makes a version, none is lost, the newest is current.
type store struct {
	mu       sync.Mutex
	segments map[string]*stored
	faults   []fault  // of the next Puts
	waiting  []func() // late effects
	puts     int
	gets     int
	broken   error         // if set, every read fails
	hold     chan struct{} // if set, a Put waits for it
	serial   int
}

func newStore() *store { return &store{segments: map[string]*stored{}} }

func (s *store) Put(ctx context.Context, name, body string, tags map[string]string) error {
	s.mu.Lock()
	s.puts++
	f, hold := none, s.hold
	if len(s.faults) > 0 {
		f, s.faults = s.faults[0], s.faults[1:]
	}
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	tags = maps.Clone(tags)
	set := func() { s.set(name, body, tags) }
	switch f {
	case refused:
		return errFault
	case lost:
		set()
		return errFault
	case late:
		s.later(set)
		return errFault
	case hang:
		<-ctx.Done()
		return ctx.Err()
	case hangAfter:
		set()
		<-ctx.Done()
		return ctx.Err()
	case hangLate:
		s.later(set)
		<-ctx.Done()
		return ctx.Err()
	}
	set()
	return nil
}

func (s *store) set(name, body string, tags map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.segments[name] == nil {
		s.segments[name] = &stored{}
	}
	s.serial++
	seg := s.segments[name]
	seg.versions = append(seg.versions, version{id: fmt.Sprintf("%032x", s.serial), body: body})
	seg.tags = tags
}

func (s *store) later(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, f)
}

// settle lets the late effects happen.
func (s *store) settle() {
	s.mu.Lock()
	waiting := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	for _, f := range waiting {
		f()
	}
}

func (s *store) Get(ctx context.Context, name, id string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	if err := cmpErr(ctx.Err(), s.broken); err != nil {
		return "", err
	}
	seg := s.segments[name]
	if seg == nil {
		return "", audit.ErrNotFound
	}
	i := len(seg.versions) - 1
	if id != "" {
		i = slices.IndexFunc(seg.versions, func(v version) bool { return v.id == id })
	}
	switch {
	case i < 0:
		return "", audit.ErrNotFound
	case seg.versions[i].disabled:
		return "", audit.ErrUnreadable
	}
	return seg.versions[i].body, nil
}

func (s *store) List(ctx context.Context) ([]audit.SegmentInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmpErr(ctx.Err(), s.broken); err != nil {
		return nil, err
	}
	var infos []audit.SegmentInfo
	for name, seg := range s.segments {
		infos = append(infos, audit.SegmentInfo{Name: name, Tags: maps.Clone(seg.tags)})
	}
	return infos, nil
}

func (s *store) Versions(ctx context.Context, name string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmpErr(ctx.Err(), s.broken); err != nil {
		return nil, err
	}
	if s.segments[name] == nil {
		return nil, audit.ErrNotFound
	}
	var ids []string
	for _, v := range s.segments[name].versions {
		ids = append(ids, v.id)
	}
	return ids, nil
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *store) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.segments))
}

// lines is the current content of a segment.
func (s *store) lines(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.segments[name].versions
	lines, err := audit.DecodeSegment(v[len(v)-1].body)
	if err != nil {
		panic(err)
	}
	return lines
}
