package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// intakeTime is how long a page that takes values in works, at most: entering takes longer than looking, and such a link
// shows nothing.
const intakeTime = 15 * time.Minute

// openPage leads to a page where the value is entered instead of on a card. As with Reveal no link exists until the
// button is pressed.
func (d *Desk) openPage(ctx context.Context, c *call, t target, v cards.FormView) (Reply, error) {
	title := "Add a key of " + t.vendor.Name
	if c.cmd.Verb == "rotate" {
		title = "Rotate " + t.name.String()
	}
	again := button("Use a secure page", c.cmd.Verb)
	again.Data = v.Page
	if c.option("step") != "page" {
		return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Title: title,
			Text: "The value is entered on a page, so that it does not pass through Teams.", Buttons: []cards.Button{primary(again)}})}, nil
	}
	link := vault.Link{Intake: c.cmd.Verb, Key: t.name, Opened: v.Data["opened"]}
	return d.mintPage(ctx, c, link, v, cards.PageView{Title: title,
		Text: "Values of several lines, files and all parts can be entered there.", Buttons: []cards.Button{again}})
}

// mintPage withdraws the pages for the same that the person has not used, and makes the new one.
func (d *Desk) mintPage(ctx context.Context, c *call, link vault.Link, v cards.FormView, page cards.PageView) (Reply, error) {
	reply, err, _ := d.presses.Do(c.ID+" page "+link.Intake+" "+link.Key.String(), func() (any, error) {
		return d.newPage(ctx, c, link, v, page)
	})
	return reply.(Reply), err
}

func (d *Desk) newPage(ctx context.Context, c *call, link vault.Link, v cards.FormView, page cards.PageView) (Reply, error) {
	for _, old := range d.Vault.Links() {
		if old.Intake == link.Intake && old.Key == link.Key && old.Holder.ID == c.ID {
			if err := d.withdrawLink(ctx, old); err != nil {
				return Reply{}, err
			}
			if old.Card != c.card {
				d.tell(old, "withdrawn")
			}
		}
	}
	link.Holder, link.Op, link.Card = c.Person, rand.Text(), c.card
	link.Until = c.now.Add(min(3*d.LinkTTL, intakeTime))
	token, link, err := d.Vault.MintLink(ctx, link)
	if err != nil {
		return Reply{}, err
	}
	d.followLink(link)
	d.follow.fill(link.ID, v)
	page.URL, page.Until = d.PublicURL+"/i/"+token, link.Until
	return Reply{Card: cards.Page(page)}, nil
}

// withdrawLink ends a link nobody has used.
func (d *Desk) withdrawLink(ctx context.Context, l vault.Link) error {
	d.follow.forget(l.ID)
	if _, err := d.Vault.WithdrawLink(ctx, l.ID); err != nil && !gone(err) {
		return fmt.Errorf("withdrawing an earlier link: %w", err)
	}
	return nil
}

// LookIntake reads a link that takes something in and consumes nothing. ErrGone when there is none.
func (d *Desk) LookIntake(ctx context.Context, token string) (IntakeInfo, error) {
	l, err := d.Vault.FindIntake(ctx, token)
	if err != nil {
		return IntakeInfo{}, linkError(err)
	}
	info := IntakeInfo{Kind: l.Intake, Until: l.Until, Holder: l.Holder}
	if l.Intake == "import" {
		return info, nil
	}
	v, ok := d.Catalog.Vendor(l.Key.Vendor)
	if !ok {
		return IntakeInfo{}, ErrGone
	}
	if d.commands[l.Intake] == nil {
		return IntakeInfo{}, ErrGone
	}
	t := d.known(v, l.Key)
	info.Key, info.Vendor, info.Portal, info.Hint = l.Key.String(), v.Name, v.PortalPath, v.Hint
	info.AskLabel = l.Intake == "add" && l.Key.Label == ""
	info.Endpoint, info.Placeholders = v.Endpoint, v.Placeholders
	for _, p := range v.Parts {
		info.Parts = append(info.Parts, IntakePart{Name: p.Name, Title: p.Title, Secret: p.Secret, Keep: l.Intake == "rotate"})
	}
	form := d.follow.filled(l.ID, d.form(&call{cmd: d.commands[l.Intake]}, t))
	info.Values, info.IntervalDays, info.Note, info.Expiry = form.Endpoint, form.IntervalDays, form.Note, form.Expiry.String()
	return info, nil
}

// Intake stores what was entered on the page of a link. The holder's roles are asked anew
// first; mistakes use nothing up (ErrMistake); then the link is used up, and the value is stored. Errors: ErrGone, ErrNotYours, ErrDenied,
// ErrMistake, else what Sentence says; with Stored.Again it can be tried again.
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
	t := d.known(v, link.Key)
	e, err := check(c, t)
	if err != nil {
		return s, mistake(err)
	}
	if err := d.useIntake(ctx, c, token, &e.key); err != nil {
		s.Again = d.afterUnclear(ctx, err, link)
		return s, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime) // the page may go, the value may not
	defer cancel()
	if e.key, err = d.enter(ctx, c, e); err != nil {
		if stored(err) {
			return Stored{Key: e.name.String(), Preview: e.key.Preview, Warnings: []string{Sentence(err)}}, nil
		}
		if !errors.Is(err, vault.ErrMoved) { // what has moved is to be looked at first
			s.Again = d.anotherIntake(ctx, link)
		}
		return s, mistake(err)
	}
	d.show(link, d.saved(c, e).Card)
	return Stored{Key: e.name.String(), Preview: e.key.Preview, Warnings: warnings(e)}, nil
}

// stored says of an error that the value was stored all the same.
func stored(err error) bool {
	return errors.Is(err, errUnlogged) || errors.Is(err, vault.ErrTogether) || errors.Is(err, vault.ErrSuperseded)
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

// useIntake decides about the key, and uses the link up.
func (d *Desk) useIntake(ctx context.Context, c *call, token string, key *catalog.Key) (err error) {
	if err := d.decide(ctx, c, key); err != nil {
		return err
	}
	link, err := d.Vault.ClaimIntake(ctx, token)
	d.follow.forget(link.ID)
	if err != nil && link.ID != "" { // it was there, but too late
		d.tell(link, "expired")
	}
	if err != nil {
		return linkError(err)
	}
	return nil
}

// afterUnclear is the token of a link in place of one of which nobody can know whether it is used up. Its operation is the
// same, so nothing is stored twice.
func (d *Desk) afterUnclear(ctx context.Context, err error, link vault.Link) string {
	if !errors.Is(err, vault.ErrUnclear) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	return d.anotherIntake(ctx, link)
}

// anotherIntake is the token of a link in place of one that was used up in vain; "" when none could be made.
func (d *Desk) anotherIntake(ctx context.Context, link vault.Link) string {
	link.Until = time.Now().Add(min(3*d.LinkTTL, intakeTime))
	token, link, err := d.Vault.MintLink(ctx, link)
	if err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a used-up link could not be replaced", slog.String("op", link.Op), slog.Any("error", err))
		return ""
	}
	d.followLink(link)
	return token
}

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
