package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"keydesk/audit"
	"keydesk/cards"
)

const (
	maxEnds   = 10   // ends that a card tells one by one
	tellTries = 5    // rounds in which a person is told how changes ended, should telling fail
	maxUntold = 1000 // people who wait for that, at most
)

// news is what a person has to be told. The log has it already, so nobody else will.
type news struct {
	actor audit.Actor
	ends  []ended
	tries int // that failed
}

// untold is what could not be told yet. It is in memory only.
type untold struct {
	mu  sync.Mutex
	all []news
}

// tellEnds tells a person how their changes ended. Where that fails it is tried again in a later round.
func (d *Desk) tellEnds(n news) {
	if n.actor.ID == "" {
		return
	}
	v := cards.NoticeView{Tone: cards.Warn, Title: "How it ended", Lines: endLines(n.ends),
		Text: "Something of yours was interrupted. This is how it ended:",
		Buttons: []cards.Button{{Title: "All keys", Verb: "keys"},
			button("In the log", "audit", "filter", filterOf(n.ends))}}
	d.background(func(ctx context.Context) {
		_, err := d.Poster.Post(ctx, n.actor.ID, cards.Notice(v))
		if err == nil {
			return
		}
		d.noteFailure(ctx, "a person could not be told how a change ended", err)
		d.untold.mu.Lock()
		defer d.untold.mu.Unlock()
		if n.tries++; n.tries < tellTries && len(d.untold.all) < maxUntold {
			d.untold.all = append(d.untold.all, n)
		}
	})
}

// tellAgain tells what could not be told in earlier rounds.
func (d *Desk) tellAgain() {
	d.untold.mu.Lock()
	all := d.untold.all
	d.untold.all = nil
	d.untold.mu.Unlock()
	for _, n := range all {
		d.tellEnds(n)
	}
}

// filterOf finds the events of these ends in the log: by their operation where they have one.
func filterOf(ends []ended) string {
	op := ends[0].intent.Op
	if slices.ContainsFunc(ends, func(e ended) bool { return e.intent.Op != op }) {
		return string(audit.Found)
	}
	return op
}

// endLines is a line for each of the first ends, and one that counts the others.
func endLines(ends []ended) (lines []string) {
	more := map[string]int{}
	for i, e := range ends {
		if i >= maxEnds {
			more[e.note]++
			continue
		}
		what := e.intent.Action + " " + e.intent.Key
		if e.intent.Key == "" { // of a vendor
			what = e.intent.Note
		}
		lines = append(lines, fmt.Sprintf("%s, begun %s: %s", what,
			e.intent.Time.UTC().Format("2006-01-02 15:04 UTC"), e.note))
	}
	var counts []string
	for _, note := range slices.Sorted(maps.Keys(more)) {
		counts = append(counts, fmt.Sprintf("%s (%s)", note, number(more[note])))
	}
	if len(counts) > 0 {
		lines = append(lines, "And "+number(len(ends)-maxEnds)+" more: "+strings.Join(counts, ", ")+".")
	}
	return lines
}
