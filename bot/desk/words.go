package desk

import (
	"strconv"
	"strings"

	"keydesk/audit"
)

// plural is a count with its noun: "1 key", "5,000 keys".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number writes n with a comma at each thousand.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// title is the button title of a command.
func title(verb string) string {
	switch verb {
	case "add":
		return "Add"
	case "rotate":
		return "Rotate"
	case "get":
		return "Get"
	case "key":
		return "Details"
	case "history":
		return "History"
	case "edit":
		return "Edit"
	case "delete":
		return "Delete"
	case "recover":
		return "Recover"
	case "access":
		return "Access"
	case "purge":
		return "Purge"
	}
	return "Next"
}

// page cuts the n-th page of size rows out of rows, and says how many pages there are.
func page[T any](rows []T, n, size int) (cut []T, at, pages int) {
	pages = max(1, (len(rows)+size-1)/size)
	at = min(n, pages)
	return rows[(at-1)*size : min(at*size, len(rows))], at, pages
}

// mentions says whether an event fits a filter: any of its words for people, in any case.
func mentions(e audit.Event, filter string) bool {
	if filter == "" {
		return true
	}
	all := strings.ToLower(strings.Join([]string{e.Action, string(e.Outcome), e.Actor.Name, e.Key, e.Note, e.Op},
		" "))
	return strings.Contains(all, strings.ToLower(filter))
}
