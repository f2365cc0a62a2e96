package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// edit changes what belongs to a key besides its value. Options that are typed are applied at once; without
// any it asks.
func (d *Desk) edit(ctx context.Context, c *call) (Reply, error) {
	t, before := d.editedBefore(c)
	if !before {
		var err error
		if t, err = d.stored(ctx, c); err != nil {
			return Reply{}, err
		}
	}
	if len(c.line.words) > 1 {
		return Reply{}, refuse("Type what changes as name=value, and a value of several words in quotes, " +
			"for example: edit " + t.name.String() + ` interval=30 owner="L2 technician"`)
	}
	var err error
	if t.key, _, err = d.Vault.ReadKey(ctx, t.name); err != nil { // memory may be behind another process
		return Reply{}, err
	}
	if c.saving() || len(c.line.options) > 0 {
		return d.once(ctx, c, func() (Reply, error) { return d.saveEdit(ctx, c, t) })
	}
	return d.askEdit(ctx, c, t)
}

// askEdit shows the form with all as it is now, and what came with a button in its place.
func (d *Desk) askEdit(ctx context.Context, c *call, t target) (Reply, error) {
	chosen, err := d.editedOwner(ctx, c, t.key.Owner)
	if _, err2 := d.settings(c, t, c.given); err != nil || err2 != nil {
		return Reply{}, mistakesOr(err, err2)
	}
	or := func(name, now string) string {
		if given, ok := c.data[name]; ok {
			return given
		}
		return now
	}
	people, err := d.people(ctx)
	if err != nil {
		return Reply{}, err
	}
	inputs := []cards.Input{{ID: "label", Label: "Label", Value: or("label", t.name.Label), Max: 40,
		Placeholder: "for example acme-hq"}}
	for _, p := range t.vendor.Placeholders {
		inputs = append(inputs, placeholder(p, or("endpoint."+p.Name, t.key.Endpoint[p.Name])))
	}
	inputs = append(inputs,
		cards.Input{ID: "interval", Label: "Rotate every (days)", Kind: cards.Number,
			Value: or("interval", strconv.Itoa(t.key.IntervalDays))},
		cards.Input{ID: "expiry", Label: "Expiry at the vendor, if it has one", Kind: cards.Day,
			Value: or("expiry", t.key.Expiry.String())},
		cards.Input{ID: "note", Label: "Note", Value: or("note", t.key.Note),
			Placeholder: "optional; never a value"},
		ownerInput(t.key.Owner, cmp.Or(chosen.ID, t.key.Owner.ID), people))
	save := primary(button("Save", "edit", "key", t.name.String(), "step", "save", "op", c.op,
		"opened", t.key.Op))
	return Reply{New: c.pressed(), Card: cards.Ask(cards.AskView{Title: "Edit " + t.name.String(),
		Text:   "The value stays as it is. To store a new one, rotate the key.",
		Inputs: inputs, Buttons: []cards.Button{save, cancelButton(c)}})}, nil
}

// ownerInput asks for the owner; the present one may stay, with a role or without.
func ownerInput(now catalog.Person, chosen string, people []catalog.Person) cards.Input {
	in := cards.Input{ID: "owner", Label: "Owner, asked first when the key is overdue", Kind: cards.OneOf,
		Value: chosen}
	if now.ID != "" && !slices.ContainsFunc(people, func(p catalog.Person) bool { return p.ID == now.ID }) {
		people = append(people, now)
	}
	for _, p := range people {
		in.Choices = append(in.Choices, cards.Choice{Title: p.Name, Value: p.ID})
	}
	return in
}

// placeholder asks for a placeholder's value.
func placeholder(p catalog.Placeholder, value string) cards.Input {
	name := strings.ToUpper(p.Name[:1]) + strings.ReplaceAll(p.Name[1:], "_", " ")
	in := cards.Input{ID: "endpoint." + p.Name, Label: name + ": " + p.What, Value: value,
		Placeholder: "for example " + p.Example}
	for _, v := range p.Values {
		in.Choices = append(in.Choices, cards.Choice{Title: v, Value: v})
	}
	if len(in.Choices) > 0 && (value == "" || slices.Contains(p.Values, value)) {
		in.Kind = cards.OneOf
	}
	return in
}

// cancelButton closes the form of this call.
func cancelButton(c *call) cards.Button {
	b := button("Cancel", "cancel", "op", c.op)
	b.Keep = true
	return b
}

// edited is what an edit changes; nil and "" stay.
type edited struct {
	vault.Edit
	name  catalog.KeyName // another one where the label changes
	words []string        // what changes, for the log
}

// saveEdit applies an edit: what belongs to the key first, then its label.
func (d *Desk) saveEdit(ctx context.Context, c *call, t target) (Reply, error) {
	e, err := d.editOf(ctx, c, t)
	if err != nil {
		return Reply{}, err
	}
	if len(e.words) == 0 && t.key.Op == c.op {
		return d.saved(c, entry{target: t, what: "Changed"}), nil
	}
	if len(e.words) == 0 {
		return Reply{}, refuse("Nothing is different from what is stored.")
	}
	if e.name != t.name {
		if _, err := d.Vault.FindDeleted(ctx, e.name); err == nil {
			return Reply{}, d.wasDeleted(ctx, e.name)
		}
	}
	if d.TwoPerson && c.decision == nil && e.Endpoint != nil {
		return d.hold(ctx, c, heldEdit(t, e))
	}
	form, done := c.op, nothingChanged
	c.remark = "changes " + strings.Join(besidesLabel(e.words), ", ")
	if e.name == t.name || len(e.words) > 1 { // the label is not all
		c.op = e.Op // the log and the key's tag have the same
		t.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) {
			return d.Vault.Edit(ctx, t.name, e.Edit)
		})
		if errors.Is(err, errUnlogged) && e.name != t.name {
			return Reply{}, &refusal{cause: err, ref: c.op, sentence: allButLabel + " That could not be written " +
				"to the log. Tell a Keydesk admin, then give it the label."}
		}
		if err != nil {
			return Reply{}, d.movedOr(err, c, t.key, done)
		}
		e.OpenedOn, done = t.key.Op, allButLabel
	}
	if e.name != t.name {
		c.op = form // a key that was moved is found again by it
		if t.key, err = d.rename(ctx, c, t.name, e, done); err != nil {
			return Reply{}, err
		}
		t.name = e.name
	}
	return d.saved(c, entry{target: t, what: "Changed", changed: e.words}), nil
}

func besidesLabel(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == theLabel })
}

const theLabel = "the label"

// What a change that came to nothing, or half of it, leaves.
const (
	nothingChanged = "Nothing was changed."
	allButLabel    = "All but the label was changed."
)
