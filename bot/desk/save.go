package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// saveNew stores the key of a filled add form.
func (d *Desk) saveNew(ctx context.Context, c *call, t target) (Reply, error) {
	if label := c.option("label"); label != "" && t.name.Label == "" {
		name, err := labelled(t.vendor, label)
		if err != nil {
			return Reply{}, err
		}
		t = d.known(t.vendor, name)
	}
	if t.stored && t.key.Op == c.op { // stored by this very form, before a restart or a lost answer
		return d.saved(c, "Stored", t, nil), nil
	}
	if t.stored {
		return Reply{}, exists(t.key)
	}
	parts, err := d.parts(c, t.vendor)
	in, err2 := d.formSettings(c, t)
	if err := both(err, err2, allParts(t.vendor, parts)); err != nil {
		return Reply{}, err
	}
	key := catalog.Key{Name: t.name, Endpoint: in.endpoint, Preview: preview(t.vendor, parts),
		IntervalDays: in.interval, Expiry: in.expiry, Note: in.note,
		Rotated: time.Now().UTC(), RotatedBy: c.Person, Owner: c.Person, Op: c.op}
	if key.IntervalDays == 0 {
		key.IntervalDays = t.vendor.IntervalDays
	}
	t.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Create(ctx, key, parts) })
	if errors.Is(err, vault.ErrExists) {
		if now, ok := d.Vault.Key(t.name); ok {
			return Reply{}, exists(now)
		}
		return Reply{}, exists(catalog.Key{Name: t.name})
	}
	if err != nil {
		return Reply{}, err
	}
	return d.saved(c, "Stored", t, parts), nil
}

// labelled is the name of a vendor's key with a label.
func labelled(v *catalog.Vendor, label string) (catalog.KeyName, error) {
	name, err := catalog.ParseKeyName(join(v.ID, label))
	if err != nil {
		return name, badLabel
	}
	return name, noKey("The label", label)
}

// saveRotation stores the new value of a filled rotate form.
func (d *Desk) saveRotation(ctx context.Context, c *call, t target) (Reply, error) {
	if t.key.Op == c.op {
		return d.saved(c, "Rotated", t, nil), nil
	}
	parts, err := d.parts(c, t.vendor)
	in, err2 := d.formSettings(c, t)
	if err := both(err, err2, anySecret(t.vendor, parts)); err != nil {
		return Reply{}, err
	}
	ch := vault.Change{Parts: parts, IntervalDays: in.interval, Expiry: &in.expiry, Note: &in.note,
		By: c.Person, Op: c.op, OpenedOn: c.option("opened"), At: time.Now().UTC()}
	if in.endpoint != nil {
		ch.Endpoint = merged(t.key.Endpoint, in.endpoint)
	}
	key, err := d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Rotate(ctx, t.name, ch) })
	if errors.Is(err, vault.ErrMoved) {
		return Reply{}, moved(key)
	}
	if err != nil {
		return Reply{}, err
	}
	t.key = key
	return d.saved(c, "Rotated", t, parts), nil
}

// change does something that cannot be undone: its intent is durable before it, its outcome before the
// answer. What Key Vault left unclear stays an open intent, which is the truth.
func (d *Desk) change(ctx context.Context, c *call, name catalog.KeyName, do func() (catalog.Key, error)) (catalog.Key, error) {
	e := d.event(c, c.cmd.Verb, audit.Intent)
	e.Key = name.String()
	if err := d.write(ctx, e); err != nil {
		return catalog.Key{}, err
	}
	key, err := do()
	switch {
	case errors.Is(err, vault.ErrSuperseded):
		e.Outcome, e.Note = audit.OK, "somebody else's change came right after it"
		return key, errors.Join(superseded(name), d.write(ctx, e))
	case errors.Is(err, vault.ErrUnclear):
		return key, err
	case err != nil:
		e.Outcome, e.Note = audit.Failed, reason(err)
		return key, errors.Join(err, d.write(ctx, e))
	}
	e.Outcome, e.Version = audit.OK, key.Version
	if err := d.write(ctx, e); err != nil {
		return key, fmt.Errorf("%w: %w", errUnlogged, err)
	}
	return key, nil
}

// reason is why a change failed, for the log: the sentinel's own words, never Azure's.
func reason(err error) string {
	for _, cause := range []error{vault.ErrExists, vault.ErrMoved, vault.ErrForeign, vault.ErrDeleted, vault.ErrDisabled,
		vault.ErrNotFound, vault.ErrTooBig, vault.ErrBadValue, vault.ErrForbidden, vault.ErrThrottled, vault.ErrUnavailable, ErrDirectory} {
		if errors.Is(err, cause) {
			return cause.Error()
		}
	}
	return "internal error"
}

// saved is the result card of a stored value. parts may be nil: then there is nothing to warn about.
func (d *Desk) saved(c *call, what string, t target, parts vault.Parts) Reply {
	entered := map[string]string{}
	for name, s := range parts {
		entered[name] = s.Expose()
	}
	return Reply{Card: cards.Saved(cards.SavedView{Title: what, Key: t.key, Vendor: t.vendor, Due: t.key.Due(c.now),
		Warnings: t.vendor.Warnings(entered), Buttons: d.keyButtons(c, t.name), Ref: c.op})}
}

// moved refuses a form that was opened on an older version, and says who was faster.
func moved(k catalog.Key) error {
	who := "Somebody"
	if k.RotatedBy.Name != "" {
		who = k.RotatedBy.Name
	}
	return &refusal{title: "Somebody was faster",
		sentence: fmt.Sprintf("%s changed %s while this form was open. Nothing of yours was stored.", who, k.Name),
		lines:    []string{"Look at it, then decide again."},
		buttons:  []cards.Button{button("Rotate", "rotate", "key", k.Name.String()), button("History", "history", "key", k.Name.String())}}
}

// superseded tells that a value was stored and is already an older version.
func superseded(name catalog.KeyName) error {
	return &refusal{title: "Stored, and changed again",
		sentence: fmt.Sprintf("Your value of %s was stored, but somebody else changed the key right after. Theirs is current.", name),
		lines:    []string{"The history shows both. Rotate again if yours is the right one."},
		buttons:  []cards.Button{button("History", "history", "key", name.String()), button("Rotate", "rotate", "key", name.String())}}
}

// preview is what may be shown of a new value; "" where the part it shows was not entered.
func preview(v *catalog.Vendor, parts vault.Parts) string {
	s := parts[v.Preview.Part]
	if s.IsZero() {
		return ""
	}
	return v.PreviewOf(s.Expose())
}

// both joins the mistakes of several checks into one refusal.
func both(errs ...error) error {
	var wrong mistakes
	for _, err := range errs {
		wrong.add(err)
	}
	return wrong.err()
}
