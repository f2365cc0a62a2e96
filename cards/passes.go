package cards

import (
	"fmt"
	"time"
)

// PassLine is what a card says of a pass; the zero PassLine is none.
type PassLine struct {
	By          string // who approved it
	From, Until time.Time
	Once        bool
}

// words are Markdown: its times are shown in the reader's own zone.
func (p PassLine) words() string {
	if p.Until.IsZero() {
		return ""
	}
	return "until " + p.end()
}

// end is when it ends, and that it may end earlier.
func (p PassLine) end() string {
	s := when(p.Until)
	if p.Once {
		s += ", for one look"
	}
	return s
}

// approved says since when, and by whom.
func (p PassLine) approved() string {
	s := "since " + when(p.From)
	if p.From.IsZero() {
		s = "approved"
	}
	if p.By == "" {
		return s
	}
	return s + ", approved by " + line(p.By)
}

// PassRow is one pass of a list; Holder is "" where it is the reader's own.
type PassRow struct {
	PassLine
	Key, Vendor, Holder string
	Buttons             []Button
}

// PassesView is a page of passes, the one that ends first first.
type PassesView struct {
	Title              string
	Rows               []PassRow
	Total, Page, Pages int
	Hint               string // what to do where there are none
	Buttons            []Button
}

// Passes lists passes.
func Passes(v PassesView) Card {
	count := fmt.Sprintf("%d passes", v.Total)
	switch v.Total {
	case 0:
		count = "none"
	case 1:
		count = "1 pass"
	}
	body := []element{heading(line(v.Title)), subtle(count + pageWords(v.Page, v.Pages)),
		text(escape(v.Hint, 400))}
	for _, r := range v.Rows {
		left := []element{text(r.words()), subtle(r.approved())}
		if r.Holder != "" {
			left = append([]element{text("for " + line(r.Holder))}, left...)
		}
		body = append(body, row(r.Key, r.Vendor, "", left, r.Buttons))
	}
	return newCard(v.Title+": "+count, append(body, buttons(v.Buttons))...)
}
