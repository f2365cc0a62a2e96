package desk

import (
	"strings"

	"keydesk/catalog"
)

// heldVendor is a vendor that waits: all of it that people or keys will go by.
func heldVendor(was, own catalog.Own, known bool) held {
	h := held{what: "Add the vendor " + own.Name, lines: []string{
		"Its keys are stored under " + own.ID + ".",
		string(own.Category) + ", " + own.Endpoint,
		"Parts: " + strings.Join(strings.Split(partLines(own.Parts), "\n"), ", ") + "."}}
	if known {
		h.what, h.opened = "Edit the vendor "+vendorWords(was), was.Op
		if was.Name != own.Name {
			h.lines = append(h.lines, "New name: "+own.Name)
		}
	}
	if own.Portal != "" {
		h.lines = append(h.lines, "Page where a key is made: "+own.Portal)
	}
	if own.Docs != "" {
		h.lines = append(h.lines, "Documentation: "+own.Docs)
	}
	if own.IntervalDays > 0 {
		h.lines = append(h.lines, "Rotate every "+plural(own.IntervalDays, "day")+".")
	}
	return h
}
