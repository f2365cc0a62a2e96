package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	bullet      = "•"
	bullets     = 12 // whatever the length of the value: it is none of the reader's business
	previewTail = 4  // characters shown
	previewMin  = 12 // values with fewer characters show none
)

// PreviewOf is what may be shown of a value: the vendor's label, 12 bullets, and the last 4 characters. Values
// under 12 characters show none, nor do login passwords: people choose those and use them elsewhere. Characters
// that print nothing, such as the line end after a PEM file, show as a bullet.
func (v *Vendor) PreviewOf(value string) string {
	preview := v.Preview.Label + strings.Repeat(bullet, bullets)
	if v.LoginPassword || utf8.RuneCountInString(value) < previewMin {
		return preview
	}
	end := len(value)
	for range previewTail {
		_, size := utf8.DecodeLastRuneInString(value[:end])
		end -= size
	}
	return preview + strings.Map(printable, value[end:])
}

func printable(r rune) rune {
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return '•'
	}
	return r
}
