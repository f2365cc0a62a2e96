package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// editOf reads and checks what a form or a typed line changes.
func (d *Desk) editOf(ctx context.Context, c *call, t target) (edited, error) {
	e := edited{name: t.name}
	e.Op, e.OpenedOn = c.op, c.option("opened")
	if t.key.Op == c.op { // this form was pressed before, with something else in it, or a half of it is done
		e.Op, e.OpenedOn = rand.Text(), c.op
	}
	in, err := d.settings(c, t, func(name string) string {
		if name == "expiry" { // checked below: one that has passed may stay
			return ""
		}
		return c.given(name)
	})
	expiry, err4 := c.editedExpiry(t.key.Expiry)
	name, err2 := d.editedLabel(c, t)
	owner, err3 := d.editedOwner(ctx, c, t.key.Owner)
	if err := mistakesOr(err, err2, err3, err4); err != nil {
		return e, err
	}
	if e.name = name; name != t.name {
		e.words = append(e.words, theLabel)
	}
	if owner.ID != "" && owner.ID != t.key.Owner.ID {
		e.Owner, e.words = &owner, append(e.words, "the owner")
	}
	if in.interval > 0 && in.interval != t.key.IntervalDays {
		e.IntervalDays, e.words = in.interval, append(e.words, "the interval")
	}
	if expiry != nil {
		e.Expiry, e.words = expiry, append(e.words, "the expiry")
	}
	if c.gives("note", "note") && in.note != t.key.Note {
		e.Note, e.words = &in.note, append(e.words, "the note")
	}
	return e, d.editedEndpoint(t, in, &e)
}

// editedEndpoint takes the endpoint's placeholders over, where that does not send the value to another host.
func (d *Desk) editedEndpoint(t target, in settings, e *edited) error {
	all := merged(t.key.Endpoint, in.endpoint)
	before, _ := t.vendor.Resolve(t.key.Endpoint)
	after, _ := t.vendor.Resolve(all)
	if before == after {
		return nil
	}
	if !hostChanges(t, all) {
		e.Endpoint, e.words = all, append(e.words, "the address")
		return nil
	}
	again := button("Rotate", "rotate", "key", t.name.String())
	for name, value := range all {
		again.Data["endpoint."+name] = value
	}
	r := &refusal{title: "Another host needs the value again", lines: []string{nothingChanged},
		buttons: []cards.Button{again}}
	r.sentence = fmt.Sprintf("%s would go to another host with its present value. "+
		"Enter the value again together with the new address.", t.name)
	if len(t.key.Endpoint) == 0 {
		r.title = "An address needs the value again"
		r.sentence = fmt.Sprintf("%s has no address yet, so its value was entered for none. "+
			"Enter the value again together with the address.", t.name)
	}
	return r
}

// editedExpiry is the expiry that was given where it is another than before; the zero date removes it.
func (c *call) editedExpiry(before catalog.Date) (*catalog.Date, error) {
	s := strings.TrimSpace(c.given("expiry"))
	if !c.gives("expiry", "expires") || s == before.String() {
		return nil, nil
	}
	if s == "" {
		return &catalog.Date{}, nil
	}
	date, err := parseExpiry(s, catalog.DateOf(c.now))
	return &date, err
}

// gives says whether the person said something about a setting: a sent form speaks of all of them, a typed
// line of those it names.
func (c *call) gives(input, option string) bool {
	if c.pressed() {
		return true
	}
	_, ok := c.line.options[option]
	return ok
}

// editedLabel is the key's name with the label that was given.
func (d *Desk) editedLabel(c *call, t target) (catalog.KeyName, error) {
	if !c.gives("label", "label") {
		return t.name, nil
	}
	label := c.option("label")
	if label == "" {
		return catalog.KeyName{Vendor: t.name.Vendor}, nil
	}
	name, err := labelled(t.vendor, label)
	if err != nil || name == t.name {
		return name, err
	}
	if now := d.known(t.vendor, name); now.stored && now.key.Made != c.op {
		return name, refuse(fmt.Sprintf("%s is stored already. Choose another label.", name))
	}
	return name, nil
}

// editedOwner is the person who was chosen, or typed as "me", a name or an id; none when nobody was, or who
// it is already: they may have no role any more.
func (d *Desk) editedOwner(ctx context.Context, c *call, now catalog.Person) (catalog.Person, error) {
	word := c.option("owner")
	if word == "" || word == now.ID {
		return catalog.Person{}, nil
	}
	if strings.EqualFold(word, "me") {
		return c.Person, nil
	}
	people, err := d.people(ctx)
	if err != nil {
		return catalog.Person{}, err
	}
	for _, p := range people {
		if p.ID == word || strings.EqualFold(p.Name, word) {
			return p, nil
		}
	}
	return catalog.Person{}, refuse("The owner is nobody who has a role in Keydesk. " +
		"Type owner=me, or a name as whoami shows it.")
}

// people is everybody with a role, by name.
func (d *Desk) people(ctx context.Context) ([]catalog.Person, error) {
	var all []catalog.Person
	for _, role := range everyone.List() {
		some, err := d.Directory.Members(ctx, role)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDirectory, err)
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b catalog.Person) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return slices.Compact(all), nil
}

// mistakesOr joins the mistakes, unless one of the errors is none of the person's.
func mistakesOr(errs ...error) error {
	for _, err := range errs {
		if _, ok := errors.AsType[*refusal](err); err != nil && !ok {
			return err
		}
	}
	return both(errs...)
}
