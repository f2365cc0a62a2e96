package cards

// element is one part of a card; the zero fields of a kind are left out. Names are those of the Adaptive
// Cards 1.5 schema (adaptivecards.io/explorer).
type element struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`

	// TextBlock
	Text    string `json:"text,omitempty"`
	Size    string `json:"size,omitempty"`
	Weight  string `json:"weight,omitempty"`
	Color   string `json:"color,omitempty"`
	Subtle  bool   `json:"isSubtle,omitempty"`
	Wrap    bool   `json:"wrap,omitempty"`
	Heading string `json:"style,omitempty"` // TextBlock "heading"; Container, Input and ChoiceSet styles too

	// RichTextBlock
	Inlines []run `json:"inlines,omitempty"`

	// layout
	Spacing   string    `json:"spacing,omitempty"`
	Separator bool      `json:"separator,omitempty"`
	Items     []element `json:"items,omitempty"`
	Columns   []element `json:"columns,omitempty"`
	Width     string    `json:"width,omitempty"`
	VAlign    string    `json:"verticalContentAlignment,omitempty"`
	Actions   []action  `json:"actions,omitempty"`

	// inputs
	Label       string   `json:"label,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"`
	Value       any      `json:"value,omitempty"`
	Required    bool     `json:"isRequired,omitempty"`
	ErrorText   string   `json:"errorMessage,omitempty"`
	MaxLength   int      `json:"maxLength,omitempty"`
	Multiline   bool     `json:"isMultiline,omitempty"`
	Min         *int     `json:"min,omitempty"`
	Max         *int     `json:"max,omitempty"`
	Choices     []choice `json:"choices,omitempty"`
	Title       string   `json:"title,omitempty"` // of a toggle, beside it
	ValueOn     string   `json:"valueOn,omitempty"`
	ValueOff    string   `json:"valueOff,omitempty"`
}

// run is a TextRun of a RichTextBlock.
type run struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	FontType string `json:"fontType,omitempty"`
	Size     string `json:"size,omitempty"`
	Subtle   bool   `json:"isSubtle,omitempty"`
}

type choice struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// action is a button.
type action struct {
	Type             string            `json:"type"`
	Title            string            `json:"title"`
	Verb             string            `json:"verb,omitempty"`
	URL              string            `json:"url,omitempty"`
	Style            string            `json:"style,omitempty"`
	AssociatedInputs string            `json:"associatedInputs,omitempty"`
	Data             map[string]string `json:"data,omitempty"`
	Fallback         *action           `json:"fallback,omitempty"`
}

func text(s string) element { return element{Type: "TextBlock", Text: s, Wrap: true} }

func heading(s string) element {
	return element{Type: "TextBlock", Text: s, Wrap: true, Size: "Medium", Weight: "Bolder", Heading: "heading"}
}

func subtle(s string) element {
	return element{Type: "TextBlock", Text: s, Wrap: true, Subtle: true, Size: "Small", Spacing: "None"}
}

// spaced keeps a small line apart from the buttons or the box above it.
func spaced(e element) element {
	e.Spacing = "Small"
	return e
}

func bold(s string) element {
	return element{Type: "TextBlock", Text: s, Wrap: true, Weight: "Bolder"}
}

// mono is a text in a monospace font. A TextRun knows no markdown, so nothing is escaped but "{{".
func mono(s string) element {
	if s == "" {
		return element{}
	}
	return element{Type: "RichTextBlock", Spacing: "None", Inlines: []run{monoRun(s)}}
}

func monoRun(s string) run {
	return run{Type: "TextRun", Text: plain(s, maxLong), FontType: "Monospace"}
}

func coloured(s, color string) element {
	return element{Type: "TextBlock", Text: s, Wrap: true, Color: color, Weight: "Bolder"}
}

func container(style string, items ...element) element {
	return element{Type: "Container", Heading: style, Items: items}
}

// columns sets items side by side: the first takes the room, the others what they need.
func columns(items ...[]element) element {
	e := element{Type: "ColumnSet"}
	for i, in := range items {
		width := "auto"
		if i == 0 {
			width = "stretch"
		}
		e.Columns = append(e.Columns, element{Type: "Column", Width: width, Items: in, VAlign: "Top"})
	}
	return e
}

// factWidth holds the longest title of a fact and leaves its value most of a phone's width.
const factWidth = "104px"

// facts is titled values, those without a value left out; titles and values are escaped already. They look
// like a FactSet but are TextBlocks in columns: a client makes local time of a moment there, and breaks a
// long address that runs out of a phone's card in a FactSet.
func facts(all ...Fact) element {
	box := element{Type: "Container"}
	for _, f := range all {
		if f.Value == "" {
			continue
		}
		title := text(f.Title)
		title.Subtle = true
		box.Items = append(box.Items, element{Type: "ColumnSet", Spacing: "Small", Columns: []element{
			{Type: "Column", Width: factWidth, Items: []element{title}},
			{Type: "Column", Width: "stretch", Items: []element{text(f.Value)}}}})
	}
	return box
}
