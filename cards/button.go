package cards

import (
	"maps"
	"net/url"
	"slices"
	"unicode/utf8"
)

// Button is a button of a card. With URL it opens a page, else it runs the command Verb with Data.
type Button struct {
	Title, Verb string
	Style       string // "", "positive" or "destructive"
	Data        map[string]string
	// Keep sends no inputs and checks none, for Cancel.
	Keep bool
	URL  string // http or https
}

const (
	maxButtons = 6   // Teams shows so many in a row before it hides the rest in a menu
	rowWidth   = 290 // px: what a phone of 320 px shows in a row, some do not wrap
	maxTitle   = 30  // characters of a button that fills such a row; Microsoft's renderer does not wrap them
)

// width is about how wide a button is, in px.
func (b Button) width() int { return 32 + utf8.RuneCountInString(b.Title)*15/2 }

// inRows cuts buttons into rows that fit.
func inRows(all []Button) (rows [][]Button) {
	room := 0
	for _, b := range all {
		if n := len(rows); n == 0 || len(rows[n-1]) == maxButtons || room < b.width() {
			rows, room = append(rows, nil), rowWidth
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], b)
		room -= b.width()
	}
	return rows
}

// buttons is rows of buttons, the primary ones first.
func buttons(all []Button) element {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Button) int { return b.rank() - a.rank() })
	var rows []element
	for _, some := range inRows(all) {
		row := element{Type: "ActionSet"}
		for _, b := range some {
			row.Actions = append(row.Actions, b.action())
		}
		rows = append(rows, row)
	}
	if len(rows) == 1 {
		return rows[0]
	}
	return container("", rows...)
}

func (b Button) rank() int {
	if b.Style == "positive" {
		return 1
	}
	return 0
}

func (b Button) action() action {
	title := plain(b.Title, maxTitle)
	if b.URL != "" {
		return action{Type: "Action.OpenUrl", Title: title, URL: b.URL, Style: b.Style}
	}
	data := map[string]string{}
	maps.Copy(data, b.Data)
	data["verb"] = b.Verb
	a := action{Type: "Action.Execute", Title: title, Verb: b.Verb, Style: b.Style, Data: data}
	if b.Keep {
		a.AssociatedInputs = "none"
	}
	submit := a
	submit.Type, submit.Verb = "Action.Submit", ""
	a.Fallback = &submit
	return a
}

// secondary is the buttons without a primary one among them, for a card that has its own.
func secondary(all []Button) []Button {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Style == "positive" {
			all[i].Style = ""
		}
	}
	return all
}

// page says whether s is a whole https address that a person may be sent to.
func page(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.String() == s
}
