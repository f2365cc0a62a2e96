package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"keydesk/catalog"
)

// Pass is a person's approved access to one key.
type Pass struct {
	ID     string // the request's
	Key    catalog.KeyName
	Holder catalog.Person
	By     catalog.Person // who approved it
	From   time.Time
	Until  time.Time
	Once   bool // for one look
	Op     string
}

// Live says whether it has not ended at the given time.
func (p Pass) Live(now time.Time) bool { return now.Before(p.Until) }

// SavePass writes a pass, its times cut to milliseconds; written again it is the same. ErrGone: it was
// written before, and used up or ended since; or its time is over. ErrBadValue, ErrForbidden, ErrThrottled,
// ErrUnavailable, ErrUnclear.
func (s *Store) SavePass(ctx context.Context, p Pass) error {
	if err := s.savePass(ctx, p); err != nil {
		return fmt.Errorf("saving a pass: %w", err)
	}
	return nil
}

func (s *Store) savePass(ctx context.Context, p Pass) error {
	name, err := passName(p.ID)
	if err != nil {
		return err
	}
	p.From, p.Until = millis(p.From), millis(p.Until)
	t := passTags(p)
	if back, ok := passFrom(name, t.wire()); !ok || back.Key != p.Key {
		return fmt.Errorf("a pass without key, holder or end: %w", ErrBadValue)
	}
	if err := t.check(); err != nil {
		return err
	}
	if !p.Live(time.Now()) {
		return ErrGone
	}
	err = s.put(ctx, record{name: name, content: contentPass, value: empty, tags: t})
	if errors.Is(err, ErrDeleted) {
		s.passes.remove(p.ID)
		return ErrGone
	}
	if err == nil {
		s.passes.write(p.ID, p)
	}
	return err
}

// ReadPass reads a pass anew. ErrGone: there is none (any more), or it has ended (then the Pass says which it
// was). ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) ReadPass(ctx context.Context, id string) (Pass, error) {
	name, err := passName(id)
	if err != nil {
		return Pass{}, fmt.Errorf("reading a pass: %w", ErrGone)
	}
	begun := s.clock.Add(1)
	sec, err := s.client.get(ctx, name, "")
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDisabled) {
		s.passes.missed(id, begun)
		err = ErrGone
	}
	if err != nil {
		return Pass{}, fmt.Errorf("reading a pass: %w", err)
	}
	p, ok := passFrom(name, sec.Tags)
	if !ok || deref(sec.ContentType) != contentPass {
		s.passes.missed(id, begun)
		return Pass{}, fmt.Errorf("reading a pass: %w", ErrGone)
	}
	s.passes.saw(id, p, begun)
	if !p.Live(time.Now()) {
		return p, fmt.Errorf("reading a pass: %w", ErrGone)
	}
	return p, nil
}

// UsePass takes a once-pass away: one DELETE that is sent once, so of any number of claims one gets it. What
// it was comes with the answer. ErrGone: it is used up or ended (where it was only past its end, the Pass
// says which it was). ErrUnclear: anything else; it may still be there, and nobody may act on it.
func (s *Store) UsePass(ctx context.Context, id string) (Pass, error) {
	name, err := passName(id)
	if err != nil {
		return Pass{}, fmt.Errorf("using a pass: %w", ErrGone)
	}
	was, err := s.claim(ctx, name, contentPass)
	if err == nil || errors.Is(err, ErrGone) {
		s.passes.remove(id)
	}
	if err != nil {
		return Pass{}, fmt.Errorf("using a pass: %w", err)
	}
	p, ok := passFrom(name, was.Tags)
	if !ok {
		return Pass{}, fmt.Errorf("using a pass: %w", ErrGone)
	}
	if !p.Live(time.Now()) {
		return p, fmt.Errorf("using a pass: %w", ErrGone)
	}
	return p, nil
}

// EndPass deletes a pass. ErrGone when it has gone already; ErrForbidden, ErrThrottled, ErrUnavailable,
// ErrUnclear.
func (s *Store) EndPass(ctx context.Context, id string) error {
	name, err := passName(id)
	if err == nil {
		_, err = s.drop(ctx, name)
	} else {
		err = ErrGone
	}
	if errors.Is(err, ErrNotFound) {
		err = ErrGone
	}
	if err == nil || errors.Is(err, ErrGone) {
		s.passes.remove(id)
	}
	if err != nil {
		return fmt.Errorf("ending a pass: %w", err)
	}
	return nil
}

// Passes is every pass that has not ended, from memory, the one that ends first first.
func (s *Store) Passes() []Pass { return s.passesWhere(Pass.Live) }

// EndedPasses is every pass whose time is over and that has not been swept yet, from memory.
func (s *Store) EndedPasses() []Pass {
	return s.passesWhere(func(p Pass, now time.Time) bool { return !p.Live(now) })
}

func (s *Store) passesWhere(is func(Pass, time.Time) bool) []Pass {
	now := time.Now()
	all := slices.DeleteFunc(s.passes.all(), func(p Pass) bool { return !is(p, now) })
	slices.SortFunc(all, func(a, b Pass) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func passTags(p Pass) tags {
	t := tags{}
	t.set(tagKey, p.Key.String())
	t.set(tagHolder, encodePerson(p.Holder))
	t.set(tagBy, encodePerson(p.By))
	t.setTime(tagFrom, p.From)
	t.setTime(tagUntil, p.Until)
	t.setFlag(tagOnce, p.Once)
	t.set(tagOp, p.Op)
	return t
}

// passFrom reads a pass. One that has no key, holder or end that can be read, or is neither for one look nor
// not, gives nothing.
func passFrom(name string, wire map[string]*string) (Pass, bool) {
	id, ok := strings.CutPrefix(name, passPrefix)
	if !ok || !requestIDRE.MatchString(id) {
		return Pass{}, false
	}
	t := fromWire(wire)
	key, err := catalog.ParseKeyName(t[tagKey])
	p := Pass{
		ID: id, Key: key, Holder: parsePerson(t[tagHolder]), By: parsePerson(t[tagBy]), From: t.time(tagFrom),
		Until: t.time(tagUntil), Once: t[tagOnce] == flagged, Op: t[tagOp],
	}
	return p, err == nil && p.Holder.ID != "" && !p.Until.IsZero() && (p.Once || t[tagOnce] == "")
}
