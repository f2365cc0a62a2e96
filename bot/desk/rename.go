package desk

import (
	"context"
	"errors"
	"fmt"

	"keydesk/catalog"
	"keydesk/vault"
)

// editedBefore finds what an earlier try of the same form has done, before a restart or a lost answer: a key
// that it has moved is the one that the form is about now.
func (d *Desk) editedBefore(c *call) (target, bool) {
	from, err := catalog.ParseKeyName(c.option("key"))
	v, ok := d.Catalog.Vendor(from.Vendor)
	if err != nil || !ok || !c.saving() {
		return target{}, false
	}
	if _, left := d.Vault.Key(from); left {
		return target{}, false
	}
	for _, k := range keysOf(d.Vault.Keys(), v.ID) {
		if k.Made == c.op {
			return target{vendor: v, name: k.Name, key: k, stored: true}, true
		}
	}
	return target{}, false
}

// rename gives a key another label; done is what was changed before. Links to the old name would find
// nothing.
func (d *Desk) rename(
	ctx context.Context, c *call, from catalog.KeyName, e edited, done string,
) (catalog.Key, error) {
	if d.did(c, e.name) { // by this very form, and the old name has come back since
		return catalog.Key{}, &refusal{title: "Stored again",
			sentence: fmt.Sprintf("This form has given %s the label of %s before, and %s is stored again.",
				from, e.name, from),
			lines:   []string{done + " Look at both, then decide again."},
			buttons: append(onKey(from, "key", "edit"), button("Keys", "keys", "filter", from.Vendor))}
	}
	// Its events stand under the new name: an edit of other things has its own, under the old one.
	c.remark = was + from.String()
	key, err := d.change(ctx, c, e.name, func() (catalog.Key, error) {
		return d.Vault.Move(ctx, from, e.name, c.op, e.OpenedOn)
	})
	if errors.Is(err, vault.ErrMoved) {
		return key, d.moved(c, key, done)
	}
	if errors.Is(err, vault.ErrExists) {
		err = exists(catalog.Key{Name: e.name})
	}
	if err == nil || errors.Is(err, vault.ErrTogether) {
		d.withdrawAll(ctx, from)
		return key, err
	}
	if done != nothingChanged {
		err = d.halfDone(ctx, c, err)
	}
	return key, err
}

// halfDone says of a label that could not be changed that all else was.
func (d *Desk) halfDone(ctx context.Context, c *call, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		r.lines = append([]string{allButLabel}, r.lines...)
		return r
	}
	if errors.Is(err, errUnlogged) {
		return err
	}
	d.noteFailure(ctx, "a key could not be given another label", err)
	return &refusal{cause: err, ref: c.op, sentence: "All but the label was changed; the label may not be. " +
		"Press the same button again: it is never done twice."}
}

// movedOr tells who was faster where that is why a change failed.
func (d *Desk) movedOr(err error, c *call, now catalog.Key, done string) error {
	if errors.Is(err, vault.ErrMoved) {
		return d.moved(c, now, done)
	}
	return err
}
