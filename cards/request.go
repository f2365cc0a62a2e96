package cards

import (
	"fmt"
	"time"
)

// RequestView is something that waits for an admin, or how it ended.
type RequestView struct {
	What    string // "SentinelOne for 8 hours", "Rotate ninjaone"
	Who     string // who asks
	Reason  string
	Preview string // of the value that is staged
	Lines   []string
	Facts   []Fact
	Made    time.Time
	Until   time.Time // when it expires, where it waits
	Spans   []Choice  // how long access may be given, the longest first; nil asks nothing
	Warning string
	Decide  bool // asks for a word of why, which a denial needs
	End     *RequestEnd
	Buttons []Button
	Ref     string
}

// RequestEnd is how a request ended.
type RequestEnd struct {
	Tone        Tone
	Words       string // "Approved by the senior admin"
	Word        string // why it was denied, or what came of it
	At          time.Time
	From, Until time.Time // of a pass
}

// Request shows a request to those who decide, and to who asks.
func Request(v RequestView) Card {
	body := []element{v.head()}
	for _, l := range v.Lines {
		body = append(body, text(escape(l, 400)))
	}
	if v.Warning != "" {
		body = append(body, container("warning", text("⚠ "+escape(v.Warning, 400))))
	}
	body = append(body, v.facts(), reference(v.Ref))
	if v.End == nil {
		body = append(body, v.inputs()...)
	}
	return newCard(v.summary(), append(body, buttons(v.Buttons))...)
}

func (v RequestView) head() element {
	if v.End != nil {
		return v.End.head(v.What, v.Preview)
	}
	return filled(container("emphasis", heading(escape(v.What, 200)), mono(v.Preview),
		subtle("Waits for an admin")))
}

// facts are who asks for what, then the moments.
func (v RequestView) facts() element {
	all := append([]Fact{{"Asked by", line(v.Who)}, {"Reason", long(v.Reason)}}, escaped(v.Facts)...)
	if v.End == nil {
		return facts(append(all, Fact{"Asked", when(v.Made)}, Fact{"Waits until", when(v.Until)})...)
	}
	return facts(append(all, Fact{"From", when(v.End.From)}, Fact{"Until", when(v.End.Until)},
		Fact{"Asked", when(v.Made)})...)
}

func (v RequestView) summary() string {
	if v.End != nil {
		return v.End.Words + ": " + v.What
	}
	return v.Who + " asks: " + v.What
}

func (e RequestEnd) head(what, preview string) element {
	t := tones[e.Tone]
	style := t.style
	if style == "" {
		style = "emphasis"
	}
	return filled(container(style, heading(t.symbol+line(e.Words)), subtle(when(e.At)),
		bold(escape(what, 200)), mono(preview), text(long(e.Word))))
}

// filled leaves out the items of a box that have nothing in them.
func filled(box element) element {
	box.Items = nonEmpty(box.Items)
	return box
}

func (v RequestView) inputs() (out []element) {
	if len(v.Spans) > 0 {
		e := element{Type: "Input.ChoiceSet", ID: "duration", Label: "Approve for", Heading: "compact",
			Value: v.Spans[0].Value}
		for _, c := range v.Spans {
			e.Choices = append(e.Choices, choice(c))
		}
		out = append(out, e)
	}
	if v.Decide {
		out = append(out, element{Type: "Input.Text", ID: "reason", Label: "Why, if you deny it",
			MaxLength: maxLong, Placeholder: "who asked reads this"})
	}
	return out
}

// RequestRow is one request of a list.
type RequestRow struct {
	What, Who string
	Age, Left string // "2 h", "22 h"
	Buttons   []Button
}

// RequestsView is a page of what waits.
type RequestsView struct {
	Title              string
	Rows               []RequestRow
	Total, Page, Pages int
	Buttons            []Button
}

// Requests lists what waits, the oldest first.
func Requests(v RequestsView) Card {
	count := "nothing waits"
	if v.Total > 0 {
		count = fmt.Sprintf("%d waiting", v.Total)
	}
	body := []element{heading(line(v.Title)), subtle(count + pageWords(v.Page, v.Pages))}
	for _, r := range v.Rows {
		left := []element{text("asked by " + line(r.Who)),
			subtle(line(r.Age) + " ago, " + line(r.Left) + " left")}
		body = append(body, row(r.What, "", "", left, r.Buttons))
	}
	return newCard(v.Title+": "+count, append(body, buttons(v.Buttons))...)
}
