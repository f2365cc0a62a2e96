package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// entry is what was entered for a key, checked, and how to store it.
type entry struct {
	target
	what  string // "Stored" or "Rotated"
	parts vault.Parts
	at    time.Time // when it is stored as new
	store func(context.Context) (catalog.Key, error)
}

// save stores what a filled form has, once.
func (d *Desk) save(ctx context.Context, c *call, t target, check func(*call, target) (entry, error)) (Reply, error) {
	return d.once(ctx, c, func() (Reply, error) {
		if d.PageOnly {
			return Reply{}, refuse("Values are entered on a secure page only. Open the form again; it leads you there.")
		}
		e, err := check(c, t)
		if err != nil {
			return Reply{}, err
		}
		if e.key, err = d.enter(ctx, c, e); err != nil {
			return Reply{}, err
		}
		return d.saved(c, e), nil
	})
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
	if t.stored && t.key.Op != c.op {
		return entry{}, exists(t.key)
	}
	parts, err := d.parts(c, t.vendor)
	in, err2 := d.settings(c, t, c.given)
	if err := both(err, err2, allParts(t.vendor, parts)); err != nil {
		return entry{}, err
	}
	e := entry{target: t, what: "Stored", parts: parts, at: stamp()}
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
	if err := both(err, err2, anySecret(t.vendor, parts)); err != nil {
		return entry{}, err
	}
	e := entry{target: t, what: "Rotated", parts: parts, at: stamp()}
	ch := vault.Change{Parts: parts, IntervalDays: in.interval, Expiry: &in.expiry, Note: &in.note,
		By: c.Person, Op: c.op, OpenedOn: c.option("opened"), At: e.at}
	if in.endpoint != nil {
		ch.Endpoint = merged(t.key.Endpoint, in.endpoint)
		if err := d.sameHost(t, ch.Endpoint, parts); err != nil {
			return entry{}, err
		}
	}
	e.store = func(ctx context.Context) (catalog.Key, error) { return d.Vault.Rotate(ctx, t.name, ch) }
	return e, nil
}

// stamp is now as the vault keeps it.
func stamp() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// sameHost refuses to let a part that was entered for one host go to another: where the vendor has no host pattern of
// its own, a changed host needs every secret entered again.
func (d *Desk) sameHost(t target, endpoint map[string]string, parts vault.Parts) error {
	if !hostChanges(t, endpoint) {
		return nil
	}
	for _, p := range t.vendor.SecretParts() {
		if parts[p.Name].IsZero() {
			return refuse(fmt.Sprintf("The address changes to another host, so enter all of: %s. A key is never sent to a host it was not entered for.",
				strings.ToLower(partTitles(t.vendor.SecretParts()))))
		}
	}
	return nil
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

// enter stores a checked entry.
func (d *Desk) enter(ctx context.Context, c *call, e entry) (catalog.Key, error) {
	if e.stored && e.key.Op == c.op { // by this very form, before a restart or a lost answer
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
		return key, moved(key)
	case err == nil && !key.Rotated.Equal(e.at):
		return key, d.again(ctx, e)
	}
	return key, err
}

// again answers an entry that an earlier try has stored. It holds for the same value only: who has entered another one
// since must not believe that it is stored.
func (d *Desk) again(ctx context.Context, e entry) error {
	_, stored, err := d.Vault.ReadKey(ctx, e.name)
	if err != nil {
		return err
	}
	if sameParts(e.parts, stored) {
		return nil
	}
	return &refusal{title: "An earlier try was stored",
		sentence: fmt.Sprintf("%s was stored by your first try, with another value than you entered now.", e.name),
		lines:    []string{"To store the one you entered now, rotate the key."},
		buttons:  []cards.Button{button("Rotate", "rotate", "key", e.name.String())}}
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

// labelled is the name of a vendor's key with a label.
func labelled(v *catalog.Vendor, label string) (catalog.KeyName, error) {
	name, err := catalog.ParseKeyName(join(v.ID, label))
	if err != nil {
		return name, badLabel
	}
	return name, noKey("The label", label)
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime) // it happened: say so even if nobody waits
	defer cancel()
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

// outcomeTime is how long writing the outcome of a change may take.
const outcomeTime = 10 * time.Second

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

// saved is the result card of a stored value.
func (d *Desk) saved(c *call, e entry) Reply {
	return Reply{Card: cards.Saved(cards.SavedView{Title: e.what, Key: e.key, Vendor: e.vendor, Due: e.key.Due(c.now),
		Warnings: warnings(e), Buttons: d.keyButtons(c, e.name), Ref: c.op})}
}

// warnings says what looks odd in the entered values.
func warnings(e entry) []string {
	entered := map[string]string{}
	for name, s := range e.parts {
		entered[name] = s.Expose()
	}
	return e.vendor.Warnings(entered)
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
