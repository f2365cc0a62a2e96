package desk

import (
	"context"
	"errors"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// result is what came of a decision.
type result struct {
	failed bool   // it was approved and can't be done
	later  bool   // it was approved and is not done yet
	word   string // a sentence about that
}

// importFor is how long an approved import may take before a later round goes on with it. What has begun at a
// decision ends before anybody finishes it (openFor).
const importFor = 80 * time.Second

// settle makes a decision durable, carries it out and tells everybody. The card is for who decided. An error
// means that nothing was decided, as far as anybody knows.
func (d *Desk) settle(ctx context.Context, r vault.Request, v verdict) (cards.Card, error) {
	// It is decided: it goes on also where nobody waits.
	limit := changeTime
	if r.Verb == "import" {
		limit = importFor
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	res, err := d.effect(ctx, r, v)
	if err != nil {
		return cards.Card{}, err
	}
	if res.later {
		d.keepDecision(ctx, r, v.Decision)
	}
	card := cards.Request(d.endView(r.Request, v.Decision, res))
	d.background(func(ctx context.Context) {
		d.tellEverybody(ctx, r, v.Decision, res)
		d.everywhere(ctx, d.postsSince(r), card)
		if !res.later { // not before: should this process die, another finds the request and tells
			d.noteFailure(ctx, "a decided request could not be cleared away", d.Vault.DeleteRequest(ctx, r.ID))
		}
	})
	return card, nil
}

// keepDecision keeps a decision with its request for as long as it is not carried out: the log in memory may
// not reach back to it by then.
func (d *Desk) keepDecision(ctx context.Context, r vault.Request, dec request.Decision) {
	if r.Decided != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	r.Decided = &dec
	d.noteFailure(ctx, "a decision could not be kept with its request", d.Vault.SaveRequest(ctx, r))
}

// effect makes a decision durable and does what it says.
func (d *Desk) effect(ctx context.Context, r vault.Request, v verdict) (result, error) {
	if v.End == request.Approved && r.Kind != request.Access {
		return d.approved(ctx, r, v)
	}
	if !request.Fresh(v.began, time.Now()) {
		return result{}, errLate
	}
	if err := d.write(ctx, decisionEvent(r.Request, v)); err != nil {
		return result{}, err
	}
	if v.End != request.Approved {
		return result{}, nil
	}
	return d.givePass(ctx, r, v.Decision), nil
}

// givePass lets the requester see the key until the pass ends. Its clock started at the decision.
func (d *Desk) givePass(ctx context.Context, r vault.Request, dec request.Decision) result {
	name, err := catalog.ParseKeyName(r.Key)
	if _, known := d.Vault.Key(name); err == nil && !known {
		_, _, err = d.Vault.ReadKey(ctx, name)
	}
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return d.gaveUp(ctx, r, dec, r.Key+" is not stored any more, so there is nothing to get.")
	case err == nil && !dec.Ends().After(time.Now()):
		return d.gaveUp(ctx, r, dec, "The time was over before the pass could be stored. Ask again.")
	case err == nil:
		err = d.Vault.SavePass(ctx, vault.Pass{ID: r.ID, Key: name, Holder: r.By, By: dec.By, From: dec.At,
			Until: dec.Ends(), Once: dec.For == request.Once, Op: r.Op})
	}
	if err != nil && !errors.Is(err, vault.ErrGone) { // gone: given before, and used or ended
		d.noteFailure(ctx, "a pass could not be stored", err)
		return notYet(err)
	}
	return result{}
}

// approved runs an approved command as its requester began it. The decision is written with the first event
// of the change, so that one write holds both.
func (d *Desk) approved(ctx context.Context, r vault.Request, v verdict) (result, error) {
	c, err := d.replay(ctx, r, v.Decision)
	first := decisionEvent(r.Request, v)
	c.first, c.claimed = &first, v.began
	if err == nil && !c.oneChange() {
		if err := d.writeFirst(ctx, c); err != nil {
			return result{}, err
		}
	}
	if err == nil && r.Verb == "import" { // which may write more than memory has
		d.keepDecision(ctx, r, v.Decision)
	}
	word := ""
	if err == nil {
		word, err = d.rerun(ctx, c, r)
	}
	if c.first != nil && (errors.Is(err, ErrLog) || errors.Is(err, errLate)) {
		return result{}, err // the decision was in what could not be written
	}
	res := d.resultOf(ctx, c, r, word, err)
	if err := d.writeEnd(ctx, c, r, res); err != nil {
		if c.first != nil {
			return result{}, err
		}
		return notYet(err), nil
	}
	return res, nil
}

// oneChange says whether a command writes one intent and one outcome.
func (c *call) oneChange() bool { return c.cmd.Verb == "add" || c.cmd.Verb == "rotate" }

// writeFirst writes events, and before the first of them the decision that the call carries out.
func (d *Desk) writeFirst(ctx context.Context, c *call, e ...audit.Event) error {
	if c.first == nil {
		return d.write(ctx, e...)
	}
	if !request.Fresh(c.claimed, time.Now()) {
		return errLate
	}
	if err := d.write(ctx, append([]audit.Event{*c.first}, e...)...); err != nil {
		return err
	}
	c.first = nil
	return nil
}

// resultOf says what came of an approved command.
func (d *Desk) resultOf(ctx context.Context, c *call, r vault.Request, word string, err error) result {
	refused, isRefusal := errors.AsType[*refusal](err)
	_, ended := d.endedAs(c, r.Request)
	switch {
	case err == nil && c.oneEffect() && !ended: // it is not done before the log says so
		err = errNoEnd
	case err == nil:
		return result{word: word}
	case stored(err):
		return result{word: Sentence(err)}
	case isRefusal && !errors.Is(err, vault.ErrUnclear) && !errors.Is(err, ErrUnavailable):
		return result{failed: true, word: refused.all()}
	case permanent(err):
		return result{failed: true, word: Sentence(err)}
	}
	d.noteFailure(ctx, "an approved change could not be carried out yet", err)
	return notYet(err)
}

// errNoEnd: the log has no end of what was carried out.
var errNoEnd = errors.New("the log has no end of it")

// writeEnd writes down what the command itself has not: the decision, where nothing else was to write, and
// that it can't be done.
func (d *Desk) writeEnd(ctx context.Context, c *call, r vault.Request, res result) error {
	var e []audit.Event
	if res.failed {
		e = append(e, failure(r, *c.decision, res.word))
	}
	if c.first == nil && len(e) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	return d.writeFirst(ctx, c, e...)
}
