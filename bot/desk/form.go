package desk

import (
	"context"
	"fmt"
	"strconv"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// add stores a new key: without a name it asks for a vendor, then for the parts, then it stores them.
func (d *Desk) add(ctx context.Context, c *call) (Reply, error) {
	word := c.keyWord()
	if word == "" {
		return d.chooseVendor(c), nil
	}
	t, err := d.target(c, word)
	if err != nil {
		return Reply{}, err
	}
	if c.saving() {
		return d.save(ctx, c, t, d.newKey)
	}
	if t.stored && t.name.Label != "" {
		return Reply{}, exists(t.key)
	}
	v := d.form(c, t)
	if t.stored {
		v.Lines = append(v.Lines,
			fmt.Sprintf("A key %s is stored already. Give this one a label, or rotate that one.", t.name))
	}
	return d.openForm(ctx, c, v, t)
}

// rotate stores a new value for a stored key.
func (d *Desk) rotate(ctx context.Context, c *call) (Reply, error) {
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if c.saving() {
		return d.save(ctx, c, t, d.newValue)
	}
	return d.openRotation(ctx, c, t)
}

// openRotation shows the form with the public parts of the key as they are now, so that only what is
// new has to be entered. That read is the one place besides the claim where the vault gives parts out.
func (d *Desk) openRotation(ctx context.Context, c *call, t target) (Reply, error) {
	key, parts, err := d.Vault.ReadKey(ctx, t.name)
	if err != nil {
		return Reply{}, err
	}
	t.key = key
	v := d.form(c, t)
	v.Preview = key.Preview
	for i, p := range v.Parts {
		v.Parts[i].Keep = true
		if !p.Part.Secret {
			v.Parts[i].Value = parts[p.Part.Name].Expose()
		}
	}
	v.Data["opened"] = key.Op
	return d.openForm(ctx, c, v, t)
}

// form is the empty form of a key, filled with what is known.
func (d *Desk) form(c *call, t target) cards.FormView {
	v := cards.FormView{Verb: c.cmd.Verb, Name: t.name, Vendor: t.vendor, Op: c.op,
		AskReason:    d.asksReason(c),
		AskLabel:     c.cmd.Verb == "add" && t.name.Label == "",
		IntervalDays: t.vendor.IntervalDays,
		Data:         map[string]string{"key": t.name.String(), "step": "save", "op": c.op},
	}
	if t.stored && c.cmd.Verb == "rotate" {
		v.Endpoint, v.IntervalDays, v.Note, v.Expiry = t.key.Endpoint, t.key.IntervalDays, t.key.Note, t.key.Expiry
	}
	for _, p := range t.vendor.Parts {
		v.Parts = append(v.Parts, cards.FormPart{Part: p})
	}
	return v
}

// openForm fills in what was given along, and shows the form, always as a new card, or the page that takes
// its place.
func (d *Desk) openForm(ctx context.Context, c *call, v cards.FormView, t target) (Reply, error) {
	in, err := d.settings(c, t, c.given)
	if err != nil {
		return Reply{}, err
	}
	if in.interval > 0 {
		v.IntervalDays = in.interval
	}
	if !in.expiry.IsZero() {
		v.Expiry = in.expiry
	}
	if in.note != "" {
		v.Note = in.note
	}
	if len(in.endpoint) > 0 {
		v.Endpoint = merged(v.Endpoint, in.endpoint)
	}
	v.Reason = cut(c.option("reason"), maxNote)
	v.Page = pageData(v, catalog.DateOf(c.now))
	if d.PageOnly || c.option("step") == "page" {
		return d.openPage(ctx, c, t, v)
	}
	return Reply{New: c.pressed(), Card: cards.Form(v)}, nil
}

// pageData is what the button that asks for a page carries: all that the form was filled with.
func pageData(v cards.FormView, today catalog.Date) map[string]string {
	data := map[string]string{"key": v.Name.String(), "step": "page", "note": v.Note}
	if v.IntervalDays > 0 {
		data["interval"] = strconv.Itoa(v.IntervalDays)
	}
	if !v.Expiry.IsZero() && v.Expiry.Sub(today) >= 0 { // one that has passed is the key's own, not typed
		data["expiry"] = v.Expiry.String()
	}
	for name, value := range v.Endpoint {
		data["endpoint."+name] = value
	}
	return data
}

// chooseVendor asks for the vendor of a new key.
func (d *Desk) chooseVendor(c *call) Reply {
	v := cards.ChooseView{Title: "Add a key", Text: "Which vendor is it for?", Input: "vendor",
		Placeholder: "Type to filter", Buttons: []cards.Button{d.goOn(c, "Next", "add")}}
	for _, vendor := range d.Catalog.Vendors() {
		v.Choices = append(v.Choices, cards.Choice{Title: vendor.Name + " (" + string(vendor.Category) + ")",
			Value: vendor.ID})
	}
	return Reply{New: c.pressed(), Card: cards.Choose(v)}
}

// exists refuses a name that is taken, and offers what the person probably meant.
func exists(k catalog.Key) error {
	who := ""
	if k.RotatedBy.Name != "" && !k.Rotated.IsZero() {
		who = fmt.Sprintf(" %s stored it on %s.", k.RotatedBy.Name, catalog.DateOf(k.Rotated))
	}
	return &refusal{title: "This key exists already", cause: vault.ErrExists,
		sentence: fmt.Sprintf("%s is stored already.%s", k.Name, who),
		lines: []string{"Rotate it to store a new value, or add one with another label, for example " +
			example(k.Name) + "."},
		buttons: onKey(k.Name, "rotate", "key")}
}

func example(n catalog.KeyName) string { return join(n.Vendor, "contoso") }

func merged(old, changed map[string]string) map[string]string {
	out := map[string]string{}
	for name, v := range old {
		out[name] = v
	}
	for name, v := range changed {
		out[name] = v
	}
	return out
}

// maxInterval is the longest interval, ten years of days.
const maxInterval = 3650

func parseInterval(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxInterval {
		return 0, refuse("The interval is a number of days from 1 to 3650.")
	}
	return n, nil
}
