package catalog

import (
	"slices"
	"strings"
	"time"
)

// Search is the keys that fit a filter, in their order; "" fits every key. A filter is a category, or words
// that all have to fit: a status ("overdue") fits the keys that stand so, any other word those that have it in
// their name, their vendor's name or aliases, their category or their note.
func (c *Catalog) Search(keys []Key, filter string, now time.Time) []Key {
	words := strings.Fields(strings.ToLower(filter))
	if len(words) == 0 {
		return slices.Clone(keys)
	}
	category, byCategory := c.Category(filter)
	var out []Key
	for i := range keys {
		k := &keys[i]
		v := c.byID[k.Name.Vendor]
		if byCategory && v != nil && v.Category == category.ID || !byCategory && c.fits(k, words, now) {
			out = append(out, *k)
		}
	}
	return out
}

func (c *Catalog) fits(k *Key, words []string, now time.Time) bool {
	name, note := k.Name.String(), ""
	if k.Note != "" {
		note = strings.ToLower(k.Note)
	}
	vendor := c.searched[k.Name.Vendor]
	for _, w := range words {
		fits := strings.Contains(name, w) || strings.Contains(vendor, w) || strings.Contains(note, w)
		if isStatus(w) {
			fits = k.Due(now).Status == Status(w)
		}
		if !fits {
			return false
		}
	}
	return true
}

func isStatus(word string) bool {
	return slices.Contains([]Status{OK, DueSoon, Overdue, Expiring, Expired}, Status(word))
}
