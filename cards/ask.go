package cards

import "strconv"

// InputKind is how something is asked for.
type InputKind string

// The kinds; Line is one line of text.
const (
	Line   InputKind = ""
	Lines  InputKind = "lines"
	Number InputKind = "number" // 1 to 3650
	Day    InputKind = "day"    // YYYY-MM-DD
	OneOf  InputKind = "one of" // Choices
)

// Input is one question of an AskView. It never takes a key's value: there is no masked kind.
type Input struct {
	ID, Label, Value, Placeholder string
	Kind                          InputKind
	Choices                       []Choice
	Max                           int // characters; 0: 256
	Required                      bool
}

// AskView asks for things that are no secret.
type AskView struct {
	Title, Text string
	Inputs      []Input
	Buttons     []Button
}

// Ask asks for what belongs to a key or a vendor besides values.
func Ask(v AskView) Card {
	body := []element{heading(line(v.Title)), text(escape(v.Text, 600))}
	room := maxList
	for _, in := range v.Inputs {
		body = append(body, in.element(&room)...)
	}
	return newCard(v.Title+": "+v.Text, append(body, buttons(v.Buttons))...)
}

// element is the input, and a line where not all choices fit into the room that is left on the card.
func (in Input) element(room *int) []element {
	e := element{Type: "Input.Text", ID: in.ID, Label: plain(in.Label, maxLine),
		Placeholder: plain(in.Placeholder, maxLine), Required: in.Required, MaxLength: in.Max}
	if in.Required {
		e.ErrorText = "This is needed."
	}
	if in.Value != "" {
		e.Value = in.Value
	}
	if e.MaxLength == 0 {
		e.MaxLength = maxLong
	}
	switch in.Kind {
	case Lines:
		e.Multiline = true
	case Number:
		low, high := 1, 3650
		e.Type, e.MaxLength, e.Min, e.Max = "Input.Number", 0, &low, &high
		e.ErrorText = "A number of days from 1 to 3650."
		if n, err := strconv.Atoi(in.Value); err == nil { // the schema wants a number, not text
			e.Value = n
		}
	case Day:
		e.Type, e.MaxLength, e.Placeholder = "Input.Date", 0, ""
	case OneOf:
		return in.choose(e, room)
	}
	return []element{e}
}

func (in Input) choose(e element, room *int) []element {
	e.Type, e.MaxLength, e.Heading = "Input.ChoiceSet", 0, "compact"
	if len(in.Choices) > 8 {
		e.Heading = "filtered"
	}
	for i, c := range in.Choices {
		fits := choice{plain(c.Title, maxLine), c.Value}
		if *room -= encodedSize(fits); *room < 0 {
			return []element{e, subtle(moreChoices(len(in.Choices) - i))}
		}
		e.Choices = append(e.Choices, fits)
	}
	return []element{e}
}
