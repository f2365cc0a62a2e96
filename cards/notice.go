package cards

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"keydesk/catalog"
)

// Tone colours a notice.
type Tone string

// The tones; Plain has no colour.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// tones gives each its colour, container style and symbol.
var tones = map[Tone]struct{ style, symbol string }{
	Good: {"good", "✓ "}, Warn: {"warning", "⚠ "}, Bad: {"attention", "✕ "},
}

// Fact is a titled value. Value is escaped.
type Fact struct{ Title, Value string }

// NoticeView is a sentence or a few, with what can be done next.
type NoticeView struct {
	Tone        Tone
	Title, Text string
	Lines       []string
	Facts       []Fact
	Moments     []Moment
	Buttons     []Button
	Ref         string // operation id, in small print
}

// Moment is a titled text with a moment behind it, which the client shows in the reader's own zone.
type Moment struct {
	Title, Text string
	At          time.Time
}

// Notice says something.
func Notice(v NoticeView) Card {
	t := tones[v.Tone]
	head := container(t.style, heading(t.symbol+line(v.Title)), text(escape(v.Text, 600)))
	head.Items = nonEmpty(head.Items)
	for _, l := range v.Lines {
		head.Items = append(head.Items, text(escape(l, 400)))
	}
	all := escaped(v.Facts)
	for _, m := range v.Moments {
		all = append(all, Fact{line(m.Title), line(m.Text) + " " + when(m.At)})
	}
	return newCard(v.Title+": "+v.Text, head, facts(all...), reference(v.Ref), buttons(v.Buttons))
}

func escaped(facts []Fact) []Fact {
	out := make([]Fact, len(facts))
	for i, f := range facts {
		out[i] = Fact{line(f.Title), long(f.Value)}
	}
	return out
}

func reference(op string) element {
	if op == "" {
		return element{}
	}
	return spaced(subtle("Reference " + line(op)))
}

// HelpView is what one person can do.
type HelpView struct {
	Name     string
	Roles    catalog.Roles
	Commands []HelpCommand
	Examples []string
	Buttons  []Button
	Hint     string
}

// HelpCommand is a line of help.
type HelpCommand struct{ Usage, What string }

// Help says what one can type.
func Help(v HelpView) Card {
	who := "no role yet"
	if v.Roles != 0 {
		who = roleWords(v.Roles)
	}
	body := []element{heading("Hello " + line(v.Name)), subtle("Your role: " + who), text(escape(v.Hint, 400))}
	if len(v.Examples) > 0 {
		box := container("emphasis", bold("Try"))
		for _, e := range v.Examples {
			box.Items = append(box.Items, mono(e))
		}
		body = append(body, box)
	}
	body = append(body, buttons(v.Buttons))
	if len(v.Commands) > 0 {
		body = append(body, bold("You can type"))
	}
	return newCard("What you can do with Keydesk", append(body, commandGroups(v.Commands)...)...)
}

// groups are the commands by what people want; what is in none of them comes last.
var groups = []struct{ title, verbs string }{
	{"Look up", " keys key vendors due history "},
	{"Use", " get ask test passes requests withdraw "},
	{"Change", " add rotate edit rollback retire delete recover purge adopt import vendor" +
		" access grant revoke approve deny "},
	{"Watch over", " audit report leaver digest status doctor setup approvals refresh "},
	{"More", ""},
}

func commandGroups(all []HelpCommand) []element {
	in := make([][]element, len(groups))
	for _, c := range all {
		verb, _, _ := strings.Cut(c.Usage, " ")
		at := slices.IndexFunc(groups, func(g struct{ title, verbs string }) bool {
			return strings.Contains(g.verbs, " "+verb+" ") || g.verbs == ""
		})
		what := run{Type: "TextRun", Text: "\u2002" + plain(c.What, maxLine)}
		in[at] = append(in[at], element{Type: "RichTextBlock", Spacing: "Small",
			Inlines: []run{monoRun(c.Usage), what}})
	}
	var out []element
	for i, some := range in {
		if len(some) > 0 {
			title := text(groups[i].title)
			title.Subtle = true
			out = append(out, container("", append([]element{title}, some...)...))
		}
	}
	return out
}

// roleWords lists roles for people.
func roleWords(r catalog.Roles) string {
	s := ""
	for i, role := range r.List() {
		if i > 0 {
			s += ", "
		}
		s += role.String()
	}
	return s
}

// Choice is one entry of a list to choose from.
type Choice struct{ Title, Value string }

// ChooseView asks for one of many.
type ChooseView struct {
	Title, Text, Input, Placeholder string
	Choices                         []Choice
	Buttons                         []Button
}

// Choose asks with a list that narrows as one types.
func Choose(v ChooseView) Card {
	size := 0
	in := element{Type: "Input.ChoiceSet", ID: v.Input, Label: plain(v.Text, maxLine), Heading: "filtered",
		Placeholder: v.Placeholder, Required: true, ErrorText: "Choose one."}
	var more element
	for i, c := range v.Choices {
		fits := choice{plain(c.Title, maxLine), c.Value}
		if size += encodedSize(fits); size > maxList {
			more = subtle(moreChoices(len(v.Choices) - i))
			break
		}
		in.Choices = append(in.Choices, fits)
	}
	return newCard(v.Title+": "+v.Text, heading(line(v.Title)), in, more, buttons(v.Buttons))
}

func moreChoices(n int) string {
	return fmt.Sprintf("%d more don't fit on a card. Type the name instead.", n)
}

// maxList is how many bytes of a card a list to choose from may take.
const maxList = 24 << 10

func encodedSize(c choice) int {
	b, err := json.Marshal(c)
	if err != nil { // two strings always can be
		return maxList
	}
	return len(b) + 1
}
