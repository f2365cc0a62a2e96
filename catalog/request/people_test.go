package request_test

import (
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

var (
	madeBy   = actor("AAAA", catalog.Admin)
	otherOne = actor("bbbb", catalog.Admin)
	another  = actor("cccc", catalog.Admin)
)

func actor(id string, roles ...catalog.Role) catalog.Actor {
	return catalog.Actor{Person: catalog.Person{ID: id}, Roles: catalog.RolesOf(roles...)}
}

// often is the actions as often as they happen, the simplest first.
var often = []string{"", "", "", "", "", "", "look", "look", "minutes", "a minute", "seconds", "approve",
	"approve too", "deny", "deny", "withdraw", "approve one's own", "a day", "die", "land", "save old",
	"trouble", "end the pass"}

// actions are what people, time and machines do.
func actions(w *world) map[string]func(*process, *rapid.T) {
	start := func(decide decider) func(*process, *rapid.T) {
		return func(p *process, _ *rapid.T) {
			if p.next == nil {
				p.next = p.press(decide)
			}
		}
	}
	approve := func(by catalog.Actor) func(*process, *rapid.T) {
		return start(func(r request.Request, now time.Time) (request.Decision, error) {
			if !w.keeps("nobody decides about their own") {
				r.By = another.Person
			}
			if !w.keeps("nothing is decided after the end") {
				r.Until = now.Add(1)
			}
			return r.Approve(by, request.Hour, now)
		})
	}
	wait := func(d time.Duration) func(*process, *rapid.T) {
		return func(_ *process, t *rapid.T) { w.wait(d, t) }
	}
	return map[string]func(*process, *rapid.T){
		"approve": approve(otherOne), "approve too": approve(another), "approve one's own": approve(madeBy),
		"deny": start(func(r request.Request, now time.Time) (request.Decision, error) {
			return r.Deny(another, "not now", now)
		}),
		"withdraw": start(func(r request.Request, now time.Time) (request.Decision, error) {
			return r.Withdraw(madeBy.Person, now)
		}),
		"": func(*process, *rapid.T) {},
		"look": func(p *process, _ *rapid.T) {
			if p.next == nil {
				p.next = p.reconcile
			}
		},
		"die":      func(p *process, _ *rapid.T) { p.next, p.seen = nil, map[int]time.Time{} },
		"seconds":  wait(request.StuckAfter / 6),
		"a minute": wait(request.StuckAfter / 2),
		"minutes":  wait(request.StuckAfter),
		"a day":    wait(request.OpenFor),
		"save old": saveOld(w),
		"land": func(*process, *rapid.T) {
			w.arrive()
			for _, f := range w.writes {
				if f.state == flying {
					w.land(f)
					return
				}
			}
		},
		"trouble": func(_ *process, t *rapid.T) {
			if w.done == 0 && w.trouble != "for ever" {
				w.trouble = rapid.SampledFrom([]string{"", "for a while", "for ever"}).Draw(t, "trouble")
			}
		},
		"end the pass": func(*process, *rapid.T) {
			if !w.pass.IsZero() {
				w.pass, w.ended = time.Time{}, true
			}
		},
	}
}

// saveOld saves the request as a process had read it long ago, say to note a card.
func saveOld(w *world) func(*process, *rapid.T) {
	return func(_ *process, t *rapid.T) {
		if w.stored != nil {
			r := *w.stored
			r.Round = rapid.IntRange(0, r.Round).Draw(t, "round")
			w.stored = &r
		}
	}
}
