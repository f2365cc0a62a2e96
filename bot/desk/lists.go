package desk

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
)

// rows is how many keys, vendors or events a page shows.
const rows = 8

// keys lists the names of all stored keys, those the person may not retrieve marked as locked.
func (d *Desk) keys(_ context.Context, c *call) (Reply, error) {
	filter := c.filter()
	found := d.Vault.Keys()
	if filter != "" {
		found = d.Catalog.Search(found, filter, c.now)
	}
	if len(found) == 0 {
		return Reply{New: c.opening(), Card: d.noKeys(c, filter)}, nil
	}
	v := cards.KeysView{Filter: filter}
	order, counts := ranked(found, c.now)
	v.Counts = counts
	order, v.Page, v.Pages = page(order, c.page(), rows)
	for _, i := range order {
		v.Rows = append(v.Rows, d.keyRow(c, found[i]))
	}
	v.Buttons = pager("keys", filter, v.Page, v.Pages)
	return Reply{New: c.opening(), Card: cards.Keys(v)}, nil
}

// ranked orders keys by what needs somebody first, then by name, and counts how they stand. It runs over
// thousands of keys for one page, so it looks at each once and copies none.
func ranked(keys []catalog.Key, now time.Time) (order []int, n cards.Counts) {
	n.Total = len(keys)
	days := make([]int, len(keys))
	fine := make([]int, 0, len(keys))
	for i := range keys {
		var status catalog.Status
		status, days[i] = keys[i].Stands(now)
		switch status {
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
			fine = append(fine, i)
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(days[a], days[b]) })
	return append(order, fine...), n
}

func (d *Desk) keyRow(c *call, k catalog.Key) cards.KeyRow {
	vendor, _ := d.Catalog.Vendor(k.Name.Vendor)
	row := cards.KeyRow{Key: k, Vendor: vendor, Due: k.Due(c.now)}
	name := k.Name.String()
	if row.Locked = !c.Roles.Any(d.Catalog.Access(k)); row.Locked {
		row.Buttons = []cards.Button{button("Ask", "ask", "key", name)}
		if _, has := d.livePass(c.ID, k.Name, ""); has {
			row.Buttons = onKey(k.Name, "get")
		}
	} else {
		row.Buttons = []cards.Button{button("Get", "get", "key", name), button("Details", "key", "key", name)}
	}
	return row
}

func (d *Desk) noKeys(c *call, filter string) cards.Card {
	v := cards.NoticeView{Title: "No key stored yet", Text: "The vault is empty."}
	if filter != "" {
		v.Title = "No such key"
		v.Text = "No stored key fits that. " +
			"A filter is a text, a category or a status (ok, due, overdue, expiring, expired)."
		v.Buttons = append(v.Buttons, cards.Button{Title: "All keys", Verb: "keys"})
	}
	if d.commands["add"].allows(c.Roles) {
		v.Buttons = append(v.Buttons, cards.Button{Title: "Add a key", Verb: "add"})
	}
	return cards.Notice(v)
}

// vendors lists the vendors of the catalog, also those without a key.
func (d *Desk) vendors(_ context.Context, c *call) (Reply, error) {
	filter := c.filter()
	found := d.vendorsFor(filter)
	if len(found) == 0 {
		return Reply{}, &refusal{title: "No such category",
			sentence: "The categories are " + d.categories(everyone&^adminOnly) + " and the rest of the catalog.",
			buttons:  []cards.Button{{Title: "All vendors", Verb: "vendors"}}}
	}
	view := cards.VendorsView{Filter: filter, Total: len(found)}
	found, view.Page, view.Pages = page(found, c.page(), rows)
	keys := d.Vault.Keys()
	for _, v := range found {
		view.Rows = append(view.Rows, d.vendorRow(c, v, keysOf(keys, v.ID)))
	}
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

// keysOf is the keys of one vendor: they stand together, as keys are sorted by name.
func keysOf(keys []catalog.Key, vendor string) []catalog.Key {
	from := sort.Search(len(keys), func(i int) bool { return keys[i].Name.Vendor >= vendor })
	to := from + sort.Search(len(keys)-from, func(i int) bool { return keys[from+i].Name.Vendor > vendor })
	return keys[from:to]
}

func (d *Desk) vendorRow(c *call, v *catalog.Vendor, stored []catalog.Key) cards.VendorRow {
	row := cards.VendorRow{Vendor: v, Keys: len(stored), Due: catalog.Due{Status: catalog.NoKey}}
	for i := range stored {
		if _, days := stored[i].Stands(c.now); i == 0 || days < row.Due.Days {
			row.Due = stored[i].Due(c.now)
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
