package desk

import (
	"context"
	"errors"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"
)

// lateEnd is an expiry that goes on with the next round.
type lateEnd struct {
	link  vault.Link
	state string
	tried bool // where the link is gone, it was this process that removed it
}

// expire removes a link nobody used. Whoever was faster, a claim or another process, tells instead.
func (d *Desk) expire(link vault.Link, state string) {
	d.follow.forget(link.ID)
	d.background(func(ctx context.Context) { d.carryOut(ctx, lateEnd{link: link, state: state}) })
}

// expiredNow ends a link that was used up too late, and so by nobody.
func (d *Desk) expiredNow(link vault.Link) {
	d.background(func(ctx context.Context) {
		d.carryOut(ctx, lateEnd{link: link, state: endExpired, tried: true})
	})
}

// carryOut ends an expired link: it is removed, that is written down, its card tells it. What can't be done
// now is done in a later round.
func (d *Desk) carryOut(ctx context.Context, end lateEnd) {
	link := end.link
	_, err := d.Vault.WithdrawLink(ctx, link.ID)
	switch {
	case gone(err) && !end.tried:
		return
	case err != nil && !gone(err):
		d.noteFailure(ctx, "an expired link could not be removed", err)
		end.tried = end.tried || errors.Is(err, vault.ErrUnclear)
		d.follow.later(end)
		return
	}
	if gone(err) {
		switch used, err := d.used(ctx, link); {
		case err != nil:
			d.noteFailure(ctx, "what became of an expired link could not be read", err)
			d.follow.later(end)
			return
		case used:
			return
		}
	}
	end.tried = true
	e := audit.Event{Op: link.Op, Action: "expire", Outcome: audit.OK, Chat: string(catalog.System),
		Key: link.Key.String(), Note: "the link was not opened in time",
		Actor: audit.Actor{ID: link.Holder.ID, Name: cut(link.Holder.Name, maxName)}}
	if err := d.write(ctx, e); err != nil {
		d.noteFailure(ctx, "that a link has expired could not be written down", err)
		d.follow.later(end)
		return
	}
	d.end(ctx, link, end.state)
}

// used says whether the log knows of a use of a link, by whichever process.
func (d *Desk) used(ctx context.Context, link vault.Link) (bool, error) {
	if err := d.Log.Refresh(ctx); err != nil {
		return false, err
	}
	minted := link.Until.Add(-d.linkTime(link))
	return len(d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == link.Op && e.Time.After(minted) && (e.Action == "retrieve" || e.Action == link.Intake)
	})) > 0, nil
}

// expireLate ends the links that a process has left which died, or which could not be ended before.
func (d *Desk) expireLate(now time.Time) {
	kept := d.follow.due()
	for _, end := range kept {
		d.background(func(ctx context.Context) { d.carryOut(ctx, end) })
	}
	for _, l := range d.Vault.EndedLinks(now.Add(-lateLink)) {
		if _, ok := kept[l.ID]; !ok {
			d.expire(l, endExpired)
		}
	}
}

// later keeps an end for the next round.
func (f *follower) later(end lateEnd) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.late == nil {
		f.late = map[string]lateEnd{}
	}
	f.late[end.link.ID] = end
}

// due takes out the ends that were kept.
func (f *follower) due() map[string]lateEnd {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.late
	f.late = nil
	return out
}
