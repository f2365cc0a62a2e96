package request_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"keydesk/catalog/request"
)

// rules are what the desk and the package keep to. The model can break each of them, and must notice.
var rules = []string{
	"the ticket is claimed before the decision", "a claim that is unclear is nobody's",
	"an unclear claim does not show that the ticket is gone", "only a fresh claim decides",
	"the next round begins only after a while", "the log is read anew before the next round",
	"the log is read after the wait", "the ticket is laid out before its round is saved",
	"a round is saved also when its ticket is taken", "a claimed ticket does not stay claimed",
	"a write lands within a minute", "the decision is written before the effect",
	"the effect looks at its operation id",
	"the effect comes before the outcome", "the outcome comes before the end",
	"nobody decides about their own", "nothing is decided after the end", "nothing expires early",
	"the clock of a pass starts at its decision", "a pass that was ended stays ended",
}

// world is what outlives a process, as the vault and the log keep it, and what went wrong in it.
type world struct {
	broken  string // the rule that nobody keeps
	now     time.Time
	stored  *request.Request
	tickets map[int]ticket // by round
	log     []request.Decision
	writes  []*write
	strays  []int     // rounds whose ticket a claim is on its way to that nobody waits for
	outcome string    // in the log: "ok" or "failed"
	done    int       // effects
	pass    time.Time // until when; zero: none
	ended   bool      // the pass was used up or taken away
	trouble string    // of the effect: "", "for a while" or "for ever"
	acted   *request.Decision
	fault   string
	req     request.Request // as it was made
}

// ticket is what became of a ticket: it was never laid out, lies there, or was claimed.
type ticket int

const (
	none ticket = iota
	lies
	claimed
)

// answer is what who claims a ticket hears.
type answer string

const (
	mine    answer = "mine"
	taken   answer = "taken"
	unclear answer = "unclear"
)

// write is a decision on its way into the log. By the assumption it has landed at its end, or never will.
type write struct {
	d     request.Decision
	end   time.Time
	state string
}

const (
	flying = "flying"
	landed = "landed"
	lost   = "lost"
)

func (w *world) keeps(rule string) bool { return w.broken != rule }

func (w *world) wrong(format string, args ...any) {
	if w.fault == "" {
		w.fault = fmt.Sprintf(format, args...)
	}
}

// claim takes the ticket of a round. Whether a claim has arrived whose answer got lost, nobody knows.
func (w *world) claim(round int, t *rapid.T) answer {
	if rapid.IntRange(0, 5).Draw(t, "unclear") == 0 {
		w.strays = append(w.strays, round)
		if rapid.Bool().Draw(t, "arrives") {
			w.arrive()
		}
		return unclear
	}
	if w.tickets[round] != lies {
		return taken
	}
	w.tickets[round] = claimed
	return mine
}

// arrive is the arrival of the claims that nobody waits for.
func (w *world) arrive() {
	for _, round := range w.strays {
		if w.tickets[round] == lies {
			w.tickets[round] = claimed
		}
	}
	w.strays = nil
}

// lay lays out a ticket, unless it was claimed already.
func (w *world) lay(round int) (free bool) {
	w.tickets[round] = max(w.tickets[round], lies)
	return w.tickets[round] == lies
}

// read is the decisions in the log. It has several writers: no order is sure.
func (w *world) read(t *rapid.T) []request.Decision {
	log := slices.Clone(w.log)
	if rapid.Bool().Draw(t, "backwards") {
		slices.Reverse(log)
	}
	return log
}

// send sends a decision to the log.
func (w *world) send(d request.Decision) *write {
	f := &write{d: d, end: w.now.Add(request.StuckAfter / 2), state: flying}
	if !w.keeps("a write lands within a minute") {
		f.end = f.end.Add(request.StuckAfter)
	}
	w.writes = append(w.writes, f)
	return f
}

// wait lets time pass. Writes whose time is over have landed before, or are lost.
func (w *world) wait(d time.Duration, t *rapid.T) {
	w.now = w.now.Add(d)
	for _, f := range w.writes {
		switch {
		case f.state != flying || !f.end.Before(w.now):
		case rapid.Bool().Draw(t, "landed"):
			w.land(f)
		default:
			f.state = lost
		}
	}
}

// land is a decision that arrives in the log.
func (w *world) land(f *write) {
	d := f.d
	f.state = landed
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
