package sandbox

import (
	"encoding/json"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// This file is what the card templates ask an element: which class, which attribute. Values that
// a card brings become a class only out of a fixed list.

var (
	spacings   = known("none", "small", "default", "medium", "large", "extraLarge", "padding")
	sizes      = known("small", "default", "medium", "large", "extraLarge")
	weights    = known("lighter", "default", "bolder")
	colors     = known("default", "dark", "light", "accent", "good", "warning", "attention")
	styles     = known("default", "emphasis", "good", "warning", "attention", "accent")
	alignments = known("left", "center", "right", "top", "bottom")
	buttons    = known("default", "positive", "destructive")
)

// known makes a lookup without regard to case, as Adaptive Cards' enumerations are.
func known(words ...string) func(string) string {
	m := make(map[string]string, len(words))
	for _, w := range words {
		m[strings.ToLower(w)] = w
	}
	return func(s string) string { return m[strings.ToLower(s)] }
}

func classes(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != "default" {
			out = append(out, pairs[i]+pairs[i+1])
		}
	}
	return strings.Join(out, " ")
}

func when(yes bool, word string) string {
	if yes {
		return word
	}
	return ""
}

// Class is how the element stands among its neighbours.
func (e element) Class() string {
	return classes("sp-", spacings(e.Spacing), "", when(e.Separator, "sep"), "al-",
		alignments(e.HorizontalAlignment))
}

// TextClass is how text looks.
func (e element) TextClass() string {
	lines := ""
	if e.MaxLines > 0 {
		lines = strconv.Itoa(min(e.MaxLines, 6))
	}
	return classes("sz-", sizes(e.Size), "we-", weights(e.Weight), "co-", colors(e.Color),
		"", when(e.IsSubtle, "subtle"), "", when(strings.EqualFold(e.FontType, "monospace"), "mono"),
		"", when(!e.Wrap && e.MaxLines == 0, "nowrap"), "ml-", lines, "al-",
		alignments(e.HorizontalAlignment))
}

// RunClass is TextClass for a run inside a RichTextBlock, which always wraps.
func (e element) RunClass() string {
	e.Wrap, e.MaxLines = true, 0
	return classes("", e.TextClass(), "", when(e.Italic, "italic"), "", when(e.Underline, "under"),
		"", when(e.Strikethrough, "strike"), "", when(e.Highlight, "mark"))
}

// BoxClass is how a container looks.
func (e element) BoxClass() string {
	return classes("st-", styles(e.Style), "", when(e.Bleed, "bleed"), "va-",
		alignments(e.VerticalContentAlignment))
}

// HeaderCell says whether a table's row is its header.
func (e element) HeaderCell() bool { return e.head }

// GridLines is Table.showGridLines, on unless said otherwise.
func (e element) GridLines() bool { return e.ShowGridLines == nil || *e.ShowGridLines }

// Hidden elements are there for Action.ToggleVisibility.
func (e element) Hidden() bool { return e.IsVisible != nil && !*e.IsVisible }

// DOM is the element's id in the page; ShowDOM that of what an action shows.
func (e element) DOM() string     { return e.dom }
func (a action) ShowDOM() string  { return a.dom }
func (a action) Disabled() bool   { return a.IsEnabled != nil && !*a.IsEnabled }
func (e element) Heading() bool   { return strings.EqualFold(e.Style, "heading") }
func (e element) Password() bool  { return strings.EqualFold(e.Style, "password") }
func (e element) Filtered() bool  { return strings.EqualFold(e.Style, "filtered") }
func (e element) Expanded() bool  { return strings.EqualFold(e.Style, "expanded") || e.IsMultiSelect }
func (e element) IsOn() bool      { return e.Current() == e.On() }
func (e element) On() string      { return or(e.ValueOn, "true") }
func (e element) Off() string     { return or(e.ValueOff, "false") }
func (a action) Class() string    { return classes("btn-", buttons(a.Style)) }
func (a action) Ignores() bool    { return strings.EqualFold(a.AssociatedInputs, "none") }
func (e element) Lowest() string  { return scalar(e.Min) }
func (e element) Highest() string { return scalar(e.Max) }
func (e element) Current() string { return scalar(e.Value) }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Chosen says whether a choice is picked: one value, or several with commas.
func (e element) Chosen(value string) bool {
	if !e.IsMultiSelect {
		return value != "" && e.Current() == value
	}
	for v := range strings.SplitSeq(e.Current(), ",") {
		if v == value {
			return true
		}
	}
	return false
}

// ChosenTitle is what a filtered choice shows of its value.
func (e element) ChosenTitle() string {
	for _, c := range e.Choices {
		if e.Chosen(c.Value) {
			return c.Title
		}
	}
	return ""
}

// ColumnWidth is "auto", "stretch", a weight ("2") or pixels ("48px"); the page's script turns
// the last two into sizes, since its policy allows no inline style.
func (e element) ColumnWidth() string {
	w := strings.ToLower(scalar(e.Width))
	switch {
	case w == "", w == "stretch":
		return "stretch"
	case w == "auto", widthForm.MatchString(w):
		return w
	}
	return "auto"
}

var widthForm = regexp.MustCompile(`^([0-9]{1,4}px|[0-9]{1,3}(\.[0-9]{1,3})?)$`)

func scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if len(raw) > 0 && strings.ContainsRune("-0123456789tf", rune(raw[0])) {
		return string(raw)
	}
	return ""
}

// Link is the address of Action.OpenUrl, if it is one that may be opened.
func (a action) Link() template.URL { return safeLink(a.URL) }

func safeLink(raw string) template.URL {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		return ""
	case (u.Scheme == "https" || u.Scheme == "http") && hostForm.MatchString(u.Host), u.Scheme == "mailto":
		return template.URL(u.String())
	}
	return ""
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9.\-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// maxButtons is how many buttons stand in a row before the rest goes into a menu.
const maxButtons = 6

// row is a card's or an ActionSet's buttons.
type row struct{ Shown, More, Cards []*action }

func rowOf(actions []*action) row {
	var r row
	for _, a := range actions {
		if a == nil || !a.drawn() {
			continue
		}
		if len(r.Shown) < maxButtons && !strings.EqualFold(a.Mode, "secondary") {
			r.Shown = append(r.Shown, a)
		} else {
			r.More = append(r.More, a)
		}
		if a.Card != nil {
			r.Cards = append(r.Cards, a)
		}
	}
	return r
}

func (a *action) drawn() bool {
	switch a.Type {
	case "Action.Execute", "Action.Submit", "Action.ToggleVisibility":
		return true
	case "Action.OpenUrl":
		return a.Link() != ""
	case "Action.ShowCard":
		return a.Card != nil
	}
	return false
}

// Targets is what a ToggleVisibility does, for the page: "id", "+id" or "-id", with spaces.
func (a action) Targets() string {
	var out []string
	for _, t := range a.TargetElements {
		sign := ""
		if t.IsVisible != nil {
			sign = map[bool]string{true: "+", false: "-"}[*t.IsVisible]
		}
		out = append(out, sign+url.PathEscape(t.ElementID))
	}
	return strings.Join(out, " ")
}
