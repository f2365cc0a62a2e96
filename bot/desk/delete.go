package desk

import (
	"context"
	"crypto/rand"
	"fmt"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
)

// delete asks first, and says what remains; then it deletes the key and withdraws its open links.
func (d *Desk) delete(ctx context.Context, c *call) (Reply, error) {
	if c.saving() {
		return d.oneAtATime(c, func() (Reply, error) { return d.saveDelete(ctx, c) })
	}
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	lines := []string{"The vault keeps what is deleted for a while; an admin can recover it until then.",
		goesOn(t.vendor)}
	if d.second(c) {
		lines = append(lines, anotherAdmin)
	}
	yes := button("Delete", "delete", "key", t.name.String(), "step", "save", "op", c.op, "opened", t.key.Op)
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Warn,
		Title:   "Delete " + t.name.String() + "?",
		Text:    "Nobody can get it any more, and open links to it are withdrawn.",
		Lines:   lines,
		Buttons: []cards.Button{yes, cancelButton(c)}})}, nil
}

// anotherAdmin says on a question what the two-person rule makes of a yes.
const anotherAdmin = "Another admin has to approve it."

// goesOn says that deleting a key here ends nothing at its vendor.
func goesOn(v *catalog.Vendor) string {
	return "The key goes on working at " + v.Name + " until you revoke it there."
}

// oneAtATime runs do for the call's operation, and gives its answer to those who press the same button
// meanwhile. A later press looks at the vault again: what was done then may not hold any more.
func (d *Desk) oneAtATime(c *call, do func() (Reply, error)) (Reply, error) {
	id := c.ID + " " + c.cmd.Verb + " " + c.op
	if c.decision != nil { // who presses the form once more hears that it waits
		id += " approved"
	}
	reply, err, _ := d.presses.Do(id, func() (any, error) { return do() })
	return reply.(Reply), err
}

func (d *Desk) saveDelete(ctx context.Context, c *call) (Reply, error) {
	name, err := catalog.ParseKeyName(c.option("key"))
	if err == nil && d.did(c, name) {
		return d.deletedBefore(ctx, c, name)
	}
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if d.second(c) {
		return d.hold(ctx, c, held{key: t.name, opened: t.key.Op,
			what: "Delete " + t.name.String(), preview: t.key.Preview})
	}
	_, err = d.change(ctx, c, t.name, func() (catalog.Key, error) {
		was, err := d.Vault.Delete(ctx, t.name, c.option("opened"))
		return was.Key, err
	})
	if err != nil {
		now, _ := d.Vault.Key(t.name)
		return Reply{}, d.movedOr(err, c, now, "Nothing was deleted.")
	}
	d.withdrawAll(ctx, t.name)
	return d.deletedCard(ctx, c, t.name), nil
}

// deletedBefore answers a button that has deleted its key before: somebody may have stored it again since.
func (d *Desk) deletedBefore(ctx context.Context, c *call, name catalog.KeyName) (Reply, error) {
	gone, err := d.isGone(ctx, name)
	switch {
	case err != nil:
		return Reply{}, err
	case gone:
		return d.deletedCard(ctx, c, name), nil
	}
	return Reply{}, &refusal{title: "Stored again",
		sentence: fmt.Sprintf("This button has deleted %s before, and the key is stored again.", name),
		lines:    []string{"Nothing was deleted now. Look at it, then decide again."},
		buttons:  onKey(name, "key", "history", "delete")}
}

// withdrawAll ends all open links to a key. Their claims would find no key anyhow.
func (d *Desk) withdrawAll(ctx context.Context, name catalog.KeyName) {
	for _, l := range d.Vault.Links() {
		if l.Key != name {
			continue
		}
		if mine, err := d.withdrawLink(ctx, l); mine && err == nil {
			d.tell(l, endWithdrawn)
		}
	}
}

// deletedCard says what remains of a deleted key.
func (d *Desk) deletedCard(ctx context.Context, c *call, name catalog.KeyName) Reply {
	v := cards.NoticeView{Tone: cards.Good, Title: "Deleted " + name.String(), Ref: c.op,
		Buttons: []cards.Button{recoverButton(name)}}
	if vendor, ok := d.Catalog.Vendor(name.Vendor); ok {
		v.Lines = append(v.Lines, goesOn(vendor))
		if vendor.PortalPath != "at "+vendor.Name { // else it is one of the customer's own, without a page
			v.Lines = append(v.Lines, "Keys are made at: "+vendor.PortalPath)
		}
	}
	was, err := d.Vault.FindDeleted(ctx, name)
	if err == nil {
		v.Text = "It can be recovered until " + catalog.DateOf(was.Until).String() + "."
		if was.Purgeable {
			v.Buttons = append(v.Buttons, button("Purge", "purge", "key", name.String()))
		}
	}
	return Reply{Card: cards.Notice(v)}
}

// did says whether the log has the good end of this operation on a key, written when it was done or found
// later.
func (d *Desk) did(c *call, name catalog.KeyName) bool {
	return len(d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == c.op && e.Action == c.cmd.Verb && e.Key == name.String() && isDone(e)
	})) > 0
}

func recoverButton(name catalog.KeyName) cards.Button {
	return button("Recover", "recover", "key", name.String(), "op", rand.Text())
}
