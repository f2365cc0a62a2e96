package request_test

import (
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog/request"
)

// step is what a process does next; nil: it has finished. Between two steps it may sleep for any time or die.
type step func(w *world, t *rapid.T) step

// decider decides about a request.
type decider func(request.Request, time.Time) (request.Decision, error)

// process is one of several that serve the same desk.
type process struct {
	next step
	seen map[int]time.Time  // when the ticket of a round was first seen to be gone
	log  []request.Decision // as it was when this process last looked
}

// gone is how long the ticket of a round has been known to be gone.
func (p *process) gone(round int, now time.Time) time.Duration {
	if p.seen[round].IsZero() {
		p.seen[round] = now
	}
	return now.Sub(p.seen[round])
}

// press is somebody's press of a button: check, claim, write, carry out.
func (p *process) press(decide decider) step {
	return func(w *world, _ *rapid.T) step {
		if w.stored == nil {
			return nil
		}
		r := *w.stored
		d, err := decide(r, w.now)
		switch {
		case err != nil:
			return nil
		case !w.keeps("the ticket is claimed before the decision"):
			return p.write(d, w.now)
		}
		return p.claim(r, d)
	}
}

func (p *process) claim(r request.Request, d request.Decision) step {
	return func(w *world, _ *rapid.T) step {
		began := w.now
		return func(w *world, t *rapid.T) step {
			answer := w.claim(r.Round, t)
			switch {
			case answer == mine, answer == unclear && !w.keeps("a claim that is unclear is nobody's"):
				return p.write(d, began)
			case answer == unclear && !w.keeps("an unclear claim does not show that the ticket is gone"):
				p.gone(r.Round, w.now)
			case answer == taken:
				return p.isTaken(w, r, d)
			}
			return nil
		}
	}
}

// isTaken looks what came of a claim of somebody else's, and after a while begins the next round.
func (p *process) isTaken(w *world, r request.Request, d request.Decision) step {
	f := request.Facts{Stored: true}
	wait := func(next step) step {
		return func(w *world, _ *rapid.T) step {
			f.Gone = p.gone(r.Round, w.now)
			if !w.keeps("the next round begins only after a while") {
				f.Gone = request.StuckAfter
			}
			return next
		}
	}
	read := func(next step) step {
		return func(w *world, t *rapid.T) step {
			if w.keeps("the log is read anew before the next round") {
				p.log = w.read(t)
			}
			return next
		}
	}
	look := func(w *world, _ *rapid.T) step {
		f.Decision = request.Settle(p.log)
		if request.Next(f) == request.Reopen && w.keeps("a claimed ticket does not stay claimed") {
			return p.reopen(w, r, d)
		}
		return nil
	}
	if !w.keeps("the log is read after the wait") {
		return read(wait(look))
	}
	return wait(read(look))
}

func (p *process) reopen(w *world, r request.Request, d request.Decision) step {
	r.Round++
	lay := func(next step) step {
		return func(w *world, _ *rapid.T) step {
			if !w.lay(r.Round) && !w.keeps("a round is saved also when its ticket is taken") {
				return nil
			}
			return next
		}
	}
	save := func(next step) step {
		return func(w *world, _ *rapid.T) step {
			if w.stored == nil {
				return nil
			}
			w.stored = &r
			return next
		}
	}
	if !w.keeps("the ticket is laid out before its round is saved") {
		return save(lay(p.claim(r, d)))
	}
	return lay(save(p.claim(r, d)))
}

// write writes the decision while the claim is fresh, and acts on it when it has heard that the log has it.
func (p *process) write(d request.Decision, began time.Time) step {
	return func(w *world, _ *rapid.T) step {
		if !request.Fresh(began, w.now) && w.keeps("only a fresh claim decides") {
			return nil
		}
		if !w.keeps("the decision is written before the effect") && d.End == request.Approved {
			w.carryOut(d, false)
		}
		f := w.send(d)
		return func(w *world, t *rapid.T) step {
			if f.state == flying && rapid.Bool().Draw(t, "arrived") {
				w.land(f)
			}
			if f.state != landed || rapid.IntRange(0, 4).Draw(t, "heard") == 0 {
				return nil
			}
			return p.act(d, true)
		}
	}
}

// reconcile finishes what the log says was decided, and ends what nobody has answered.
func (p *process) reconcile(w *world, t *rapid.T) step {
	if w.stored == nil {
		return nil
	}
	if p.log = w.read(t); request.Settle(p.log) != nil {
		return p.act(*request.Settle(p.log), false)
	}
	return p.press(func(r request.Request, now time.Time) (request.Decision, error) {
		if !w.keeps("nothing expires early") {
			r.Until = now
		}
		return r.Expire(now)
	})
}

// act collects the facts and does what they ask for. sure: who has decided knows that it is stored.
func (p *process) act(d request.Decision, sure bool) step {
	return func(w *world, _ *rapid.T) step {
		f := request.Facts{Stored: sure || w.stored != nil, Decision: &d, Done: w.done > 0,
			Failed: w.outcome == "failed", Recorded: w.outcome != ""}
		f.Done = f.Done || !w.keeps("the effect comes before the outcome")
		f.Recorded = f.Recorded || !w.keeps("the outcome comes before the end")
		switch request.Next(f) {
		case request.CarryOut:
			return p.carryOut(d)
		case request.Record:
			return func(w *world, _ *rapid.T) step { w.outcome = "ok"; return p.act(d, false) }
		case request.Clear:
			return func(w *world, _ *rapid.T) step { w.clear(d); return nil }
		}
		return nil
	}
}

func (p *process) carryOut(d request.Decision) step {
	return func(w *world, _ *rapid.T) step {
		switch failed := w.carryOut(d, true); {
		case failed:
			return func(w *world, _ *rapid.T) step { w.outcome = "failed"; return p.act(d, false) }
		case w.done == 0:
			return nil // the next look tries again
		}
		return p.act(d, false)
	}
}
