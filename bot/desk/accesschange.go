package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// accessChange is the change of one key's access, and how it ended.
type accessChange struct {
	wish
	op            string
	was, now      catalog.Key   // as it was read, and as it is then
	own           catalog.Roles // its list from now on; none: the default
	before, after catalog.Roles // who may retrieve it
	note          string        // for the log
	same          bool          // it is so already
	again         bool          // this card has changed it before, and somebody else since
	err           error
}

// action is what the log calls it: whoever takes something away revokes.
func (ch *accessChange) action() string {
	if ch.before&^ch.after != 0 {
		return "revoke"
	}
	return "grant"
}

// changeAccess is the one function that changes access: it asks anew whether the person still is an admin,
// reads each key, and changes those that are not yet as wished. Its error says that nothing was done.
func (d *Desk) changeAccess(ctx context.Context, c *call, wishes []wish) ([]*accessChange, error) {
	if err := d.askAnew(ctx, c); err != nil {
		return nil, err
	}
	all := make([]*accessChange, len(wishes))
	var todo []*accessChange
	each(wishes, func(i int, w wish) { all[i] = d.planAccess(ctx, c, w) })
	for _, ch := range all {
		if ch.err == nil && !ch.same && !ch.again {
			todo = append(todo, ch)
		}
	}
	return all, d.writeAccess(ctx, d.event(c, "", audit.Intent), todo)
}

// planAccess reads a key and says what is to be changed.
func (d *Desk) planAccess(ctx context.Context, c *call, w wish) *accessChange {
	ch := &accessChange{wish: w, op: c.op}
	if ch.was, _, ch.err = d.Vault.ReadKey(ctx, w.name); ch.err != nil {
		return ch
	}
	ch.now = ch.was
	own := catalog.Roles(0)
	if !w.byDefault {
		own = (d.Catalog.Access(ch.was) | w.grant) &^ w.revoke
	}
	d.planTo(ch, own)
	ch.same = ch.before == ch.after && (!w.byDefault || ch.was.Roles == 0)
	if !ch.same && ch.was.Op == c.op { // this card was saved before, with something else on it
		ch.op = rand.Text()
	}
	ch.again = !ch.same && d.didAccess(c.op, w.name)
	return ch
}

// planTo fills in what a list makes of the key.
func (d *Desk) planTo(ch *accessChange, own catalog.Roles) {
	then := ch.was
	then.Roles = own
	ch.own, ch.before, ch.after = own, d.Catalog.Access(ch.was), d.Catalog.Access(then)
	what := (ch.before ^ ch.after).String()
	if what == "" {
		what = "default"
	}
	ch.note = what + ": " + accessNote(ch.before, ch.was.Roles == 0, ch.after, own == 0)
}

// didAccess says whether the log has the good end of an operation on a key's access.
func (d *Desk) didAccess(op string, name catalog.KeyName) bool {
	return len(d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == op && aboutAccess(e) && e.Key == name.String() && isDone(e)
	})) > 0
}

func aboutAccess(e audit.Event) bool { return e.Action == "grant" || e.Action == "revoke" }

func isDone(e audit.Event) bool {
	return e.Outcome == audit.OK || e.Outcome == audit.Found && e.Note == wasDone
}

// writeAccess makes changes side by side. Their intents are durable before, in one flush, and how each ended
// after it. What Key Vault left unclear stays an open intent. Its error says that nothing was done.
func (d *Desk) writeAccess(ctx context.Context, as audit.Event, all []*accessChange) error {
	if len(all) == 0 {
		return nil
	}
	events := make([]audit.Event, len(all))
	for i, ch := range all {
		e := as
		e.Op, e.Action, e.Outcome, e.Key, e.Note = ch.op, ch.action(), audit.Intent, ch.name.String(), ch.note
		events[i] = e
	}
	if err := d.write(ctx, events...); err != nil {
		return err
	}
	each(all, func(_ int, ch *accessChange) {
		edit := vault.Edit{Op: ch.op, Access: &vault.Access{Was: ch.was.Roles, Roles: ch.own}}
		ch.now, ch.err = d.Vault.Edit(ctx, ch.name, edit)
	})
	var ends []audit.Event
	for i, ch := range all {
		e := events[i]
		e.Version = cmp.Or(ch.now.Version, ch.was.Version)
		switch {
		case ch.err == nil:
			e.Outcome = audit.OK
		case errors.Is(ch.err, vault.ErrUnclear):
			continue
		default:
			e.Outcome, e.Note = audit.Failed, reason(ch.err)
		}
		ends = append(ends, e)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime) // also if nobody waits
	defer cancel()
	if len(ends) == 0 {
		return nil
	}
	if err := d.write(ctx, ends...); err != nil {
		for _, ch := range all {
			if ch.err == nil {
				ch.err = fmt.Errorf("%w: %w", errUnlogged, err)
			}
		}
	}
	return nil
}

// each does something with all of many, some side by side.
func each[T any](all []T, do func(int, T)) {
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for i, one := range all {
		g.Go(func() error { do(i, one); return nil })
	}
	_ = g.Wait()
}
