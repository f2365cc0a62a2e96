package desk

import (
	"context"
	"errors"
	"fmt"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// adopt copies a secret that a vault administrator has marked into a key of Keydesk. The original stays as it
// is.
func (d *Desk) adopt(ctx context.Context, c *call) (Reply, error) {
	word, secret := c.keyWord(), c.option("from")
	if word == "" || secret == "" {
		return d.askAdopt(c, word)
	}
	t, err := d.target(c, word)
	if err != nil {
		return Reply{}, err
	}
	in, err := d.settings(c, t, c.given)
	if err != nil {
		return Reply{}, err
	}
	if !t.stored && wholeAddress(t.vendor, in.endpoint) != nil {
		return d.askAddress(c, t, secret), nil
	}
	return d.once(ctx, c, func() (Reply, error) { return d.saveAdopt(ctx, c, t, secret, in.endpoint) })
}

func (d *Desk) saveAdopt(
	ctx context.Context, c *call, t target, secret string, endpoint map[string]string,
) (Reply, error) {
	e := entry{target: t, what: "Adopted", at: stamp()}
	c.remark = "from the secret " + cut(secret, 127)
	if t.stored && t.key.Made == c.op && d.begunBefore(c, t.name) {
		return d.saved(c, e), nil // by this very form, before a restart or a lost answer
	}
	if t.stored {
		return Reply{}, exists(t.key)
	}
	if d.second(c) {
		lines := []string{"From the secret " + cut(secret, 127) + " of the vault."}
		if address, missing := t.vendor.Resolve(endpoint); len(missing) == 0 { // that is where the value goes
			lines = append(lines, "Address: "+address)
		}
		return d.hold(ctx, c, held{key: t.name, what: "Adopt " + t.name.String(), lines: lines})
	}
	key := d.fresh(c, &e, endpoint, 0, catalog.Date{}, "")
	var err error
	e.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Adopt(ctx, secret, key) })
	if err != nil {
		return Reply{}, d.adoptFault(ctx, err, t)
	}
	return d.saved(c, e), nil
}

// begunBefore says whether the last that this form began was about the same secret.
func (d *Desk) begunBefore(c *call, name catalog.KeyName) bool {
	last := d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == c.op && e.Action == c.cmd.Verb && e.Key == name.String() && e.Outcome == audit.Intent
	})
	return len(last) > 0 && last[0].Note == c.remark
}

// askAddress asks for the address of a secret whose vendor has no host of its own: the value belongs to it.
func (d *Desk) askAddress(c *call, t target, secret string) Reply {
	v := cards.AskView{Title: "Adopt " + t.name.String(),
		Text: fmt.Sprintf("At which address is the secret %s used? Its value is never sent to another.", secret)}
	for _, p := range t.vendor.Placeholders {
		in := placeholder(p, "")
		in.Required = true
		v.Inputs = append(v.Inputs, in)
	}
	yes := button("Adopt", "adopt", "key", t.name.String(), "from", secret, "step", "save", "op", c.op)
	v.Buttons = []cards.Button{primary(yes), cancelButton(c)}
	return Reply{Card: cards.Ask(v)}
}

// askAdopt lists the marked secrets to choose from.
func (d *Desk) askAdopt(c *call, word string) (Reply, error) {
	marked := d.Vault.Adoptable()
	if len(marked) == 0 {
		return Reply{}, &refusal{asks: true, title: "No secret to adopt",
			sentence: "Keydesk adopts only secrets that a vault administrator has given the tag keydesk " +
				"with the value adopt.",
			lines: []string{"In the Azure portal: the vault " + d.Vault.Name() +
				", Secrets, the secret, its current version, Tags. Leave its other tags as they are.",
				"Then press Refresh."},
			buttons: []cards.Button{{Title: "Refresh", Verb: "refresh"}}}
	}
	from := cards.Input{ID: "from", Label: "Secret in the vault", Kind: cards.OneOf, Required: true}
	for _, name := range marked {
		from.Choices = append(from.Choices, cards.Choice{Title: name, Value: name})
	}
	as := cards.Input{ID: "key", Label: "Becomes the key", Value: word, Required: true, Max: 81,
		Placeholder: "for example meraki/contoso"}
	return Reply{New: c.pressed(), Card: cards.Ask(cards.AskView{Title: "Adopt a secret",
		Inputs:  []cards.Input{from, as},
		Text:    "Its value is copied under the key's name. The secret itself is left alone.",
		Buttons: []cards.Button{primary(button("Adopt", "adopt", "step", "save", "op", c.op)), cancelButton(c)},
	})}, nil
}

// adoptFault says why a secret was not adopted.
func (d *Desk) adoptFault(ctx context.Context, err error, t target) error {
	switch {
	case errors.Is(err, vault.ErrDeleted):
		return d.wasDeleted(ctx, t.name)
	case errors.Is(err, vault.ErrExists):
		return exists(catalog.Key{Name: t.name})
	case errors.Is(err, vault.ErrBadValue):
		return &refusal{cause: err, sentence: fmt.Sprintf("The secret's value is no key of %s: it needs %s.",
			t.vendor.Name, partTitles(t.vendor.Parts)),
			lines: []string{"A key of several parts is a JSON object with each part under its name."}}
	case errors.Is(err, vault.ErrNotFound):
		return &refusal{cause: err, sentence: "There is no secret of that name with the tag keydesk=adopt. " +
			"A vault administrator can set it.",
			buttons: []cards.Button{button("Secrets to adopt", "adopt")}}
	}
	return err
}
