package catalog

import (
	"slices"
	"strings"
	"time"
)

// Search is the keys that fit a filter, in their order: a status, a category, or words that all have to occur
// in the key's name, its vendor's names, its category or its note. "" fits every key.
func (c *Catalog) Search(keys []Key, filter string, now time.Time) []Key {
	words := strings.Fields(strings.ToLower(filter))
	if len(words) == 0 {
		return slices.Clone(keys)
	}
	whole := strings.Join(words, " ")
	status := Status(whole)
	byStatus := slices.Contains([]Status{OK, DueSoon, Overdue, Expiring, Expired}, status)
	cat, byCategory := c.Category(whole)
	var out []Key
	for _, k := range keys {
		v := c.byID[k.Name.Vendor]
		switch {
		case byStatus && k.Due(now).Status == status,
			byCategory && v != nil && v.Category == cat.ID,
			!byStatus && !byCategory && containsAll(c.text(k, v), words):
			out = append(out, k)
		}
	}
	return out
}

func (c *Catalog) text(k Key, v *Vendor) string {
	text := k.Name.String() + " " + k.Note
	if v != nil {
		text += " " + v.Name + " " + string(v.Category) + " " + strings.Join(v.Aliases, " ")
	}
	return strings.ToLower(text)
}

func containsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
