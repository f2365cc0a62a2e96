package cards

import (
	"fmt"

	"keydesk/catalog"
)

// On and Off are what a toggle sends that somebody may have touched. They are not "true" and "false": some
// clients send "false" for a toggle that nobody touched, whatever it shows, and that must never take access
// away. So only these two words are an answer; anything else, or nothing, leaves all as it is.
const (
	On  = "on"
	Off = "off"
)

// AccessInput is the id of the toggle of a key on the card of a role, or of a role on the card of a key.
func AccessInput(name string) string { return "access." + name }

// toggle shows whether something is on. Names of keys and roles have no markdown in them.
func toggle(name string, on bool) element {
	e := element{Type: "Input.Toggle", ID: AccessInput(name), Title: plain(name, maxLine), Wrap: true,
		Value: Off, ValueOn: On, ValueOff: Off}
	if on {
		e.Value = On
	}
	return e
}

// AccessRow is a key on the card of a role; Open means that the role may retrieve it.
type AccessRow struct {
	Key    catalog.Key
	Vendor *catalog.Vendor
	Open   bool
}

// RoleAccessView is a page of keys with a toggle each. Of Admin, who has all, there are no toggles.
type RoleAccessView struct {
	Role        catalog.Role
	Filter      string
	Rows        []AccessRow
	Open, Total int // of all that fit the filter
	Page, Pages int
	Tone        Tone
	Said        string   // what was just done, on top
	Lines       []string // about single keys
	Buttons     []Button
	Ref         string
}

// RoleAccess shows which keys a role may retrieve.
func RoleAccess(v RoleAccessView) Card {
	name := v.Role.String()
	body := []element{result(v.Tone, v.Said, v.Lines), heading("Access of " + name + filtered(v.Filter)),
		subtle(fmt.Sprintf("may retrieve %d of %d keys", v.Open, v.Total) + pageWords(v.Page, v.Pages))}
	if v.Role == catalog.Admin {
		body = append(body, text("Admin may retrieve every key, always."))
	} else if len(v.Rows) > 0 {
		body = append(body, text(saveHint(v)))
	}
	for _, r := range v.Rows {
		about := vendorName(r.Vendor, r.Key.Name.Vendor)
		if c := categoryOf(r.Vendor); c != "" {
			about += " · " + c
		}
		if r.Key.Roles != 0 {
			about += " · its own list"
		}
		in := toggle(r.Key.Name.String(), r.Open)
		in.Separator, in.Spacing = true, "Small"
		body = append(body, in, element{Type: "RichTextBlock", Spacing: "None",
			Inlines: []run{{Type: "TextRun", Text: plain(about, maxLine), Size: "Small", Subtle: true}}})
	}
	body = append(body, reference(v.Ref), buttons(v.Buttons))
	return newCard("Access of "+name, body...)
}

func saveHint(v RoleAccessView) string {
	s := "On: " + v.Role.String() + " may retrieve the key."
	if v.Pages > 1 {
		s += " Save applies to this page; press it before you go to another."
	}
	return s
}

// KeyAccessView is who may retrieve one key.
type KeyAccessView struct {
	Key     catalog.Key
	Vendor  *catalog.Vendor
	Access  catalog.Roles // as it is
	Default catalog.Roles // of its category, or of its vendor
	Tone    Tone
	Said    string // what was just done, on top
	Lines   []string
	Buttons []Button
	Ref     string
}

// KeyAccess shows which roles may retrieve a key, with a toggle each; Admin always may.
func KeyAccess(v KeyAccessView) Card {
	name := v.Key.Name.String()
	about := vendorName(v.Vendor, v.Key.Name.Vendor)
	category := categoryOf(v.Vendor)
	if category != "" {
		about += " · " + category
	}
	by := "It goes by the default of " + orWord(category, "its category") + "."
	if v.Key.Roles != 0 {
		by = "It has a list of its own. The default of " + orWord(category, "its category") + " is " +
			roleWords(v.Default) + "."
	}
	body := []element{result(v.Tone, v.Said, v.Lines), heading("Access to " + line(name)), subtle(line(about)),
		text(line(by)), text("✓ Admin, always")}
	for _, role := range []catalog.Role{catalog.L2, catalog.L1, catalog.NOC} {
		body = append(body, toggle(role.String(), v.Access.Has(role)))
	}
	body = append(body, reference(v.Ref), buttons(v.Buttons))
	return newCard("Access to "+name, body...)
}

// result says on top of a card what was just done.
func result(tone Tone, said string, lines []string) element {
	if said == "" {
		return element{}
	}
	t := tones[tone]
	box := container(t.style, bold(t.symbol+escape(said, maxLong)))
	for _, l := range lines {
		box.Items = append(box.Items, text(escape(l, 400)))
	}
	return box
}
