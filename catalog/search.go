package catalog

import (
	"slices"
	"strings"
	"time"
)

func (c *shelf) search(keys []Key, filter string, now time.Time) []Key {
	if category, ok := c.category(filter); ok {
		return pick(keys, func(k *Key) bool {
			v := c.byID[k.Name.Vendor]
			return v != nil && v.Category == category.ID
		})
	}
	var words []string
	var statuses []Status
	for _, w := range strings.Fields(strings.ToLower(filter)) {
		if s := Status(w); slices.Contains(searchable, s) {
			statuses = append(statuses, s)
		} else {
			words = append(words, w)
		}
	}
	return pick(keys, func(k *Key) bool { return stands(k, statuses, now) && c.says(k, words) })
}

var searchable = []Status{OK, DueSoon, Overdue, Expiring, Expired}

// pick copies the keys that fit, each once: they are large, and may be thousands.
func pick(keys []Key, fits func(*Key) bool) []Key {
	var places []int
	for i := range keys {
		if fits(&keys[i]) {
			places = append(places, i)
		}
	}
	out := make([]Key, len(places))
	for n, i := range places {
		out[n] = keys[i]
	}
	return out
}

func stands(k *Key, statuses []Status, now time.Time) bool {
	if len(statuses) == 0 {
		return true
	}
	status, _ := k.Stands(now)
	return !slices.ContainsFunc(statuses, func(s Status) bool { return s != status })
}

func (c *shelf) says(k *Key, words []string) bool {
	if len(words) == 0 {
		return true
	}
	name, vendor, note := k.Name.String(), c.searched[k.Name.Vendor], strings.ToLower(k.Note)
	return !slices.ContainsFunc(words, func(w string) bool {
		return !strings.Contains(name, w) && !strings.Contains(vendor, w) && !strings.Contains(note, w)
	})
}
