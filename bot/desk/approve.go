package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// decider is what somebody makes of a request.
type decider func(request.Request) (request.Decision, error)

// approve lets a request happen.
func (d *Desk) approve(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		return r.Approve(c.Actor, request.Span(c.option("duration")), c.now)
	})
}

// denyRequest refuses one, with a word of why.
func (d *Desk) denyRequest(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		word := c.option("reason")
		if err := noKey("The word of why", d.withoutOps(word)); err != nil {
			return request.Decision{}, err
		}
		return r.Deny(c.Actor, word, c.now)
	})
}

// withdrawRequest takes one's own back.
func (d *Desk) withdrawRequest(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		return r.Withdraw(c.Person, c.now)
	})
}

// decideOn decides about a request: who may is asked anew, of all who press at once one decides, and what
// they decided is carried out. Two presses of one person are one.
func (d *Desk) decideOn(ctx context.Context, c *call, decide decider) (Reply, error) {
	id := strings.ToLower(c.option("request"))
	if id == "" {
		return d.requests(ctx, c)
	}
	once := func() (any, error) { return d.decideOnce(ctx, c, id, decide) }
	reply, err, _ := d.presses.Do(c.ID+" decides "+id, once)
	return reply.(Reply), err
}

func (d *Desk) decideOnce(ctx context.Context, c *call, id string, decide decider) (Reply, error) {
	if err := d.askAnew(ctx, c); err != nil {
		return Reply{}, err
	}
	r, err := d.readRequest(ctx, c, id)
	if err != nil {
		return Reply{}, err
	}
	dec, err := decide(r.Request)
	if err != nil {
		return Reply{}, d.mayNot(ctx, c, r.Request, err)
	}
	began, err := d.claimDecision(ctx, &r)
	if errors.Is(err, errDecided) {
		dec, _ = d.decided(r.Request)
		return Reply{}, decidedAlready(dec)
	}
	if err != nil {
		return Reply{}, err
	}
	dec.At = stamp() // its clock starts when nobody else can decide any more
	card, err := d.settle(ctx, r, verdict{Decision: dec, began: began, chat: c.Chat.Kind})
	if err != nil {
		d.stuck.gone(decideTicket(r.Request), time.Now())
	}
	return Reply{InPlace: true, Card: card}, err
}

// readRequest reads a request that a button names, or says how it ended. One whose staged value can't be
// read can still be ended.
func (d *Desk) readRequest(ctx context.Context, c *call, id string) (vault.Request, error) {
	if !validOp(strings.ToUpper(id)) {
		return vault.Request{}, noRequest()
	}
	r, err := d.Vault.ReadRequest(ctx, id)
	switch {
	case errors.Is(err, vault.ErrGone):
		return r, d.howItEnded(ctx, c, id)
	case unreadable(err):
		known, ok := d.knownRequest(id)
		if ok && c.cmd.Verb != "approve" {
			return vault.Request{Request: known}, nil
		}
		return r, &refusal{cause: err, line: true,
			sentence: "What is stored of this request can't be read any more, " +
				"so it can't be approved. Deny it; who asked begins again."}
	}
	return r, err
}

// unreadable says that what is stored of a request is broken, or switched off by a vault administrator.
func unreadable(err error) bool {
	return errors.Is(err, vault.ErrBadValue) || errors.Is(err, vault.ErrDisabled)
}

// knownRequest is a request as memory has it.
func (d *Desk) knownRequest(id string) (request.Request, bool) {
	for _, r := range d.Vault.Requests() {
		if r.ID == id {
			return r, true
		}
	}
	return request.Request{}, false
}

// mayNot refuses a decision that this person may not make, or not any more.
func (d *Desk) mayNot(ctx context.Context, c *call, r request.Request, err error) error {
	why := map[error]string{
		request.ErrOwn:     "Nobody decides about their own request. Another admin has to.",
		request.ErrNotOwn:  "Only who made a request can withdraw it.",
		request.ErrNoAdmin: "Only an admin decides about requests.",
	}
	for cause, sentence := range why {
		if !errors.Is(err, cause) {
			continue
		}
		e := d.event(c, c.cmd.Verb, audit.Denied)
		e.Key, e.Note = r.Key, sentence
		if err := d.writeDenial(ctx, e); err != nil {
			return err
		}
		return &refusal{sentence: sentence, cause: ErrDenied, line: true}
	}
	if errors.Is(err, request.ErrOver) {
		return expired()
	}
	fault := requestFault(err)
	if own, ok := errors.AsType[*refusal](fault); ok {
		said := *own // the sentence may be one that all share
		said.line = true
		return &said // what was typed into the card stays
	}
	return fault
}

// noRequest is said of what is no request, and to those whom a request is none of their business.
func noRequest() error {
	return &refusal{sentence: "There is no such request (any more).", line: true}
}

// expired is said of a request whose time is over, and that is ended within a minute.
func expired() error {
	return &refusal{sentence: "This request has expired. Nothing was done.", cause: request.ErrOver, line: true}
}

// verdict is a decision that is being made: it is not in the log yet.
type verdict struct {
	request.Decision
	began time.Time // when the right to decide was claimed
	chat  catalog.ChatKind
}
