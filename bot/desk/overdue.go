package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

const (
	// finishFor is how long finishing one request may take; then another round, of whoever, goes on.
	finishFor = 2 * time.Minute
	// mostReminders is how many requests a round reminds of: each is several cards.
	mostReminders = 10
)

// tendRequests reminds of what waits, ends what nobody answered, and finishes what a process that died has
// decided. A request that only waits costs no call.
func (d *Desk) tendRequests(ctx context.Context, now time.Time) error {
	var failed []error
	ends, reminded, left := d.ends(), map[string]bool{}, mostReminders
	for _, r := range d.Vault.Requests() {
		if ctx.Err() != nil {
			break
		}
		due := ""
		switch {
		case r.Due(now):
			due = "remind-" + r.ID
		case len(r.Posts) == 0 && now.Sub(r.Made) >= openFor: // by a process that died, or nobody was there
			due = "show-" + r.ID
		}
		mine, tried := d.tended.reminded[due]
		if tried {
			reminded[due] = mine
		}
		dec, decided := d.firstOf(r, ends[r.Op])
		switch {
		case decided && now.Sub(dec.At) >= openFor:
			failed = append(failed, d.finish(ctx, r, dec, now))
		case decided:
		case r.Over(now):
			failed = append(failed, d.expireRequest(ctx, r, now))
		case due != "" && left > 0 && (mine || !tried):
			left--
			failed = append(failed, d.remind(ctx, r, now, due, reminded))
		}
	}
	d.tended.reminded = reminded
	return errors.Join(failed...)
}

// finish goes on with a decided request: what was approved is carried out under its own operation, so that it
// happens once; then it is cleared away.
func (d *Desk) finish(ctx context.Context, r request.Request, dec request.Decision, now time.Time) error {
	since := now.Sub(dec.At.Add(openFor))
	slot := int(since / lookAgain)
	if since > time.Hour { // after some tries once an hour is enough
		slot = 100 + int(since/time.Hour)
	}
	mine, err := d.mine(ctx, fmt.Sprintf("finish-%s-%d", r.ID, slot), now)
	if err != nil || !mine {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, finishFor)
	defer cancel()
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	res := result{}
	switch {
	case errors.Is(err, vault.ErrGone):
		return nil
	case unreadable(err) && dec.End != request.Approved:
		whole = vault.Request{Request: r}
	case unreadable(err):
		whole = vault.Request{Request: r}
		res = d.gaveUp(ctx, whole, dec, "What was staged for it can't be read any more. Begin it again.")
	case err != nil:
		return err
	case dec.End == request.Approved:
		res, err = d.carryOn(ctx, whole, dec, now)
	}
	if err != nil {
		return err
	}
	if res.later {
		d.keepDecision(ctx, whole, dec)
		return nil
	}
	if err := d.Vault.DeleteRequest(ctx, r.ID); err != nil {
		return err
	}
	d.background(func(ctx context.Context) { d.tellEverybody(ctx, whole, dec, res) })
	return nil
}

// carryOn does what was approved and is not done yet. After a day it is given up.
func (d *Desk) carryOn(
	ctx context.Context, r vault.Request, dec request.Decision, now time.Time,
) (res result, err error) {
	c, err := d.replay(ctx, r, dec)
	if res, known := d.endedAs(c, r.Request); known {
		return res, nil
	}
	if r.Kind == request.Access {
		res = d.givePass(ctx, r, dec)
	} else {
		word := ""
		if err == nil {
			word, err = d.rerun(ctx, c, r)
		}
		res = d.resultOf(ctx, c, r, word, err)
		if err := d.writeEnd(ctx, c, r, res); err != nil {
			return res, err
		}
	}
	if res.later && now.Sub(dec.At) > request.OpenFor {
		return d.gaveUp(ctx, r, dec, "It could not be done for a day and was given up. Begin it again."), nil
	}
	return res, nil
}

// expireRequest ends a request that nobody has answered.
func (d *Desk) expireRequest(ctx context.Context, r request.Request, now time.Time) error {
	dec, err := r.Expire(now)
	if err != nil {
		return err
	}
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	switch {
	case errors.Is(err, vault.ErrGone):
		return nil
	case unreadable(err): // what is staged is not needed any more
		whole = vault.Request{Request: r}
	case err != nil:
		return err
	}
	began, err := d.claimDecision(ctx, &whole)
	if _, said := errors.AsType[*refusal](err); said || errors.Is(err, errDecided) { // a later round looks
		return nil
	}
	if err != nil {
		return err
	}
	_, err = d.settle(ctx, whole, verdict{Decision: dec, began: began, chat: catalog.System})
	return err
}

// remind shows a request once more, or at last; once of all processes for each that is due.
func (d *Desk) remind(
	ctx context.Context, r request.Request, now time.Time, due string, claimed map[string]bool,
) error {
	mine, tried := claimed[due]
	if !tried {
		var err error
		if mine, err = d.mine(ctx, due, now); err != nil {
			return err
		}
		claimed[due] = mine
	}
	if !mine {
		return nil
	}
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	if errors.Is(err, vault.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	claimed[due] = false // from here on it is done
	switch {
	case !whole.Due(now) && len(whole.Posts) > 0: // shown since memory was read
		return nil
	case whole.Due(now):
		whole.Remind = now.UTC().Truncate(time.Millisecond)
		if err := d.Vault.SaveRequest(ctx, whole); err != nil {
			return err
		}
	}
	d.announce(ctx, &whole)
	return nil
}
