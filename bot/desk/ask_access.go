package desk

import (
	"context"
	"fmt"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// ask asks for access to a key that the person lacks: with a reason at once, else by a form.
func (d *Desk) ask(ctx context.Context, c *call) (Reply, error) {
	word := c.keyWord()
	if word == "" {
		return Reply{}, d.askLocked(c)
	}
	t, err := d.target(c, word)
	if err != nil {
		return Reply{}, err
	}
	if !t.stored {
		if err := d.otherLabel(c, &t); err != nil {
			return Reply{}, err
		}
	}
	if c.Roles.Any(d.Catalog.Access(t.key)) {
		return Reply{}, &refusal{asks: true, title: "You have access already",
			sentence: fmt.Sprintf("%s is open to you.", t.name), buttons: onKey(t.name, "get", "key")}
	}
	why := c.option("reason")
	if why == "" {
		why = c.line.text(1)
	}
	if !c.saving() && (c.pressed() || why == "") {
		return Reply{New: c.pressed(), Card: cards.Ask(d.askView(c, t, why))}, nil
	}
	return d.once(ctx, c, func() (Reply, error) { return d.saveAsk(ctx, c, t, why) })
}

func (d *Desk) saveAsk(ctx context.Context, c *call, t target, why string) (Reply, error) {
	for _, r := range d.Vault.Requests() {
		if r.Kind != request.Access || r.Key != t.name.String() || r.By.ID != c.ID || r.Over(c.now) ||
			r.ID == strings.ToLower(c.op) {
			continue
		}
		if _, decided := d.decided(r); decided {
			continue
		}
		if _, err := d.Vault.ReadRequest(ctx, r.ID); !gone(err) { // another process may have decided it
			return Reply{Card: d.waitingCard(r, "You have asked for it already. "+sentTo(r))}, nil
		}
	}
	span := c.span()
	return d.makeRequest(ctx, c, vault.Request{Request: request.Request{Op: c.op, Kind: request.Access,
		Key: t.name.String(), By: c.Person, Reason: strings.TrimSpace(why), For: span, Card: c.card,
		What: "Access to " + t.name.String()}})
}

// span is for how long access is asked for, an hour where nothing is said.
func (c *call) span() request.Span {
	for _, name := range []string{"duration", "for"} {
		if s := c.option(name); s != "" {
			return request.Span(s)
		}
	}
	return request.Hour
}

// askView is the form that asks for access.
func (d *Desk) askView(c *call, t target, why string) cards.AskView {
	span := cards.Input{ID: "duration", Label: "For how long", Kind: cards.OneOf, Value: string(c.span()),
		Required: true}
	for _, s := range request.Spans {
		span.Choices = append(span.Choices, cards.Choice{Title: s.String(), Value: string(s)})
	}
	return cards.AskView{Title: "Ask for " + t.name.String(),
		Text: fmt.Sprintf("You don't have access to this: %s is open to %s.%s An admin decides about yours.",
			t.name, names(d.Catalog.Access(t.key)), d.endedFor(c.ID, t.name)),
		Inputs: []cards.Input{{ID: "reason", Label: "Why you need it", Value: cut(why, maxNote),
			Required:    true,
			Placeholder: "for example the ticket"}, span},
		Buttons: []cards.Button{primary(button("Ask", "ask", "key", t.name.String(), "step", "save",
			"op", c.op)), cancelButton(c)}}
}

// offerAsk answers a get without access with the form that asks for it, where the person may ask.
func (d *Desk) offerAsk(c *call, t target, why string, denied error) error {
	if !t.stored || c.Roles == 0 || !d.commands["ask"].allows(c.Roles) {
		return denied
	}
	form := d.askView(c, t, why)
	return &refusal{cause: denied, form: &form}
}

// askLocked asks which of the keys that the person lacks is meant.
func (d *Desk) askLocked(c *call) error {
	var locked []catalog.Key
	for _, k := range d.Vault.Keys() {
		if !c.Roles.Any(d.Catalog.Access(k)) {
			locked = append(locked, k)
		}
	}
	if len(locked) == 0 {
		return &refusal{asks: true, title: "Nothing to ask for", sentence: "Every stored key is open to you.",
			buttons: []cards.Button{{Title: "All keys", Verb: "keys"}}}
	}
	return d.which(c, "Which key do you need?", locked)
}
