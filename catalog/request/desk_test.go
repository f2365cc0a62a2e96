package request_test

import (
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog/request"
)

// step is what a process does next; nil: it has finished. Between two steps it may sleep for any time or die.
type step func(w *world, t *rapid.T) step

// process is one of several that serve the same desk.
type process struct {
	next step
	seen map[int]time.Time  // when the pen of a round was first seen gone
	log  []request.Decision // as it was when this process last looked
}

// press is somebody's press of a button: check, claim, read, write, go on.
func (p *process) press(decide func(request.Request, time.Time) (request.Decision, error)) step {
	return func(w *world, t *rapid.T) step {
		if w.stored == nil {
			return nil
		}
		r := *w.stored
		d, err := decide(r, w.now)
		if err != nil {
			return nil
		}
		if !w.keeps("the pen is claimed before the decision") {
			return p.written(r, d, w.read(t))
		}
		return p.claimPen(r, d)
	}
}

// claimPen decides when the pen is ours.
func (p *process) claimPen(r request.Request, d request.Decision) step {
	return func(w *world, t *rapid.T) step {
		unclear := rapid.IntRange(0, 5).Draw(t, "unclear") == 0
		arrives := unclear && rapid.Bool().Draw(t, "arrives")
		if mine, _ := w.claim(request.Pen(r.ID, r.Round), unclear, arrives); !mine {
			return nil
		}
		if r.Round == 0 {
			return p.written(r, d, nil)
		}
		return func(w *world, t *rapid.T) step {
			if w.keeps("a later round reads the log anew") {
				p.log = w.read(t)
			}
			return p.written(r, d, p.log)
		}
	}
}

func (p *process) written(r request.Request, d request.Decision, log []request.Decision) step {
	return func(w *world, t *rapid.T) step {
		if w.keeps("a later round takes over what stands") {
			d = request.Write(r.Round, log, d)
		}
		d.Round = r.Round
		if !w.keeps("the decision is written before the effect") && d.End == request.Approved {
			w.carryOut(d, false)
		}
		switch rapid.SampledFrom([]string{"", "", "", "answer lost", "late", "lost"}).Draw(t, "write") {
		case "":
			w.write(d)
			return p.look(w.read(t))
		case "answer lost":
			w.write(d)
		case "late":
			w.flying = append(w.flying, d)
		}
		return nil
	}
}

// reconcile looks at what there is.
func (p *process) reconcile(w *world, t *rapid.T) step {
	p.log = w.read(t)
	if w.keeps("the seal is looked at after the log was read") || w.stored == nil {
		return p.look(p.log)
	}
	lies := w.lay(request.Seal(w.req.ID, 0))
	return func(w *world, t *rapid.T) step {
		log := w.read(t)
		if d := request.Settle(log); !lies || d == nil || d.Round > 0 {
			return p.look(log)
		}
		return p.lookAt(log, true)
	}
}

func (p *process) look(log []request.Decision) step { return p.lookAt(log, false) }

// lookAt collects the facts, after the log was read, and does what they ask for. lies: somebody saw the seal before.
func (p *process) lookAt(log []request.Decision, lies bool) step {
	d := request.Settle(log)
	return func(w *world, t *rapid.T) step {
		if w.stored == nil {
			return nil
		}
		r := *w.stored
		f := request.Facts{Stored: true, Decision: d, Done: w.done > 0,
			Failed: w.outcome == "failed", Recorded: w.outcome != ""}
		if f.Ticket = w.tickets[request.Pen(r.ID, r.Round)] == 1; f.Ticket {
			delete(p.seen, r.Round)
		} else if p.seen[r.Round].IsZero() {
			p.seen[r.Round] = w.now
		} else {
			f.Gone = w.now.Sub(p.seen[r.Round])
		}
		if d != nil {
			f.Counts = lies || !w.keeps("only what counts is acted on") || w.lay(request.Seal(r.ID, d.Round))
		}
		if !w.keeps("the effect comes before the outcome") {
			f.Done = true
		}
		if !w.keeps("the outcome comes before the end") {
			f.Recorded = true
		}
		return p.do(r, f)
	}
}

// do is the next step, as the package says it.
func (p *process) do(r request.Request, f request.Facts) step {
	switch next := request.Next(f); next {
	case request.Wait:
		return p.expire(r, f)
	case request.Adopt:
		return p.claimPen(r, *f.Decision)
	case request.Reopen:
		return p.reopen(r)
	case request.CarryOut, request.Record, request.Clear:
		return p.carry(next, *f.Decision)
	}
	return nil
}

func (p *process) expire(r request.Request, f request.Facts) step {
	return func(w *world, t *rapid.T) step {
		now := w.now
		if !w.keeps("nothing expires early") {
			now = r.Until
		}
		d, err := r.Expire(now)
		if err != nil || !f.Ticket {
			return nil
		}
		if !w.keeps("nothing expires early") {
			d.At = w.now
		}
		return p.claimPen(r, d)
	}
}

func (p *process) reopen(r request.Request) step {
	save := func(w *world, _ *rapid.T) step {
		if w.stored != nil {
			r.Round++
			w.stored = &r
		}
		return nil
	}
	pen := func(w *world, _ *rapid.T) step { w.lay(request.Pen(r.ID, r.Round+1)); return save }
	seal := func(w *world, _ *rapid.T) step { w.lay(request.Seal(r.ID, r.Round+1)); return pen }
	return func(w *world, t *rapid.T) step {
		if !w.keeps("a claimed pen does not stay claimed") {
			return nil
		}
		if !w.keeps("the seal goes before the next round") {
			return seal
		}
		unclear := rapid.IntRange(0, 5).Draw(t, "unclear") == 0
		arrives := unclear && rapid.Bool().Draw(t, "arrives")
		if _, clear := w.claim(request.Seal(r.ID, r.Round), unclear, arrives); !clear {
			return nil
		}
		return seal
	}
}

func (p *process) carry(next request.Step, d request.Decision) step {
	failed := func(w *world, t *rapid.T) step { w.outcome = "failed"; return p.look(w.read(t)) }
	return func(w *world, t *rapid.T) step {
		switch {
		case next == request.CarryOut && w.carryOut(d, true):
			return failed
		case next == request.CarryOut && w.done == 0:
			return nil // the next look tries again
		case next == request.Record:
			w.outcome = "ok"
		case next == request.Clear:
			w.clear(d)
			return nil
		}
		return p.look(w.read(t))
	}
}
