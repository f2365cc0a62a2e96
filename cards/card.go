package cards

import (
	"encoding/json"
	"strings"
)

// MaxSize is the most bytes a card has: 28 KB, which every Teams surface takes.
const MaxSize = 28 << 10

// Card is one Adaptive Card. The zero Card is none.
type Card struct{ json, summary string }

// IsZero says whether there is no card.
func (c Card) IsZero() bool { return c.json == "" }

// Summary is the card in one plain line, for notifications and for clients that show no cards.
func (c Card) Summary() string { return c.summary }

// MarshalJSON writes the card as Teams takes it, in at most MaxSize bytes.
func (c Card) MarshalJSON() ([]byte, error) {
	if c.IsZero() {
		return []byte(encoded(nil)), nil
	}
	return []byte(c.json), nil
}

// newCard leaves out elements without anything in them. Where the texts of a view are too much for one card,
// the longest are cut; what buttons carry never is, so a card whose buttons alone are too much says that
// instead.
func newCard(summary string, body ...element) Card {
	body = nonEmpty(body)
	c := Card{json: encoded(body), summary: plain(summary, maxLine)}
	for limit := maxLong; len(c.json) > MaxSize && limit >= 16; limit /= 2 {
		shorten(body, limit)
		c.json = encoded(body)
	}
	if len(c.json) > MaxSize {
		c.json = encoded([]element{text("This is too much for one card. Ask for less of it at once.")})
	}
	return c
}

func encoded(body []element) string {
	if body == nil {
		body = []element{}
	}
	b, err := json.Marshal(struct {
		Type    string            `json:"type"`
		Schema  string            `json:"$schema"`
		Version string            `json:"version"`
		Teams   map[string]string `json:"msteams"`
		Body    []element         `json:"body"`
	}{"AdaptiveCard", "http://adaptivecards.io/schemas/adaptive-card.json", "1.5",
		map[string]string{"width": "Full"}, body})
	if err != nil { // structs of strings, numbers and such only
		panic("cards: " + err.Error())
	}
	return string(b)
}

// shorten cuts the texts of a card to limit characters each. A text is cut at its end, so it stays escaped,
// and behind the moment in it, since half a function would be shown as it is written.
func shorten(body []element, limit int) {
	cut := func(s *string) {
		whole := 0
		if strings.Contains(*s, "{{") {
			whole = strings.LastIndex(*s, "}}") + len("}}")
		}
		*s = (*s)[:whole] + clip((*s)[whole:], limit)
	}
	for i := range body {
		e := &body[i]
		cut(&e.Text)
		for j := range e.Inlines {
			cut(&e.Inlines[j].Text)
		}
		shorten(e.Items, limit)
		shorten(e.Columns, limit)
	}
}

func (e element) empty() bool {
	switch e.Type {
	case "":
		return true
	case "TextBlock":
		return e.Text == ""
	case "ActionSet":
		return len(e.Actions) == 0
	case "Container":
		return len(e.Items) == 0
	}
	return false
}

func nonEmpty(all []element) []element {
	var out []element
	for _, e := range all {
		if !e.empty() {
			out = append(out, e)
		}
	}
	return out
}
