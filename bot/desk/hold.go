package desk

import (
	"cmp"
	"context"
	"maps"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// held is a checked change that waits for another person.
type held struct {
	key     catalog.KeyName // zero where it is about several, or none
	what    string          // in words: "Rotate ninjaone"
	lines   []string
	preview string // of the value
	parts   vault.Parts
	file    []byte            // of an import
	fields  map[string]string // as if they had been sent by a button; nil: as it was typed or sent
	opened  string            // the operation that the key stood at, for what does not say what it was opened on
}

// second says whether a change waits for another person: because who makes it may only ask for it, or by the
// two-person rule.
func (d *Desk) second(c *call) bool {
	if c.decision != nil {
		return false
	}
	return !c.Roles.Any(c.cmd.Roles) || d.TwoPerson && c.cmd.TwoPerson
}

// asksReason says whether a form asks why: who may only ask for a change says so.
func (d *Desk) asksReason(c *call) bool {
	return c.decision == nil && c.cmd.Roles != 0 && !c.Roles.Any(c.cmd.Roles)
}

// hold makes a request of a change, with all that is needed to run it again once it is approved. Values are
// staged in the vault and nowhere else.
func (d *Desk) hold(ctx context.Context, c *call, h held) (Reply, error) {
	r := vault.Request{Parts: h.parts, File: h.file, Request: request.Request{Op: c.op, Kind: c.requestKind(),
		Verb: c.cmd.Verb, Key: h.key.String(), By: c.Person, Reason: c.option("reason"), What: h.what,
		Lines: h.lines, Preview: h.preview, Card: c.card}}
	switch {
	case h.fields != nil:
		r.Fields = h.fields
	case c.pressed():
		r.Fields = maps.Clone(c.data)
		maps.DeleteFunc(r.Fields, func(id, _ string) bool { return strings.HasPrefix(id, "part.") })
		if r.Fields["opened"] == "" { // a form says so, but who makes one up may leave it out
			r.Fields["opened"] = h.opened
		}
	default:
		r.Line, r.Fields = c.text, map[string]string{"opened": h.opened}
	}
	return d.makeRequest(ctx, c, r)
}

// requestKind is the kind of request that a call becomes. An admin who waits for another need give no reason.
func (c *call) requestKind() request.Kind {
	switch {
	case c.Roles.Any(c.cmd.Roles):
		return request.Change
	case c.cmd.Verb == "add":
		return request.Add
	}
	return request.Rotate
}

// heldEntry is a value that was entered and waits.
func heldEntry(c *call, e entry) held {
	h := held{key: e.name, opened: e.key.Op, parts: e.parts, preview: preview(e.vendor, e.parts),
		what: "Add " + e.name.String()}
	if c.cmd.Verb == "rotate" {
		h.what = "Rotate " + e.name.String()
	}
	if e.address != "" {
		h.lines = append(h.lines, "Address: "+e.address)
	}
	h.lines = append(h.lines, e.news()...)
	for _, w := range warnings(e) {
		h.lines = append(h.lines, "⚠ "+w)
	}
	return h
}

// heldEdit is an edit of a key's address that waits, with all else that it changes.
func heldEdit(t target, e edited) held {
	after, _ := t.vendor.Resolve(e.Endpoint)
	h := held{key: t.name, opened: t.key.Op, what: "Edit the address of " + t.name.String(),
		lines: []string{"Changes " + strings.Join(e.words, ", ") + ".", "New address: " + after}}
	if e.name != t.name {
		h.lines = append(h.lines, "New name: "+e.name.String())
	}
	if e.Owner != nil {
		h.lines = append(h.lines, "New owner: "+e.Owner.Name)
	}
	in := settings{interval: e.IntervalDays, expiry: t.key.Expiry, note: t.key.Note}
	if e.Expiry != nil {
		in.expiry = *e.Expiry
	}
	if e.Note != nil {
		in.note = *e.Note
	}
	h.lines = append(h.lines, entry{target: t, in: in}.news()...)
	return h
}

// news is what an entry says of its key, besides the value and the address, that is not so yet.
func (e entry) news() (lines []string) {
	if n := e.in.interval; n > 0 && n != cmp.Or(e.key.IntervalDays, e.vendor.IntervalDays) {
		lines = append(lines, "Rotate every "+plural(n, "day")+".")
	}
	switch {
	case e.in.expiry == e.key.Expiry:
	case e.in.expiry.IsZero():
		lines = append(lines, "No expiry any more.")
	default:
		lines = append(lines, "Expires on "+e.in.expiry.String()+".")
	}
	switch {
	case e.in.note == e.key.Note:
	case e.in.note == "":
		lines = append(lines, "No note any more.")
	default:
		lines = append(lines, "Note: "+e.in.note)
	}
	return lines
}

// waitingCard is what who asked sees while it waits.
func (d *Desk) waitingCard(r request.Request, to string) cards.Card {
	v := d.requestView(r)
	v.Lines = append(v.Lines, to)
	v.Buttons = []cards.Button{button("Withdraw", "withdraw", "request", r.ID)}
	return cards.Request(v)
}
