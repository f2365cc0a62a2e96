package sandbox

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// Teams' cards know a little markdown: bold, italics, lists and links, nothing else (platform
// facts, part B). Everything here is escaped first and marked up after, so text can become
// nothing but these.

var (
	dateForm = regexp.MustCompile(`\{\{(DATE|TIME)\(([^(){},\s]{1,40})(?:,\s*([A-Za-z]{1,10}))?\s*\)\}\}`)
	itemForm = regexp.MustCompile(`^\s{0,3}(?:([-*+])|([0-9]{1,9})[.)])\s+(.*)$`)
	linkForm = regexp.MustCompile(`^\[((?:\\.|[^\]\\])*)\]` +
		`\(\s*<?([^()\s<>]*(?:\([^()\s<>]*\))?[^()\s<>]*)>?\s*\)`)
	escapee = "\\`*_{}[]()#+-.!|<>~\"'$%&,/:;=?@^"
)

// markdown turns a card's text into markup.
func markdown(text string) template.HTML {
	var out strings.Builder
	list := ""
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	open := false // inside a paragraph
	for _, line := range lines {
		item := itemForm.FindStringSubmatch(line)
		kind := listKind(item)
		if kind != list {
			closeBlock(&out, list, &open)
			list = kind
			if kind != "" {
				out.WriteString("<" + kind + ">")
			}
		}
		switch {
		case item != nil:
			out.WriteString("<li>" + inlineMarkup(item[3]) + "</li>")
		case strings.TrimSpace(line) == "":
			closeBlock(&out, "", &open)
		default:
			out.WriteString(map[bool]string{false: "<p>", true: "\n"}[open])
			out.WriteString(inlineMarkup(strings.TrimSuffix(line, "\r")))
			open = true
		}
	}
	closeBlock(&out, list, &open)
	return template.HTML(out.String())
}

func listKind(item []string) string {
	switch {
	case item == nil:
		return ""
	case item[1] != "":
		return "ul"
	}
	return "ol"
}

func closeBlock(out *strings.Builder, list string, open *bool) {
	if *open {
		out.WriteString("</p>")
		*open = false
	}
	if list != "" {
		out.WriteString("</" + list + ">")
	}
}

// inlineMarkup does one line: escapes, dates, links, bold, italics.
func inlineMarkup(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		rest := s[i:]
		if made, n := markAt(rest, s[:i]); n > 0 {
			out.WriteString(made)
			i += n
			continue
		}
		n := 1
		for i+n < len(s) && !strings.ContainsRune("\\*_[{&", rune(s[i+n])) {
			n++
		}
		out.WriteString(html.EscapeString(s[i : i+n]))
		i += n
	}
	return out.String()
}

// markAt makes the markup that begins here and says how much text it took.
func markAt(s, before string) (string, int) {
	switch {
	case len(s) > 1 && s[0] == '\\' && strings.IndexByte(escapee, s[1]) >= 0:
		return html.EscapeString(s[1:2]), 2
	case s[0] == '&':
		return entity(s)
	case strings.HasPrefix(s, "{{"):
		if m := dateForm.FindStringSubmatchIndex(s); m != nil && m[0] == 0 {
			return dateMarkup(dateForm.FindStringSubmatch(s)), m[1]
		}
	case s[0] == '[':
		if m := linkForm.FindStringSubmatch(s); m != nil {
			return linkMarkup(m), len(m[0])
		}
	case strings.HasPrefix(s, "**"), strings.HasPrefix(s, "__"):
		return spanMarkup(s, s[:2], "strong", before)
	case s[0] == '*', s[0] == '_':
		return spanMarkup(s, s[:1], "em", before)
	}
	return "", 0
}

// entity takes HTML's character references as markdown does, and escapes what they mean.
func entity(s string) (string, int) {
	end := strings.IndexByte(s, ';')
	if end < 2 || end > 10 {
		return "", 0
	}
	meant := html.UnescapeString(s[:end+1])
	if meant == s[:end+1] {
		return "", 0
	}
	return html.EscapeString(meant), end + 1
}

func linkMarkup(m []string) string {
	link := safeLink(m[2])
	if link == "" {
		return inlineMarkup(m[1])
	}
	return `<a href="` + html.EscapeString(string(link)) + `" target="_blank" rel="noopener noreferrer">` +
		inlineMarkup(m[1]) + `</a>`
}

// spanMarkup finds the end of a bold or italic span. Underscores inside a word are no marks:
// client_id stays as it is.
func spanMarkup(s, mark, tag, before string) (string, int) {
	if mark[0] == '_' && before != "" && wordByte(before[len(before)-1]) {
		return "", 0
	}
	body := s[len(mark):]
	if body == "" || body[0] == ' ' || body[0] == mark[0] {
		return "", 0
	}
	for i := 1; i+len(mark) <= len(body); i++ {
		if body[i-1] == '\\' || body[i-1] == ' ' || !strings.HasPrefix(body[i:], mark) {
			continue
		}
		end := i + len(mark)
		if len(mark) == 1 && end < len(body) && body[end] == mark[0] {
			i++ // the end of something bold inside
			continue
		}
		if mark[0] == '_' && end < len(body) && wordByte(body[end]) {
			continue
		}
		return "<" + tag + ">" + inlineMarkup(body[:i]) + "</" + tag + ">", len(mark) + end
	}
	return "", 0
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
