package desk

import (
	"fmt"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// moved refuses what was decided on an older version, and says who was faster and what was done all the same.
func (d *Desk) moved(c *call, k catalog.Key, done string) error {
	return &refusal{title: "Somebody was faster", cause: vault.ErrMoved,
		sentence: fmt.Sprintf("%s changed %s meanwhile. %s", d.mover(k), k.Name, done),
		lines:    []string{"Look at it, then decide again."},
		buttons:  onKey(k.Name, "key", "history", c.cmd.Verb)}
}

// onKey is buttons for what can be done with a key.
func onKey(name catalog.KeyName, verbs ...string) (out []cards.Button) {
	for _, verb := range verbs {
		out = append(out, button(title(verb), verb, "key", name.String()))
	}
	return out
}

// mover is who changed a key last, as the log knows it or, of a new value, its tags.
func (d *Desk) mover(k catalog.Key) string {
	last := d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == k.Op && e.Key == k.Name.String() && e.Outcome == audit.OK &&
			e.Action != "get" && e.Action != "retrieve"
	})
	switch {
	case len(last) > 0 && last[0].Actor.Name != "":
		return last[0].Actor.Name
	case k.Op == k.Made && k.RotatedBy.Name != "":
		return k.RotatedBy.Name
	}
	return "Somebody"
}

// together tells that two people did the same at the same moment, so that both were stored.
func together(c *call, name catalog.KeyName) error {
	r := &refusal{title: "Changed twice at the same moment", cause: vault.ErrTogether}
	switch c.cmd.Verb {
	case "edit":
		r.sentence = fmt.Sprintf("%s has its new label. At the same moment somebody else stored that name, or "+
			"deleted the old one or gave it another label.", name)
		r.lines = []string{"Look at its history and at the keys of this vendor, and delete what is stored twice."}
		r.buttons = append(onKey(name, "history"), button("Keys", "keys", "filter", name.Vendor))
	case "vendor":
		r.sentence = "Yours was stored. Somebody else changed the same vendor at the same moment."
		r.lines = []string{"Look at it, and agree on one."}
		r.buttons = []cards.Button{button("Your vendors", "vendor")}
	default:
		r.title = "Stored twice at the same moment"
		r.sentence = fmt.Sprintf("Your value of %s was stored and is current. "+
			"Somebody else stored another one at the same moment.", name)
		r.lines = []string{"The history shows both. Agree on one; rotate if theirs is the right one."}
		r.buttons = onKey(name, "history", "rotate")
	}
	return r
}

// superseded tells that a change was stored and is already overtaken. What it was about decides the words; a
// vendor has its own (vendorFault).
func superseded(c *call, name catalog.KeyName, err error) error {
	r := &refusal{title: "Stored, and changed again", cause: vault.ErrSuperseded,
		sentence: fmt.Sprintf("Your value of %s was stored, but somebody else changed the key right after. "+
			"Theirs is current.", name),
		lines:   []string{"The history shows both. Rotate again if yours is the right one."},
		buttons: onKey(name, "history", "rotate")}
	switch c.cmd.Verb {
	case "vendor":
		return err
	case "edit":
		r.sentence = fmt.Sprintf("Your change of %s was stored, but somebody else changed the key right after. "+
			"Theirs is current.", name)
		r.lines, r.buttons = []string{"Look at it, and edit it again if yours is the right one."},
			onKey(name, "key", "edit")
	}
	return r
}
