package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// LookIntake reads a link that takes something in and consumes nothing. ErrGone when there is none.
func (d *Desk) LookIntake(ctx context.Context, token string) (IntakeInfo, error) {
	l, err := d.Vault.FindIntake(ctx, token)
	if err != nil {
		return IntakeInfo{}, unopened(linkError(err))
	}
	info := IntakeInfo{Kind: l.Intake, Until: l.Until, Holder: l.Holder}
	if l.Intake == "import" {
		return info, nil
	}
	v, ok := d.Catalog.Vendor(l.Key.Vendor)
	cmd := d.commands[l.Intake]
	if !ok || cmd == nil {
		return IntakeInfo{}, ErrGone
	}
	t := d.known(v, l.Key)
	info.Key, info.Vendor, info.Portal, info.Hint = l.Key.String(), v.Name, v.PortalPath, v.Hint
	info.AskLabel = l.Intake == "add" && l.Key.Label == ""
	info.Endpoint, info.Placeholders = v.Endpoint, v.Placeholders
	// Unlike on a card the public parts are not filled in: where sign-in is off, whoever holds the link would
	// read them.
	for _, p := range v.Parts {
		info.Parts = append(info.Parts,
			IntakePart{Name: p.Name, Title: p.Title, Secret: p.Secret, Keep: l.Intake == "rotate"})
	}
	roles, err := d.Directory.Roles(ctx, l.Holder.ID)
	if err != nil {
		return info, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	c := &call{Actor: catalog.Actor{Person: l.Holder, Roles: roles}, cmd: cmd}
	info.AskReason = d.asksReason(c)
	form := d.follow.filled(l.ID, d.form(c, t))
	info.Values, info.IntervalDays = form.Endpoint, form.IntervalDays
	info.Note, info.Expiry = form.Note, form.Expiry.String()
	return info, nil
}

// Intake stores what was entered on the page of a link. The holder's roles are asked anew first; mistakes use
// nothing up (ErrMistake); then the link is used up, and the value is stored. Errors: ErrGone, ErrNotYours,
// ErrDenied, ErrMistake, else what Sentence says; with Stored.Again it can be tried again.
func (d *Desk) Intake(ctx context.Context, token string, who *catalog.Actor, in Entry) (s Stored, err error) {
	began := time.Now()
	defer func() { d.Observe("intake", outcome(err), time.Since(began)) }()
	link, c, err := d.findIntake(ctx, token, who)
	if err != nil {
		return s, err
	}
	check := map[string]func(*call, target) (entry, error){"add": d.newKey, "rotate": d.newValue}[link.Intake]
	v, ok := d.Catalog.Vendor(link.Key.Vendor)
	if check == nil || !ok {
		return s, ErrGone
	}
	in.fill(c, link)
	e, err := check(c, d.known(v, link.Key))
	if err != nil {
		return s, mistake(err)
	}
	if d.asksReason(c) {
		if err := request.CheckReason(c.option("reason")); err != nil {
			return s, mistake(requestFault(err))
		}
	}
	form := d.follow.filled(link.ID, cards.FormView{})
	if s.Again, err = d.useIntake(ctx, c, token, link, &e.key); err != nil {
		return s, err
	}
	// The page may go, the value may not.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	if d.second(c) {
		return d.holdEntered(ctx, c, link, form, e)
	}
	e.key, err = d.enter(ctx, c, e)
	err = d.orUnclear(c, "", err)
	switch {
	case err == nil:
		d.show(link, d.saved(c, e).Card)
		return Stored{Key: e.name.String(), Preview: e.key.Preview, Warnings: warnings(e)}, nil
	case stored(err):
		d.show(link, storedBut(e, err, c.op))
		return Stored{Key: e.name.String(), Preview: e.key.Preview, Warnings: []string{Sentence(err)}}, nil
	case errors.Is(err, vault.ErrMoved): // that is to be looked at first
		d.tell(link, endTried)
	default:
		s.Again = d.anotherIntake(ctx, link, form)
	}
	return s, mistake(err)
}

// storedBut is the card of a value that was stored, with something to know about it.
func storedBut(e entry, err error, op string) cards.Card {
	return cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: e.what + ": " + e.name.String(),
		Text:    Sentence(err),
		Buttons: []cards.Button{button("Details", "key", "key", e.name.String())}, Ref: op})
}

// stored says of an error that the value was stored all the same.
func stored(err error) bool {
	return errors.Is(err, errUnlogged) || errors.Is(err, vault.ErrTogether) ||
		errors.Is(err, vault.ErrSuperseded)
}

// changeTime is how long a change that has begun may take.
const changeTime = 30 * time.Second

// findIntake finds the link, makes a call of its holder, asks for their roles anew, and decides.
func (d *Desk) findIntake(ctx context.Context, token string, who *catalog.Actor) (vault.Link, *call, error) {
	link, err := d.Vault.FindIntake(ctx, token)
	if err != nil {
		return link, nil, linkError(err)
	}
	if who != nil && who.ID != link.Holder.ID {
		return link, nil, d.notYours(ctx, link, who)
	}
	cmd := d.commands[link.Intake]
	if cmd == nil {
		return link, nil, ErrGone
	}
	c := &call{Actor: catalog.Actor{Person: link.Holder, Chat: catalog.Chat{Kind: catalog.Page}}, cmd: cmd,
		data: map[string]string{"step": "save"}, op: link.Op, now: time.Now().UTC()}
	if !d.limits.take(c.ID, c.now) {
		return link, nil, mistake(d.overLimit(ctx, c))
	}
	if c.Roles, err = d.Directory.FreshRoles(ctx, c.ID); err != nil {
		return link, nil, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	return link, c, d.decide(ctx, c, nil)
}

// useIntake decides about the key, and uses the link up. Where nobody can know whether it is used up it is
// burnt, and again is the token of another to go on with.
func (d *Desk) useIntake(
	ctx context.Context, c *call, token string, link vault.Link, key *catalog.Key,
) (again string, err error) {
	if err := d.decide(ctx, c, key); err != nil {
		return "", err
	}
	form := d.follow.filled(link.ID, cards.FormView{})
	used, err := d.Vault.ClaimIntake(ctx, token)
	d.follow.forget(link.ID)
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, vault.ErrUnclear):
		d.background(func(ctx context.Context) { d.takeBack(ctx, link) })
		return d.anotherIntake(ctx, link, form), errNotTaken
	case used.ID != "": // it was there, but too late
		d.expiredNow(used)
	}
	return "", linkError(err)
}

// errNotTaken: nobody can know whether the link was used up, so it counts as used.
var errNotTaken = &refusal{sentence: "Key Vault gave no clear answer, so nothing was stored. Try again.",
	cause: ErrUnavailable}

// fill puts what was entered where a filled card has it.
func (in Entry) fill(c *call, link vault.Link) {
	for id, text := range in.Fields {
		c.data[id] = text
	}
	for name, s := range in.Parts {
		c.data["part."+name] = s.Expose()
	}
	c.data["step"], c.data["opened"] = "save", link.Opened
}

// mistake marks a refusal as one: nothing is wrong but what was entered.
func mistake(err error) error {
	if _, ok := errors.AsType[*refusal](err); ok && !errors.Is(err, ErrDenied) {
		return fmt.Errorf("%w: %w", ErrMistake, err)
	}
	return err
}
