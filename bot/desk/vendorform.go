package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"keydesk/bot/desk/sheet"
	"keydesk/cards"
	"keydesk/catalog"
)

// vendorForm asks for a vendor, or stores what was entered.
func (d *Desk) vendorForm(ctx context.Context, c *call, was catalog.Own, known bool) (Reply, error) {
	if c.saving() {
		return d.once(ctx, c, func() (Reply, error) { return d.saveVendor(ctx, c, was, known) })
	}
	do, title := "add", "Add a vendor"
	if known {
		do, title = "edit", "Edit "+vendorWords(was)
	}
	text := "A vendor of your own works like the others, without a connection test. No value is entered here."
	if known && was.Name == "" {
		text = "What is stored of it can't be read: enter it again. " +
			"Its keys come back with it when the parts have the same titles as before."
	}
	category := cards.Input{ID: "category", Label: "Category: decides who may get its keys", Kind: cards.OneOf,
		Required: true, Value: string(was.Category)}
	for _, cat := range d.Catalog.Categories() {
		category.Choices = append(category.Choices, cards.Choice{Value: string(cat.ID),
			Title: fmt.Sprintf("%s (%s)", cat.ID, names(cat.Roles.With(catalog.Admin)))})
	}
	interval := ""
	if was.IntervalDays > 0 {
		interval = strconv.Itoa(was.IntervalDays)
	}
	inputs := []cards.Input{
		{ID: "name", Label: "Name", Value: was.Name, Required: true, Max: maxVendorName,
			Placeholder: "for example Contoso RMM"},
		category,
		{ID: "parts", Label: "Parts of a key, one a line; \"public\" behind one that is no secret",
			Kind: cards.Lines, Required: true, Max: maxPartLines,
			Value: partLines(was.Parts), Placeholder: "for example: Client secret"},
		{ID: "address", Label: "Address of its API", Value: was.Endpoint, Required: true, Max: 300,
			Placeholder: "https://api.contoso.com or https://{tenant}.contoso.com"},
		{ID: "portal", Label: "Page where a key is made", Value: was.Portal, Max: 300,
			Placeholder: "https://, optional"},
		{ID: "docs", Label: "Page of its documentation", Value: was.Docs, Max: 300,
			Placeholder: "https://, optional"},
		{ID: "interval", Label: "Rotate every (days); empty: as its category", Kind: cards.Number,
			Value: interval},
	}
	save := primary(button("Save", "vendor", "do", do, "step", "save", "op", c.op))
	buttons := []cards.Button{save, cancelButton(c)}
	if known {
		save.Data["vendor"], save.Data["opened"] = was.ID, was.Op
		remove := button("Remove", "vendor", "do", "remove", "vendor", was.ID)
		remove.Keep = true // what is not filled in must not be in its way
		buttons = append(buttons, remove)
	}
	return Reply{New: c.pressed(), Card: cards.Ask(cards.AskView{Title: title, Inputs: inputs, Buttons: buttons,
		Text: text})}, nil
}

// maxVendorName is the longest name of a vendor, in characters.
const maxVendorName = 60

// maxPartLines is room for eight parts of 40 characters, each with "public" behind it.
const maxPartLines = 8 * len("0123456789012345678901234567890123456789 public\n")

// partLines writes parts as the form has them, one a line.
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
			name := strings.ReplaceAll(sheet.Slug(title), "-", "_")
			parts = append(parts, catalog.OwnPart{Name: name, Title: title, Secret: !public})
		}
	}
	return parts
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
	if known {
		if err := d.mayChange(ctx, c, was, own); err != nil {
			return Reply{}, err
		}
	}
	if d.second(c) {
		return d.hold(ctx, c, heldVendor(was, own, known))
	}
	c.remark = theVendor + own.ID
	_, err = d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
		return catalog.Key{}, d.Vault.SaveVendor(ctx, own, c.option("opened"))
	})
	if err != nil {
		return Reply{}, vendorFault(err, own, "saved")
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Saved " + own.Name, Ref: c.op,
		Text: "Its keys are stored under " + own.ID + ".", Buttons: []cards.Button{
			button("Add a key", "add", "key", own.ID),
			button("Edit", "vendor", "do", "edit", "vendor", own.ID)}})}, nil
}

// own reads a filled vendor form.
func (c *call) own(was catalog.Own) (catalog.Own, error) {
	own := catalog.Own{ID: was.ID, Name: c.option("name"), Category: catalog.Category(c.option("category")),
		Endpoint: c.option("address"), Portal: c.option("portal"), Docs: c.option("docs"),
		Parts: parsePartLines(c.data["parts"]), Op: c.op}
	if own.ID == "" {
		own.ID = sheet.Slug(own.Name)
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

// ownFaults makes one refusal of the catalog's faults, each a sentence.
func ownFaults(err error) error {
	var wrong mistakes
	for line := range strings.Lines(err.Error()) {
		wrong.add(refuse(sentenceCase(strings.TrimSpace(line))))
	}
	return wrong.err()
}
