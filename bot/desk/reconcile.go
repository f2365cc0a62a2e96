package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
)

const (
	// openFor is how old an intent without an end must be before somebody looks how it ended: what is still
	// under way ends within it.
	openFor = 2 * time.Minute
	// lookAgain is how long the others wait for the one who looks, which may have died.
	lookAgain = 5 * time.Minute
)

// reconcile finds out how changes ended whose process died, or whose vault gave no clear answer. It looks,
// writes down what it found and tells the person; it changes nothing.
func (d *Desk) reconcile(ctx context.Context, now time.Time) error {
	var mine []string
	var failed []error
	looks := map[string]string{}
	for op, open := range d.unfinished(now) {
		ticket := endTicket(op, open[0], now)
		if d.tended.looks[op] != ticket { // else it is claimed, and the last look failed
			ok, err := d.mine(ctx, ticket, now)
			failed = append(failed, err)
			if !ok {
				continue
			}
		}
		looks[op], mine = ticket, append(mine, op)
	}
	d.tended.looks = looks
	if len(mine) == 0 {
		return errors.Join(failed...)
	}
	// What another process has found meanwhile is no longer open then.
	if err := errors.Join(d.Log.Refresh(ctx), d.Vault.Refresh(ctx)); err != nil {
		return err
	}
	told := map[audit.Actor][]ended{}
	open := d.unfinished(now)
	for _, op := range mine {
		ends, err := d.endsOf(ctx, open[op])
		failed = append(failed, err)
		_, goesOn := d.knownRequest(strings.ToLower(op)) // then it is told when it is carried out
		for _, e := range ends {
			if goesOn && e.intent.Action != "ask" {
				continue
			}
			told[e.intent.Actor] = append(told[e.intent.Actor], e)
		}
	}
	for actor, ends := range told {
		d.tellEnds(news{actor: actor, ends: ends})
	}
	return errors.Join(failed...)
}

// unfinished is the intents that are open for long enough, by operation, the oldest first.
func (d *Desk) unfinished(now time.Time) map[string][]audit.Event {
	byOp := map[string][]audit.Event{}
	for _, e := range d.Log.Unfinished(now.Add(-openFor)) {
		byOp[e.Op] = append(byOp[e.Op], e)
	}
	return byOp
}

// endTicket names the right to look how an operation ended. Each process makes the same name of what the log
// says, at whatever second it looks; every five minutes there is another, should whoever claimed the last one
// have died.
func endTicket(op string, oldest audit.Event, now time.Time) string {
	slot := now.Sub(oldest.Time.Add(openFor)) / lookAgain
	return fmt.Sprintf("end-%s-%d", strings.ToLower(op), slot)
}

// ended is an intent and what was found of it.
type ended struct {
	intent audit.Event
	note   string
}

// endsOf looks how an operation ended on each of its keys, and writes all that it found at once: who reads
// the log meanwhile sees all of them open, or none.
func (d *Desk) endsOf(ctx context.Context, open []audit.Event) (ends []ended, err error) {
	var events []audit.Event
	var failed []error
	for _, e := range open {
		found, err := d.lookAt(ctx, e)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		events = append(events, found)
		ends = append(ends, ended{e, found.Note})
	}
	if len(ends) == 0 {
		return nil, errors.Join(failed...)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime) // also when the process ends now
	defer cancel()
	if err := d.write(ctx, events...); err != nil {
		return nil, err
	}
	return ends, errors.Join(failed...)
}
