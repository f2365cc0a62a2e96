package cards

import (
	"fmt"
	"strings"
	"time"

	"keydesk/catalog"
)

// KeyView is all about one key, but not its value.
type KeyView struct {
	Key      catalog.Key
	Vendor   *catalog.Vendor
	Due      catalog.Due
	Endpoint string   // resolved
	Missing  []string // placeholders that are still open
	Address  string   // in the vault
	Access   catalog.Roles
	Locked   bool
	Buttons  []Button
}

// Key shows one key.
func Key(v KeyView) Card {
	endpoint := long(v.Endpoint)
	if len(v.Missing) > 0 {
		endpoint += " (not given: " + line(strings.Join(v.Missing, ", ")) + ")"
	}
	access := roleWords(v.Access) + " (by default)"
	if v.Key.Roles != 0 {
		access = roleWords(v.Access) + " (own list)"
	}
	details := facts(
		Fact{"Category", categoryOf(v.Vendor)},
		Fact{"Address", endpoint},
		Fact{"In the vault", long(v.Address)},
		Fact{"Access", access},
		Fact{"Next rotation", v.Due.Next.String() + " (every " + days(v.Key.IntervalDays) + ")"},
		Fact{"Expiry", orWord(v.Key.Expiry.String(), "none known")},
		Fact{"Last rotated", changedBy(v.Key.Rotated, v.Key.RotatedBy)},
		Fact{"Owner", line(v.Key.Owner.Name)},
		Fact{"Note", long(v.Key.Note)},
	)
	body := []element{heading(line(v.Key.Name.String())), subtle(line(vendorName(v.Vendor, v.Key.Name.Vendor)))}
	if v.Locked {
		body = append(body, statusBlock(v.Due), locked)
	} else {
		body = append(body, mono(v.Key.Preview), statusBlock(v.Due))
	}
	if !v.Key.Enabled {
		body = append(body, container("warning",
			text("⚠ Disabled in Key Vault: its value can't be read until it is enabled there.")))
	}
	return newCard(v.Key.Name.String(), append(body, details, buttons(v.Buttons))...)
}

// locked marks a key that the person may not retrieve.
var locked = subtle("🔒 You have no access to this key.")

func days(n int) string {
	if n == 1 {
		return "day"
	}
	return fmt.Sprintf("%d days", n)
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func changedBy(at time.Time, by catalog.Person) string {
	s := when(at)
	if s != "" && by.Name != "" {
		s += " by " + line(by.Name)
	}
	return s
}

// SavedView is the result of a stored value.
type SavedView struct {
	Title    string // "Stored", "Rotated"
	Key      catalog.Key
	Vendor   *catalog.Vendor
	Due      catalog.Due
	Changed  []string // what an edit has changed
	Warnings []string
	Buttons  []Button
	Ref      string
}

// Saved says what was stored, and what looks odd about it.
func Saved(v SavedView) Card {
	head := container("good", heading("✓ "+line(v.Title)+": "+line(v.Key.Name.String())), mono(v.Key.Preview))
	head.Items = nonEmpty(head.Items)
	details := facts(
		Fact{"What changed", line(strings.Join(v.Changed, ", "))},
		Fact{"Next rotation", v.Due.Next.String() + " (every " + days(v.Key.IntervalDays) + ")"},
		Fact{"Expiry", v.Key.Expiry.String()},
		Fact{"Owner", line(v.Key.Owner.Name)},
		Fact{"Note", long(v.Key.Note)},
	)
	body := []element{head, details}
	for _, w := range v.Warnings {
		body = append(body, container("warning", text("⚠ "+escape(w, 400))))
	}
	if len(v.Warnings) > 0 {
		body = append(body, spaced(subtle("It was stored all the same; vendors change their formats.")))
	}
	return newCard(v.Title+": "+v.Key.Name.String(), append(body, reference(v.Ref), buttons(v.Buttons))...)
}

// GetView offers a key's value.
type GetView struct {
	Key     catalog.Key
	Vendor  *catalog.Vendor
	Reason  string
	TTL     time.Duration
	Pass    PassLine // by which the person has access
	Buttons []Button
}

// Get offers to make a link.
func Get(v GetView) Card {
	return newCard("Ready to reveal "+v.Key.Name.String(),
		heading(line(v.Key.Name.String())), subtle(line(vendorName(v.Vendor, v.Key.Name.Vendor))),
		mono(v.Key.Preview),
		facts(Fact{"Reason", long(v.Reason)}, Fact{"Pass from", when(v.Pass.From)},
			Fact{"Pass until", v.Pass.end()}, Fact{"Approved by", line(v.Pass.By)}),
		text(fmt.Sprintf("**Reveal** makes a link for you alone. It works once, within %s.", minutes(v.TTL))),
		buttons(v.Buttons))
}

func minutes(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "1 minute"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// LinkView is a link that waits to be opened.
type LinkView struct {
	Key     catalog.Key
	Vendor  *catalog.Vendor
	URL     string
	Until   time.Time
	Buttons []Button
}

// Link shows the link.
func Link(v LinkView) Card {
	all := append([]Button{{Title: "Open", URL: v.URL, Style: "positive"}}, secondary(v.Buttons)...)
	return newCard("Your link to "+v.Key.Name.String(),
		container("accent", heading("Your link to "+line(v.Key.Name.String())),
			subtle(line(vendorName(v.Vendor, v.Key.Name.Vendor))),
			text("It works once, until "+when(v.Until)+". Don't pass it on.")),
		buttons(all), spaced(subtle("Reveal makes a new link and withdraws this one.")))
}

// LinkEndView tells how a link ended.
type LinkEndView struct {
	Key     catalog.KeyName
	Vendor  *catalog.Vendor
	State   string // "revealed", "expired" or "withdrawn"
	At      time.Time
	Buttons []Button
}

// LinkEnd replaces the card of a link that has ended.
func LinkEnd(v LinkEndView) Card {
	title, words, style := "Link withdrawn", "No value was shown.", ""
	switch v.State {
	case "revealed":
		title, words, style = "✓ Revealed", "The value was shown once.", "good"
	case "expired":
		title, words = "Link expired", "Nobody opened it in time."
	}
	return newCard(title+": "+v.Key.String(),
		container(style, heading(title+": "+line(v.Key.String())),
			subtle(line(vendorName(v.Vendor, v.Key.Vendor))), text(words+" "+when(v.At))),
		buttons(v.Buttons))
}

// PageView is a page that waits to be opened.
type PageView struct {
	Title, Text string
	URL         string
	Until       time.Time
	Buttons     []Button
}

// Page leads to a page that works once.
func Page(v PageView) Card {
	all := append([]Button{{Title: "Open", URL: v.URL, Style: "positive"}}, secondary(v.Buttons)...)
	return newCard(v.Title, container("accent", heading(line(v.Title)), text(escape(v.Text, 400)),
		text("It works once, until "+when(v.Until)+". Don't pass it on.")), buttons(all))
}
