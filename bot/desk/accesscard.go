package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// accessRows is how many keys a page of a role's card has.
const accessRows = 12

// done is what a card says on top of what was just done.
type done struct {
	tone  cards.Tone
	said  string
	lines []string
	err   error // errPartly where it is not all
}

// errPartly comes with an answer: some keys are changed and others are not.
var errPartly = errors.New("not all of it was done")

// applyWishes changes access and answers with the card it was changed on, or with that of the key; once an
// operation, unless some of it failed: then pressing again tries that again.
func (d *Desk) applyWishes(ctx context.Context, c *call, wishes []wish) (Reply, error) {
	reply, err := d.once(ctx, c, func() (Reply, error) { return d.wished(ctx, c, wishes) })
	if errors.Is(err, errPartly) && c.decision != nil {
		return reply, refuse("Some keys were changed and others were not. Look at them with access.")
	}
	if errors.Is(err, errPartly) {
		return reply, nil
	}
	return reply, err
}

func (d *Desk) wished(ctx context.Context, c *call, wishes []wish) (Reply, error) {
	if d.second(c) {
		return d.holdAccess(ctx, c, wishes)
	}
	all, err := d.changeAccess(ctx, c, wishes)
	if err != nil {
		return Reply{}, err
	}
	for _, ch := range all {
		ch.err = d.accessError(c, ch)
	}
	if len(all) == 1 && all[0].err != nil {
		return Reply{}, all[0].err
	}
	done := doneOf(all)
	role, err := catalog.ParseRole(c.option("role"))
	switch {
	case c.saving() && c.option("key") == "" && err == nil:
		return d.roleCard(c, role, done), done.err
	case len(all) == 1:
		return d.keyCard(c, all[0].now, done), nil
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: done.tone, Title: done.said, Lines: done.lines,
		Buttons: roleButtons(), Ref: c.op})}, done.err
}

// accessError puts why a key's access was not changed into the words of this command.
func (d *Desk) accessError(c *call, ch *accessChange) error {
	if ch.err == nil {
		return nil
	}
	one := *c
	one.op, one.cmd = ch.op, d.commands[ch.action()]
	err := d.orUnclear(&one, ch.name.String(), ch.err)
	if one.cmd = d.commands["access"]; errors.Is(err, vault.ErrMoved) {
		return d.moved(&one, ch.now, "Its access was left as it is.")
	}
	return err
}

// doneOf says what became of each key.
func doneOf(all []*accessChange) *done {
	out := &done{tone: cards.Good, said: "Saved"}
	for _, ch := range all {
		if ch.again {
			out.tone = cards.Warn
		}
		if len(all) == 1 {
			out.said = ch.words()
			return out
		}
		if out.lines = append(out.lines, ch.words()); ch.err != nil {
			out.tone, out.said, out.err = cards.Warn, "Not all of it was saved", errPartly
		}
	}
	return out
}

// words is what became of one key.
func (ch *accessChange) words() string {
	name := ch.name.String()
	grants, revokes := ch.after&^ch.before, ch.before&^ch.after
	var out []string
	switch {
	case ch.err != nil:
		return name + ": " + Sentence(ch.err)
	case ch.again:
		return name + " was changed by this card before, and by somebody else since. It stays as it is now."
	case ch.same:
		return "Access to " + name + " is as you want it already."
	case ch.own == 0:
		return name + " goes by the default of its category again: " +
			strings.Join(roleNames(ch.after), ", ") + "."
	}
	if grants != 0 {
		out = append(out, strings.Join(roleNames(grants), " and ")+" may retrieve "+name+" now.")
	}
	if revokes != 0 {
		out = append(out, strings.Join(roleNames(revokes), " and ")+" may not retrieve "+name+" any more.")
	}
	return strings.Join(out, " ")
}

func roleNames(roles catalog.Roles) (out []string) {
	for _, r := range roles.List() {
		out = append(out, r.String())
	}
	return out
}

