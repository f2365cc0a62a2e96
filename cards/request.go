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
	head := container("emphasis", heading(escape(v.What, 200)))
	all := []Fact{{"Asked by", line(v.Who)}, {"Reason", long(v.Reason)}, {"Asked", when(v.Made)}}
	if v.End != nil {
		head = v.End.head(v.What)
		if !v.End.Until.IsZero() {
			all = append(all, Fact{"From", when(v.End.From)}, Fact{"Until", when(v.End.Until)})
		}
	} else {
		all = append(all, Fact{"Waits until", when(v.Until)})
	}
	body := []element{head, mono(v.Preview)}
	for _, l := range v.Lines {
		body = append(body, text(escape(l, 400)))
	}
	if v.Warning != "" {
		body = append(body, container("warning", text("⚠ "+escape(v.Warning, 400))))
	}
	body = append(body, facts(append(all, escaped(v.Facts)...)...))
	if v.End == nil {
		body = append(body, v.inputs()...)
	}
	return newCard(v.summary(), append(body, reference(v.Ref), buttons(v.Buttons))...)
}

func (v RequestView) summary() string {
	if v.End != nil {
		return v.End.Words + ": " + v.What
	}
	return v.Who + " asks: " + v.What
}

func (e RequestEnd) head(what string) element {
	t := tones[e.Tone]
	box := container(t.style, heading(t.symbol+line(e.Words)), bold(escape(what, 200)))
	if e.Word != "" {
		box.Items = append(box.Items, text(long(e.Word)))
	}
	if !e.At.IsZero() {
		box.Items = append(box.Items, subtle(when(e.At)))
	}
	return box
}

func (v RequestView) inputs() (out []element) {
	if len(v.Spans) > 0 {
		e := element{Type: "Input.ChoiceSet", ID: "duration", Label: "For how long", Heading: "compact",
			Value: v.Spans[0].Value}
		for _, c := range v.Spans {
			e.Choices = append(e.Choices, choice(c))
		}
		out = append(out, e)
	}
	if v.Decide {
		out = append(out, element{Type: "Input.Text", ID: "reason", Label: "Why not, if you deny it", MaxLength: maxLong,
			Placeholder: "needed to deny"})
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
	body := []element{heading(line(v.Title)), subtle(fmt.Sprintf("%d waiting", v.Total) + pageWords(v.Page, v.Pages))}
	for _, r := range v.Rows {
		age := element{Type: "TextBlock", Wrap: true, Text: "waits for " + line(r.Age) + ", " + line(r.Left) + " left"}
		body = append(body, row(r.What, "asked by "+r.Who, "", []element{age}, r.Buttons))
	}
	return newCard(fmt.Sprintf("%s: %d waiting", v.Title, v.Total), append(body, buttons(v.Buttons))...)
}
