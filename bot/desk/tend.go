package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"
)

const (
	tendEvery    = time.Minute     // how often Run looks after things
	refreshEvery = 5 * time.Minute // how often it asks what other processes have logged
	lateLink     = time.Minute     // after its end, a link that is still there was left by a process that died
	keptFor      = time.Hour       // how long what has ended stays before it is purged
	ticketTime   = 5 * time.Minute // how long a ticket of this file waits to be claimed
)

// tended is what Run remembers from one round to the next.
type tended struct {
	hour      int64             // of the last sweep
	refreshed time.Time         // when the log was last refreshed
	looks     map[string]string // by operation: the ticket by which this process looks how it ended
	reminded  map[string]bool   // by request: whether it was this process that reminds of it
}

// Run looks after what no command does, until ctx ends or Close is called: it counts denials, ends what has
// expired, finds out how interrupted changes ended, and clears away what is over.
func (d *Desk) Run(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.life.Done():
			return
		case now := <-tick.C:
			d.Tend(ctx, now)
		}
	}
}

// Tend is one round of Run, at the given time; one at a time, and none after Close. When ctx ends, or Close
// begins, it begins nothing more, and what it has done is still written down.
func (d *Desk) Tend(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	select {
	case d.round <- struct{}{}:
		defer func() { <-d.round }()
	case <-ctx.Done():
		return
	}
	if d.life.Err() != nil {
		return
	}
	d.countDenials(context.WithoutCancel(ctx), false)
	d.expireLate(now)
	if now.Sub(d.tended.refreshed) >= refreshEvery {
		d.tended.refreshed = now
		d.noteFailure(ctx, "the log could not be read again", d.Log.Refresh(ctx))
	}
	d.tellAgain()
	d.noteFailure(ctx, "passes of people without a role could not be ended", d.endPasses(ctx, now))
	d.noteFailure(ctx, "interrupted changes could not be looked at", d.reconcile(ctx, now))
	d.noteFailure(ctx, "requests could not be looked after", d.tendRequests(ctx, now))
	d.noteFailure(ctx, "what was revoked could not be looked after", d.keepRevoked(ctx, now))
	if hour := now.Unix() / 3600; hour != d.tended.hour {
		d.tended.hour = hour
		d.noteFailure(ctx, "what has ended could not be cleared away", d.sweep(ctx, now, hour))
	}
}

func (d *Desk) noteFailure(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, what, vault.Cause(err))
	}
}

// mine claims the right to do something once, of all processes. What was claimed by another is no error.
func (d *Desk) mine(ctx context.Context, what string, now time.Time) (bool, error) {
	err := d.Vault.PutTicket(ctx, what, now.Add(ticketTime))
	if err == nil {
		err = d.Vault.ClaimTicket(ctx, what)
	}
	if errors.Is(err, vault.ErrGone) || errors.Is(err, vault.ErrUnclear) {
		return false, nil
	}
	return err == nil, err
}

// sweep clears away links and tickets that ended an hour ago, once an hour.
func (d *Desk) sweep(ctx context.Context, now time.Time, hour int64) error {
	mine, err := d.mine(ctx, fmt.Sprintf("sweep-%d", hour), now)
	if err != nil || !mine {
		return err
	}
	n, err := d.Vault.Sweep(ctx, now.Add(-keptFor))
	if n == 0 {
		return err
	}
	e := audit.Event{Action: "sweep", Outcome: audit.OK, Chat: string(catalog.System),
		Actor: audit.Actor{Name: "keydesk"},
		Note:  "cleared away " + number(n) + " links, tickets, passes and requests that had ended"}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime) // also when the process ends now
	defer cancel()
	return errors.Join(err, d.write(ctx, e))
}
