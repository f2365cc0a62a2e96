package app_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
)

// pressedTwice are the flows whose second press meets another harm.
var pressedTwice = []string{"add", "rotate", "edit", "delete", "intake", "approve a rotation",
	"approve access", "deny", "withdraw", "hand in a value"}

// TestTwoPresses: the first press has its effect and no answer, the second meets another harm, then all is well.
// Nobody is told an untruth at any time, reconciliation finds every intent, and the effect is there once.
func TestTwoPresses(t *testing.T) {
	bottest.SkipShort(t, "plays some hundred cells")
	second := []harm{{name: "403", status: 403}, {name: "404", status: 404}, {name: "429", status: 429},
		{name: "503", status: 503}, {name: "cut before"}, {name: "cut after the effect", effect: true},
		{name: "time-out", hangs: true}}
	if underRace {
		second = second[4:5]
	}
	for _, f := range gridFlows {
		if !slices.Contains(pressedTwice, f.name) {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			calls := learn(t, f)[0]
			for n := 1; n <= calls; n++ {
				for _, how := range second {
					for _, m := range []int{1, 2, 3} {
						name := fmt.Sprintf("lost at %d, then %s at %d", n, how.name, m)
						t.Run(name, func(t *testing.T) { twice(t, f, n, m, how) })
					}
				}
			}
		})
	}
}

func twice(t *testing.T, f gridFlow, lost, from int, how harm) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		f.prepare(s)
		s.begin(sides[0])
		s.vault.set(lost, 1e6, harm{effect: true})
		first := f.act(s)
		s.later(time.Second)
		s.vault.set(0, 0, harm{})
		s.truth(f, first, true)
		before := s.held().since(s.was)
		s.twice = true
		s.vault.set(from, 1e6, how)
		second := f.act(s)
		s.later(3 * time.Minute)
		s.vault.set(0, 0, harm{})
		// A press that changes nothing may say so, also where the one before it did.
		if after := s.held().since(s.was); f.worked(second) || !slices.Equal(before, after) {
			s.truth(f, second, true)
		}
		s.tend()
		s.events(f, second)
		s.next(f, second)
		s.later(20 * time.Minute)
		s.tend()
		s.finally(f)
		s.quiet()
	})
}
