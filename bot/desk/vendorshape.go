package desk

import (
	"context"
	"slices"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

// mayChange refuses another shape of a vendor while keys go by the one it has, or will once they are
// approved.
func (d *Desk) mayChange(ctx context.Context, c *call, was, own catalog.Own) error {
	if was.Name == "" { // nobody knows its shape; it may have been unreadable for a moment only
		if err := d.Vault.Refresh(ctx); err != nil {
			return err
		}
		if now, ok := d.Catalog.Own(own.ID); ok && now.Op != c.op {
			return refuse(now.Name + " can be read again. Open it again and look.")
		}
		return nil
	}
	if sameShape(was, own) {
		return nil
	}
	use, err := d.vendorUse(ctx, own.ID)
	switch {
	case err != nil:
		return err
	case use.any():
		return refuse(use.of(was) + " Its parts, its address and its category stay as they are for them. " +
			use.first("change these") + " Or add another vendor.")
	case d.waitsFor(own.ID):
		return refuse("A key of " + was.Name + " waits for an admin, who was shown its parts and its address. " +
			"Decide about that key first.")
	}
	return nil
}

// waitsFor says whether a request about a key of a vendor waits.
func (d *Desk) waitsFor(vendor string) bool {
	return slices.ContainsFunc(d.Vault.Requests(), func(r request.Request) bool {
		name, err := catalog.ParseKeyName(r.Key)
		return err == nil && name.Vendor == vendor
	})
}

// sameShape says whether keys of a vendor stay what they are, and go nowhere else, when it changes.
func sameShape(a, b catalog.Own) bool {
	same := func(p, q catalog.OwnPart) bool { return p.Name == q.Name && p.Secret == q.Secret }
	return a.Endpoint == b.Endpoint && a.Category == b.Category && slices.EqualFunc(a.Parts, b.Parts, same)
}
