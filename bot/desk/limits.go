package desk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keydesk/audit"
)

// perMinute is how many commands one person may run within any minute, unless Config says otherwise.
const perMinute = 30

// limits counts the commands of each person.
type limits struct {
	most   int
	mu     sync.Mutex
	people map[string]*spent
	swept  time.Time // when those who have left were last dropped
}

// spent is one person's last commands, as a ring of their times.
type spent struct {
	at     []time.Time
	next   int
	told   time.Time // when they heard in the chat that it is too much
	logged time.Time // when that was written down
}

// take says whether one more command may run.
func (l *limits) take(person string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.people[person]
	if s == nil {
		l.forget(now)
		s = &spent{at: make([]time.Time, l.most)}
		l.people[person] = s
	}
	if oldest := s.at[s.next]; !oldest.IsZero() && now.Sub(oldest) < time.Minute {
		return false
	}
	s.at[s.next], s.next = now, (s.next+1)%l.most
	return true
}

// first says whether something is due that is due once a minute to a person over their limit.
func (l *limits) first(person string, now time.Time, last func(*spent) *time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.people[person]
	if s == nil || now.Sub(*last(s)) < time.Minute {
		return false
	}
	*last(s) = now
	return true
}

// again makes it due once more: it was not done.
func (l *limits) again(person string, last func(*spent) *time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.people[person]; s != nil {
		*last(s) = time.Time{}
	}
}

func told(s *spent) *time.Time   { return &s.told }
func logged(s *spent) *time.Time { return &s.logged }

// forget drops, once a minute, who has not been here for a minute.
func (l *limits) forget(now time.Time) {
	if l.people == nil {
		l.people = map[string]*spent{}
	}
	if len(l.people) < 1000 || now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for id, s := range l.people {
		if newest := s.at[(s.next+l.most-1)%l.most]; now.Sub(newest) >= time.Minute {
			delete(l.people, id)
		}
	}
}

func (l *limits) words() string { return fmt.Sprintf("more than %d commands within a minute", l.most) }

// overLimit is the refusal for somebody over their limit, in a chat or on a page. Once a minute it is written
// down.
func (d *Desk) overLimit(ctx context.Context, c *call) error {
	if d.limits.first(c.ID, c.now, logged) {
		e := d.event(c, c.verb(), audit.Denied)
		e.Note = d.limits.words()
		if err := d.write(ctx, e); err != nil {
			d.limits.again(c.ID, logged)
			return err
		}
	}
	return &refusal{title: "Too many commands",
		sentence: "That was " + d.limits.words() + ". Wait a moment, then go on."}
}

// tooFast answers somebody over their limit: with one card, then with silence, and on a pressed button with a
// line, since Teams wants an answer there.
func (d *Desk) tooFast(ctx context.Context, c *call) Reply {
	err := d.overLimit(ctx, c)
	if c.pressed() {
		return Reply{Error: Sentence(err)}
	}
	if !d.limits.first(c.ID, c.now, told) {
		return Reply{Silent: true}
	}
	return d.explain(ctx, c, err)
}

// verb is the command's name for the log; words that name none are not repeated.
func (c *call) verb() string {
	if c.cmd == nil {
		return "help"
	}
	return c.cmd.Verb
}
