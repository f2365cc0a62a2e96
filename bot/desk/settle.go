package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// settle carries out what was decided, and tells everybody. The card is for who decided.
func (d *Desk) settle(ctx context.Context, r vault.Request, dec request.Decision) (cards.Card, error) {
	// It is decided: it goes on also where nobody waits.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	first := decisionEvent(r.Request, dec)
	res, err := d.effect(ctx, r, dec, first)
	if err != nil {
		return cards.Card{}, err
	}
	card := cards.Request(d.endView(r.Request, dec, res))
	d.background(func(ctx context.Context) {
		d.tellEverybody(ctx, r, dec, res, card)
		d.everywhere(ctx, d.postsSince(r), card)
		if !res.later { // not before: should this process die, another finds the request and tells
			d.noteFailure(ctx, "a decided request could not be cleared away", d.Vault.DeleteRequest(ctx, r.ID))
		}
	})
	return card, nil
}

// postsSince is where a request was shown while it was being decided.
func (d *Desk) postsSince(r vault.Request) []request.Post {
	for _, now := range d.Vault.Requests() {
		if now.ID == r.ID && len(now.Posts) > len(r.Posts) {
			return now.Posts[len(r.Posts):]
		}
	}
	return nil
}

// effect makes a decision durable and does what it says. An error means that nothing was decided, as far as
// anybody knows.
func (d *Desk) effect(
	ctx context.Context, r vault.Request, dec request.Decision, first audit.Event,
) (result, error) {
	if dec.End == request.Approved && r.Kind != request.Access {
		return d.approved(ctx, r, dec, first)
	}
	if err := d.write(ctx, first); err != nil {
		return result{}, err
	}
	if dec.End != request.Approved {
		return result{}, nil
	}
	return d.givePass(ctx, r, dec), nil
}

// givePass lets the requester see the key until the pass ends. Its clock started at the decision.
func (d *Desk) givePass(ctx context.Context, r vault.Request, dec request.Decision) result {
	name, err := catalog.ParseKeyName(r.Key)
	if err == nil && dec.Ends().After(time.Now()) {
		err = d.Vault.SavePass(ctx, vault.Pass{ID: r.ID, Key: name, Holder: r.By, By: dec.By, From: dec.At,
			Until: dec.Ends(), Once: dec.For == request.Once, Op: r.Op})
	}
	if err != nil && !errors.Is(err, vault.ErrGone) { // gone: given before, and used or ended
		d.noteFailure(ctx, "a pass could not be stored", err)
		return notYet(err)
	}
	return result{}
}

// notYet is the result of what was approved and could not be done now.
func notYet(err error) result {
	return result{later: true, word: "It could not be done yet; Keydesk tries again every few minutes. " + cause(err)}
}

// cause is the first of the sentences about what Keydesk needs and did not get.
func cause(err error) string {
	switch {
	case errors.Is(err, vault.ErrUnclear), errors.Is(err, errStillUnclear):
		return "Key Vault gave no clear answer."
	case errors.Is(err, vault.ErrForbidden):
		return "Key Vault refused Keydesk."
	case errors.Is(err, vault.ErrThrottled):
		return "Key Vault has too much to do."
	case errors.Is(err, ErrLog):
		return "The log can't be written."
	case errors.Is(err, ErrDirectory):
		return "The roles can't be read."
	}
	return "Key Vault does not answer."
}

// approved runs an approved command as its requester began it. The decision is written with the first event of
// the change, so that one write holds both.
func (d *Desk) approved(
	ctx context.Context, r vault.Request, dec request.Decision, first audit.Event,
) (result, error) {
	c, err := d.replay(ctx, r, &dec)
	c.first = []audit.Event{first}
	if err == nil && !c.oneChange() {
		if err := d.write(ctx, c.takeFirst()...); err != nil {
			return result{}, err
		}
	}
	if err == nil {
		err = d.orUnclear(c, "", d.rerun(ctx, c, r))
	}
	if _, decided := d.decided(r.Request); !decided && errors.Is(err, ErrLog) {
		return result{}, err // the decision was in what could not be written
	}
	return d.outcomeOf(ctx, c, r, err)
}

// oneChange says whether a command writes one intent and one outcome.
func (c *call) oneChange() bool { return c.cmd.Verb == "add" || c.cmd.Verb == "rotate" }

