package request_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog/request"
)

var begin = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// most is how many lives are tried until a broken rule shows.
const most = 60_000

// TestLife lives through a request in three processes that die, sleep and lose answers at every step. The
// lives that show broken rules must go well, and so must others.
func TestLife(t *testing.T) {
	t.Parallel()
	lives := rapid.Custom(func(t *rapid.T) string { return live(t, "") })
	for seed := range most {
		if fault := lives.Example(seed); fault != "" {
			t.Fatalf("life %d: %s", seed, fault)
		}
	}
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
			for seed := range most {
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
	w := &world{broken: broken, now: begin, req: r, stored: &r, tickets: map[int]ticket{0: lies}}
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
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	steps := []int{12, 12, 12, 12, 12, 4, 4, 1, 2, 3, 5, 6}
	some := func() int { return rapid.SampledFrom(steps).Draw(t, "steps") }
	switch rapid.IntRange(0, 4).Draw(t, "scene") {
	case 0, 1: // one falls asleep over a decision, the next rounds begin, and it wakes up
		if rapid.Bool().Draw(t, "somebody tries before") {
			goOn(all[1], "deny", 12)
			goOn(all[1], "a minute", 0)
		}
		goOn(all[0], "approve", rapid.IntRange(2, 5).Draw(t, "before it slept"))
		for range 5 {
			p := rapid.SampledFrom([]*process{all[1], all[1], all[2]}).Draw(t, "who")
			goOn(p, one("press", "deny", "deny", "deny", "save old"), some())
			wait := one("time", "a minute", "minutes")
			goOn(all[0], wait, rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "meanwhile"))
		}
		for range 6 {
			goOn(all[rapid.IntRange(0, 2).Draw(t, "wakes up")], "", 4)
		}
	case 2: // a write is on its way while another looks
		goOn(all[0], "approve", 4)
		goOn(all[1], "deny", 12)
		goOn(all[1], "a minute", 0)
		goOn(all[1], "deny", some())
		goOn(all[1], "a minute", some())
		goOn(all[1], "deny", 12)
		goOn(all[0], "", some())
	case 3: // two carry it out
		goOn(all[0], "approve", some())
		goOn(all[1], "look", some())
		goOn(all[0], "", some())
		goOn(all[1], one("use", "", "end the pass"), 12)
	}
	for range rapid.IntRange(1, 20).Draw(t, "length") {
		p := rapid.SampledFrom(all).Draw(t, "process")
		goOn(p, rapid.SampledFrom(often).Draw(t, "action"), some())
	}
	settle(t, w, all)
	return w.fault
}

// settle lets a healthy process look until the request has ended, then wakes up all that sleep.
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
	for i := 0; w.stored != nil && i < 100; i++ {
		healthy.next = healthy.reconcile
		run(healthy)
		w.wait(request.StuckAfter, t)
		if i == 5 {
			w.wait(max(0, w.req.Until.Sub(w.now)), t)
		}
	}
	if w.stored != nil {
		w.wrong("the request never ended")
	}
	for _, p := range all {
		run(p)
		p.next = p.reconcile
		run(p)
	}
}
