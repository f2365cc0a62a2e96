package teams

import (
	"context"
	"net/http"
	"sync"
	"time"

	"keydesk/catalog"
)

// greeted remembers who was welcomed. Teams tells of a new chat in two events, in any order, at once, and
// later again.
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

// greet welcomes a person when the bot comes into their own chat. Who is known there has been welcomed, also
// by an earlier process.
func (e *Endpoint) greet(ctx context.Context, a *activity) answer {
	ok := answer{status: http.StatusOK}
	in := a.conversation()
	added := a.Type == "installationUpdate" && a.Action == "add"
	for _, m := range a.MembersAdded {
		added = added || a.Type == "conversationUpdate" && m.ID == a.Recipient.ID
	}
	t := a.turn(&e.zones)
	if in.Kind != catalog.Personal || !added || e.Connector.Knows(t.Person.ID, in) {
		return ok
	}
	first := e.welcome.first(t.Person.ID, time.Now())
	wait := e.meet(ctx, t.Person.ID, in)
	if !first {
		wait() // its context ends with this turn
		return ok
	}
	t.Text = "help"
	reply := e.Desk.Handle(ctx, t)
	wait()
	e.undelivered(ctx, e.deliver(ctx, a, t, reply))
	return ok
}
