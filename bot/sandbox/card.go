package sandbox

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// maxDepth is how deep a card may nest before it is refused.
const maxDepth = 24

var errCard = errors.New("the attachment is no Adaptive Card that can be drawn")

// card is an Adaptive Card as it was sent. Elements and actions that are not known here vanish
// with their content, as in Teams.
type card struct {
	Type    string    `json:"type"`
	Speak   string    `json:"speak"`
	Summary string    `json:"fallbackText"`
	Body    []element `json:"body"`
	Actions []*action `json:"actions"`
	MSTeams struct {
		Width string `json:"width"`
	} `json:"msteams"`
}

// element is any element: the fields of all that are drawn, under their Adaptive Card names.
type element struct {
	Type, ID            string
	IsVisible           *bool
	Spacing             string
	Separator           bool
	Style               string
	HorizontalAlignment string

	Text, Size, Weight, Color, FontType string
	IsSubtle, Wrap, Italic, Underline   bool
	Strikethrough, Highlight            bool
	MaxLines                            int
	Inlines                             []inline

	Items, Columns, Rows, Cells         []element
	Width                               json.RawMessage
	Bleed                               bool
	VerticalContentAlignment            string
	VerticalCellContentAlignment        string
	SelectAction                        *action
	Facts                               []struct{ Title, Value string }
	FirstRowAsHeaders, FirstRowAsHeader *bool
	ShowGridLines                       *bool
	Actions                             []*action
	Label, Placeholder, ErrorMessage    string
	IsRequired, IsMultiline             bool
	IsMultiSelect                       bool
	Value, Min, Max                     json.RawMessage
	Regex, Title, ValueOn, ValueOff     string
	MaxLength                           int
	Choices                             []struct{ Title, Value string }

	dom  string // its id in the page
	head bool   // a table's first row
}

// inline is a run of text; a bare string is one too.
type inline struct{ element }

func (in *inline) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		in.Type = "TextRun"
		return json.Unmarshal(b, &in.Text)
	}
	return json.Unmarshal(b, &in.element)
}

// action is any action.
type action struct {
	Type, ID, Title, Verb, URL string
	Style, Mode, Tooltip       string
	Data                       json.RawMessage
	AssociatedInputs           string
	IsEnabled                  *bool
	Card                       *card
	TargetElements             []target

	Index int    `json:"-"` // its place among the card's actions
	dom   string // id of what it shows
}

// target names an element to show or hide; nil = the other way round.
type target struct {
	ElementID string `json:"elementId"`
	IsVisible *bool  `json:"isVisible"`
}

func (t *target) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &t.ElementID)
	}
	type plain target
	return json.Unmarshal(b, (*plain)(t))
}

// parseCard reads a card and numbers what is in it. Errors are errCard, never what was sent.
func parseCard(raw json.RawMessage) (*card, error) { return readCard(raw, "c") }

// readCard also gives elements ids that begin with prefix, for the page.
func readCard(raw json.RawMessage, prefix string) (*card, error) {
	var c card
	if json.Unmarshal(raw, &c) != nil || c.Type != "AdaptiveCard" {
		return nil, errCard
	}
	w := walker{prefix: prefix}
	w.card(&c, 0)
	if w.tooDeep {
		return nil, errCard
	}
	return &c, nil
}

// walker goes through a card in the order in which it is drawn.
type walker struct {
	prefix  string
	n       int
	tooDeep bool
	actions []*action
	inputs  []*element
	texts   []string
}

// name gives the next id of the page. Later walks, which only look, have no prefix and give none.
func (w *walker) name(dom *string) {
	w.n++
	if w.prefix != "" {
		*dom = w.prefix + "-" + strconv.Itoa(w.n)
	}
}

func (w *walker) card(c *card, depth int) {
	w.elements(c.Body, depth)
	w.acts(c.Actions, depth)
}

func (w *walker) elements(list []element, depth int) {
	if depth > maxDepth {
		w.tooDeep = true
		return
	}
	for i := range list {
		e := &list[i]
		w.name(&e.dom)
		if strings.HasPrefix(e.Type, "Input.") && e.ID != "" {
			w.inputs = append(w.inputs, e)
		}
		w.note(e)
		if e.Type == "Table" && len(e.Rows) > 0 && e.headed() {
			e.Rows[0].head = true
		}
		if e.SelectAction != nil {
			w.acts([]*action{e.SelectAction}, depth)
		}
		for _, inner := range [][]element{e.Items, e.Columns, e.Rows, e.Cells} {
			w.elements(inner, depth+1)
		}
		w.acts(e.Actions, depth)
	}
}

func (w *walker) acts(list []*action, depth int) {
	for _, a := range list {
		if a == nil {
			continue
		}
		a.Index = len(w.actions)
		w.actions = append(w.actions, a)
		w.name(&a.dom)
		if a.Card != nil {
			w.card(a.Card, depth+1)
		}
	}
}

func (w *walker) note(e *element) {
	if e.Type == "TextBlock" && e.Text != "" {
		w.texts = append(w.texts, e.Text)
	}
}

func (e *element) headed() bool {
	if e.FirstRowAsHeaders != nil {
		return *e.FirstRowAsHeaders
	}
	return e.FirstRowAsHeader == nil || *e.FirstRowAsHeader
}

// find is the action with this number, and the ids of the card's inputs.
func (c *card) find(index int) (action, []string, bool) {
	var w walker
	w.card(c, 0)
	if index < 0 || index >= len(w.actions) {
		return action{}, nil, false
	}
	var ids []string
	for _, in := range w.inputs {
		ids = append(ids, in.ID)
	}
	return *w.actions[index], ids, true
}

// line is the card in one plain line, for screen readers.
func (c *card) line() string {
	if c.Summary != "" {
		return c.Summary
	}
	var w walker
	w.card(c, 0)
	return strings.Join(w.texts[:min(2, len(w.texts))], ". ")
}
