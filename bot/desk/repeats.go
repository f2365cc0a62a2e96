package desk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// repeats remembers the answers of forms that were stored, so that a second press, or Teams sending the
// same press again, gets the same card and does nothing twice. After a restart the operation id in the
// key's tags does the same (save.go).
type repeats struct {
	mu     sync.Mutex
	key    []byte // of the hashes; made at the first
	runs   map[string]*formRun
	swept  time.Time            // when the old ones were last dropped
	closed map[string]time.Time // forms that were cancelled before anything was saved
}

type formRun struct {
	done  chan struct{}
	sent  [32]byte // what was entered, hashed
	reply Reply
	err   error
	at    time.Time
}

// remembered is how long an answer is kept; Teams repeats within minutes.
const remembered = 15 * time.Minute

// closedFor is how long a cancelled form is known, at least: some screens show its old buttons for long.
const closedFor = 24 * time.Hour

// close notes that a form was cancelled. One that was saved, or is being saved, is not.
func (r *repeats) close(id string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, saved := r.runs[id]; saved {
		return
	}
	if r.closed == nil {
		r.closed = map[string]time.Time{}
	}
	maps.DeleteFunc(r.closed, func(_ string, at time.Time) bool { return now.Sub(at) > closedFor })
	r.closed[id] = now
}

// open refuses the buttons of a cancelled form.
func (r *repeats) open(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, closed := r.closed[id]; closed {
		return refuse("This form was closed. Open it again.")
	}
	return nil
}

// once runs do for the call's operation, or waits for the run under way and gives its answer. A failure is
// not remembered: pressing again tries again.
func (d *Desk) once(ctx context.Context, c *call, do func() (Reply, error)) (Reply, error) {
	id := c.ID + " " + c.op
	if c.decision != nil { // what the form was answered with is that it waits
		id += " approved"
	}
	sent := d.repeats.hash(c)
	run, mine := d.repeats.begin(id, sent, c.now)
	for !mine {
		select {
		case <-run.done:
		case <-ctx.Done():
			return Reply{}, context.Cause(ctx)
		}
		if run.sent == sent {
			return run.reply, run.err
		}
		d.repeats.end(id, run) // the same form with something else in it is no repeat
		run, mine = d.repeats.begin(id, sent, c.now)
	}
	run.err = ErrUnavailable // what others get should do panic
	defer func() {
		if run.err != nil {
			d.repeats.end(id, run)
		}
		close(run.done)
	}()
	run.reply, run.err = do()
	return run.reply, run.err
}

// hash is of all that a form has. Values are in it, so it is keyed, and the key is this process's own.
func (r *repeats) hash(c *call) (sum [32]byte) {
	r.mu.Lock()
	if r.key == nil {
		r.key = make([]byte, 32)
		_, _ = rand.Read(r.key) // never fails: it ends the program instead
	}
	h := hmac.New(sha256.New, r.key)
	r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.data)) {
		fmt.Fprintf(h, "%q=%q\n", name, c.data[name])
	}
	h.Sum(sum[:0])
	return sum
}

func (r *repeats) begin(id string, sent [32]byte, now time.Time) (run *formRun, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run, ok := r.runs[id]; ok && now.Sub(run.at) <= remembered {
		return run, false
	}
	if r.runs == nil {
		r.runs = map[string]*formRun{}
	}
	r.sweep(now)
	run = &formRun{done: make(chan struct{}), sent: sent, at: now}
	r.runs[id] = run
	return run, true
}

// sweep drops the old ones, once a minute.
func (r *repeats) sweep(now time.Time) {
	if now.Sub(r.swept) < time.Minute {
		return
	}
	r.swept = now
	for id, run := range r.runs {
		if now.Sub(run.at) > remembered {
			delete(r.runs, id)
		}
	}
}

// end forgets a run, unless another has taken its place.
func (r *repeats) end(id string, run *formRun) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs[id] == run {
		delete(r.runs, id)
	}
}
