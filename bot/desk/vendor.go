package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	v := cards.NoticeView{Title: "Vendors of your own", Text: "Add the vendors that the catalog doesn't have. They have no connection test.",
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
		return catalog.Own{}, refuse(m.Vendor.Name + " is in Keydesk's own catalog. It can't be changed; add a vendor of your own instead.")
	}
	if do == "remove" && c.saving() { // a repeat, when it is gone
		return catalog.Own{ID: strings.ToLower(id)}, nil
	}
	return catalog.Own{}, &refusal{title: "Which vendor?", sentence: "There is no vendor of your own with that name.",
		buttons: []cards.Button{button("Your vendors", "vendor")}}
}

// vendorForm asks for a vendor, or stores what was entered.
func (d *Desk) vendorForm(ctx context.Context, c *call, was catalog.Own, known bool) (Reply, error) {
	if c.saving() {
		return d.once(ctx, c, func() (Reply, error) { return d.saveVendor(ctx, c, was, known) })
	}
	do, title := "add", "Add a vendor"
	if known {
		do, title = "edit", "Edit "+was.Name
	}
	category := cards.Input{ID: "category", Label: "Category: decides who may get its keys", Kind: cards.OneOf, Required: true, Value: string(was.Category)}
	for _, cat := range d.Catalog.Categories() {
		category.Choices = append(category.Choices, cards.Choice{Value: string(cat.ID),
			Title: fmt.Sprintf("%s (%s)", cat.ID, names(cat.Roles.With(catalog.Admin)))})
	}
	interval := ""
	if was.IntervalDays > 0 {
		interval = strconv.Itoa(was.IntervalDays)
	}
	inputs := []cards.Input{
		{ID: "name", Label: "Name", Value: was.Name, Required: true, Max: 60, Placeholder: "for example Contoso RMM"},
		category,
		{ID: "parts", Label: "Parts of a key, one a line; \"public\" behind one that is no secret", Kind: cards.Lines, Required: true,
			Value: partLines(was.Parts), Placeholder: "for example: Client secret"},
		{ID: "address", Label: "Address of its API", Value: was.Endpoint, Required: true, Placeholder: "https://api.contoso.com or https://{tenant}.contoso.com"},
		{ID: "portal", Label: "Page where a key is made", Value: was.Portal, Placeholder: "https://, optional"},
		{ID: "docs", Label: "Page of its documentation", Value: was.Docs, Placeholder: "https://, optional"},
		{ID: "interval", Label: "Rotate every (days); empty: as its category", Kind: cards.Number, Value: interval},
	}
	save := primary(button("Save", "vendor", "do", do, "step", "save", "op", c.op))
	buttons := []cards.Button{save, cancelButton()}
	if known {
		save.Data["vendor"], save.Data["opened"] = was.ID, was.Op
		buttons = append(buttons, button("Remove", "vendor", "do", "remove", "vendor", was.ID))
	}
	return Reply{New: c.pressed(), Card: cards.Ask(cards.AskView{Title: title, Inputs: inputs, Buttons: buttons,
		Text: "A vendor of your own works like the others, without a connection test. No value is entered here."})}, nil
}

