//go:build unix

package main_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
)

// tally is what came to pass.
type tally struct {
	rounds, starts                            int // kills under load, and of bots that were starting
	added, rotated, opened, withdrawn, unsure int
	chores, settled                           int // other changes; intents that were open in the end
	events, bytes                             int64
	slowest                                   time.Duration // start
}

func (t *tally) add(o tally) {
	t.rounds, t.starts = t.rounds+o.rounds, t.starts+o.starts
	t.added, t.rotated, t.opened = t.added+o.added, t.rotated+o.rotated, t.opened+o.opened
	t.withdrawn, t.unsure = t.withdrawn+o.withdrawn, t.unsure+o.unsure
	t.chores, t.settled = t.chores+o.chores, t.settled+o.settled
	t.events, t.bytes, t.slowest = t.events+o.events, max(t.bytes, o.bytes), max(t.slowest, o.slowest)
}

func (t tally) String() string {
	return fmt.Sprintf("%d kills under load and %d of a start; acknowledged: %d adds, %d rotations, %d reads, "+
		"%d withdrawn links, %d other changes; %d writes without an answer; %d intents settled in the end; "+
		"%d events; slowest start %v, largest folder %d KB",
		t.rounds, t.starts, t.added, t.rotated, t.opened, t.withdrawn, t.chores, t.unsure, t.settled, t.events,
		t.slowest.Round(time.Millisecond), t.bytes>>10)
}

// verify runs `bot audit verify` on a folder that no bot uses.
func (h *house) verify(t testing.TB) {
	t.Helper()
	out, err := h.command("audit", "verify").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No fault was found") {
		t.Errorf("bot audit verify: %v\n%s", err, out)
	}
}

// size is how many bytes the folder's files have.
func (h *house) size(t testing.TB) (all int64) {
	t.Helper()
	entries, err := os.ReadDir(h.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += info.Size()
	}
	return all
}

// inspect looks into the file after the last kill.
func (c *crash) inspect() {
	c.tended()
	c.house.verify(c)
	f := c.house.file(c)
	log := f.events()
	c.tally.events, c.tally.bytes = int64(len(log)), c.house.size(c)
	for _, w := range c.workers {
		for _, k := range w.keys {
			c.key(f, log, k)
		}
		for _, o := range w.opened {
			c.read(log, o)
		}
		c.chore(f, log, w)
		c.tally.opened += len(w.opened)
		c.tally.withdrawn += w.withdrawn
	}
}

// key compares a key with what its worker was told: each acknowledged value is a version, once; no version
// has a value that was not sent; each version was announced in the log, and each acknowledged one has its
// event.
func (c *crash) key(f *file, log []audit.Event, k *key) {
	name, err := catalog.ParseKeyName(k.name)
	if err != nil {
		c.Fatal(err)
	}
	stored := map[string]version{}
	for _, v := range f.versions(name.SecretName()) {
		serial, err := serialOf(v.value)
		if _, twice := stored[serial]; err != nil || twice || !slices.Contains(k.sent, serial) {
			c.Errorf("%s: version %s: value %q, %v, there already: %v", k.name, v.id, serial, err, twice)
		}
		if slices.Contains(k.refused, serial) {
			c.Errorf("%s: %s is stored, though somebody was told that nothing was done", k.name, serial)
		}
		stored[serial] = v
		if v.current && serial != k.value {
			c.Errorf("%s holds %s instead of %s", k.name, serial, k.value)
		}
		if !slices.ContainsFunc(log, func(e audit.Event) bool {
			return e.Op == v.op && e.Key == k.name && e.Outcome == audit.Intent
		}) {
			c.Errorf("%s: version %s of %s was not announced in the log", k.name, v.id, serial)
		}
	}
	for i, serial := range k.acked {
		v, ok := stored[serial]
		if !ok {
			c.Errorf("%s: %s is lost", k.name, serial)
		}
		if !slices.ContainsFunc(log, func(e audit.Event) bool {
			return e.Version == v.id && e.Op == v.op && e.Outcome == audit.OK &&
				(e.Action == "add" || e.Action == "rotate")
		}) {
			c.Errorf("%s: %s was stored without an event", k.name, serial)
		}
		if i == 0 && serial == k.sent[0] {
			c.tally.added++
		} else {
			c.tally.rotated++
		}
	}
	c.tally.unsure += len(k.sent) - len(k.acked)
	if (k.value == "") != (len(stored) == 0) {
		c.Errorf("%s has %d versions; its value is %q", k.name, len(stored), k.value)
	}
}

// read looks for the events of a value that somebody has seen: the order, and one retrieval.
func (c *crash) read(log []audit.Event, o order) {
	op, retrieved := "", 0
	for _, e := range log {
		if e.Action == "get" && e.Key == o.key && e.Note == o.reason && e.Outcome == audit.OK {
			op = e.Op
		}
		if op != "" && e.Op == op && e.Action == "retrieve" && e.Outcome == audit.OK {
			retrieved++
		}
	}
	if retrieved != 1 {
		c.Errorf("%s, %s: order %q, %d events of the value that was seen", o.key, o.reason, op, retrieved)
	}
}
