package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// approve lets a request happen.
func (d *Desk) approve(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		return r.Approve(c.Actor, request.Span(c.option("duration")), c.now)
	})
}

// denyRequest refuses one, with a word of why.
func (d *Desk) denyRequest(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		return r.Deny(c.Actor, c.option("reason"), c.now)
	})
}

// withdrawRequest takes one's own back.
func (d *Desk) withdrawRequest(ctx context.Context, c *call) (Reply, error) {
	return d.decideOn(ctx, c, func(r request.Request) (request.Decision, error) {
		return r.Withdraw(c.Person, c.now)
	})
}

// decideOn decides about a request: who may is asked anew, of all who press at once one decides, and what they
// decided is carried out. Two presses of one person are one.
func (d *Desk) decideOn(
	ctx context.Context, c *call, decide func(request.Request) (request.Decision, error),
) (Reply, error) {
	id := strings.ToLower(c.option("request"))
	if id == "" {
		return d.requests(ctx, c)
	}
	reply, err, _ := d.presses.Do(c.ID+" decides "+id, func() (any, error) { return d.decideOnce(ctx, c, id, decide) })
	return reply.(Reply), err
}

func (d *Desk) decideOnce(
	ctx context.Context, c *call, id string, decide func(request.Request) (request.Decision, error),
) (Reply, error) {
	roles, err := d.Directory.FreshRoles(ctx, c.ID)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	c.Roles = roles
	if err := d.decide(ctx, c, nil); err != nil {
		return Reply{}, err
	}
	r, err := d.Vault.ReadRequest(ctx, id)
	if errors.Is(err, vault.ErrGone) || errors.Is(err, vault.ErrBadValue) {
		return Reply{}, d.howItEnded(ctx, id)
	}
	if err != nil {
		return Reply{}, err
	}
	dec, err := decide(r.Request)
	if err != nil {
		return Reply{}, d.mayNot(ctx, c, r.Request, err)
	}
	if err := d.claimDecision(ctx, &r); err != nil {
		return Reply{}, err
	}
	card, err := d.settle(ctx, r, dec)
	return Reply{InPlace: true, Card: card}, err
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
		return &refusal{sentence: "This request has expired. Nothing was done.", cause: err, line: true}
	}
	fault := requestFault(err)
	if own, ok := errors.AsType[*refusal](fault); ok {
		own.line = true // what was typed into the card stays
	}
	return fault
}

// stuck is tickets that somebody claimed without coming to a decision, and since when that is known.
type stuck struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// gone is for how long a ticket has been known to be gone.
func (s *stuck) gone(ticket string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since == nil {
		s.since = map[string]time.Time{}
	}
	for name, at := range s.since {
		if now.Sub(at) > request.OpenFor {
			delete(s.since, name)
		}
	}
	at, ok := s.since[ticket]
	if !ok {
		s.since[ticket] = now
		return 0
	}
	return now.Sub(at)
}

// claimDecision takes the right to decide. Where somebody has it, it says who decided; where whoever took it came to
// no decision for a while, it lays out another and takes that.
func (d *Desk) claimDecision(ctx context.Context, r *vault.Request) error {
	err := d.Vault.ClaimTicket(ctx, decideTicket(r.Request))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, vault.ErrUnclear):
		d.stuck.gone(decideTicket(r.Request), time.Now())
		return &refusal{cause: err, line: true,
			sentence: "Key Vault gave no clear answer, so nothing was decided. Press again in two minutes."}
	case !errors.Is(err, vault.ErrGone):
		return err
	}
	if err := d.Log.Refresh(ctx); err != nil {
		return fmt.Errorf("%w: %v", ErrLog, err)
	}
	f := request.Facts{Stored: true, Gone: d.stuck.gone(decideTicket(r.Request), time.Now())}
	if dec, ok := d.decided(r.Request); ok {
		f.Decision = &dec
	}
	switch request.Next(f) {
	case request.Reopen:
		return d.reopen(ctx, r)
	case request.Wait:
		return &refusal{sentence: "Somebody is deciding about this right now. Look again in a moment.", line: true}
	}
	return d.howItEnded(ctx, r.ID)
}

