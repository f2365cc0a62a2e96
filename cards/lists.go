package cards

import (
	"fmt"
	"strings"
	"time"

	"keydesk/catalog"
)

// VendorRow is one vendor of a list.
type VendorRow struct {
	Vendor  *catalog.Vendor
	Keys    int
	Due     catalog.Due
	Buttons []Button
}

// VendorsView is a page of vendors.
type VendorsView struct {
	Filter             string
	Rows               []VendorRow
	Total, Page, Pages int
	Buttons            []Button
}

// Vendors lists vendors, also those without a key.
func Vendors(v VendorsView) Card {
	body := []element{heading("Vendors" + filtered(v.Filter)),
		subtle(fmt.Sprintf("%d in all", v.Total) + pageWords(v.Page, v.Pages))}
	for _, r := range v.Rows {
		words, color := statusText(r.Due)
		state := element{Type: "TextBlock", Text: words, Wrap: true, Color: color}
		if r.Due.Status == catalog.NoKey {
			state.Color, state.Subtle = "", true
		} else {
			state.Text += fmt.Sprintf(", %d stored", r.Keys)
		}
		what := string(r.Vendor.Category) + " · " + r.Vendor.ID
		body = append(body, row(r.Vendor.Name, what, "", []element{state}, r.Buttons))
	}
	return newCard(fmt.Sprintf("%d vendors", v.Total), append(body, buttons(v.Buttons))...)
}

// KeyRow is one key of a list; Locked means this person may not retrieve it.
type KeyRow struct {
	Key     catalog.Key
	Vendor  *catalog.Vendor
	Due     catalog.Due
	Locked  bool
	Buttons []Button
}

// Counts is how many keys stand how.
type Counts struct{ Total, OK, Due, Overdue, Expiring, Expired int }

// KeysView is a page of keys.
type KeysView struct {
	Filter      string
	Rows        []KeyRow
	Counts      Counts
	Page, Pages int
	Buttons     []Button
}

// Keys lists stored keys, what needs somebody first.
func Keys(v KeysView) Card {
	body := []element{heading("Keys" + filtered(v.Filter)),
		subtle(countWords(v.Counts) + pageWords(v.Page, v.Pages))}
	for _, r := range v.Rows {
		what, left := vendorName(r.Vendor, r.Key.Name.Vendor), []element{statusBlock(r.Due)}
		if c := categoryOf(r.Vendor); c != "" {
			what += " · " + c
		}
		preview := r.Key.Preview
		if r.Locked {
			preview, left = "", append(left, locked)
		}
		body = append(body, row(r.Key.Name.String(), what, preview, left, r.Buttons))
	}
	return newCard(countWords(v.Counts), append(body, buttons(v.Buttons))...)
}

// row is an entry of a list: its name and what it is in the full width, and below how it stands with its
// buttons beside that, so that both have room on a phone.
func row(name, what, preview string, left []element, b []Button) element {
	about := element{Type: "RichTextBlock", Spacing: "None",
		Inlines: []run{{Type: "TextRun", Text: plain(what, maxLine), Size: "Small", Subtle: true}}}
	if preview != "" {
		p := monoRun(preview)
		p.Size = "Small"
		about.Inlines[0].Text += "\u2002"
		about.Inlines = append(about.Inlines, p)
	}
	below := columns(left)
	if len(b) > 0 {
		below = columns(left, []element{buttons(b)})
	}
	for i := range below.Columns {
		below.Columns[i].VAlign = "Center"
	}
	below.Spacing = "None"
	e := container("", bold(line(name)), about, below)
	if about.Inlines[0].Text == "" {
		e.Items = []element{bold(line(name)), below}
	}
	e.Separator, e.Spacing = true, "Medium"
	return e
}

func filtered(filter string) string {
	if filter == "" {
		return ""
	}
	return ": " + line(filter)
}

func pageWords(page, pages int) string {
	if pages < 2 {
		return ""
	}
	return fmt.Sprintf(" · page %d of %d", page, pages)
}

func countWords(c Counts) string {
	out := []string{fmt.Sprintf("%d keys", c.Total)}
	if c.Total == 1 {
		out[0] = "1 key"
	}
	for _, n := range []struct {
		count int
		word  string
	}{{c.Expired, "expired"}, {c.Overdue, "overdue"}, {c.Expiring, "expiring"}, {c.Due, "due"}, {c.OK, "ok"}} {
		if n.count > 0 {
			out = append(out, fmt.Sprintf("%d %s", n.count, n.word))
		}
	}
	return strings.Join(out, " · ")
}

// HistoryRow is one version of a key.
type HistoryRow struct {
	Version          string
	Current, Enabled bool
	At               time.Time
	By, Preview      string
}

// HistoryView is a page of versions, newest first.
type HistoryView struct {
	Key         catalog.Key
	Vendor      *catalog.Vendor
	Rows        []HistoryRow
	Page, Pages int
	Buttons     []Button
}

// History lists the versions of a key.
func History(v HistoryView) Card {
	body := []element{heading("History of " + line(v.Key.Name.String())),
		subtle(line(vendorName(v.Vendor, v.Key.Name.Vendor)) + pageWords(v.Page, v.Pages))}
	for _, r := range v.Rows {
		state := "older version"
		switch {
		case !r.Enabled:
			state = "retired"
		case r.Current:
			state = "current version"
		}
		by := when(r.At)
		if r.By != "" {
			by += " by " + line(r.By)
		}
		left := nonEmpty([]element{text(by), mono(r.Preview), subtle("version " + clip(line(r.Version), 8))})
		e := columns(left, []element{bold(state)})
		e.Separator = true
		body = append(body, e)
	}
	return newCard("History of "+v.Key.Name.String(), append(body, buttons(v.Buttons))...)
}

// AuditRow is one event.
type AuditRow struct {
	At                              time.Time
	Action, Outcome, Who, Key, Note string
}

// AuditView is a page of events, newest first.
type AuditView struct {
	Title       string
	Rows        []AuditRow
	Page, Pages int
	Since       time.Time
	Buttons     []Button
}

// outcomes are the words and colours of how something ended.
var outcomes = map[string]struct{ words, color string }{
	"ok": {"✓ done", "Good"}, "denied": {"✕ denied", "Attention"}, "failed": {"✕ failed", "Attention"},
	"intent": {"… begun", ""}, "found": {"⚠ found", "Warning"},
}

// Audit lists events.
func Audit(v AuditView) Card {
	body := []element{heading(line(v.Title))}
	if s := when(v.Since); s != "" {
		body = append(body, subtle("Back to "+s+pageWords(v.Page, v.Pages)))
	}
	for _, r := range v.Rows {
		end, known := outcomes[r.Outcome]
		if !known {
			end.words = line(orWord(r.Outcome, "unknown"))
		}
		what := "**" + line(r.Action) + "** " + line(r.Key)
		who := when(r.At)
		if r.Who != "" {
			who += " · " + line(r.Who)
		}
		left := []element{text(what), subtle(who), subtle(long(r.Note))}
		e := columns(nonEmpty(left), []element{coloured(end.words, end.color)})
		e.Separator = true
		body = append(body, e)
	}
	if len(v.Rows) == 0 {
		body = append(body, text("No event fits."))
	}
	return newCard(v.Title, append(body, buttons(v.Buttons))...)
}
