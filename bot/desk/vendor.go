package desk

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// vendor keeps the vendors of the customer's own: add, edit and remove.
func (d *Desk) vendor(ctx context.Context, c *call) (Reply, error) {
	do, id := c.option("do"), c.option("vendor")
	if !c.pressed() && len(c.line.words) > 0 {
		do, id = strings.ToLower(c.line.words[0]), c.line.text(1)
	}
	switch do {
	case "add":
		return d.vendorForm(ctx, c, catalog.Own{Name: cut(id, maxVendorName)}, false)
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
	return d.ownVendors(c, do != ""), nil
}

// ownVendors lists the vendors of one's own, also those that can't be used. Where lost, the person typed a
// word that the command does not know.
func (d *Desk) ownVendors(c *call, lost bool) Reply {
	v := cards.NoticeView{Title: "Vendors of your own",
		Text:    "Add the vendors that the catalog doesn't have. They have no connection test.",
		Buttons: []cards.Button{button("Add a vendor", "vendor", "do", "add")}}
	if lost {
		v.Lines = append(v.Lines,
			"That word is none of those that can stand behind vendor: add, edit <id>, remove <id>.")
	}
	left := d.Catalog.LeftOut()
	for _, out := range left[:min(len(left), rows)] {
		name := vendorWords(out.Own)
		v.Lines = append(v.Lines, name+" can't be used: "+strings.Join(strings.Fields(out.Why), " "))
		v.Buttons = append(v.Buttons, button("Edit "+name, "vendor", "do", "edit", "vendor", out.ID),
			button("Remove "+name, "vendor", "do", "remove", "vendor", out.ID))
	}
	all := d.Catalog.Owns()
	for _, own := range all[:min(len(all), rows)] {
		v.Facts = append(v.Facts, cards.Fact{Title: own.Name, Value: own.ID + ", " + string(own.Category)})
		v.Buttons = append(v.Buttons, button("Edit "+own.Name, "vendor", "do", "edit", "vendor", own.ID))
	}
	if more := max(len(all)-rows, 0) + max(len(left)-rows, 0); more > 0 {
		v.Lines = append(v.Lines, fmt.Sprintf("And %d more: type vendor edit <id>.", more))
	}
	return Reply{New: c.opening(), Card: cards.Notice(v)}
}

// vendorWords is what people know a vendor of one's own by: its id where its name can't be read.
func vendorWords(own catalog.Own) string { return cmp.Or(own.Name, own.ID) }

// ownNow is the vendor of one's own with that id as the vault has it now, also one that can't be used.
func (d *Desk) ownNow(id string) (catalog.Own, bool) {
	if own, ok := d.Catalog.Own(id); ok {
		return own, true
	}
	for _, out := range d.Catalog.LeftOut() {
		if out.ID == id {
			return out.Own, true
		}
	}
	return catalog.Own{}, false
}

// ownVendor finds a vendor of one's own by its id or name.
func (d *Desk) ownVendor(c *call, do, id string) (catalog.Own, error) {
	if own, ok := d.ownNow(strings.ToLower(id)); ok {
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
	own, there := d.ownNow(id)
	if !there {
		return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Removed already",
			Text: "The vendor " + id + " is not there any more."})}, nil
	}
	if use.any() {
		return Reply{}, d.hasKeys(own, use)
	}
	if c.saving() {
		return d.oneAtATime(c, func() (Reply, error) { return d.saveRemoval(ctx, c, own) })
	}
	yes := button("Remove", "vendor", "do", "remove", "vendor", own.ID, "step", "save", "op", c.op,
		"opened", own.Op)
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Warn,
		Title: "Remove " + vendorWords(own) + "?", Text: "It has no keys, and no deleted ones.",
		Buttons: []cards.Button{yes, cancelButton(c)}})}, nil
}

// hasKeys refuses to remove a vendor that has keys. Those of one that can't be used come back with it.
func (d *Desk) hasKeys(own catalog.Own, use vendorUse) error {
	if _, usable := d.Catalog.Own(own.ID); !usable {
		return &refusal{title: "It has keys",
			sentence: use.of(own) + " Edit the vendor first, so that its keys can be used or deleted.",
			buttons:  []cards.Button{button("Edit", "vendor", "do", "edit", "vendor", own.ID)}}
	}
	return &refusal{title: "It has keys", sentence: use.of(own) + " " + use.first("remove it"),
		buttons: []cards.Button{button("Keys", "keys", "filter", own.ID), button("Deleted keys", "recover")}}
}

func (d *Desk) saveRemoval(ctx context.Context, c *call, own catalog.Own) (Reply, error) {
	if d.second(c) {
		return d.hold(ctx, c, held{opened: own.Op, what: "Remove the vendor " + vendorWords(own)})
	}
	c.remark = removesVendor + own.ID
	_, err := d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
		return catalog.Key{}, d.Vault.RemoveVendor(ctx, own.ID, c.option("opened"))
	})
	if err != nil {
		return Reply{}, vendorFault(err, own, "removed")
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Removed " + own.ID,
		Ref: c.op})}, nil
}
