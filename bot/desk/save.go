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

// save stores what a filled form has, once.
func (d *Desk) save(
	ctx context.Context, c *call, t target, check func(*call, target) (entry, error),
) (Reply, error) {
	return d.once(ctx, c, func() (Reply, error) {
		if d.PageOnly && c.decision == nil {
			return Reply{}, refuse("Values are entered on a secure page only. " +
				"Open the form again; it leads you there.")
		}
		e, err := check(c, t)
		if err != nil {
			return Reply{}, err
		}
		if d.second(c) {
			return d.hold(ctx, c, heldEntry(c, e))
		}
		if e.key, err = d.enter(ctx, c, e); err != nil {
			return Reply{}, err
		}
		return d.saved(c, e), nil
	})
}

// enter stores a checked entry.
func (d *Desk) enter(ctx context.Context, c *call, e entry) (catalog.Key, error) {
	if e.stored && e.key.Made == c.op { // by this very form, before a restart or a lost answer
		return e.key, d.again(ctx, e)
	}
	key, err := d.change(ctx, c, e.name, func() (catalog.Key, error) { return e.store(ctx) })
	switch {
	case errors.Is(err, vault.ErrExists):
		if now, ok := d.Vault.Key(e.name); ok {
			key = now
		}
		return key, exists(catalog.Key{Name: e.name, Rotated: key.Rotated, RotatedBy: key.RotatedBy})
	case errors.Is(err, vault.ErrMoved):
		return key, d.moved(c, key, "Nothing of yours was stored.")
	case errors.Is(err, vault.ErrDeleted):
		return key, d.wasDeleted(ctx, e.name)
	case err == nil && !key.Rotated.Equal(e.at):
		return key, d.again(ctx, e)
	}
	return key, err
}

// again answers an entry that an earlier try has stored. It holds for the same value only: who has entered
// another one since must not believe that it is stored.
func (d *Desk) again(ctx context.Context, e entry) error {
	_, stored, err := d.Vault.ReadKey(ctx, e.name)
	if err != nil {
		return err
	}
	if sameParts(e.parts, stored) {
		return nil
	}
	return &refusal{title: "An earlier try was stored",
		sentence: fmt.Sprintf("%s was stored by your first try, with another value than you entered now.",
			e.name),
		lines:   []string{"To store the one you entered now, rotate the key."},
		buttons: []cards.Button{button("Rotate", "rotate", "key", e.name.String())}}
}

// sameParts says whether all that was entered is what is stored.
func sameParts(entered, stored vault.Parts) bool {
	for name, s := range entered {
		if !s.IsZero() && !s.Equal(stored[name]) {
			return false
		}
	}
	return true
}

// change does something that cannot be undone: its intent is durable before it, its outcome before the
// answer. What Key Vault left unclear stays an open intent, which is the truth.
func (d *Desk) change(
	ctx context.Context, c *call, name catalog.KeyName, do func() (catalog.Key, error),
) (catalog.Key, error) {
	e := d.event(c, c.cmd.Verb, audit.Intent)
	e.Key, e.Note = name.String(), cut(c.remark, maxNote)
	if err := d.writeFirst(ctx, c, e); err != nil {
		return catalog.Key{}, err
	}
	key, err := do()
	// It happened: say so even if nobody waits.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	switch {
	case errors.Is(err, vault.ErrSuperseded):
		e.Outcome, e.Note = audit.OK, "somebody else's change came right after it"
		return key, errors.Join(superseded(c, name, err), d.write(ctx, e))
	case errors.Is(err, vault.ErrTogether):
		e.Outcome, e.Version, e.Note = audit.OK, key.Version, "somebody else stored it at the same moment"
		return key, errors.Join(together(c, key.Name), d.write(ctx, e))
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

// outcomeTime is how long writing the outcome of a change may take.
const outcomeTime = 10 * time.Second

// reason is why a change failed, for the log: the sentinel's own words, never Azure's.
func reason(err error) string {
	for _, cause := range []error{vault.ErrExists, vault.ErrMoved, vault.ErrForeign, vault.ErrDeleted,
		vault.ErrDisabled, vault.ErrNotFound, vault.ErrTooBig, vault.ErrBadValue, vault.ErrProtected,
		vault.ErrForbidden, vault.ErrThrottled, vault.ErrUnavailable, ErrDirectory} {
		if errors.Is(err, cause) {
			return cause.Error()
		}
	}
	return "internal error"
}

// saved is the result card of a stored value.
func (d *Desk) saved(c *call, e entry) Reply {
	return Reply{Card: cards.Saved(cards.SavedView{Title: e.what, Key: e.key, Vendor: e.vendor,
		Due: e.key.Due(c.now), Changed: e.changed, Warnings: warnings(e),
		Buttons: d.keyButtons(c, e.name), Ref: c.op})}
}

// warnings says what looks odd in the entered values.
func warnings(e entry) []string {
	entered := map[string]string{}
	for name, s := range e.parts {
		entered[name] = s.Expose()
	}
	return e.vendor.Warnings(entered)
}

// both joins the mistakes of several checks into one refusal.
func both(errs ...error) error {
	var wrong mistakes
	for _, err := range errs {
		wrong.add(err)
	}
	return wrong.err()
}
