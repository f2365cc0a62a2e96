package cards

import (
	"encoding/json"
	"maps"
)

// Card is one Adaptive Card. The zero Card is none.
type Card struct {
	body    []element
	summary string
}

// IsZero says whether there is no card.
func (c Card) IsZero() bool { return len(c.body) == 0 }

// Summary is the card in one plain line, for notifications and for clients that show no cards.
func (c Card) Summary() string { return c.summary }

// MarshalJSON writes the card as Teams takes it.
func (c Card) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string            `json:"type"`
		Schema  string            `json:"$schema"`
		Version string            `json:"version"`
		Teams   map[string]string `json:"msteams"`
		Body    []element         `json:"body"`
	}{"AdaptiveCard", "http://adaptivecards.io/schemas/adaptive-card.json", "1.5", map[string]string{"width": "Full"}, c.body})
}

// newCard leaves out elements without anything in them.
func newCard(summary string, body ...element) Card {
	c := Card{summary: clip(summary, maxLine)}
	for _, e := range body {
		if !e.empty() {
			c.body = append(c.body, e)
		}
	}
	return c
}

func (e element) empty() bool {
	switch e.Type {
	case "":
		return true
	case "TextBlock":
		return e.Text == ""
	case "FactSet":
		return len(e.Facts) == 0
	case "ActionSet":
		return len(e.Actions) == 0
	case "Container":
		return len(e.Items) == 0
	}
	return false
}

// Button is a button of a card. With URL it opens a page, else it runs the command Verb with Data.
type Button struct {
	Title, Verb string
	Style       string // "", "positive" or "destructive"
	Data        map[string]string
	// Keep sends no inputs and checks none, for Cancel.
	Keep bool
	URL  string
}

// maxButtons is how many buttons Teams shows before it hides the rest in a menu.
const maxButtons = 6

// buttons is a row of buttons.
func buttons(all []Button) element {
	e := element{Type: "ActionSet"}
	for _, b := range all[:min(maxButtons, len(all))] {
		e.Actions = append(e.Actions, b.action())
	}
	return e
}

func (b Button) action() action {
	if b.URL != "" {
		return action{Type: "Action.OpenUrl", Title: b.Title, URL: b.URL, Style: b.Style}
	}
	data := map[string]string{}
	maps.Copy(data, b.Data)
	data["verb"] = b.Verb
	a := action{Type: "Action.Execute", Title: b.Title, Verb: b.Verb, Style: b.Style, Data: data}
	if b.Keep {
		a.AssociatedInputs = "none"
	}
	submit := a
	submit.Type, submit.Verb = "Action.Submit", ""
	a.Fallback = &submit
	return a
}
