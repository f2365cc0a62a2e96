package desk

import (
	"context"
	"fmt"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
)

// decide is the decision every command and every key stands behind: the roles of the command, and
// with a key the access to it, by a role or, where the command takes it, by a pass. A denial is in the log before the person reads of it.
func (d *Desk) decide(ctx context.Context, c *call, key *catalog.Key) error {
	if !c.cmd.allows(c.Roles) {
		return d.deny(ctx, c, key, fmt.Sprintf("%q is for %s.", c.cmd.Verb, names(c.cmd.Roles|c.cmd.Ask)))
	}
	if key == nil || !c.cmd.OneKey {
		return nil
	}
	access := d.Catalog.Access(*key)
	if c.Roles.Any(access) {
		return nil
	}
	why := fmt.Sprintf("%s is open to %s.", key.Name, names(access))
	if c.cmd.Pass {
		var has bool
		if c.pass, has = d.passFor(ctx, c, key.Name); has {
			return nil
		}
		why += d.endedFor(c.ID, key.Name)
	}
	return d.deny(ctx, c, key, why)
}

func (d *Desk) deny(ctx context.Context, c *call, key *catalog.Key, why string) error {
	e := d.event(c, c.cmd.Verb, audit.Denied)
	if key != nil {
		e.Key = key.Name.String()
	}
	e.Note = why
	if err := d.writeDenial(ctx, e); err != nil {
		return err
	}
	have := "You have no role in Keydesk yet."
	if c.Roles != 0 {
		have = fmt.Sprintf("Your role is %s.", names(c.Roles))
	}
	return &refusal{title: "You don't have access to this", sentence: why + " " + have,
		lines: []string{d.whoHelps(ctx)}, tone: cards.Warn, cause: ErrDenied}
}

// whoHelps names up to three admins, so that nobody has to search for one.
func (d *Desk) whoHelps(ctx context.Context) string {
	const ask = "Ask a Keydesk admin"
	admins, err := d.Directory.Members(ctx, catalog.Admin)
	if err != nil || len(admins) == 0 {
		return ask + "."
	}
	var who []string
	for _, a := range admins[:min(3, len(admins))] {
		who = append(who, a.Name)
	}
	return ask + ", for example " + strings.Join(who, " or ") + "."
}

// names lists roles for people: "Admin, L2 or L1".
func names(roles catalog.Roles) string {
	var out []string
	for _, r := range roles.List() {
		out = append(out, r.String())
	}
	switch n := len(out); n {
	case 0:
		return "nobody"
	case 1:
		return out[0]
	default:
		return strings.Join(out[:n-1], ", ") + " or " + out[n-1]
	}
}

// event begins an event of this call.
func (d *Desk) event(c *call, action string, o audit.Outcome) audit.Event {
	return audit.Event{Op: c.op, Action: action, Outcome: o, Chat: string(c.Chat.Kind),
		Actor: audit.Actor{ID: c.ID, Name: cut(c.Name, maxName)}}
}

// write makes events durable, or says that it could not. Why is text only: what the vault said of the log's
// segment must not pass for something that it said of a key.
func (d *Desk) write(ctx context.Context, e ...audit.Event) error {
	if err := d.Log.Append(ctx, e...); err != nil {
		return fmt.Errorf("%w: %v", ErrLog, err)
	}
	return nil
}

// maxName and maxNote are the longest name and the longest reason, ticket or note, in characters.
const (
	maxName = 128
	maxNote = 256
)

// cut shortens s to n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