// whichAccess offers the roles.
func (d *Desk) whichAccess(c *call) Reply {
	keys := d.Vault.Keys()
	v := cards.NoticeView{Title: "Who may retrieve what", Buttons: roleButtons(),
		Text: "Choose a role to see its keys and switch them. " +
			"For the roles of one key type its name, for example: access sentinelone"}
	for _, role := range everyone.List() {
		open := 0
		for i := range keys {
			if d.Catalog.Access(keys[i]).Has(role) {
				open++
			}
		}
		v.Facts = append(v.Facts, cards.Fact{Title: role.String(),
			Value: fmt.Sprintf("%s of %s", number(open), plural(len(keys), "key"))})
	}
	return Reply{New: c.opening(), Card: cards.Notice(v)}
}

func roleButtons() (out []cards.Button) {
	for _, role := range everyone.List() {
		out = append(out, button(role.String(), "access", "role", role.String()))
	}
	return out
}

// roleCard is a page of the keys of a role; what fits the filter, in order of their names.
func (d *Desk) roleCard(c *call, role catalog.Role, done *done) Reply {
	filter := c.option("filter")
	if !c.pressed() {
		filter = c.line.text(1)
	}
	found := d.Vault.Keys()
	if filter != "" {
		found = d.Catalog.Search(found, filter, c.now)
	}
	v := cards.RoleAccessView{Role: role, Filter: filter, Total: len(found)}
	for i := range found {
		if d.Catalog.Access(found[i]).Has(role) {
			v.Open++
		}
	}
	found, v.Page, v.Pages = page(found, c.page(), accessRows)
	var on, off []string
	for _, k := range found {
		vendor, _ := d.Catalog.Vendor(k.Name.Vendor)
		row := cards.AccessRow{Key: k, Vendor: vendor, Open: d.Catalog.Access(k).Has(role)}
		v.Rows = append(v.Rows, row)
		if row.Open {
			on = append(on, k.Name.String())
		} else {
			off = append(off, k.Name.String())
		}
	}
	if role == catalog.Admin { // there is nothing to switch
		v.Rows = nil
	} else if len(found) > 0 {
		v.Buttons = append(v.Buttons, saveAccess("role", role.String(), "filter", filter,
			"page", strconv.Itoa(v.Page), "on", strings.Join(on, " "), "off", strings.Join(off, " ")))
		v.Buttons = append(v.Buttons, turnRole(role, pager("access", filter, v.Page, v.Pages))...)
	}
	v.Buttons = append(v.Buttons, otherRoles(role)...)
	if done != nil {
		v.Tone, v.Said, v.Lines, v.Ref = done.tone, done.said, done.lines, c.op
	}
	return Reply{New: c.opening() && !c.saving(), Card: cards.RoleAccess(v)}
}

// saveAccess is a card's Save: its operation is the card's own, and its data has what was shown.
func saveAccess(pairs ...string) cards.Button {
	return primary(button("Save", "access", append(pairs, "step", "save", "op", rand.Text())...))
}

func turnRole(role catalog.Role, buttons []cards.Button) []cards.Button {
	for _, b := range buttons {
		b.Data["role"] = role.String()
	}
	return buttons
}

func otherRoles(but catalog.Role) []cards.Button {
	return slices.DeleteFunc(roleButtons(), func(b cards.Button) bool { return b.Title == but.String() })
}

// keyCard is the roles of one key.
func (d *Desk) keyCard(c *call, key catalog.Key, done *done) Reply {
	name := key.Name
	vendor, _ := d.Catalog.Vendor(name.Vendor)
	fresh := key
	fresh.Roles = 0
	v := cards.KeyAccessView{Key: key, Vendor: vendor, Access: d.Catalog.Access(key),
		Default: d.Catalog.Access(fresh)}
	on := v.Access &^ adminOnly
	off := everyone &^ v.Access
	v.Buttons = []cards.Button{saveAccess("key", name.String(), "on", strings.Join(roleNames(on), " "),
		"off", strings.Join(roleNames(off), " "))}
	if key.Roles != 0 {
		back := button("Back to the default", "access", "key", name.String(), "default", "yes",
			"step", "save", "op", rand.Text())
		back.Keep = true
		v.Buttons = append(v.Buttons, back)
	}
	v.Buttons = append(v.Buttons, button("Details", "key", "key", name.String()))
	if done != nil {
		v.Tone, v.Said, v.Lines, v.Ref = cmp.Or(done.tone, cards.Good), done.said, done.lines, c.op
	}
	return Reply{New: c.opening() && !c.saving(), Card: cards.KeyAccess(v)}
}
