package desk

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// entry is what was entered for a key, checked, and how to store it.
type entry struct {
	target
	what    string   // "Stored", "Rotated", ...
	address string   // the one that was entered, whole; "" where none was, or nothing belongs to it
	changed []string // by an edit
	in      settings // that were entered
	parts   vault.Parts
	at      time.Time // when it is stored as new
	store   func(context.Context) (catalog.Key, error)
}

// newKey checks a filled add form.
func (d *Desk) newKey(c *call, t target) (entry, error) {
	if label := c.option("label"); label != "" && t.name.Label == "" {
		name, err := labelled(t.vendor, label)
		if err != nil {
			return entry{}, err
		}
		t = d.known(t.vendor, name)
	}
	if t.stored && t.key.Made != c.op {
		return entry{}, exists(t.key)
	}
	parts, err := d.parts(c, t.vendor)
	in, err2 := d.settings(c, t, c.given)
	if err := both(err, err2, allParts(t.vendor, parts), wholeAddress(t.vendor, in.endpoint)); err != nil {
		return entry{}, err
	}
	e := entry{target: t, what: "Stored", in: in, parts: parts, at: stamp()}
	if len(in.endpoint) > 0 {
		e.address, _ = t.vendor.Resolve(in.endpoint)
	}
	key := d.fresh(c, &e, in.endpoint, in.interval, in.expiry, in.note)
	e.store = func(ctx context.Context) (catalog.Key, error) { return d.Vault.Create(ctx, key, parts) }
	return e, nil
}

// fresh is a key that is stored for the first time.
func (d *Desk) fresh(
	c *call, e *entry, endpoint map[string]string, interval int, expiry catalog.Date, note string,
) catalog.Key {
	return catalog.Key{Name: e.name, Endpoint: endpoint, Preview: preview(e.vendor, e.parts),
		IntervalDays: cmp.Or(interval, e.vendor.IntervalDays), Expiry: expiry, Note: note,
		Rotated: e.at, RotatedBy: c.Person, Owner: c.Person, Op: c.op}
}

// newValue checks a filled rotate form.
func (d *Desk) newValue(c *call, t target) (entry, error) {
	parts, err := d.parts(c, t.vendor)
	in, err2 := d.settings(c, t, c.given)
	address := merged(t.key.Endpoint, in.endpoint)
	if err := both(err, err2, anySecret(t.vendor, parts), wholeAddress(t.vendor, address)); err != nil {
		return entry{}, err
	}
	e := entry{target: t, what: "Rotated", in: in, parts: parts, at: stamp()}
	ch := vault.Change{Parts: parts, IntervalDays: in.interval, Expiry: &in.expiry, Note: &in.note,
		By: c.Person, Op: c.op, OpenedOn: c.option("opened"), At: e.at}
	if in.endpoint != nil {
		ch.Endpoint = address
		e.address, _ = t.vendor.Resolve(address)
		if err := d.sameHost(t, ch.Endpoint, parts); err != nil {
			return entry{}, err
		}
	}
	e.store = func(ctx context.Context) (catalog.Key, error) { return d.Vault.Rotate(ctx, t.name, ch) }
	return e, nil
}

// stamp is now as the vault keeps it.
func stamp() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// sameHost refuses to let a part that was entered for one host go to another: where the vendor has no host
// pattern of its own, a changed host needs every secret entered again.
func (d *Desk) sameHost(t target, endpoint map[string]string, parts vault.Parts) error {
	if !hostChanges(t, endpoint) {
		return nil
	}
	for _, p := range t.vendor.SecretParts() {
		if parts[p.Name].IsZero() {
			return refuse(fmt.Sprintf("The address changes to another host, so enter all of: %s. "+
				"A key is never sent to a host it was not entered for.",
				strings.ToLower(partTitles(t.vendor.SecretParts()))))
		}
	}
	return nil
}

// wholeAddress refuses a value without its address where the vendor has no host of its own: an address that
// came later would send the value to a host it was not entered for.
func wholeAddress(v *catalog.Vendor, endpoint map[string]string) error {
	if v.Host != nil {
		return nil
	}
	_, missing := v.Resolve(endpoint)
	if len(missing) == 0 {
		return nil
	}
	return refuse(fmt.Sprintf("The key belongs to one address of %s. Enter its %s too.", v.Name,
		strings.Join(missing, " and ")))
}

// hostChanges says whether other placeholder values lead to another machine that could be anybody's.
func hostChanges(t target, endpoint map[string]string) bool {
	if t.vendor.Host != nil || !t.stored {
		return false
	}
	before, _ := t.vendor.Resolve(t.key.Endpoint)
	after, _ := t.vendor.Resolve(endpoint)
	return before != after
}

// labelled is the name of a vendor's key with a label.
func labelled(v *catalog.Vendor, label string) (catalog.KeyName, error) {
	name, err := catalog.ParseKeyName(join(v.ID, label))
	if err != nil {
		return name, badLabel
	}
	return name, noKey("The label", label)
}

// preview is what may be shown of a new value; "" where the part it shows was not entered.
func preview(v *catalog.Vendor, parts vault.Parts) string {
	s := parts[v.Preview.Part]
	if s.IsZero() {
		return ""
	}
	return v.PreviewOf(s.Expose())
}