// outcomeOf says what came of an approved command, and writes down what the command itself has not.
func (d *Desk) outcomeOf(
	ctx context.Context, c *call, r vault.Request, err error,
) (result, error) {
	left, res := c.takeFirst(), result{}
	refused, isRefusal := errors.AsType[*refusal](err)
	switch {
	case err == nil, stored(err):
		if err != nil {
			res.word = Sentence(err)
		}
	case isRefusal && !errors.Is(err, vault.ErrUnclear) && !errors.Is(err, ErrUnavailable):
		res = result{failed: true, word: refused.all()}
	case permanent(err):
		res = result{failed: true, word: Sentence(err)}
	default:
		d.noteFailure(ctx, "an approved change could not be carried out yet", err)
		res = notYet(err)
	}
	if res.failed {
		left = append(left, audit.Event{Op: r.Op, Action: r.Verb, Outcome: audit.Failed, Key: r.Key,
			Chat: string(catalog.System), Note: cut("approved, and not carried out: "+res.word, maxNote),
			Actor: audit.Actor{ID: r.By.ID, Name: cut(r.By.Name, maxName)}})
	}
	if len(left) == 0 {
		return res, nil
	}
	if err := d.write(ctx, left...); err != nil {
		return result{}, err
	}
	return res, nil
}

// permanent says whether trying again changes nothing.
func permanent(err error) bool {
	for _, cause := range []error{vault.ErrExists, vault.ErrMoved, vault.ErrForeign, vault.ErrDeleted, vault.ErrDisabled,
		vault.ErrNotFound, vault.ErrTooBig, vault.ErrBadValue, vault.ErrProtected, vault.ErrWasSecret, ErrDenied} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// replay is the call that an approved request runs: its requester's, with what they typed or sent, and with the
// value that was staged.
func (d *Desk) replay(ctx context.Context, r vault.Request, dec *request.Decision) (*call, error) {
	c := &call{Actor: catalog.Actor{Person: r.By, Chat: catalog.Chat{Kind: catalog.Personal}}, op: r.Op,
		now: time.Now().UTC(), decision: dec, cmd: d.commands[r.Verb]}
	if c.cmd == nil {
		return c, refuse("Keydesk does not know this command any more. Begin it again.")
	}
	roles, err := d.Directory.Roles(ctx, r.By.ID)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	c.Roles = roles
	if r.Line != "" {
		c.text, c.line = r.Line, parse(r.Line, d.isOption)
		if c.cmd.Form {
			c.line.words = d.oneWord(c.line.words)
		}
		return c, d.decide(ctx, c, nil)
	}
	c.data = maps.Clone(r.Fields)
	if c.data == nil {
		c.data = map[string]string{}
	}
	for name, s := range r.Parts {
		c.data["part."+name] = s.Expose()
	}
	return c, d.decide(ctx, c, nil)
}

// rerun runs the command of an approved request.
func (d *Desk) rerun(ctx context.Context, c *call, r vault.Request) error {
	if r.Verb == "import" {
		return d.rerunImport(ctx, c, r.File)
	}
	_, err := c.cmd.run(d, ctx, c)
	return err
}

// endView shows a request as it was decided, and what came of it.
func (d *Desk) endView(r request.Request, dec request.Decision, res result) cards.RequestView {
	v := d.requestView(r)
	end := &cards.RequestEnd{Words: endWords(dec.End, dec.By.Name), At: dec.At, Word: dec.Word}
	switch {
	case res.failed:
		end.Tone, end.Words, end.Word = cards.Warn, end.Words+", and it can't be done", res.word
	case res.later:
		end.Tone, end.Word = cards.Warn, res.word
	case dec.End == request.Approved:
		end.Tone, end.Word = cards.Good, res.word
	case dec.End == request.Denied:
		end.Tone = cards.Bad
	}
	if dec.End == request.Approved && r.Kind == request.Access {
		end.From, end.Until = dec.At, dec.Ends()
		v.Facts[0].Value = dec.For.String()
	}
	v.End = end
	tellMore(&v, r, dec, res)
	return v
}

// tellEverybody replaces the cards of a decided request and tells who made it.
func (d *Desk) tellEverybody(
	ctx context.Context, r vault.Request, dec request.Decision, res result, card cards.Card,
) {
	d.everywhere(ctx, r.Posts, card)
	if r.Card != "" {
		d.noteFailure(ctx, "the card of who asked could not be edited", d.Poster.Edit(ctx, r.By.ID, r.Card, card))
	}
	if dec.End == request.Withdrawn {
		return // they have just read it
	}
	v := d.endView(r.Request, dec, res)
	v.Buttons = d.afterwards(r.Request, dec, res)
	_, err := d.Poster.Post(ctx, r.By.ID, cards.Request(v))
	d.noteFailure(ctx, "who asked could not be told", err)
}

// afterwards is what who asked can do next.
func (d *Desk) afterwards(r request.Request, dec request.Decision, res result) []cards.Button {
	name, err := catalog.ParseKeyName(r.Key)
	if err != nil || r.Key == "" {
		return nil
	}
	switch {
	case dec.End == request.Approved && r.Kind == request.Access && !res.later:
		return []cards.Button{primary(button("Get", "get", "key", r.Key, "reason", r.Reason,
			"pass", r.ID))}
	case dec.End == request.Approved && !res.failed && !res.later:
		return onKey(name, "key")
	case r.Kind == request.Access && !res.later:
		return []cards.Button{button("Ask", "ask", "key", r.Key, "reason", r.Reason)}
	}
	return nil
}
