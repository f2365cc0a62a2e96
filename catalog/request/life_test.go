package request_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

var begin = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// TestLife lives through a request in three processes that die, sleep and lose answers at every step.
func TestLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if fault := live(t, ""); fault != "" {
			t.Fatal(fault)
		}
	})
}

// TestLifeNotices breaks each rule, and the model must see what comes of it.
func TestLifeNotices(t *testing.T) {
	for _, rule := range rules {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			lives := rapid.Custom(func(t *rapid.T) string { return live(t, rule) })
			for seed := range 20_000 {
				if fault := lives.Example(seed); fault != "" {
					t.Logf("life %d: %s", seed, fault)
					return
				}
			}
			t.Error("nobody noticed")
		})
	}
}

// live is one life of a request; it returns what went wrong in it.
func live(t *rapid.T, broken string) string {
	r, err := request.New(request.Request{Op: "OP", Kind: request.Access, By: madeBy.Person,
		Reason: "a good reason", For: request.Shift}, begin)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{broken: broken, now: begin, req: r, stored: &r, tickets: map[string]int{}}
	w.lay(request.Seal(r.ID, 0))
	w.lay(request.Pen(r.ID, 0))
	all := []*process{{}, {}, {}}
	for _, p := range all {
		p.seen = map[int]time.Time{}
	}
	actions := actions(w)
	goOn := func(p *process, action string, steps int) {
		actions[action](p, t)
		for ; p.next != nil && steps > 0; steps-- {
			p.next = p.next(w, t)
			w.check()
		}
	}
	some := rapid.SampledFrom([]int{1, 1, 2, 3, 4, 5, 6, 12})
	switch rapid.IntRange(0, 3).Draw(t, "scene") {
	case 0, 1: // one falls asleep over a decision, maybe another over looking, and the next round begins
		goOn(all[0], "approve", rapid.IntRange(2, 4).Draw(t, "before it slept"))
		goOn(all[1], rapid.SampledFrom([]string{"", "look"}).Draw(t, "looks"), 1)
		goOn(all[2], "look", 12)
		goOn(all[2], "minutes", 0)
		goOn(all[2], "look", rapid.SampledFrom([]int{12, 2, 3}).Draw(t, "of the next round"))
		goOn(all[0], "", rapid.IntRange(0, 3).Draw(t, "meanwhile"))
		goOn(all[2], "", 12)
		goOn(all[1+rapid.IntRange(0, 1).Draw(t, "who")], "deny", rapid.IntRange(1, 5).Draw(t, "of the second"))
		for range 12 { // then all wake up
			goOn(all[rapid.IntRange(0, 2).Draw(t, "one")], "", 1)
		}
	case 2: // two carry it out
		goOn(all[0], "approve", some.Draw(t, "of the first"))
		goOn(all[1], "look", some.Draw(t, "of the second"))
		goOn(all[0], "", some.Draw(t, "more of the first"))
		goOn(all[1], rapid.SampledFrom([]string{"", "end the pass"}).Draw(t, "use"), 12)
	}
	for range rapid.IntRange(1, 20).Draw(t, "length") {
		p := rapid.SampledFrom(all).Draw(t, "process")
		goOn(p, rapid.SampledFrom(often).Draw(t, "action"), some.Draw(t, "steps"))
	}
	settle(t, w, all)
	return w.fault
}

// often is the actions as often as they happen, the simplest first.
var often = []string{"", "", "", "", "", "", "", "", "look", "look", "minutes", "approve", "approve too", "deny",
	"deny", "withdraw", "approve one's own", "a day", "die", "land", "save old", "trouble", "end the pass"}

// actions are what people, time and machines do.
func actions(w *world) map[string]func(*process, *rapid.T) {
	start := func(decide func(request.Request, time.Time) (request.Decision, error)) func(*process, *rapid.T) {
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
		return func(*process, *rapid.T) { w.now = w.now.Add(d) }
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
		"minutes":  wait(2 * time.Minute),
		"a day":    wait(24 * time.Hour),
		"save old": saveOld(w),
		"land": func(*process, *rapid.T) {
			if len(w.flying) > 0 {
				w.write(w.flying[0])
				w.flying = w.flying[1:]
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

// settle lets a healthy process look every minute until the request has ended, then wakes up all that sleep.
func settle(t *rapid.T, w *world, all []*process) {
	if w.trouble == "for a while" {
		w.trouble = ""
	}
	run := func(p *process) {
		for steps := 0; p.next != nil && steps < 100; steps++ {
			p.next = p.next(w, t)
			w.check()
		}
	}
	healthy := &process{seen: map[int]time.Time{}}
	for i := 0; w.stored != nil && i < 60*24*3; i++ {
		healthy.next = healthy.reconcile
		run(healthy)
		w.now = w.now.Add(time.Minute)
	}
	if w.stored != nil {
		w.wrong("the request never ended")
	}
	for _, d := range w.flying {
		w.write(d)
	}
	for _, p := range all {
		run(p)
		p.next = p.reconcile
		run(p)
	}
}
