package desk

import (
	"context"
	"errors"
	"fmt"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// adopt copies a secret that a vault administrator has marked into a key of Keydesk. The original stays as it is.
func (d *Desk) adopt(ctx context.Context, c *call) (Reply, error) {
	word, secret := c.keyWord(), c.option("from")
	if word == "" || secret == "" {
		return d.askAdopt(c, word)
	}
	t, err := d.target(c, word)
	if err != nil {
		return Reply{}, err
	}
	return d.once(ctx, c, func() (Reply, error) {
		if t.stored { // a repeat is answered by once; after a restart it can't be told from another secret
			return Reply{}, exists(t.key)
		}
		e := entry{target: t, what: "Adopted", at: stamp()}
		key := d.fresh(c, &e, nil, 0, catalog.Date{}, "")
		c.remark = "from the secret " + cut(secret, 127)
		var err error
		e.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Adopt(ctx, secret, key) })
		if err != nil {
			return Reply{}, d.adoptFault(err, secret, t)
		}
		return d.saved(c, e), nil
	})
}

// askAdopt lists the marked secrets to choose from.
func (d *Desk) askAdopt(c *call, word string) (Reply, error) {
	marked := d.Vault.Adoptable()
	if len(marked) == 0 {
		return Reply{}, &refusal{asks: true, title: "No secret to adopt",
			sentence: "Keydesk adopts only secrets that a vault administrator has given the tag keydesk with the value adopt.",
			lines: []string{"In the Azure portal: the vault " + d.Vault.Name() + ", Secrets, the secret, its current version, Tags. " +
				"Leave its other tags as they are.", "Then press Refresh."},
			buttons: []cards.Button{{Title: "Refresh", Verb: "refresh"}}}
	}
	from := cards.Input{ID: "from", Label: "Secret in the vault", Kind: cards.OneOf, Required: true}
	for _, name := range marked {
		from.Choices = append(from.Choices, cards.Choice{Title: name, Value: name})
	}
	as := cards.Input{ID: "key", Label: "Becomes the key", Value: word, Required: true, Max: 81, Placeholder: "for example meraki/contoso"}
	return Reply{New: c.pressed(), Card: cards.Ask(cards.AskView{Title: "Adopt a secret", Inputs: []cards.Input{from, as},
		Text:    "Its value is copied under the key's name. The secret itself is left alone.",
		Buttons: []cards.Button{primary(button("Adopt", "adopt", "step", "save", "op", c.op)), cancelButton()}})}, nil
}

// adoptFault says why a secret was not adopted.
func (d *Desk) adoptFault(err error, secret string, t target) error {
	switch {
	case errors.Is(err, vault.ErrDeleted):
		return wasDeleted(t.name)
	case errors.Is(err, vault.ErrExists):
		return exists(catalog.Key{Name: t.name})
	case errors.Is(err, vault.ErrBadValue):
		return &refusal{cause: err, sentence: fmt.Sprintf("The secret's value is no key of %s: it needs %s.", t.vendor.Name, partTitles(t.vendor.Parts)),
			lines: []string{"A key of several parts is a JSON object with each part under its name."}}
	case errors.Is(err, vault.ErrNotFound):
		return &refusal{cause: err, sentence: "There is no secret of that name with the tag keydesk=adopt. A vault administrator can set it.",
			buttons: []cards.Button{button("Secrets to adopt", "adopt")}}
	}
	return err
}
