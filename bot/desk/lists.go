package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// rows is how many keys, vendors or events a page shows.
const rows = 8

// keys lists the names of all stored keys, those the person may not retrieve marked as locked.
func (d *Desk) keys(_ context.Context, c *call) (Reply, error) {
	filter := c.filter()
	found := d.Catalog.Search(d.Vault.Keys(), filter, c.now)
	v := cards.KeysView{Filter: filter, Counts: counts(found, c)}
	slices.SortStableFunc(found, func(a, b catalog.Key) int {
		return cmp.Compare(urgency(a, c), urgency(b, c))
	})
	var shown []catalog.Key
	shown, v.Page, v.Pages = page(found, c.page(), rows)
	for _, k := range shown {
		v.Rows = append(v.Rows, d.keyRow(c, k))
	}
	v.Buttons = pager("keys", filter, v.Page, v.Pages)
	if len(found) == 0 {
		return Reply{New: c.opening(), Card: d.noKeys(c, filter)}, nil
	}
	return Reply{New: c.opening(), Card: cards.Keys(v)}, nil
}

func (d *Desk) keyRow(c *call, k catalog.Key) cards.KeyRow {
	vendor, _ := d.Catalog.Vendor(k.Name.Vendor)
	row := cards.KeyRow{Key: k, Vendor: vendor, Due: k.Due(c.now)}
	if row.Locked = !c.Roles.Any(d.Catalog.Access(k)); !row.Locked {
		row.Buttons = []cards.Button{button("Get", "get", "key", k.Name.String()), button("Details", "key", "key", k.Name.String())}
	}
	return row
}

func (d *Desk) noKeys(c *call, filter string) cards.Card {
	v := cards.NoticeView{Title: "No key stored yet", Text: "The vault is empty."}
	if filter != "" {
		v.Title, v.Text = "No such key", "No stored key fits that. A filter is a text, a category or a status (ok, due, overdue, expiring, expired)."
		v.Buttons = append(v.Buttons, cards.Button{Title: "All keys", Verb: "keys"})
	}
	if d.commands["add"].allows(c.Roles) {
		v.Buttons = append(v.Buttons, cards.Button{Title: "Add a key", Verb: "add"})
	}
	return cards.Notice(v)
}

// urgency sorts what needs somebody first, by name where nothing does.
func urgency(k catalog.Key, c *call) int {
	if due := k.Due(c.now); due.Status != catalog.OK {
		return due.Days
	}
	return int(^uint(0) >> 1)
}

func counts(keys []catalog.Key, c *call) cards.Counts {
	n := cards.Counts{Total: len(keys)}
	for _, k := range keys {
		switch k.Due(c.now).Status {
		case catalog.DueSoon:
			n.Due++
		case catalog.Overdue:
			n.Overdue++
		case catalog.Expiring:
			n.Expiring++
		case catalog.Expired:
			n.Expired++
		default:
			n.OK++
		}
	}
	return n
}

// vendors lists the vendors of the catalog, also those without a key.
func (d *Desk) vendors(_ context.Context, c *call) (Reply, error) {
	filter := c.filter()
	byVendor := map[string][]catalog.Key{}
	for _, k := range d.Vault.Keys() {
		byVendor[k.Name.Vendor] = append(byVendor[k.Name.Vendor], k)
	}
	var found []cards.VendorRow
	for _, v := range d.vendorsFor(filter) {
		found = append(found, d.vendorRow(c, v, byVendor[v.ID]))
	}
	if len(found) == 0 {
		return Reply{}, &refusal{title: "No such category", sentence: "The categories are " + d.categories(everyone&^adminOnly) + " and the rest of the catalog.",
			buttons: []cards.Button{{Title: "All vendors", Verb: "vendors"}}}
	}
	view := cards.VendorsView{Filter: filter, Total: len(found)}
	view.Rows, view.Page, view.Pages = page(found, c.page(), rows)
	view.Buttons = pager("vendors", filter, view.Page, view.Pages)
	return Reply{New: c.opening(), Card: cards.Vendors(view)}, nil
}

// vendorsFor is the vendors of a category, or those a text fits.
func (d *Desk) vendorsFor(filter string) []*catalog.Vendor {
	all := d.Catalog.Vendors()
	if filter == "" {
		return all
	}
	if cat, ok := d.Catalog.Category(filter); ok {
		return slices.DeleteFunc(slices.Clone(all), func(v *catalog.Vendor) bool { return v.Category != cat.ID })
	}
	if m := d.Catalog.Lookup(filter); m.Vendor != nil {
		return []*catalog.Vendor{m.Vendor}
	} else if len(m.Candidates) > 0 {
		return m.Candidates
	}
	return slices.DeleteFunc(slices.Clone(all), func(v *catalog.Vendor) bool {
		return !strings.Contains(strings.ToLower(v.Name), strings.ToLower(filter))
	})
}

func (d *Desk) vendorRow(c *call, v *catalog.Vendor, stored []catalog.Key) cards.VendorRow {
	row := cards.VendorRow{Vendor: v, Keys: len(stored), Due: catalog.Due{Status: catalog.NoKey}}
	for i, k := range stored {
		if due := k.Due(c.now); i == 0 || due.Days < row.Due.Days {
			row.Due = due
		}
	}
	if len(stored) > 0 {
		row.Buttons = append(row.Buttons, button("Keys", "keys", "filter", v.ID))
	}
	if d.commands["add"].allows(c.Roles) {
		row.Buttons = append(row.Buttons, button("Add", "add", "key", v.ID))
	}
	return row
}

// pager is the Back and Next buttons of a list.
func pager(verb, filter string, at, pages int) []cards.Button {
	var out []cards.Button
	if at > 1 {
		out = append(out, button("Back", verb, "filter", filter, "page", strconv.Itoa(at-1)))
	}
	if at < pages {
		out = append(out, button("Next", verb, "filter", filter, "page", strconv.Itoa(at+1)))
	}
	return out
}
