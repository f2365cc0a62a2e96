package sandbox

import (
	"html"
	"strings"
	"time"
)

// dateMarkup draws {{DATE(...)}} and {{TIME(...)}}: UTC in the markup, local time by the page's
// script. What is no time stays as it was written.
func dateMarkup(m []string) string {
	at, err := time.Parse(time.RFC3339, m[2])
	if err != nil {
		return html.EscapeString(m[0])
	}
	at = at.UTC()
	kind, shown := "time", at.Format("15:04 UTC")
	if m[1] == "DATE" {
		kind = strings.ToLower(or(m[3], "COMPACT"))
		shown = at.Format("2006-01-02")
	}
	return `<time datetime="` + at.Format(time.RFC3339) + `" data-form="` + html.EscapeString(kind) +
		`">` + shown + `</time>`
}
