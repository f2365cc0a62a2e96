package cards

import (
	"strings"
	"time"
	"unicode"
)

const (
	maxLine = 120 // characters of a short text from people or vendors
	maxLong = 256 // characters of a note or a reason
)

// escape makes a text from people or vendors plain: no markdown, no template function, one line. Teams' cards
// know bold, italic, lists and links (learn.microsoft.com, "Format cards in Microsoft Teams"); a backslash
// keeps a mark a mark, and "{{", which begins DATE and TIME, is broken by a zero-width space.
func escape(s string, limit int) string {
	runes := []rune(clip(strings.Join(strings.FieldsFunc(s, breaks), " "), limit))
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	var b strings.Builder
	for i, r := range runes {
		switch {
		case strings.ContainsRune("\\`*[]<~", r),
			r == '_' && !(wordy(at(i-1)) && wordy(at(i+1))),
			i == 0 && strings.ContainsRune("#+->", r),
			r == '(' && at(i-1) == ']', // for readers that do not know the backslash
			(r == '.' || r == ')') && digits(string(runes[:i])):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if r == '{' && at(i+1) == '{' {
			b.WriteRune(gap)
		}
	}
	return b.String()
}

// gap is a zero-width space.
const gap = '\u200b'

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// breaks says whether r would end a line or is no character to show.
func breaks(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || isBidi(r)
}

// isBidi says whether r turns the reading direction, which can make a name look like another.
func isBidi(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// clip shortens s to limit characters.
func clip(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit-1]) + "…"
}

// plain is one line of a text for places that know no markdown (input values, labels, choices).
func plain(s string, limit int) string {
	s = clip(strings.Join(strings.FieldsFunc(s, breaks), " "), limit)
	for strings.Contains(s, "{{") { // more than once for "{{{"
		s = strings.ReplaceAll(s, "{{", "{"+string(gap)+"{")
	}
	return s
}

// line escapes a short text, long a note.
func line(s string) string { return escape(s, maxLine) }
func long(s string) string { return escape(s, maxLong) }

// when is a moment, shown in the reader's own time zone by the client.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	s := t.UTC().Format("2006-01-02T15:04:05Z")
	return "{{DATE(" + s + ",SHORT)}} {{TIME(" + s + ")}}"
}
