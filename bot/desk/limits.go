package desk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/cards"
)

// perMinute is how many commands one person may run within any minute, unless Config says otherwise.
const perMinute = 30

// limits counts the commands of each person.
type limits struct {
	most   int
	mu     sync.Mutex
	people map[string]*spent
}

// spent is one person's last commands, as a ring of their times.
type spent struct {
	at   []time.Time
	next int
	told time.Time // when they heard that it is too much
}

// take says whether one more command may run, and where not, whether the person hears of it.
func (l *limits) take(person string, now time.Time) (may, tell bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.people[person]
	if s == nil {
		l.forget(now)
		s = &spent{at: make([]time.Time, l.most)}
		l.people[person] = s
	}
	if oldest := s.at[s.next]; !oldest.IsZero() && now.Sub(oldest) < time.Minute {
		if tell = now.Sub(s.told) >= time.Minute; tell {
			s.told = now
		}
		return false, tell
	}
	s.at[s.next], s.next = now, (s.next+1)%l.most
	return true, false
}

// forget drops, now and then, who has not been here for a minute.
func (l *limits) forget(now time.Time) {
	if l.people == nil {
		l.people = map[string]*spent{}
	}
	if len(l.people) < 1000 {
		return
	}
	for id, s := range l.people {
		if newest := s.at[(s.next+l.most-1)%l.most]; now.Sub(newest) >= time.Minute {
			delete(l.people, id)
		}
	}
}

func (l *limits) words() string { return fmt.Sprintf("more than %d commands within a minute", l.most) }

// tooFast answers somebody over their limit: with one event and one card, then with silence, and on a pressed
// button with a line, since Teams wants an answer there.
func (d *Desk) tooFast(ctx context.Context, c *call, tell bool) Reply {
	if tell {
		e := d.event(c, c.verb(), audit.Denied)
		e.Note = d.limits.words()
		if err := d.write(ctx, e); err != nil {
			return d.explain(ctx, c, err)
		}
	}
	slowDown := "That was " + d.limits.words() + ". Wait a moment, then go on."
	switch {
	case c.pressed():
		return Reply{Error: slowDown}
	case tell:
		return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: "Not so fast", Text: slowDown})}
	}
	return Reply{Silent: true}
}

// verb is the command's name for the log; words that name none are not repeated.
func (c *call) verb() string {
	if c.cmd == nil {
		return "help"
	}
	return c.cmd.Verb
}