// reopen lays out another ticket and takes it.
func (d *Desk) reopen(ctx context.Context, r *vault.Request) error {
	r.Round++
	if err := d.Vault.PutTicket(ctx, decideTicket(r.Request), r.Until.Add(keptFor)); err != nil {
		return err
	}
	if err := d.Vault.SaveRequest(ctx, *r); err != nil {
		return err
	}
	return d.Vault.ClaimTicket(ctx, decideTicket(r.Request))
}

// decided is the decision about a request that the log has: the first.
func (d *Desk) decided(r request.Request) (request.Decision, bool) {
	found := d.Log.Recent(20, func(e audit.Event) bool { return e.Op == r.Op && isDecision(r, e) })
	if len(found) == 0 {
		return request.Decision{}, false
	}
	e := found[len(found)-1]
	dec := request.Decision{End: request.End(e.Action), By: catalog.Person{ID: e.Actor.ID, Name: e.Actor.Name}, At: e.Time}
	switch dec.End {
	case request.Approved:
		span, _, _ := strings.Cut(strings.TrimPrefix(e.Note, spanNote), ":")
		dec.For = request.Span(span)
	case request.Denied:
		dec.Word = e.Note
	}
	return dec, true
}

// isDecision says whether an event of a request's operation is a decision about it. Others may carry the same
// operation: what is carried out, and what somebody sends who has read it on a card.
func isDecision(r request.Request, e audit.Event) bool {
	if e.Outcome != audit.OK || e.Key != r.Key {
		return false
	}
	switch request.End(e.Action) {
	case request.Approved, request.Denied:
		return e.Actor.ID != r.By.ID
	case request.Withdrawn:
		return e.Actor.ID == r.By.ID
	case request.Expired:
		return e.Actor.ID == "" && e.Chat == string(catalog.System)
	}
	return false
}

// spanNote begins the note of an approval of access, before how long it lasts.
const spanNote = "for "

// decisionEvent is what the log keeps of a decision.
func decisionEvent(r request.Request, dec request.Decision) audit.Event {
	e := audit.Event{Time: dec.At, Op: r.Op, Action: string(dec.End), Outcome: audit.OK, Key: r.Key,
		Chat: string(catalog.Personal), Actor: audit.Actor{ID: dec.By.ID, Name: cut(dec.By.Name, maxName)}}
	switch dec.End {
	case request.Approved:
		e.Note = r.Verb + " by " + r.By.Name
		if r.Kind == request.Access {
			e.Note = spanNote + string(dec.For) + ": " + r.By.Name
		}
	case request.Denied:
		e.Note = dec.Word
	case request.Expired:
		e.Chat, e.Actor.Name, e.Note = string(catalog.System), "keydesk", "nobody answered"
	}
	e.Note = cut(e.Note, maxNote)
	return e
}

// howItEnded tells how a request ended that is not there any more.
func (d *Desk) howItEnded(ctx context.Context, id string) error {
	r := request.Request{ID: id, Op: strings.ToUpper(id)}
	find := func() (audit.Event, bool) {
		found := d.Log.Recent(20, func(e audit.Event) bool {
			if e.Op != r.Op || e.Outcome != audit.OK {
				return false
			}
			switch request.End(e.Action) {
			case request.Approved, request.Denied, request.Withdrawn, request.Expired:
				return true
			}
			return false
		})
		if len(found) == 0 {
			return audit.Event{}, false
		}
		return found[len(found)-1], true
	}
	e, ok := find()
	if !ok {
		if err := d.Log.Refresh(ctx); err != nil {
			return fmt.Errorf("%w: %v", ErrLog, err)
		}
		e, ok = find()
	}
	if !ok {
		return &refusal{sentence: "There is no such request (any more).", line: true}
	}
	return &refusal{title: "Decided already", asks: true, line: true,
		sentence: endWords(request.End(e.Action), e.Actor.Name) + ".",
		buttons:  []cards.Button{{Title: "Requests", Verb: "requests"}}}
}

// endWords says how a request ended and by whom.
func endWords(end request.End, who string) string {
	switch end {
	case request.Approved:
		return "Approved by " + who
	case request.Denied:
		return "Denied by " + who
	case request.Withdrawn:
		return "Withdrawn by " + who
	}
	return "Expired: nobody answered within 24 hours"
}