func partLines(parts []catalog.OwnPart) string {
	var lines []string
	for _, p := range parts {
		line := p.Title
		if !p.Secret {
			line += " public"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// parsePartLines reads what partLines writes.
func parsePartLines(s string) (parts []catalog.OwnPart) {
	for text := range strings.Lines(s) {
		text = strings.Join(strings.Fields(text), " ")
		title, public := text, strings.HasSuffix(strings.ToLower(text), " public")
		if public {
			title = text[:len(text)-len(" public")]
		}
		if title != "" {
			parts = append(parts, catalog.OwnPart{Name: squeeze(title, "_"), Title: title, Secret: !public})
		}
	}
	return parts
}

// squeeze makes a name of a title: lower-case letters and digits, with one mark between the words.
func squeeze(title, mark string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, mark)
}

// saveVendor stores a vendor of one's own.
func (d *Desk) saveVendor(ctx context.Context, c *call, was catalog.Own, known bool) (Reply, error) {
	own, err := c.own(was)
	if err != nil {
		return Reply{}, err
	}
	if now, ok := d.Catalog.Own(own.ID); !known && ok && now.Op != c.op {
		return Reply{}, refuse(fmt.Sprintf("%s is a vendor of your own already.", now.Name))
	}
	if err := d.Catalog.CheckOwn(own); err != nil {
		return Reply{}, ownFaults(err)
	}
	if n := len(keysOf(d.Vault.Keys(), own.ID)); known && n > 0 && !sameShape(was, own) {
		return Reply{}, refuse(fmt.Sprintf("%s of %s stored. Its parts, its address and its category stay as they are until those keys are deleted.", isAre(n), was.Name))
	}
	c.remark = theVendor + own.ID
	_, err = d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
		return catalog.Key{}, d.Vault.SaveVendor(ctx, own, c.option("opened"))
	})
	if errors.Is(err, vault.ErrWasSecret) {
		return Reply{}, refuse("A part that was a secret stays one: a value may still be stored under its name. Give the public part another name.")
	}
	if errors.Is(err, vault.ErrMoved) {
		return Reply{}, refuse("Somebody else changed this vendor while the form was open. Open it again and look.")
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Saved " + own.Name, Ref: c.op,
		Text: "Its keys are stored under " + own.ID + ".", Buttons: []cards.Button{
			button("Add a key", "add", "key", own.ID), button("Edit", "vendor", "do", "edit", "vendor", own.ID)}})}, nil
}

// own reads a filled vendor form.
func (c *call) own(was catalog.Own) (catalog.Own, error) {
	own := catalog.Own{ID: was.ID, Name: c.option("name"), Endpoint: c.option("address"), Portal: c.option("portal"),
		Docs: c.option("docs"), Category: catalog.Category(c.option("category")), Parts: parsePartLines(c.data["parts"]), Op: c.op}
	if own.ID == "" {
		own.ID = squeeze(own.Name, "-")
	}
	for _, id := range []string{"name", "parts", "address", "portal", "docs"} {
		if err := noKey("The form", c.data[id]); err != nil {
			return own, err
		}
	}
	if s := c.option("interval"); s != "" {
		n, err := parseInterval(s)
		own.IntervalDays = n
		return own, err
	}
	return own, nil
}

// sameShape says whether keys of a vendor stay what they are, and go nowhere else, when it changes.
func sameShape(a, b catalog.Own) bool {
	return a.Endpoint == b.Endpoint && a.Category == b.Category && slices.EqualFunc(a.Parts, b.Parts, func(p, q catalog.OwnPart) bool {
		return p.Name == q.Name && p.Secret == q.Secret
	})
}

func isAre(n int) string {
	if n == 1 {
		return "1 key is"
	}
	return plural(n, "key") + " are"
}

// ownFaults makes one refusal of the catalog's faults, each a sentence.
func ownFaults(err error) error {
	var wrong mistakes
	for line := range strings.Lines(err.Error()) {
		wrong.add(refuse(sentenceCase(strings.TrimSpace(line))))
	}
	return wrong.err()
}

// removeVendor removes a vendor that has no keys. It asks first.
func (d *Desk) removeVendor(ctx context.Context, c *call, own catalog.Own) (Reply, error) {
	if n := len(keysOf(d.Vault.Keys(), own.ID)); n > 0 {
		return Reply{}, &refusal{title: "It has keys", sentence: fmt.Sprintf("%s of %s stored. Delete them first.", isAre(n), own.Name),
			buttons: []cards.Button{button("Keys", "keys", "filter", own.ID)}}
	}
	if !c.saving() {
		yes := button("Remove", "vendor", "do", "remove", "vendor", own.ID, "step", "save", "op", c.op, "opened", own.Op)
		yes.Style = "destructive"
		return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: "Remove " + own.Name + "?",
			Text: "It has no keys. Deleted keys of it can't be recovered while the vendor is not there.", Buttons: []cards.Button{yes, cancelButton()}})}, nil
	}
	return d.once(ctx, c, func() (Reply, error) {
		c.remark = removesVendor + own.ID
		_, err := d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
			return catalog.Key{}, d.Vault.RemoveVendor(ctx, own.ID, c.option("opened"))
		})
		if errors.Is(err, vault.ErrMoved) {
			return Reply{}, refuse("Somebody else changed this vendor meanwhile. Open it again and look.")
		}
		if err != nil {
			return Reply{}, err
		}
		return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Removed " + own.ID, Ref: c.op})}, nil
	})
}
