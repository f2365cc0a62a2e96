package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keydesk/cards"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// tendRequests reminds of what waits, ends what nobody answered, and finishes what a process that died has decided.
func (d *Desk) tendRequests(ctx context.Context, now time.Time) error {
	var failed []error
	for _, r := range d.Vault.Requests() {
		if ctx.Err() != nil {
			break
		}
		dec, decided := d.decided(r)
		switch {
		case decided && now.Sub(dec.At) >= openFor:
			failed = append(failed, d.finish(ctx, r, dec, now))
		case decided:
		case r.Over(now):
			failed = append(failed, d.expireRequest(ctx, r, now))
		case r.Due(now):
			failed = append(failed, d.remind(ctx, r, now))
		}
	}
	return errors.Join(failed...)
}

// finish goes on with a decided request: what was approved is carried out under its own operation, so that it
// happens once; then it is cleared away.
func (d *Desk) finish(ctx context.Context, r request.Request, dec request.Decision, now time.Time) error {
	slot := now.Sub(dec.At.Add(openFor)) / lookAgain
	mine, err := d.mine(ctx, fmt.Sprintf("finish-%s-%d", r.ID, slot), now)
	if err != nil || !mine {
		return err
	}
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	if errors.Is(err, vault.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	res := result{}
	if dec.End == request.Approved {
		if res, err = d.carryOn(ctx, whole, dec, now); err != nil || res.later {
			return err
		}
	}
	if err := d.Vault.DeleteRequest(ctx, r.ID); err != nil {
		return err
	}
	d.tellEverybody(ctx, whole, dec, res, cards.Request(d.endView(whole.Request, dec, res)))
	return nil
}

// carryOn does what was approved and is not done yet. After a day it is given up.
func (d *Desk) carryOn(
	ctx context.Context, r vault.Request, dec request.Decision, now time.Time,
) (result, error) {
	if r.Kind == request.Access {
		return d.givePass(ctx, r, dec), nil
	}
	c, err := d.replay(ctx, r, &dec)
	if err == nil {
		err = d.orUnclear(c, "", d.rerun(ctx, c, r))
	}
	res, err := d.outcomeOf(ctx, c, r, err)
	if err == nil && res.later && now.Sub(dec.At) > request.OpenFor {
		return result{failed: true, word: "It could not be done for a day and was given up. Begin it again."}, nil
	}
	return res, err
}

// expireRequest ends a request that nobody has answered.
func (d *Desk) expireRequest(ctx context.Context, r request.Request, now time.Time) error {
	dec, err := r.Expire(now)
	if err != nil {
		return err
	}
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	if errors.Is(err, vault.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := d.claimDecision(ctx, &whole); err != nil {
		if _, said := errors.AsType[*refusal](err); said { // by another process, or one that died; a later round looks
			return nil
		}
		return err
	}
	_, err = d.settle(ctx, whole, dec)
	return err
}

// remind shows a request once more.
func (d *Desk) remind(ctx context.Context, r request.Request, now time.Time) error {
	mine, err := d.mine(ctx, "remind-"+r.ID, now)
	if err != nil || !mine {
		return err
	}
	whole, err := d.Vault.ReadRequest(ctx, r.ID)
	if errors.Is(err, vault.ErrGone) {
		return nil
	}
	if err != nil || !whole.Remind.IsZero() {
		return err
	}
	whole.Remind = now.UTC().Truncate(time.Millisecond)
	if err := d.Vault.SaveRequest(ctx, whole); err != nil {
		return err
	}
	d.announce(ctx, &whole)
	return nil
}

// tellGone puts the end of a request onto cards that were posted while it was decided.
func (d *Desk) tellGone(ctx context.Context, r vault.Request, posts []request.Post) {
	d.noteFailure(ctx, "the log could not be read again", d.Log.Refresh(ctx))
	dec, ok := d.decided(r.Request)
	if !ok {
		return
	}
	d.everywhere(ctx, posts, cards.Request(d.endView(r.Request, dec, result{})))
}

// requests lists what waits: everything for admins, else the person's own. With a request it shows that one.
func (d *Desk) requests(ctx context.Context, c *call) (Reply, error) {
	admin := c.Roles.Any(adminOnly)
	if id := c.option("request"); id != "" {
		return d.oneRequest(ctx, c, id, admin)
	}
	var open []request.Request
	for _, r := range d.Vault.Requests() {
		if _, decided := d.decided(r); !decided && !r.Over(c.now) && (admin || r.By.ID == c.ID) {
			open = append(open, r)
		}
	}
	v := cards.RequestsView{Title: "Requests", Total: len(open)}
	if !admin {
		v.Title = "Your requests"
	}
	open, v.Page, v.Pages = page(open, c.page(), rows)
	for _, r := range open {
		row := cards.RequestRow{What: r.What, Who: r.By.Name, Age: span(c.now.Sub(r.Made)), Left: span(r.Until.Sub(c.now)),
			Buttons: []cards.Button{button("Open", "requests", "request", r.ID)}}
		if r.By.ID == c.ID {
			row.Buttons = []cards.Button{button("Withdraw", "withdraw", "request", r.ID)}
		}
		v.Rows = append(v.Rows, row)
	}
	v.Buttons = pager("requests", "", v.Page, v.Pages)
	return Reply{New: c.opening(), Card: cards.Requests(v)}, nil
}

// oneRequest shows one request to who decides about it, or to who made it. Its card is told how it ends, too.
func (d *Desk) oneRequest(ctx context.Context, c *call, id string, admin bool) (Reply, error) {
	r, err := d.Vault.ReadRequest(ctx, id)
	switch {
	case errors.Is(err, vault.ErrGone), errors.Is(err, vault.ErrBadValue):
		return Reply{}, d.howItEnded(ctx, id)
	case err != nil:
		return Reply{}, err
	case r.By.ID == c.ID:
		return Reply{New: c.pressed(), Card: d.waitingCard(r.Request, sentTo(r.Posts))}, nil
	case !admin:
		return Reply{}, d.howItEnded(ctx, "")
	}
	return Reply{New: c.pressed(), Card: cards.Request(d.decideView(r.Request))}, nil
}

// span is a time in words, "45 min" or "22 h".
func span(t time.Duration) string {
	if t < 90*time.Minute {
		return fmt.Sprintf("%d min", max(0, int(t.Minutes())))
	}
	return fmt.Sprintf("%d h", int(t.Hours()))
}
