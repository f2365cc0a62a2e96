package desk

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog/request"
	"keydesk/vault"
)

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
		return Reply{}, &refusal{buttons: []cards.Button{{Title: "Requests", Verb: "requests"}},
			sentence: "You have " + number(mostOpen) + " requests waiting. Withdraw some first, or wait."}
	}
	if err := d.storeRequest(ctx, c, r); err != nil {
		return Reply{}, err
	}
	d.announce(ctx, &r)
	return Reply{Card: d.waitingCard(r.Request, sentTo(r.Request))}, nil
}

// openOf counts the person's requests that wait.
func (d *Desk) openOf(c *call) (n int) {
	ends := d.ends()
	for _, r := range d.Vault.Requests() {
		if _, decided := d.firstOf(r, ends[r.Op]); !decided && r.By.ID == c.ID && !r.Over(c.now) {
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

// storeRequest makes a request durable: that somebody asks is written down before it, and that it waits
// after it. What Key Vault left unclear stays an open intent, which is the truth.
func (d *Desk) storeRequest(ctx context.Context, c *call, r vault.Request) error {
	if err := d.putDecide(ctx, r.Request); err != nil {
		return requestFault(err)
	}
	e := d.event(c, "ask", audit.Intent)
	e.Op, e.Key, e.Note = r.Op, r.Key, cut(askNote(r.Request), maxNote)
	if err := d.write(ctx, e); err != nil {
		return err
	}
	err := d.Vault.SaveRequest(ctx, r)
	if errors.Is(err, vault.ErrUnclear) {
		return requestFault(err)
	}
	e.Outcome = audit.OK
	if err != nil {
		e.Outcome, e.Note = audit.Failed, reason(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	unlogged := d.write(ctx, e)
	if err == nil && unlogged != nil {
		d.noteFailure(ctx, "that a request waits could not be written down yet", unlogged)
		return nil // its intent is in the log, and reconciliation finds how it ended
	}
	return errors.Join(requestFault(err), unlogged)
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

// endOfAsk is what became of a request that was to be stored: it waits, or has been decided since.
func (d *Desk) endOfAsk(ctx context.Context, e audit.Event) (string, error) {
	_, err := d.Vault.ReadRequest(ctx, strings.ToLower(e.Op))
	switch {
	case err == nil, unreadable(err):
		return wasDone, nil
	case !errors.Is(err, vault.ErrGone):
		return "", err
	}
	if len(d.Log.Recent(1, func(end audit.Event) bool { return end.Op == e.Op && isEnd(end) })) > 0 {
		return wasDone, nil
	}
	return notDone, nil
}
