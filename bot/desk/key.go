package desk

import (
	"context"

	"keydesk/cards"
	"keydesk/catalog"
)

// key shows all about one key, but not its value.
func (d *Desk) key(ctx context.Context, c *call) (Reply, error) {
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	endpoint, missing := t.vendor.Resolve(t.key.Endpoint)
	return Reply{New: c.opening(), Card: cards.Key(cards.KeyView{
		Key: t.key, Vendor: t.vendor, Due: t.key.Due(c.now), Endpoint: endpoint, Missing: missing,
		Address: d.Vault.URL() + "/secrets/" + t.name.SecretName(), Access: d.Catalog.Access(t.key),
		Buttons: d.keyButtons(c, t.name),
	})}, nil
}

// keyButtons is what this person can do with a key they have access to.
func (d *Desk) keyButtons(c *call, name catalog.KeyName) []cards.Button {
	var out []cards.Button
	for _, verb := range []string{"get", "rotate", "edit", "history", "access", "delete"} {
		if d.commands[verb].allows(c.Roles) {
			out = append(out, button(title(verb), verb, "key", name.String()))
		}
	}
	return out
}
