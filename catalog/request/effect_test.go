package request_test

import (
	"slices"

	"keydesk/catalog/request"
)

// act is called with the decision that somebody acts on.
func (w *world) act(d request.Decision) {
	if w.acted != nil && *w.acted != d {
		w.wrong("two decisions took effect: %+v, then %+v", *w.acted, d)
	}
	w.acted = &d
	if !slices.Contains(w.log, d) {
		w.wrong("no event of %+v", d)
	}
}

// carryOut does what was approved, under the request's operation id.
func (w *world) carryOut(d request.Decision, again bool) (failed bool) {
	w.act(d)
	switch {
	case w.trouble == "for ever":
		return true
	case w.trouble != "":
		return false
	}
	if w.done == 0 || !w.keeps("the effect looks at its operation id") && again {
		w.done++
	}
	if !w.ended || !w.keeps("a pass that was ended stays ended") {
		w.pass = d.Ends()
		if !w.keeps("the clock of a pass starts at its decision") {
			w.pass = w.now.Add(d.For.Time())
		}
	}
	return false
}

// clear deletes the request and what is staged for it.
func (w *world) clear(d request.Decision) {
	w.act(d)
	w.stored = nil
	switch {
	case d.End == request.Approved && w.outcome == "":
		w.wrong("the request ended without its outcome")
	case d.End == request.Approved && w.done == 0 && w.outcome != "failed":
		w.wrong("what was staged went before the effect")
	}
}

// check is what must hold at any moment.
func (w *world) check() {
	switch {
	case w.done > 1:
		w.wrong("the effect happened twice")
	case w.outcome == "ok" && w.done == 0:
		w.wrong("the log says what has not happened")
	case w.outcome == "failed" && w.done > 0:
		w.wrong("the log says that it failed, but it happened")
	case w.ended && !w.pass.IsZero():
		w.wrong("a pass came back")
	case !w.pass.IsZero() && w.acted != nil && !w.pass.Equal(w.acted.At.Add(w.acted.For.Time())):
		w.wrong("a pass of %v that was approved at %v ends at %v", w.acted.For, w.acted.At, w.pass)
	}
}
