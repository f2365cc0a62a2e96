package app_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
)

// side is where harm comes from.
type side struct {
	name  string
	of    func(*stage) *point
	harms []harm
}

var sides = []side{
	{"vault", func(s *stage) *point { return &s.vault.point }, vaultHarms},
	{"chat", func(s *stage) *point { return &s.chat.point }, chatHarms},
	{"roles", func(s *stage) *point { return &s.roles.point }, roleHarms},
}

// TestGrid is every flow x every call in it to Key Vault, to Teams and to the directory x every harm, once and
// from there on.
func TestGrid(t *testing.T) {
	bottest.SkipShort(t, "plays some thousand cells")
	for _, f := range gridFlows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			calls := learn(t, f)
			for i, side := range sides {
				harms, step := side.harms, 1
				if underRace && side.name == "vault" { // races depend neither on the kind of harm nor on each call
					harms, step = someHarms, 2
				}
				if f.many && side.name == "vault" {
					harms, step = someHarms, 4
				}
				for n := 1; n <= calls[i]; n += step {
					for _, how := range harms {
						where := fmt.Sprintf("%s %d %s", side.name, n, how.name)
						t.Run(where, func(t *testing.T) { cellOf(t, f, side, n, n, how) })
						t.Run(where+" from there on", func(t *testing.T) { cellOf(t, f, side, n, 1e6, how) })
					}
				}
			}
		})
	}
}

// learn plays a flow without harm, and counts the calls to each side, also those that come later.
func learn(t *testing.T, f gridFlow) (calls []int) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		f.prepare(s)
		s.begin(sides[0])
		for _, side := range sides {
			side.of(s).set(0, 0, harm{})
		}
		if got := f.act(s); !f.worked(got) {
			t.Fatalf("without harm: %s", got)
		}
		s.later(time.Second)
		for _, side := range sides {
			n, _ := side.of(s).seen()
			calls = append(calls, n)
		}
		if got := s.held().since(s.was); !f.is(got) {
			t.Fatalf("without harm this is different: %q", got)
		}
	})
	return calls
}

// cellOf plays one square of the grid: one flow, one of its calls, one harm, once or from there on.
func cellOf(t *testing.T, f gridFlow, side side, from, to int, how harm) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		f.prepare(s)
		s.begin(side)
		harmed := side.of(s)
		s.how = how
		harmed.set(from, to, how)
		first := f.act(s)
		s.later(3 * time.Minute) // what is late arrives, or comes to harm
		_, met := harmed.seen()
		harmed.set(0, 0, harm{})
		s.truth(f, first, met)
		s.tend() // then somebody looks
		if f.over404 && how.status == 404 {
			s.tend() // what the vault did not show is known again since
		}
		s.events(f, first)
		if did, _ := s.did(f); f.over404 && how.status == 404 && !did && s.open() == 0 {
			return
		}
		s.next(f, first)
		s.later(20 * time.Minute) // past the end of every link
		s.tend()
		s.finally(f)
		s.quiet()
	})
}

// begin remembers how all was before the flow.
func (s *stage) begin(side side) {
	s.side = side.name
	s.was, s.known, s.posted = s.held(), len(s.a.Log.Recent(1000, nil)), len(s.teams.Calls())
}

// tend is what happens within the next minutes by itself.
func (s *stage) tend() {
	s.t.Helper()
	for range 6 {
		s.a.Desk.Tend(s.t.Context(), time.Now())
		s.later(time.Minute)
	}
	if err := s.a.Vault.Refresh(s.t.Context()); err != nil {
		s.t.Error(err)
	}
}
