package cards

import (
	"maps"
	"strings"

	"keydesk/catalog"
)

// FormPart is one part of a key on a form.
type FormPart struct {
	Part  catalog.Part
	Value string // public parts only: what is stored now
	Keep  bool   // an empty input keeps what is stored
}

// FormView is the form that takes a value in.
type FormView struct {
	Verb         string
	Name         catalog.KeyName
	AskLabel     bool
	AskReason    bool // an admin decides about it, and reads why
	Vendor       *catalog.Vendor
	Op           string
	Parts        []FormPart
	Endpoint     map[string]string // placeholder values as they are
	IntervalDays int
	Expiry       catalog.Date
	Note         string
	Reason       string
	Preview      string   // of the value as it is
	Lines        []string // said on top
	Data         map[string]string
	Page         map[string]string // data of the button that asks for a page instead; nil: no such button
}

// maxPart is the longest value of one part, in characters; Key Vault and the bot check the bytes again.
const maxPart = 16 << 10

// Form asks for the parts of a key and what belongs to it.
func Form(v FormView) Card {
	title := "Add a key of " + v.Vendor.Name
	if v.Verb == "rotate" {
		title = "Rotate " + v.Name.String()
	}
	body := []element{heading(line(title)), mono(v.Preview)}
	for _, l := range v.Lines {
		body = append(body, container("warning", text("⚠ "+escape(l, 400))))
	}
	body = append(body, where(v.Vendor))
	if v.AskLabel {
		body = append(body, element{Type: "Input.Text", ID: "label", MaxLength: 40,
			Label:       "Label, if there are several keys of this vendor",
			Placeholder: "for example acme-hq; leave empty if there is only one"})
	}
	for _, p := range v.Parts {
		body = append(body, partInput(v.Vendor, p))
	}
	if len(v.Vendor.Placeholders) > 0 {
		body = append(body, spaced(subtle("Address: "+escape(v.Vendor.Endpoint, maxLong))))
	}
	for _, p := range v.Vendor.Placeholders {
		in := placeholderInput(p, v.Endpoint[p.Name])
		if v.Vendor.Host == nil { // the value belongs to the address it is entered with
			in.Required, in.ErrorText = true, titled(p.Name)+" is needed."
		}
		body = append(body, in)
	}
	low, high := 1, 3650
	interval := element{Type: "Input.Number", ID: "interval", Label: "Rotate every (days)",
		Min: &low, Max: &high, Value: v.IntervalDays, ErrorText: "A number of days from 1 to 3650."}
	expiry := element{Type: "Input.Date", ID: "expiry", Label: "Expiry at the vendor, if it has one"}
	if !v.Expiry.IsZero() {
		expiry.Value = v.Expiry.String()
	}
	note := element{Type: "Input.Text", ID: "note", Label: "Note", MaxLength: maxLong,
		Placeholder: "optional; never a value"}
	if v.Note != "" {
		note.Value = v.Note
	}
	body = append(body, interval, expiry, expiryHint(v.Vendor), note)
	if v.AskReason {
		body = append(body, element{Type: "Input.Text", ID: "reason", Label: "Why, for the admin who decides",
			MaxLength: maxLong, Required: true, ErrorText: "A reason is needed.", Placeholder: "for example the ticket",
			Value: orNothing(v.Reason)}, subtle("The value waits in the vault until an admin has decided."))
	}
	body = append(body, formButtons(v))
	return newCard(title, body...)
}

// where says in which place of the vendor's portal a key is made.
func where(v *catalog.Vendor) element {
	box := container("emphasis", bold("Make the key at the vendor first"), text(escape(v.PortalPath, 400)))
	if v.Hint != "" && !hintInInput(v) {
		box.Items = append(box.Items, subtle("Format: "+escape(v.Hint, maxLong)))
	}
	if ip := v.IPAllowlist; ip != "" && !strings.HasPrefix(ip, "none") {
		box.Items = append(box.Items, subtle("Addresses: "+escape(ip, 300)))
	}
	if page(v.DocsURL) {
		box.Items = append(box.Items, buttons([]Button{{Title: "Vendor documentation", URL: v.DocsURL}}))
	}
	return box
}

// maxPlaceholder is the longest hint that an input shows whole on a phone.
const maxPlaceholder = 36

func hintInInput(v *catalog.Vendor) bool { return len(v.Parts) == 1 && len(v.Hint) <= maxPlaceholder }

// expiryHint is what is known of when the vendor ends a key; nothing where none is known.
func expiryHint(v *catalog.Vendor) element {
	if v.Expiry == "" || strings.HasPrefix(v.Expiry, "none") {
		return element{}
	}
	return subtle("At " + line(v.Name) + ": " + escape(v.Expiry, 300))
}

func partInput(v *catalog.Vendor, p FormPart) element {
	e := element{Type: "Input.Text", ID: "part." + p.Part.Name, Label: p.Part.Title, MaxLength: maxPart}
	if p.Part.Secret {
		e.Heading = "password"
		if hintInInput(v) {
			e.Placeholder = plain(v.Hint, maxLine)
		}
	} else if p.Value != "" {
		e.Value = p.Value
	}
	if p.Keep {
		if p.Part.Secret {
			e.Placeholder = "the new value"
			if len(v.SecretParts()) > 1 {
				e.Placeholder = "the new value; leave empty to keep the old one"
			}
		}
		return e
	}
	e.Required, e.ErrorText = true, p.Part.Title+" is needed."
	return e
}

// orNothing is the value of an input, which has none where there is no text.
func orNothing(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// titled is a placeholder's name for people.
func titled(name string) string {
	return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ")
}

func placeholderInput(p catalog.Placeholder, value string) element {
	e := element{ID: "endpoint." + p.Name, Label: plain(titled(p.Name)+": "+p.What, maxLine),
		Type: "Input.Text", Placeholder: "for example " + p.Example}
	if value != "" {
		e.Value = value
	}
	if len(p.Values) > 0 {
		e.Type, e.Heading, e.Placeholder = "Input.ChoiceSet", "compact", "choose one"
		known := false
		for _, val := range p.Values {
			e.Choices = append(e.Choices, choice{val, val})
			known = known || val == value
		}
		if value != "" && !known {
			e.Choices = append(e.Choices, choice{plain(value, maxLine), value})
		}
	}
	return e
}

func formButtons(v FormView) element {
	data := map[string]string{"key": v.Name.String(), "op": v.Op}
	maps.Copy(data, v.Data)
	all := []Button{{Title: "Save to Vault", Verb: v.Verb, Style: "positive", Data: data}}
	if v.Page != nil {
		all = append(all, Button{Title: "Use a secure page", Verb: v.Verb, Data: v.Page, Keep: true})
	}
	all = append(all, Button{Title: "Cancel", Verb: "cancel", Keep: true, Data: map[string]string{"op": v.Op}})
	return buttons(all)
}
