package cards

import (
	"fmt"

	"keydesk/catalog"
)

// statusText says how a key stands in a symbol and words, with the colour that Teams gives it.
func statusText(d catalog.Due) (words, color string) {
	days := func(n int) string {
		switch n {
		case 0:
			return "today"
		case 1:
			return "in 1 day"
		}
		return fmt.Sprintf("in %d days", n)
	}
	ago := "1 day"
	if d.Days != -1 {
		ago = fmt.Sprintf("%d days", -d.Days)
	}
	switch d.Status {
	case catalog.DueSoon:
		return "◐ due " + days(d.Days), "Warning"
	case catalog.Overdue:
		return "● overdue by " + ago, "Attention"
	case catalog.Expiring:
		return "◐ expires " + days(d.Days), "Warning"
	case catalog.Expired:
		return "● expired " + ago + " ago", "Attention"
	case catalog.NoKey:
		return "○ no key yet", "Default"
	}
	if d.Date.IsZero() {
		return "✓ ok", "Good"
	}
	return "✓ ok until " + d.Date.String(), "Good"
}

func statusBlock(d catalog.Due) element {
	words, color := statusText(d)
	e := coloured(words, color)
	if d.Status == catalog.NoKey {
		e.Color, e.Weight, e.Subtle = "", "", true
	}
	return e
}

// vendorName is the vendor's name, also of one the catalog does not know any more.
func vendorName(v *catalog.Vendor, id string) string {
	if v == nil {
		return id
	}
	return v.Name
}

func categoryOf(v *catalog.Vendor) string {
	if v == nil {
		return ""
	}
	return string(v.Category)
}
