package desk

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"

	"keydesk/audit"
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
	opened  string            // of a typed change: the operation that the key stood at
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
	h := held{key: e.name, parts: e.parts, preview: preview(e.vendor, e.parts), what: "Add " + e.name.String()}
	if c.cmd.Verb == "rotate" {
		h.what = "Rotate " + e.name.String()
	}
	if e.address != "" {
		h.lines = append(h.lines, "Address: "+e.address)
	}
	for _, w := range warnings(e) {
		h.lines = append(h.lines, "⚠ "+w)
	}
	return h
}

// mostOpen is how many requests of somebody who may only ask wait at a time.
const mostOpen = 20

// makeRequest stores a request with its ticket, writes it down and shows it to those who may decide. The same
// form sent again gets the same answer.
func (d *Desk) makeRequest(ctx context.Context, c *call, r vault.Request) (Reply, error) {
	if err := noKey("The reason", d.withoutOps(r.Reason)); err != nil {
		return Reply{}, err
	}
	made, err := request.New(r.Request, c.now)
	if err != nil {
		return Reply{}, requestFault(err)
	}
	r.Request = made
	if reply, before, err := d.askedBefore(ctx, c, r); before || err != nil {
		return reply, err
	}
	if r.Kind != request.Change && d.openOf(c) >= mostOpen {
		return Reply{}, &refusal{sentence: "You have " + number(mostOpen) + " requests waiting. Withdraw some first, or wait.",
			buttons: []cards.Button{{Title: "Requests", Verb: "requests"}}}
	}
	if err := d.storeRequest(ctx, c, r); err != nil {
		return Reply{}, err
	}
	d.announce(ctx, &r)
	return Reply{Card: d.waitingCard(r.Request, sentTo(r.Request))}, nil
}

// openOf counts the person's requests that wait.
func (d *Desk) openOf(c *call) (n int) {
	for _, r := range d.Vault.Requests() {
		if r.By.ID == c.ID && !r.Over(c.now) {
			n++
		}
	}
	return n
}

// askedBefore answers a form that has made its request before. One that nobody was shown yet is shown now.
func (d *Desk) askedBefore(ctx context.Context, c *call, r vault.Request) (Reply, bool, error) {
	was, err := d.Vault.ReadRequest(ctx, r.ID)
	switch {
	case errors.Is(err, vault.ErrGone):
		if _, ok := d.decided(r.Request); ok {
			return Reply{}, true, d.howItEnded(ctx, c, r.ID)
		}
		return Reply{}, false, nil
	case err != nil:
		return Reply{}, false, err
	case was.By.ID != c.ID:
		return Reply{}, true, refuse("This form was used before. Open it again.")
	case !sameRequest(was, r):
		return Reply{}, true, &refusal{title: "This form was sent before",
			sentence: "What you sent first waits for an admin, with something else in it than now.",
			lines:    []string{"To send this instead, withdraw the first and open the form again."},
			buttons: []cards.Button{button("Withdraw", "withdraw", "request", was.ID),
				{Title: "Requests", Verb: "requests"}}}
	}
	if len(was.Posts) == 0 {
		d.announce(ctx, &was)
	}
	return Reply{Card: d.waitingCard(was.Request, sentTo(was.Request))}, true, nil
}

// sameRequest says whether two requests of one form ask for the same.
func sameRequest(a, b vault.Request) bool {
	return a.Kind == b.Kind && a.Verb == b.Verb && a.Key == b.Key && a.Reason == b.Reason && a.For == b.For &&
		a.Line == b.Line && a.What == b.What && maps.Equal(a.Fields, b.Fields) &&
		bytes.Equal(a.File, b.File) && len(a.Parts) == len(b.Parts) && sameParts(a.Parts, b.Parts)
}

// storeRequest writes down that somebody asks, and makes the request durable.
func (d *Desk) storeRequest(ctx context.Context, c *call, r vault.Request) error {
	if err := d.putDecide(ctx, r.Request); err != nil {
		return requestFault(err)
	}
	e := d.event(c, "ask", audit.OK)
	e.Op, e.Key, e.Note = r.Op, r.Key, cut(askNote(r.Request), maxNote)
	if err := d.write(ctx, e); err != nil {
		return err
	}
	err := d.Vault.SaveRequest(ctx, r)
	if err == nil || errors.Is(err, vault.ErrUnclear) { // pressed again, it is looked at
		return requestFault(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	e.Outcome, e.Note = audit.Failed, reason(err)
	return errors.Join(requestFault(err), d.write(ctx, e))
}

// askNote is what the log says of a request.
func askNote(r request.Request) string {
	what := r.Verb
	if r.Kind == request.Access {
		what = "for " + string(r.For)
	}
	if r.Reason == "" {
		return what
	}
	return what + ": " + r.Reason
}

// requestFault puts what is wrong with a request into words.
func requestFault(err error) error {
	if err == nil {
		return nil
	}
	for cause, sentence := range map[error]string{
		request.ErrReason: "Say why in at least 8 letters, for example the ticket and what it is about; " +
			"at most 256 characters.",
		request.ErrSpan:   "Choose for how long: once, 1h, 8h or 24h.",
		request.ErrLonger: "An approval may shorten the time that was asked for, not lengthen it.",
		request.ErrWord:   "Write a word of why into the field above Deny; who asked will read it.",
		vault.ErrGone:     "This form was used before. Open it again.",
		vault.ErrTooBig:   "This is too big to wait for an approval. Do it in smaller pieces.",
	} {
		if errors.Is(err, cause) {
			return &refusal{sentence: sentence, cause: err}
		}
	}
	return err
}

// waitingCard is what who asked sees while it waits.
func (d *Desk) waitingCard(r request.Request, to string) cards.Card {
	v := d.requestView(r)
	v.Lines = append(v.Lines, to)
	v.Buttons = []cards.Button{button("Withdraw", "withdraw", "request", r.ID)}
	return cards.Request(v)
}
