package desk

import (
	"fmt"
	"slices"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// otherLabel helps somebody who named a vendor whose keys all have labels.
func (d *Desk) otherLabel(c *call, t *target) error {
	if c.decision != nil { // nothing else may stand in for what was approved
		return refuse(t.name.String() + " is not stored any more under this name.")
	}
	same := keysOf(d.Vault.Keys(), t.vendor.ID)
	switch {
	case t.name.Label == "" && len(same) == 1 && !c.pressed():
		t.name, t.key, t.stored = same[0].Name, same[0], true
		return nil
	case len(same) > 0:
		question := fmt.Sprintf("There is no key %s. Which of these?", t.name)
		if !c.pressed() && t.name.Label != "" { // a typed label that no key has may be a value
			question = "No key of " + t.vendor.Name + " has that label. Which of these?"
		}
		return d.which(c, question, same)
	}
	r := &refusal{asks: true, title: "No key yet", sentence: fmt.Sprintf("No key of %s is stored.", t.vendor.Name)}
	if d.commands["add"].allows(c.Roles) {
		r.buttons = []cards.Button{d.goOn(c, "Add", "add", "key", t.name.String())}
	}
	return r
}

// askVendor asks which vendor a word meant.
func (d *Desk) askVendor(c *call, word, label string, candidates []*catalog.Vendor) error {
	r := &refusal{asks: true, title: "Which one?", sentence: fmt.Sprintf("%d vendors fit that word.", len(candidates))}
	if len(candidates) == 1 {
		r.title, r.sentence = "Did you mean this one?", fmt.Sprintf("The nearest vendor is %s.", candidates[0].Name)
	}
	for _, v := range candidates[:min(6, len(candidates))] {
		r.buttons = append(r.buttons, d.goOn(c, v.Name, c.cmd.Verb, "key", join(v.ID, strings.ToLower(label))))
	}
	return r
}

// which asks which of some stored keys is meant.
func (d *Desk) which(c *call, question string, keys []catalog.Key) error {
	if len(keys) > 6 {
		return &refusal{choose: &cards.ChooseView{Title: "Which key?", Text: question, Input: "key",
			Placeholder: "Type to filter", Choices: choices(keys),
			Buttons: []cards.Button{d.goOn(c, "Next", c.cmd.Verb)}}}
	}
	r := &refusal{asks: true, title: "Which key?", sentence: question}
	for _, k := range keys {
		r.buttons = append(r.buttons, d.goOn(c, k.Name.String(), c.cmd.Verb, "key", k.Name.String()))
	}
	return r
}

// askKey asks which key a command without one is about: of those the person has access to.
func (d *Desk) askKey(c *call) error {
	var open []catalog.Key
	for _, k := range d.Vault.Keys() {
		if c.Roles.Any(d.Catalog.Access(k)) {
			open = append(open, k)
		}
	}
	if len(open) == 0 {
		return &refusal{title: "No key yet", sentence: "No key that you have access to is stored.",
			buttons: []cards.Button{{Title: "All keys", Verb: "keys"}}}
	}
	return d.which(c, fmt.Sprintf("Choose the key for %q.", c.cmd.Verb), open)
}

func choices(keys []catalog.Key) []cards.Choice {
	out := make([]cards.Choice, 0, len(keys))
	for _, k := range keys {
		out = append(out, cards.Choice{Title: k.Name.String(), Value: k.Name.String()})
	}
	return out[:min(maxChoices, len(out))]
}

// maxChoices bounds what a list to choose from is made of; the card shows what fits.
const maxChoices = 400

// goOn is a button that goes on with a command. It carries what was given along, named as on a form, so that
// asking back loses nothing; a form shows it before anything is changed.
func (d *Desk) goOn(c *call, title, verb string, pairs ...string) cards.Button {
	b := button(title, verb, pairs...)
	given := c.line.options
	if c.pressed() {
		given = c.data
	}
	for name, value := range given {
		switch {
		case name == "expires":
			name = "expiry"
		case d.isPlaceholder(name):
			name = "endpoint." + name
		case !slices.Contains(carried, name) && !strings.HasPrefix(name, "endpoint."):
			continue
		}
		b.Data[name] = cut(value, maxNote+1) // one character too long stays a mistake
	}
	if why := c.line.text(1); why != "" && c.cmd.Verb == "get" && b.Data["reason"] == "" {
		b.Data["reason"] = cut(why, maxNote+1)
	}
	return b
}

// carried is what a button carries on, besides the endpoint.
var carried = []string{"reason", "interval", "expiry", "note", "label", "owner", "role"}

// button is a button with pairs of data.
func button(title, verb string, pairs ...string) cards.Button {
	b := cards.Button{Title: title, Verb: verb, Data: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Data[pairs[i]] = pairs[i+1]
	}
	return b
}

func join(vendor, label string) string {
	if label == "" {
		return vendor
	}
	return vendor + "/" + label
}
