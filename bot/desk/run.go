package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"keydesk/catalog"
)

// Handle answers one turn. It never panics on what a person sends and never returns a raw error: what
// went wrong is a sentence on a card, the cause is in the log under the operation id on that card.
func (d *Desk) Handle(ctx context.Context, t Turn) Reply {
	began := time.Now()
	c := d.read(t)
	if reply, done := d.before(ctx, c, t); done {
		d.Observe(c.verb(), "refused", time.Since(began))
		return reply
	}
	if c.cmd == nil {
		d.Observe("unknown", "refused", time.Since(began))
		return d.unknown(c)
	}
	reply, err := d.run(ctx, c)
	err = d.orUnclear(c, "", err)
	d.Observe(c.cmd.Verb, outcome(err), time.Since(began))
	if err != nil {
		reply = d.explain(ctx, c, err)
	}
	if c.cmd.Public && err == nil {
		reply.Public = true
	}
	return reply
}

// before is what comes before any command: a look for a key in what was typed, and the limit of the person. A
// typed key is told and recorded whoever types it, however fast, also in a message that was changed.
func (d *Desk) before(ctx context.Context, c *call, t Turn) (reply Reply, done bool) {
	if c.ID == "" {
		return Reply{}, false // refused by run
	}
	within := d.limits.take(c.ID, c.now)
	if !c.pressed() && d.typedKey(c, t.Text) {
		return d.exposed(ctx, c, t), true
	}
	if !within {
		return d.tooFast(ctx, c), true
	}
	return Reply{}, t.Edited
}

// read makes a call of a turn; its cmd is nil when the words name no command.
func (d *Desk) read(t Turn) *call {
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	c := &call{
		Actor: catalog.Actor{Person: t.Person, Tenant: t.Tenant, Chat: t.Chat},
		card:  t.Card, in: t.Channel, now: time.Now().In(zone), op: rand.Text(),
	}
	if t.Verb != "" {
		c.data = t.Data
		if c.data == nil {
			c.data = map[string]string{}
		}
		c.cmd = d.commands[strings.ToLower(t.Verb)]
		if op := c.data["op"]; validOp(op) {
			c.op = op
		}
		return c
	}
	c.text, c.line = t.Text, parse(t.Text, d.isOption)
	c.cmd = d.commands[c.line.verb]
	if c.cmd != nil && c.cmd.Usage == "" { // a button's verb, not a word to type
		c.cmd = nil
	}
	if c.cmd != nil && c.cmd.Form {
		c.line.words = d.oneWord(c.line.words)
	}
	return c
}

// validOp says whether s can be one of our operation ids (crypto/rand.Text: 26 letters and digits).
func validOp(s string) bool {
	if len(s) != 26 {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// run is the one way to a command: it asks for the roles, decides, and then runs.
func (d *Desk) run(ctx context.Context, c *call) (Reply, error) {
	if c.ID == "" {
		return Reply{}, ErrNobody
	}
	roles, err := d.Directory.Roles(ctx, c.ID)
	if err != nil {
		if c.cmd.Roles != 0 {
			return Reply{}, fmt.Errorf("%w: %w", ErrDirectory, err)
		}
		roles, c.unsure = 0, true
	}
	c.Roles = roles
	if err := d.decide(ctx, c, nil); err != nil {
		return Reply{}, err
	}
	if c.saving() {
		if err := d.repeats.open(c.ID + " " + c.op); err != nil {
			return Reply{}, err
		}
	}
	return c.cmd.run(d, ctx, c)
}

// outcome is the metric label of how a command ended.
func outcome(err error) string {
	var r *refusal
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrDenied):
		return "denied"
	case errors.As(err, &r):
		return "refused"
	}
	return "failed"
}

// explain turns an error into what the person sees, and logs the cause of what they cannot mend.
func (d *Desk) explain(ctx context.Context, c *call, err error) Reply {
	var r *refusal
	if errors.As(err, &r) {
		return r.reply(c)
	}
	d.Logger.LogAttrs(ctx, slog.LevelWarn, "command failed", slog.String("op", c.op),
		slog.String("command", c.verb()), slog.Any("error", err))
	return (&refusal{sentence: Sentence(err), ref: c.op}).reply(c)
}

func (d *Desk) isOption(verb, name string) bool {
	cmd := d.commands[verb]
	if cmd == nil {
		return false
	}
	for _, o := range cmd.Options {
		if o == name {
			return true
		}
	}
	return cmd.Form && d.isPlaceholder(name)
}

// isPlaceholder says whether some vendor's endpoint has a placeholder of that name.
func (d *Desk) isPlaceholder(name string) bool {
	for _, v := range d.Catalog.Vendors() {
		for _, p := range v.Placeholders {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}
