package desk

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// accessRows is how many keys a page of a role's card has.
const accessRows = 12

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
