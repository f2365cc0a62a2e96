package teams

import (
	"context"
	"net/http"
	"sync"
	"time"

	"keydesk/catalog"
)

// seen remembers activities, so that one that Teams sends again is not handled again and gets the same answer.
type seen struct {
	mu    sync.Mutex
	runs  map[string]*run
	order []*run // oldest first
}

// run is one activity under way or answered.
type run struct {
	id     string
	at     time.Time
	done   chan struct{}
	answer answer

	mu   sync.Mutex
	over bool // the answer is there
	left bool // the request has given up waiting
}

const (
	remember = 10 * time.Minute
	maxSeen  = 20_000
)

// begin gives the run of an activity, and says whether the caller is the one to run it. An activity without an
// id can't be told from another and is always run.
func (s *seen) begin(id string, known bool) (r *run, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.runs[id]; ok && known {
		return r, false
	}
	r = &run{id: id, at: time.Now(), done: make(chan struct{})}
	if !known {
		return r, true
	}
	if s.runs == nil {
		s.runs = map[string]*run{}
	}
	s.forget(r.at)
	s.runs[id] = r
	s.order = append(s.order, r)
	return r, true
}

func (s *seen) forget(now time.Time) {
	n := 0
	for n < len(s.order) && (len(s.order)-n >= maxSeen || now.Sub(s.order[n].at) > remember) {
		delete(s.runs, s.order[n].id)
		n++
	}
	s.order = s.order[n:]
}

// finish sets the answer, and says whether somebody left before it came.
func (r *run) finish(a answer) (left bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.over = a, true
	close(r.done)
	return r.left
}

// leave gives up waiting; false when the answer is there after all.
func (r *run) leave() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.left = true
	}
	return !r.over
}

// greeted remembers who was welcomed. Teams tells of a new chat in two events, in any order, at once, and later again.
type greeted struct {
	mu     sync.Mutex
	people map[string]time.Time
}

const greetAgain = 24 * time.Hour

// first says whether this person has not been welcomed within a day.
func (g *greeted) first(person string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.people[person]; ok && now.Sub(at) < greetAgain {
		return false
	}
	if g.people == nil || len(g.people) >= maxSeen {
		g.people = map[string]time.Time{}
	}
	g.people[person] = now
	return true
}

// greet welcomes a person when the bot comes into their own chat.
func (e *Endpoint) greet(ctx context.Context, a *activity) answer {
	ok := answer{status: http.StatusOK}
	in := a.conversation()
	added := a.Type == "installationUpdate" && a.Action == "add"
	for _, m := range a.MembersAdded {
		added = added || a.Type == "conversationUpdate" && m.ID == a.Recipient.ID
	}
	t := a.turn(&e.zones)
	if in.Kind != catalog.Personal || !added || !e.welcome.first(t.Person.ID, time.Now()) {
		return ok
	}
	t.Text = "help"
	if err := e.deliver(ctx, a, t, e.Desk.Handle(ctx, t)); err == nil {
		e.Connector.Met(ctx, t.Person.ID, in)
	}
	return ok
}
