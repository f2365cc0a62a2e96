package audit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// outside hides the test from rapid, which would ask for a deadline that a bubble does not have.
type outside struct{ *testing.T }

// TestLife lives through any sequence of events, faults, restarts and overlapping processes, and holds the log
// to its promise after each step: what was acknowledged is there, the log verifies, and every checkpoint ever
// made still holds.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sign, key := keyOf(t, "contoso")
		rapid.Check(outside{t}, func(rt *rapid.T) {
			w := &world{store: newStore(), sign: sign, key: key, acked: map[string]bool{}, failed: map[string]bool{}}
			w.restart(rt)
			rt.Repeat(map[string]func(*rapid.T){
				"check":      w.check,
				"append":     w.append,
				"burst":      w.burst,
				"many":       w.many,
				"faults":     w.faults,
				"settle":     func(*rapid.T) { w.store.settle() },
				"unreadable": w.unreadable,
				"restart":    w.restart,
				"overlap":    w.overlap,
				"kill":       w.kill,
				"checkpoint": w.checkpoint,
				"meanwhile":  w.meanwhile,
			})
			w.store.settle()
			w.check(rt)
			w.whole(rt)
			for _, c := range w.checkpoints {
				w.verify(rt, c)
			}
		})
	})
}

type world struct {
	store       *store
	sign        note.Signer
	key         string
	logs        []*audit.Log // processes that live
	serial      int
	mu          sync.Mutex
	acked       map[string]bool
	failed      map[string]bool
	checkpoints []string
}

func (w *world) open(t *rapid.T) *audit.Log {
	l, err := audit.Open(context.Background(), audit.Config{Store: w.store, Vault: "contoso", Signer: w.sign})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (w *world) any(t *rapid.T) *audit.Log { return rapid.SampledFrom(w.logs).Draw(t, "process") }

func (w *world) events(n int) []audit.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := make([]audit.Event, n)
	for i := range events {
		w.serial++
		events[i] = event(hash(fmt.Sprint(w.serial))) // compresses badly, so that segments fill up
	}
	return events
}

func (w *world) add(t *rapid.T, l *audit.Log, n int) {
	events := w.events(n)
	err := l.Append(context.Background(), events...)
	if err != nil && !errors.Is(err, audit.ErrUnwritten) {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		if err == nil {
			w.acked[e.Op] = true
		} else {
			w.failed[e.Op] = true
		}
	}
}

func (w *world) append(t *rapid.T) { w.add(t, w.any(t), rapid.IntRange(1, 3).Draw(t, "n")) }
func (w *world) many(t *rapid.T)   { w.add(t, w.any(t), rapid.IntRange(40, 80).Draw(t, "n")) }

func (w *world) burst(t *rapid.T) {
	l := w.any(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { w.add(t, l, 1) })
	}
	wg.Wait()
}

var anyFault = rapid.SampledFrom([]fault{none, refused, lost, late, hang, hangAfter, hangLate})

func (w *world) faults(t *rapid.T) { w.store.faults = rapid.SliceOfN(anyFault, 1, 4).Draw(t, "faults") }

// unreadable appends while every read fails: no unclear answer can be made clear.
func (w *world) unreadable(t *rapid.T) {
	w.store.broken = errFault
	w.faults(t)
	w.append(t)
	w.store.broken = nil
}

// restart ends all processes and begins one.
func (w *world) restart(t *rapid.T) {
	for _, l := range w.logs {
		if err := l.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.logs = []*audit.Log{w.open(t)}
	w.whole(t)
}

// overlap begins one more process beside the others.
func (w *world) overlap(t *rapid.T) {
	if len(w.logs) < 4 {
		w.logs = append(w.logs, w.open(t))
	}
}

// kill begins a process while another's write is on its way, and never asks the other again.
func (w *world) kill(t *rapid.T) {
	i := rapid.IntRange(0, len(w.logs)-1).Draw(t, "victim")
	w.store.faults = []fault{anyFault.Draw(t, "last write")}
	var wg sync.WaitGroup
	wg.Go(func() { w.add(t, w.logs[i], 2) })
	synctest.Wait()
	l := w.open(t)
	wg.Wait()
	w.logs[i] = l
}

func (w *world) checkpoint(t *rapid.T) {
	c, err := w.any(t).Checkpoint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.checkpoints = append(w.checkpoints, c)
}

// meanwhile makes a checkpoint while a write is on its way that has taken effect, or will.
func (w *world) meanwhile(t *rapid.T) {
	w.store.faults = rapid.SliceOfN(rapid.SampledFrom([]fault{hangAfter, hangLate}), 1, 2).Draw(t, "writes")
	l := w.any(t)
	var wg sync.WaitGroup
	wg.Go(func() { w.add(t, l, 2) })
	synctest.Wait()
	if rapid.Bool().Draw(t, "second try") {
		time.Sleep(4 * time.Second)
		synctest.Wait()
	}
	c, err := l.Checkpoint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.checkpoints = append(w.checkpoints, c)
	wg.Wait()
}

func (w *world) verify(t *rapid.T, checkpoint string) {
	opts := audit.VerifyOptions{Checkpoint: checkpoint}
	if checkpoint != "" {
		opts.Key = w.key
	}
	r, err := audit.Verify(context.Background(), w.store, opts)
	if err != nil || !r.OK() || r.Covered != nil && !r.Covered.Signed {
		t.Fatalf("%v\n%s\n%s", err, checkpoint, r)
	}
}

func (w *world) check(t *rapid.T) {
	newest := ""
	if n := len(w.checkpoints); n > 0 {
		newest = w.checkpoints[n-1]
	}
	w.verify(t, newest)
}

// whole looks at every event: what was acknowledged is there, and is shown once.
func (w *world) whole(t *rapid.T) {
	ops := w.store.ops()
	for op := range w.acked {
		if ops[op] == 0 {
			t.Fatalf("%s was acknowledged and is lost", op)
		}
	}
	for op := range ops {
		if !w.acked[op] && !w.failed[op] {
			t.Fatalf("%s was never appended", op)
		}
	}
	shown := map[string]int{}
	for _, e := range w.open(t).Recent(5000, nil) {
		if shown[e.Op]++; shown[e.Op] > 1 {
			t.Fatalf("%s is shown twice", e.Op)
		}
	}
}
