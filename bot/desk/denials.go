package desk

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
)

// denials makes one event of equal denials, or equal exposures, within a minute: the first is written before its
// answer; how often it came again is written when the minute is over.
type denials struct {
	mu   sync.Mutex
	seen map[denial]*denied
	past []*denied // their minute is over, how often they came again is not written yet
}

// denial is what makes denials equal.
type denial struct{ person, action, key, note string }

type denied struct {
	at    time.Time
	event audit.Event
	again int
	done  chan struct{} // closed when the first is durable, or was not to be written
	err   error
}

// deniedFor is how long equal denials count as one.
const deniedFor = time.Minute

// writeDenial makes a denial durable, or adds it to one that is.
func (d *Desk) writeDenial(ctx context.Context, e audit.Event) error {
	k := denial{e.Actor.ID, e.Action, e.Key, e.Note}
	one, first := d.denials.join(k, e)
	if !first {
		select {
		case <-one.done:
			return one.err
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrLog, context.Cause(ctx))
		}
	}
	one.err = ErrLog // what others get should the write panic
	defer close(one.done)
	if one.err = d.write(ctx, e); one.err != nil {
		d.denials.drop(k)
	}
	return one.err
}

// Refused writes down that the channel refused what Microsoft's service did send, since it was of another tenant,
// of a bot or of nobody. Whoever sent it gets no answer, so nothing of theirs but the reason is kept.
func (d *Desk) Refused(ctx context.Context, why string) {
	e := audit.Event{Action: "help", Outcome: audit.Denied, Chat: string(catalog.System),
		Actor: audit.Actor{Name: "unknown"}, Note: "an activity was refused: " + why}
	d.noteFailure(ctx, "a refused activity could not be written down", d.writeDenial(ctx, e))
}

func (s *denials) join(k denial, e audit.Event) (one *denied, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one = s.seen[k]
	if one != nil && time.Since(one.at) < deniedFor {
		one.again++
		return one, false
	}
	if one != nil && one.again > 0 {
		s.past = append(s.past, one)
	}
	if s.seen == nil {
		s.seen = map[denial]*denied{}
	}
	one = &denied{at: time.Now(), event: e, done: make(chan struct{})}
	s.seen[k] = one
	return one, true
}

func (s *denials) drop(k denial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, k)
}

// over takes out the denials whose minute is over, all of them when the process ends, and returns those that
// came again.
func (s *denials) over(all bool) (repeated []*denied) {
	s.mu.Lock()
	defer s.mu.Unlock()
	repeated, s.past = s.past, nil
	for k, one := range s.seen {
		if !all && time.Since(one.at) < deniedFor {
			continue
		}
		delete(s.seen, k)
		if one.again > 0 {
			repeated = append(repeated, one)
		}
	}
	return repeated
}

// countDenials writes how often each denial came again.
func (d *Desk) countDenials(ctx context.Context, all bool) {
	for _, one := range d.denials.over(all) {
		e := one.event
		e.Note = cut(fmt.Sprintf("%d more times within a minute: %s", one.again, e.Note), maxNote)
		if err := d.write(ctx, e); err != nil {
			d.Logger.LogAttrs(ctx, slog.LevelError, "repeated denials could not be logged",
				slog.String("op", e.Op), slog.Int("times", one.again), slog.Any("error", err))
		}
	}
}
