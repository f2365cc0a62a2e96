package desk

import (
	"context"
	"sync"
	"time"
)

// repeats remembers the answers of forms that were stored, so that a second press, or Teams sending the
// same press again, gets the same card and does nothing twice. After a restart the operation id in the
// key's tags does the same (save.go).
type repeats struct {
	mu   sync.Mutex
	runs map[string]*formRun
}

type formRun struct {
	done  chan struct{}
	reply Reply
	err   error
	at    time.Time
}

// remembered is how long an answer is kept; Teams repeats within minutes.
const remembered = 15 * time.Minute

// once runs do for the call's operation, or waits for the run under way and gives its answer. A failure is
// not remembered: pressing again tries again.
func (d *Desk) once(ctx context.Context, c *call, do func() (Reply, error)) (Reply, error) {
	id := c.ID + " " + c.op
	run, mine := d.repeats.begin(id, c.now)
	if !mine {
		select {
		case <-run.done:
			return run.reply, run.err
		case <-ctx.Done():
			return Reply{}, context.Cause(ctx)
		}
	}
	run.err = ErrUnavailable // what others get should do panic
	defer func() {
		if run.err != nil {
			d.repeats.forget(id)
		}
		close(run.done)
	}()
	run.reply, run.err = do()
	return run.reply, run.err
}

func (r *repeats) begin(id string, now time.Time) (run *formRun, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run, ok := r.runs[id]; ok {
		return run, false
	}
	if r.runs == nil {
		r.runs = map[string]*formRun{}
	}
	for old, run := range r.runs {
		if now.Sub(run.at) > remembered {
			delete(r.runs, old)
		}
	}
	run = &formRun{done: make(chan struct{}), at: now}
	r.runs[id] = run
	return run, true
}

func (r *repeats) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.runs, id)
}
