package catalog

import (
	"strings"
	"unicode/utf8"
)

// PreviewOf is what may be shown of a value: the vendor's label, 12 bullets, and the last 4 characters. Values
// under 12 characters, and login passwords, which people choose, show no character at all.
func (v *Vendor) PreviewOf(value string) string {
	const least, shown = 12, 4
	preview := v.Preview.Label + strings.Repeat("•", 12)
	if v.LoginPassword || utf8.RuneCountInString(value) < least {
		return preview
	}
	runes := []rune(value)
	return preview + string(runes[len(runes)-shown:])
}
