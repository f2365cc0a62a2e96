package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// Key Vault has no conditional write, and a write replaces all tags. A process that has read a key's tags
// writes them back a moment later with its rotation or edit, and what another process revoked in between
// would come back. The log knows what was decided last. For a while after each decision the claim takes away
// what it took away, and Tend looks at the key each minute and takes it away in the tags again. Both only
// ever take away: a grant that was lost the same way is given again by a person.

// openTo is who may retrieve a key that was just read. Where the last decision that is known here says less
// than the tags, the log is read again first: another process may have decided since.
func (d *Desk) openTo(ctx context.Context, k catalog.Key) catalog.Roles {
	name := k.Name.String()
	back := func() catalog.Roles {
		dec, ok := d.decisions(time.Now(), name)[name]
		if !ok {
			return 0
		}
		return d.cameBack(dec, k)
	}
	if back() == 0 {
		return d.Catalog.Access(k)
	}
	d.noteFailure(ctx, "the log could not be read again", d.Log.Refresh(ctx))
	return d.Catalog.Access(k) &^ back()
}

// keepRevoked looks at each key whose access was decided about within the last minutes, and takes away again
// what came back.
func (d *Desk) keepRevoked(ctx context.Context, now time.Time) error {
	var failed []error
	mine := map[string]bool{} // operations that this process looks after now
	var found []catalog.Key
	for name, dec := range d.decisions(now, "") {
		key, err := d.readNamed(ctx, name)
		switch {
		case err != nil:
			failed = append(failed, err)
			continue
		case key.Version == "" || d.cameBack(dec, key) == 0:
			continue
		}
		op := dec.event.Op
		if _, asked := mine[op]; !asked {
			mine[op], err = d.mine(ctx, keepTicket(dec, now), now)
			failed = append(failed, err)
		}
		if mine[op] {
			found = append(found, key)
		}
	}
	if len(found) == 0 {
		return errors.Join(failed...)
	}
	// Another process may have decided since, and may be the one that knows the chat of who is told.
	if err := errors.Join(d.Log.Refresh(ctx), d.Vault.Refresh(ctx)); err != nil {
		return errors.Join(append(failed, err)...)
	}
	last := d.decisions(now, "")
	for _, key := range found {
		if dec, ok := last[key.Name.String()]; ok && d.cameBack(dec, key) != 0 {
			failed = append(failed, d.takeAway(ctx, dec, key))
		}
	}
	return errors.Join(failed...)
}

// keepTicket names the right to look after what an operation decided, in this minute.
func keepTicket(dec decision, now time.Time) string {
	return fmt.Sprintf("keep-%s-%d", strings.ToLower(dec.event.Op), now.Sub(dec.event.Time)/time.Minute)
}

// readNamed reads a key by the name in an event; the zero Key where there is none to look at.
func (d *Desk) readNamed(ctx context.Context, word string) (catalog.Key, error) {
	name, err := catalog.ParseKeyName(word)
	if err != nil {
		return catalog.Key{}, nil
	}
	key, _, err := d.Vault.ReadKey(ctx, name)
	for _, none := range []error{vault.ErrNotFound, vault.ErrForeign, vault.ErrDisabled} {
		if errors.Is(err, none) {
			return catalog.Key{}, nil
		}
	}
	return key, err
}

// takeAway takes away what came back, and tells who had revoked it.
func (d *Desk) takeAway(ctx context.Context, dec decision, key catalog.Key) error {
	ch := &accessChange{wish: wish{name: key.Name}, op: rand.Text(), was: key}
	back := d.cameBack(dec, key)
	own := d.Catalog.Access(key) &^ back
	if d.planTo(ch, 0); !dec.byDefault || ch.after != own {
		d.planTo(ch, own)
	}
	ch.note = back.String() + " came back through another change, taken away again: " +
		accessNote(ch.before, key.Roles == 0, ch.after, ch.own == 0)
	as := audit.Event{Chat: string(catalog.System), Actor: dec.event.Actor}
	if err := d.writeAccess(ctx, as, []*accessChange{ch}); err != nil || ch.err != nil {
		return errors.Join(err, ch.err)
	}
	v := cards.NoticeView{Tone: cards.Warn, Title: "Revoked again: " + key.Name.String(),
		Text: fmt.Sprintf("You took %s from %s. Another change of the key, which had begun before, "+
			"brought it back. Keydesk has taken it away again.", key.Name, strings.Join(roleNames(back), " and ")),
		Buttons: append(onKey(key.Name, "access", "history"), button("In the log", "audit", "filter", ch.op)),
		Ref:     ch.op}
	d.background(func(ctx context.Context) {
		_, err := d.Poster.Post(ctx, dec.event.Actor.ID, cards.Notice(v))
		d.noteFailure(ctx, "a person could not be told of a revocation that came back", err)
	})
	return nil
}
