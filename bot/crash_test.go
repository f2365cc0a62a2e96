//go:build unix

package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/bottest"
)

var (
	crashRounds = flag.Int("crash.rounds", 0, "kill the bot so often; 0 means 5 times, or 200 with KEYDESK_E2E=1")
	crashSeed   = flag.Uint64("crash.seed", 0, "what the random steps and moments come from; 0: the clock")
)

const (
	workers     = 8
	eachHas     = 24                     // people of a worker
	roundsAFile = 40                     // then everything is checked, and the next folder begins
	mostLoad    = 300 * time.Millisecond // before a kill
)

// TestCrash kills the bot under load, again and again, at moments nobody chooses: people type and press on
// the sandbox's page, and write down what they are told. What they were told is stored must be there with
// exactly that value; what they were not told is there or not, and nothing else; a link gives its value once,
// whatever was killed meanwhile; and the log holds, with an event for all of it. Values are read as a person
// reads them, through a link's page, and at the end of each folder out of the file, with all their versions.
//
// What a killed process has written the kernel still has. That it is on the disk is not shown here: for a
// machine that loses its power, the vault relies on bbolt's syncs (vault/embedded).
func TestCrash(t *testing.T) {
	bottest.SkipShort(t, "kills a process many times, which is not short")
	rounds, seed := *crashRounds, *crashSeed
	if rounds == 0 {
		rounds = 5
		if os.Getenv("KEYDESK_E2E") == "1" {
			rounds = 200
		}
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("%d rounds; the same again with -crash.rounds=%d -crash.seed=%d", rounds, rounds, seed)
	program := install(t)
	var sum tally
	began := time.Now()
	for from := 0; from < rounds && !t.Failed(); from += roundsAFile {
		c := newCrash(t, program, rand.New(rand.NewPCG(seed, uint64(from))))
		for _, w := range c.workers {
			w.busy = true
		}
		c.rounds(min(roundsAFile, rounds-from))
		if !t.Failed() {
			c.inspect()
		}
		sum.add(c.tally)
		if kinds := c.missing(); !t.Failed() && c.tally.rounds >= roundsAFile && len(kinds) > 0 {
			t.Errorf("too little happened for this to mean anything: none of %q", kinds)
		}
	}
	t.Logf("%s in %.1f s", sum, time.Since(began).Seconds())
	if !t.Failed() && (sum.added == 0 || sum.rotated == 0 || sum.opened == 0 || sum.withdrawn == 0) {
		t.Errorf("too little happened for this to mean anything: %s", sum)
	}
}

// crash is one folder's life.
type crash struct {
	*testing.T
	*rand.Rand
	house   *house
	workers []*worker
	tally   tally
	did     map[string]int // changes by the chores
	hinted  int            // starts that ended and said what to do
}

func newCrash(t *testing.T, program string, from *rand.Rand) *crash {
	var people strings.Builder
	people.WriteString("tenant: 00000000-aaaa-4000-8000-00000000c0de\npeople:\n")
	c := &crash{T: t, Rand: from, did: map[string]int{}}
	for n := range workers {
		w := &worker{Rand: rand.New(rand.NewPCG(from.Uint64(), from.Uint64())), number: n, patience: startWithin}
		for i := range eachHas {
			id := fmt.Sprintf("00000000-0000-4000-8000-%06x%06x", n, i)
			fmt.Fprintf(&people, "  - {id: %s, name: Admin %d-%d, roles: [Admin]}\n", id, n, i)
			w.people = append(w.people, id)
		}
		c.workers = append(c.workers, w)
	}
	c.house = newHouse(t, program, people.String())
	return c
}

// rounds runs the bot so many times, and ends with a kill.
func (c *crash) rounds(n int) {
	for round := range n {
		for round == 0 && c.IntN(3) > 0 || c.IntN(6) == 0 { // the first ones find an empty folder
			c.killStart()
		}
		p := c.start()
		c.all(func(w *worker) error { return w.settleAll(p) })
		if !c.Failed() {
			c.load(p)
		}
		p.kill()
		if said := p.said.String(); strings.Contains(said, "panic") || strings.Contains(said, "level=ERROR") {
			c.Errorf("the bot said:\n%s", said)
		}
		if c.Failed() {
			c.Errorf("this was round %d of a folder", round)
			return
		}
		c.tally.rounds++
	}
	p := c.start()
	c.all(func(w *worker) error { return w.settleAll(p) })
	p.kill()
}

func (c *crash) start() *process {
	c.Helper()
	began := time.Now()
	p, err := c.house.start()
	if err != nil {
		c.Fatal(err)
	}
	c.tally.slowest = max(c.tally.slowest, time.Since(began))
	for _, w := range c.workers {
		w.now = nil
	}
	return p
}

// killStart kills a bot that is not up yet, or is just.
func (c *crash) killStart() {
	p, _, err := c.house.launch()
	if err != nil {
		c.Fatal(err)
	}
	time.Sleep(c.N(100 * time.Millisecond)) // the moment is what this is about
	p.kill()
	c.tally.starts++
}

// N is a random time.
func (c *crash) N(below time.Duration) time.Duration { return time.Duration(c.Int64N(int64(below))) }

// all lets the workers do something side by side.
func (c *crash) all(do func(*worker) error) {
	c.Helper()
	var wg sync.WaitGroup
	for _, w := range c.workers {
		wg.Go(func() {
			if err := do(w); err != nil {
				c.Errorf("worker %d: %v", w.number, err)
			}
		})
	}
	wg.Wait()
}

// load lets everybody work until the bot is killed.
func (c *crash) load(p *process) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(c.N(mostLoad), func() {
		cancel() // what fails from now on fails because of the kill
		_ = p.cmd.Process.Kill()
	})
	c.all(func(w *worker) error {
		for {
			err := w.step(p)
			switch {
			case errors.Is(err, errWrong), errors.Is(err, errRefused):
				return err
			case err != nil && ctx.Err() != nil:
				return nil
			case err != nil:
				return fmt.Errorf("before the kill: %w", err)
			}
		}
	})
	<-p.ended
}

// settleAll looks, after a kill, at what is left of the round before: links first, since time takes them
// away.
func (w *worker) settleAll(p *process) error {
	for range 2 { // the second time all of them are dead
		for _, l := range w.links {
			if err := w.open(p, l); err != nil && !errors.Is(err, errGone) {
				return err
			}
		}
	}
	w.links = nil
	if len(w.chore.maybe) > 0 {
		if err := w.findOut(p); err != nil {
			return err
		}
	}
	for i, k := range w.keys {
		if len(k.pending) == 0 && i != w.serial%len(w.keys) { // of the others, one each time
			continue
		}
		if err := w.look(p, k); err != nil {
			return err
		}
	}
	return nil
}

// look reads a key through its page, or finds that it was never stored.
func (w *worker) look(p *process, k *key) error {
	who := w.who(p)
	if k.value == "" {
		list, err := who.say("keys " + k.name)
		if err != nil {
			return err
		}
		if !strings.Contains(list.text(), "1 key") {
			k.pending = nil
			return nil
		}
	}
	l, _, err := w.reveal(who, k)
	if err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	if err := w.open(p, l); err != nil {
		return err
	}
	w.links = slices.DeleteFunc(w.links, func(o *link) bool { return o == l })
	return nil
}
