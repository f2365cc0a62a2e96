package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// vendor keeps the vendors of the customer's own: add, edit and remove.
func (d *Desk) vendor(ctx context.Context, c *call) (Reply, error) {
	do, id := c.option("do"), c.option("vendor")
	if !c.pressed() && len(c.line.words) > 0 {
		do, id = strings.ToLower(c.line.words[0]), c.line.text(1)
	}
	switch do {
	case "add":
		return d.vendorForm(ctx, c, catalog.Own{}, false)
	case "edit", "remove":
		own, err := d.ownVendor(c, do, id)
		if err != nil {
			return Reply{}, err
		}
		if do == "remove" {
			return d.removeVendor(ctx, c, own)
		}
		return d.vendorForm(ctx, c, own, true)
	}
	return d.ownVendors(c), nil
}

// ownVendors lists the vendors of one's own.
func (d *Desk) ownVendors(c *call) Reply {
	v := cards.NoticeView{Title: "Vendors of your own",
		Text:    "Add the vendors that the catalog doesn't have. They have no connection test.",
		Buttons: []cards.Button{button("Add a vendor", "vendor", "do", "add")}}
	all := d.Catalog.Owns()
	for _, own := range all[:min(len(all), rows)] {
		v.Facts = append(v.Facts, cards.Fact{Title: own.Name, Value: own.ID + ", " + string(own.Category)})
		v.Buttons = append(v.Buttons, button("Edit "+own.Name, "vendor", "do", "edit", "vendor", own.ID))
	}
	if more := len(all) - rows; more > 0 {
		v.Lines = append(v.Lines, fmt.Sprintf("And %d more: type vendor edit <id>.", more))
	}
	return Reply{New: c.opening(), Card: cards.Notice(v)}
}

// ownVendor finds a vendor of one's own by its id or name.
func (d *Desk) ownVendor(c *call, do, id string) (catalog.Own, error) {
	if own, ok := d.Catalog.Own(strings.ToLower(id)); ok {
		return own, nil
	}
	m := d.Catalog.Lookup(id)
	if m.Vendor != nil && !m.Guess {
		if own, ok := d.Catalog.Own(m.Vendor.ID); ok {
			return own, nil
		}
		return catalog.Own{}, refuse(m.Vendor.Name +
			" is in Keydesk's own catalog. It can't be changed; add a vendor of your own instead.")
	}
	if do == "remove" && c.saving() { // a repeat, when it is gone
		return catalog.Own{ID: strings.ToLower(id)}, nil
	}
	return catalog.Own{}, &refusal{title: "Which vendor?",
		sentence: "There is no vendor of your own with that name.",
		buttons:  []cards.Button{button("Your vendors", "vendor")}}
}

// removeVendor removes a vendor that has no keys. It asks first.
func (d *Desk) removeVendor(ctx context.Context, c *call, own catalog.Own) (Reply, error) {
	use, err := d.vendorUse(ctx, own.ID)
	if err != nil {
		return Reply{}, err
	}
	id := own.ID
	own, there := d.Catalog.Own(id) // as the vault has it now
	if !there {
		return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Removed already",
			Text: "The vendor " + id + " is not there any more."})}, nil
	}
	if use.any() {
		return Reply{}, &refusal{title: "It has keys", sentence: use.of(own) + " " + use.first("remove it"),
			buttons: []cards.Button{button("Keys", "keys", "filter", own.ID), button("Deleted keys", "recover")}}
	}
	if c.saving() {
		return d.oneAtATime(c, func() (Reply, error) { return d.saveRemoval(ctx, c, own) })
	}
	yes := button("Remove", "vendor", "do", "remove", "vendor", own.ID, "step", "save", "op", c.op,
		"opened", own.Op)
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Warn,
		Title: "Remove " + own.Name + "?", Text: "It has no keys, and no deleted ones.",
		Buttons: []cards.Button{yes, cancelButton()}})}, nil
}

func (d *Desk) saveRemoval(ctx context.Context, c *call, own catalog.Own) (Reply, error) {
	c.remark = removesVendor + own.ID
	_, err := d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
		return catalog.Key{}, d.Vault.RemoveVendor(ctx, own.ID, c.option("opened"))
	})
	switch {
	case errors.Is(err, vault.ErrMoved):
		return Reply{}, refuse("Somebody else changed this vendor meanwhile. Open it again and look.")
	case errors.Is(err, vault.ErrNotFound):
		return Reply{}, refuse("This vendor is not in the vault any more. Press the same button again to be sure.")
	case err != nil:
		return Reply{}, err
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Removed " + own.ID,
		Ref: c.op})}, nil
}

// vendorUse is how many keys of a vendor are stored, and how many deleted ones could be recovered.
type vendorUse struct{ stored, deleted int }

// vendorUse counts anew: what memory knows is up to five minutes old, and it knows no deleted keys.
func (d *Desk) vendorUse(ctx context.Context, id string) (vendorUse, error) {
	if err := d.Vault.Refresh(ctx); err != nil {
		return vendorUse{}, err
	}
	use := vendorUse{stored: len(keysOf(d.Vault.Keys(), id))}
	all, err := d.Vault.DeletedKeys(ctx)
	for _, was := range all {
		if was.Key.Name.Vendor == id {
			use.deleted++
		}
	}
	return use, err
}

func (u vendorUse) any() bool { return u.stored+u.deleted > 0 }

// of says what there is.
func (u vendorUse) of(own catalog.Own) string {
	stored, deleted := plural(u.stored, "key"), plural(u.deleted, "deleted key")
	switch {
	case u.deleted == 0:
		return own.Name + " has " + stored + "."
	case u.stored == 0:
		return own.Name + " has " + deleted + " that can be recovered."
	}
	return own.Name + " has " + stored + ", and " + deleted + " that can be recovered."
}

// first says what to do before something else.
func (u vendorUse) first(then string) string {
	what := "Purge what is deleted before you " + then
	if u.stored > 0 {
		what = "Delete and purge its keys before you " + then
	}
	return what + "; where the vault allows no purging, wait until they are gone."
}
