package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// delete asks first, and says what remains; then it deletes the key and withdraws its open links.
func (d *Desk) delete(ctx context.Context, c *call) (Reply, error) {
	if c.saving() {
		return d.once(ctx, c, func() (Reply, error) { return d.saveDelete(ctx, c) })
	}
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	yes := button("Delete", "delete", "key", t.name.String(), "step", "save", "op", c.op, "opened", t.key.Op)
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: "Delete " + t.name.String() + "?",
		Text: "Nobody can get it any more, and open links to it are withdrawn.",
		Lines: []string{"The vault keeps what is deleted for a while; an admin can recover it until then.",
			"At " + t.vendor.Name + " the key goes on working until it is revoked there: " + t.vendor.PortalPath},
		Buttons: []cards.Button{yes, cancelButton()}})}, nil
}

func (d *Desk) saveDelete(ctx context.Context, c *call) (Reply, error) {
	name, err := catalog.ParseKeyName(c.option("key"))
	if err == nil && d.did(c, name) { // by this very form, before a restart
		return d.deletedCard(ctx, c, name)
	}
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	_, err = d.change(ctx, c, t.name, func() (catalog.Key, error) {
		was, err := d.Vault.Delete(ctx, t.name, c.option("opened"))
		return was.Key, err
	})
	if err != nil {
		now, _ := d.Vault.Key(t.name)
		return Reply{}, d.movedOr(err, now)
	}
	d.withdrawAll(ctx, t.name)
	return d.deletedCard(ctx, c, t.name)
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
func (d *Desk) deletedCard(ctx context.Context, c *call, name catalog.KeyName) (Reply, error) {
	v := cards.NoticeView{Tone: cards.Good, Title: "Deleted " + name.String(), Ref: c.op,
		Buttons: []cards.Button{button("Recover", "recover", "key", name.String(), "op", rand.Text())}}
	if vendor, ok := d.Catalog.Vendor(name.Vendor); ok {
		v.Lines = append(v.Lines, "Revoke it at "+vendor.Name+" too: "+vendor.PortalPath)
	}
	was, err := d.Vault.FindDeleted(ctx, name)
	if err == nil {
		v.Text = "It can be recovered until " + catalog.DateOf(was.Until).String() + "."
		if was.Purgeable {
			v.Buttons = append(v.Buttons, button("Purge", "purge", "key", name.String()))
		}
	}
	return Reply{Card: cards.Notice(v)}, nil
}

// recover brings a deleted key back, value and all.
func (d *Desk) recover(ctx context.Context, c *call) (Reply, error) {
	return d.once(ctx, c, func() (Reply, error) {
		t, _, err := d.deleted(ctx, c)
		if err != nil {
			return Reply{}, err
		}
		t.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Recover(ctx, t.name) })
		if err != nil {
			return Reply{}, err
		}
		what := "Recovered"
		if !t.key.Enabled {
			what = "Recovered, still disabled in Key Vault"
		}
		return d.saved(c, entry{target: t, what: what}), nil
	})
}

// purge ends a deleted key for good, where the vault allows it. It asks first.
func (d *Desk) purge(ctx context.Context, c *call) (Reply, error) {
	if c.saving() {
		return d.once(ctx, c, func() (Reply, error) { return d.savePurge(ctx, c) })
	}
	t, was, err := d.deleted(ctx, c)
	switch {
	case err != nil:
		return Reply{}, err
	case !was.Purgeable:
		return Reply{}, protected(was)
	}
	yes := button("Purge", "purge", "key", t.name.String(), "step", "save", "op", c.op)
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Bad, Title: "Purge " + t.name.String() + "?",
		Text: "Its value and all its versions are gone then. Nobody can bring them back.", Buttons: []cards.Button{yes, cancelButton()}})}, nil
}

func (d *Desk) savePurge(ctx context.Context, c *call) (Reply, error) {
	name, err := catalog.ParseKeyName(c.option("key"))
	if err != nil || !d.did(c, name) {
		t, was, err := d.deleted(ctx, c)
		if err != nil {
			return Reply{}, err
		}
		name = t.name
		_, err = d.change(ctx, c, name, func() (catalog.Key, error) { return catalog.Key{}, d.Vault.Purge(ctx, name, "") })
		if errors.Is(err, vault.ErrProtected) {
			return Reply{}, protected(was)
		}
		if err != nil {
			return Reply{}, err
		}
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Purged " + name.String(),
		Text: "It is gone for good. The name is free again.", Ref: c.op})}, nil
}

func protected(was vault.Deleted) error {
	return &refusal{title: "The vault keeps it",
		sentence: fmt.Sprintf("This vault is protected against purging. %s is gone by itself on %s.", was.Key.Name, catalog.DateOf(was.Until)),
		buttons:  []cards.Button{button("Recover", "recover", "key", was.Key.Name.String(), "op", rand.Text())}}
}

// deleted finds the deleted key a person named, or asks which.
func (d *Desk) deleted(ctx context.Context, c *call) (target, vault.Deleted, error) {
	word := c.keyWord()
	if word == "" {
		return target{}, vault.Deleted{}, d.whichDeleted(ctx, c)
	}
	t, err := d.target(c, word)
	if err != nil {
		return t, vault.Deleted{}, err
	}
	if t.stored {
		return t, vault.Deleted{}, &refusal{title: "This key is not deleted", sentence: fmt.Sprintf("%s is stored.", t.name),
			buttons: []cards.Button{button("Details", "key", "key", t.name.String())}}
	}
	was, err := d.Vault.FindDeleted(ctx, t.name)
	if errors.Is(err, vault.ErrNotFound) {
		err = &refusal{title: "Nothing to " + c.cmd.Verb, sentence: fmt.Sprintf("No deleted key %s is in the vault.", t.name),
			buttons: []cards.Button{{Title: "Deleted keys", Verb: "recover"}}}
	}
	return t, was, err
}

// whichDeleted asks which of the deleted keys is meant.
func (d *Desk) whichDeleted(ctx context.Context, c *call) error {
	all, err := d.Vault.DeletedKeys(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &refusal{asks: true, title: "No deleted key", sentence: "The vault keeps no deleted key of Keydesk."}
	}
	v := cards.ChooseView{Title: "Which deleted key?", Text: "Deleted keys, the last first", Input: "key", Placeholder: "Type to filter",
		Buttons: []cards.Button{{Title: title(c.cmd.Verb), Verb: c.cmd.Verb}}}
	for _, was := range all[:min(maxChoices, len(all))] {
		v.Choices = append(v.Choices, cards.Choice{Value: was.Key.Name.String(),
			Title: fmt.Sprintf("%s, deleted %s", was.Key.Name, was.At.In(c.now.Location()).Format(time.DateOnly))})
	}
	return &refusal{choose: &v}
}

// did says whether the log has the good end of this operation on a key.
func (d *Desk) did(c *call, name catalog.KeyName) bool {
	return len(d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == c.op && e.Action == c.cmd.Verb && e.Key == name.String() && e.Outcome == audit.OK
	})) > 0
}
