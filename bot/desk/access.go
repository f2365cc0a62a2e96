package desk

import (
	"context"
	"slices"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// wish is what somebody wants of a key's access. Roles that it does not name stay as they are, so a card from
// before somebody else's change undoes nothing of it.
type wish struct {
	name          catalog.KeyName
	grant, revoke catalog.Roles
	byDefault     bool // no list of its own any more
}

// access shows who may retrieve what: the keys of a role, or the roles of a key.
func (d *Desk) access(ctx context.Context, c *call) (Reply, error) {
	if c.saving() {
		return d.saveAccess(ctx, c)
	}
	words, role := c.line.words, c.option("role")
	if len(words) > 0 && role == "" {
		role = words[0]
	}
	if r, err := catalog.ParseRole(role); err == nil {
		return d.roleCard(c, r, nil), nil
	}
	words = d.oneWord(words)
	if len(words) == 0 && c.option("key") == "" {
		return d.whichAccess(c), nil
	}
	word := c.option("key")
	if word == "" {
		word = words[0]
	}
	t, err := d.named(ctx, c, word)
	if err != nil {
		return Reply{}, err
	}
	switch {
	case len(words) < 2:
		key, _, err := d.Vault.ReadKey(ctx, t.name) // memory may be behind another process
		return d.keyCard(c, key, nil), err
	case len(words) == 2 && strings.EqualFold(words[1], "default"):
		return d.applyWishes(ctx, c, []wish{{name: t.name, byDefault: true}})
	}
	return Reply{}, refuse("Type access <role>, access <key>, or access <key> default.")
}

// grant opens keys to roles; revoke takes that away.
func (d *Desk) grant(ctx context.Context, c *call) (Reply, error) {
	return d.typedAccess(ctx, c, func(w *wish, roles catalog.Roles) { w.grant = roles })
}

func (d *Desk) revoke(ctx context.Context, c *call) (Reply, error) {
	return d.typedAccess(ctx, c, func(w *wish, roles catalog.Roles) { w.revoke = roles })
}

// typedAccess reads roles and keys in any order. The answer to a question which key was meant comes as a
// button with the same two.
func (d *Desk) typedAccess(
	ctx context.Context, c *call, set func(*wish, catalog.Roles),
) (Reply, error) {
	roles, words := d.rolesAndKeys(c)
	switch {
	case roles.Has(catalog.Admin):
		return Reply{}, refuse("Admin may retrieve every key, always.")
	case roles == 0 || len(words) == 0:
		return Reply{}, refuse("Type " + c.cmd.Verb + " with a role (L2, L1 or NOC) and a key, " +
			"for example: " + c.cmd.Verb + " L1 sentinelone")
	}
	if !c.pressed() {
		c.line.options["role"] = roles.String() // a question about the key carries it on
	}
	var wishes []wish
	for _, word := range words {
		t, err := d.named(ctx, c, word)
		if err != nil {
			return Reply{}, err
		}
		w := wish{name: t.name}
		set(&w, roles)
		if !slices.Contains(wishes, w) {
			wishes = append(wishes, w)
		}
	}
	return d.applyWishes(ctx, c, wishes)
}

// rolesAndKeys tells the words that are roles from those that name keys.
func (d *Desk) rolesAndKeys(c *call) (roles catalog.Roles, keys []string) {
	words := c.line.words
	if c.pressed() {
		words = strings.Fields(c.option("role") + " " + c.option("key"))
	}
	for _, w := range words {
		some, err := catalog.ParseRoles(strings.Trim(w, ","))
		switch {
		case err == nil:
			roles |= some
		case strings.Trim(w, ",") != "":
			keys = append(keys, strings.Trim(w, ","))
		}
	}
	if c.pressed() { // exact names: two of them may read like a third
		return roles, keys
	}
	return roles, d.oneWord(keys)
}

// saveAccess applies what was switched on a card, and nothing else.
func (d *Desk) saveAccess(ctx context.Context, c *call) (Reply, error) {
	wishes, err := d.switched(c)
	if err != nil {
		return Reply{}, err
	}
	return d.applyWishes(ctx, c, wishes)
}

// switched is what is different from what the card has shown: data has which toggles were on and which off.
// A toggle that the client left out, or sent with any other word than the card's, was not touched.
func (d *Desk) switched(c *call) (wishes []wish, err error) {
	if c.option("default") != "" {
		t, err := d.pressed(c.option("key"))
		return []wish{{name: t.name, byDefault: true}}, err
	}
	on, off := c.turned("off", cards.On), c.turned("on", cards.Off)
	if len(on)+len(off) == 0 {
		return nil, refuse("Nothing is different from what this card has shown. Switch something, then save. " +
			"If you did, your client did not send it: type grant or revoke with a role and a key.")
	}
	if c.option("key") != "" {
		return d.switchedRoles(c, on, off)
	}
	role, err := catalog.ParseRole(c.option("role"))
	if err != nil || role == catalog.Admin {
		return nil, refuse("Admin may retrieve every key, always.")
	}
	for _, word := range append(slices.Clone(on), off...) {
		t, err := d.pressed(word)
		if err != nil {
			return nil, err
		}
		w := wish{name: t.name}
		if slices.Contains(on, word) {
			w.grant = catalog.RolesOf(role)
		} else {
			w.revoke = catalog.RolesOf(role)
		}
		wishes = append(wishes, w)
	}
	return wishes, nil
}

// switchedRoles is what was switched on the card of a key.
func (d *Desk) switchedRoles(c *call, on, off []string) ([]wish, error) {
	t, err := d.pressed(c.option("key"))
	if err != nil {
		return nil, err
	}
	grant, err := catalog.ParseRoles(strings.Join(on, ","))
	revoke, err2 := catalog.ParseRoles(strings.Join(off, ","))
	if err != nil || err2 != nil || revoke.Has(catalog.Admin) {
		return nil, refuse("Admin may retrieve every key, always.")
	}
	return []wish{{name: t.name, grant: grant, revoke: revoke}}, nil
}

// turned is the toggles that were shown in one state, and came back with another.
func (c *call) turned(shown, to string) (names []string) {
	for name := range strings.FieldsSeq(c.data[shown]) {
		if c.data[cards.AccessInput(name)] == to {
			names = append(names, name)
		}
	}
	return names
}
