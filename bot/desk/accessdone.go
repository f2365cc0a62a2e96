package desk

import (
	"context"
	"errors"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// done is what a card says on top of what was just done.
type done struct {
	tone  cards.Tone
	said  string
	lines []string
	err   error // errPartly where it is not all
}

// errPartly comes with an answer: some keys are changed and others are not.
var errPartly = errors.New("not all of it was done")

// applyWishes changes access and answers with the card it was changed on, or with that of the key; once an
// operation, unless some of it failed: then pressing again tries that again.
func (d *Desk) applyWishes(ctx context.Context, c *call, wishes []wish) (Reply, error) {
	reply, err := d.once(ctx, c, func() (Reply, error) { return d.wished(ctx, c, wishes) })
	if errors.Is(err, errPartly) && c.decision != nil {
		return reply, refuse("Some keys were changed and others were not. Look at them with access.")
	}
	if errors.Is(err, errPartly) {
		return reply, nil
	}
	return reply, err
}

func (d *Desk) wished(ctx context.Context, c *call, wishes []wish) (Reply, error) {
	if d.second(c) {
		return d.holdAccess(ctx, c, wishes)
	}
	all, err := d.changeAccess(ctx, c, wishes)
	if err != nil {
		return Reply{}, err
	}
	for _, ch := range all {
		ch.err = d.accessError(c, ch)
	}
	if len(all) == 1 && all[0].err != nil {
		return Reply{}, all[0].err
	}
	done := doneOf(all)
	role, err := catalog.ParseRole(c.option("role"))
	switch {
	case c.saving() && c.option("key") == "" && err == nil:
		return d.roleCard(c, role, done), done.err
	case len(all) == 1:
		return d.keyCard(c, all[0].now, done), nil
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: done.tone, Title: done.said, Lines: done.lines,
		Buttons: roleButtons(), Ref: c.op})}, done.err
}

// accessError puts why a key's access was not changed into the words of this command.
func (d *Desk) accessError(c *call, ch *accessChange) error {
	if ch.err == nil {
		return nil
	}
	one := *c
	one.op, one.cmd = ch.op, d.commands[ch.action()]
	err := d.orUnclear(&one, ch.name.String(), ch.err)
	if one.cmd = d.commands["access"]; errors.Is(err, vault.ErrMoved) {
		return d.moved(&one, ch.now, "Its access was left as it is.")
	}
	return err
}

// doneOf says what became of each key.
func doneOf(all []*accessChange) *done {
	out := &done{tone: cards.Good, said: "Saved"}
	for _, ch := range all {
		if ch.again {
			out.tone = cards.Warn
		}
		if len(all) == 1 {
			out.said = ch.words()
			return out
		}
		if out.lines = append(out.lines, ch.words()); ch.err != nil {
			out.tone, out.said, out.err = cards.Warn, "Not all of it was saved", errPartly
		}
	}
	return out
}

// words is what became of one key.
func (ch *accessChange) words() string {
	name := ch.name.String()
	grants, revokes := ch.after&^ch.before, ch.before&^ch.after
	var out []string
	switch {
	case ch.err != nil:
		return name + ": " + Sentence(ch.err)
	case ch.again:
		return name + " was changed by this card before, and by somebody else since. It stays as it is now."
	case ch.same:
		return "Access to " + name + " is as you want it already."
	case ch.own == 0:
		return name + " goes by the default of its category again: " +
			strings.Join(roleNames(ch.after), ", ") + "."
	}
	if grants != 0 {
		out = append(out, strings.Join(roleNames(grants), " and ")+" may retrieve "+name+" now.")
	}
	if revokes != 0 {
		out = append(out, strings.Join(roleNames(revokes), " and ")+" may not retrieve "+name+" any more.")
	}
	return strings.Join(out, " ")
}

func roleNames(roles catalog.Roles) (out []string) {
	for _, r := range roles.List() {
		out = append(out, r.String())
	}
	return out
}
