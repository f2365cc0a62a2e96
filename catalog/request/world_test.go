package request_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

// rules are what the desk and the package keep to. The model can break each of them, and must notice.
var rules = []string{
	"a claim that is unclear is nobody's", "the pen is claimed before the decision",
	"a later round reads the log anew", "a later round takes over what stands",
	"only what counts is acted on", "the seal is looked at after the log was read",
	"the seal goes before the next round",
	"the decision is written before the effect", "the effect looks at its operation id",
	"the effect comes before the outcome", "the outcome comes before the end",
	"nobody decides about their own", "nothing is decided after the end", "nothing expires early",
	"the clock of a pass starts at its decision", "a pass that was ended stays ended",
	"a claimed pen does not stay claimed",
}

// world is what outlives a process, as the vault and the log keep it, and what went wrong in it.
type world struct {
	broken  string // the rule that nobody keeps
	now     time.Time
	stored  *request.Request
	tickets map[string]int // 1: lies there; 2: claimed
	log     []request.Decision
	flying  []request.Decision // on their way into the log
	outcome string             // in the log: "ok" or "failed"
	done    int                // effects
	pass    time.Time          // until when; zero: none
	ended   bool               // the pass was used up or taken away
	trouble string             // of the effect: "", "for a while" or "for ever"
	acted   *request.Decision
	fault   string
	req     request.Request // as it was made
}

func (w *world) keeps(rule string) bool { return w.broken != rule }

func (w *world) wrong(format string, args ...any) {
	if w.fault == "" {
		w.fault = fmt.Sprintf(format, args...)
	}
}

// claim takes a ticket; unclear says that nobody hears the answer, and arrives whether it was taken.
func (w *world) claim(name string, unclear, arrives bool) (mine, clear bool) {
	if unclear {
		if arrives && w.tickets[name] == 1 {
			w.tickets[name] = 2
		}
		return !w.keeps("a claim that is unclear is nobody's"), false
	}
	mine = w.tickets[name] == 1
	if mine {
		w.tickets[name] = 2
	}
	return mine, true
}

// lay lays out a ticket; a name that was claimed stays taken.
func (w *world) lay(name string) bool {
	w.tickets[name] = max(w.tickets[name], 1)
	return w.tickets[name] == 1
}

// read is the decisions in the log. It has several writers: no order is sure.
func (w *world) read(t *rapid.T) []request.Decision {
	log := slices.Clone(w.log)
	if rapid.Bool().Draw(t, "backwards") {
		slices.Reverse(log)
	}
	return log
}

// write is a decision that arrives in the log.
func (w *world) write(d request.Decision) {
	w.log = append(w.log, d)
	own := strings.EqualFold(d.By.ID, w.req.By.ID)
	switch {
	case own && (d.End == request.Approved || d.End == request.Denied):
		w.wrong("decided by who made it: %+v", d)
	case d.End == request.Expired && d.At.Before(w.req.Until):
		w.wrong("expired before its end: %+v", d)
	case d.End != request.Expired && !d.At.Before(w.req.Until):
		w.wrong("decided after its end: %+v", d)
	}
}

// act is called with the decision that somebody acts on.
func (w *world) act(d request.Decision) {
	d.Round = 0
	if w.acted != nil && *w.acted != d {
		w.wrong("two decisions took effect: %+v, then %+v", *w.acted, d)
	}
	w.acted = &d
	for _, l := range w.log {
		if l.Round = 0; l == d {
			return
		}
	}
	w.wrong("no event of %+v", d)
}

// carryOut does what was approved: under the request's operation id, and only while the request is there.
func (w *world) carryOut(d request.Decision, again bool) (failed bool) {
	if w.stored == nil {
		return false
	}
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
	if w.stored == nil {
		return
	}
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

var (
	madeBy   = actor("AAAA", catalog.Admin)
	otherOne = actor("bbbb", catalog.Admin)
	another  = actor("cccc", catalog.Admin)
)

func actor(id string, roles ...catalog.Role) catalog.Actor {
	return catalog.Actor{Person: catalog.Person{ID: id}, Roles: catalog.RolesOf(roles...)}
}
