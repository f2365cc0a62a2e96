package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
)

// maySkew is how far the clocks of two processes may be apart.
const maySkew = time.Minute

// isEnd says whether an event may be a decision about a request.
func isEnd(e audit.Event) bool {
	if e.Outcome != audit.OK {
		return false
	}
	switch request.End(e.Action) {
	case request.Approved, request.Denied, request.Withdrawn, request.Expired:
		return true
	}
	return false
}

// decided is the decision about a request: the first that the log has or, where memory does not reach back to
// it, the one that is kept with the request until it is carried out.
func (d *Desk) decided(r request.Request) (request.Decision, bool) {
	return d.firstOf(r, d.Log.Recent(20, func(e audit.Event) bool { return e.Op == r.Op && isEnd(e) }))
}

// ends are the events of decisions that memory has, by operation, the newest first.
func (d *Desk) ends() map[string][]audit.Event {
	all := map[string][]audit.Event{}
	d.Log.Recent(1, func(e audit.Event) bool {
		if isEnd(e) {
			all[e.Op] = append(all[e.Op], e)
		}
		return false
	})
	return all
}

// firstOf is the first decision about a request among the events of its operation.
func (d *Desk) firstOf(r request.Request, events []audit.Event) (request.Decision, bool) {
	var all []request.Decision
	for _, e := range events {
		if isDecision(r, e) {
			all = append(all, readDecision(e))
		}
	}
	if first := request.Settle(all); first != nil {
		return *first, true
	}
	return d.Vault.Decided(r.ID)
}

// isDecision says whether an event of a request's operation is a decision about it. Others may carry the same
// operation: what is carried out, what somebody sends who has read it on a card, and an earlier request whose
// operation was sent again once the vault had forgotten it.
func isDecision(r request.Request, e audit.Event) bool {
	if !isEnd(e) || e.Op != r.Op || e.Key != r.Key || e.Time.Before(r.Made.Add(-maySkew)) {
		return false
	}
	switch request.End(e.Action) {
	case request.Approved, request.Denied:
		return e.Actor.ID != "" && !strings.EqualFold(e.Actor.ID, r.By.ID)
	case request.Withdrawn:
		return strings.EqualFold(e.Actor.ID, r.By.ID)
	}
	return e.Actor.ID == "" && e.Chat == string(catalog.System)
}

// spanNote begins the note of an approval of access, before how long it lasts.
const spanNote = "for "

// decisionEvent is what the log keeps of a decision.
func decisionEvent(r request.Request, v verdict) audit.Event {
	e := audit.Event{Time: v.At, Op: r.Op, Action: string(v.End), Outcome: audit.OK, Key: r.Key,
		Chat: string(v.chat), Actor: audit.Actor{ID: v.By.ID, Name: cut(v.By.Name, maxName)}}
	switch v.End {
	case request.Approved:
		e.Note = r.Verb + " by " + r.By.Name
		if r.Kind == request.Access {
			e.Note = spanNote + string(v.For) + ": " + r.By.Name
		}
	case request.Denied:
		e.Note = v.Word
	case request.Expired:
		e.Chat, e.Actor.Name, e.Note = string(catalog.System), "keydesk", "nobody answered"
	}
	e.Note = cut(e.Note, maxNote)
	return e
}

// readDecision reads what decisionEvent has written.
func readDecision(e audit.Event) request.Decision {
	dec := request.Decision{End: request.End(e.Action), At: e.Time,
		By: catalog.Person{ID: e.Actor.ID, Name: e.Actor.Name}}
	switch dec.End {
	case request.Approved:
		span, _, _ := strings.Cut(strings.TrimPrefix(e.Note, spanNote), ":")
		dec.For = request.Span(span)
	case request.Denied:
		dec.Word = e.Note
	}
	return dec
}

// howItEnded tells how a request ended that is not there any more: to admins and to who made it. To others
// it says the same as of one that never was.
func (d *Desk) howItEnded(ctx context.Context, c *call, id string) error {
	op := strings.ToUpper(id)
	theirs := c.Roles.Any(adminOnly) || len(d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == op && e.Action == "ask" && e.Outcome == audit.OK && e.Actor.ID == c.ID
	})) > 0
	find := func() []audit.Event {
		return d.Log.Recent(20, func(e audit.Event) bool {
			// else of a link
			return e.Op == op && isEnd(e) && (e.Action != string(request.Expired) || e.Actor.ID == "")
		})
	}
	found := find()
	if len(found) == 0 && theirs {
		if err := d.Log.Refresh(ctx); err != nil {
			return fmt.Errorf("%w: %v", ErrLog, err)
		}
		found = find()
	}
	if len(found) == 0 || !theirs {
		return noRequest()
	}
	return decidedAlready(readDecision(found[len(found)-1]))
}

// decidedAlready says how a request ended.
func decidedAlready(dec request.Decision) error {
	return &refusal{title: "Decided already", asks: true, line: true,
		sentence: endWords(dec.End, dec.By.Name) + ".",
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
