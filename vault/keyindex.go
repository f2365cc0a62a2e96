package vault

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"keydesk/catalog"
)

// keyIndex is the table of keys with a sorted copy of it. The copy is made when somebody asks
// after a change, and given to everybody until the next one: nobody sorts at each question, and
// no reader holds up a writer.
type keyIndex struct {
	*table[catalog.KeyName, catalog.Key]

	mu     sync.Mutex
	shape  uint64            // the table's count that the rest shows
	names  []catalog.KeyName // sorted
	sorted []catalog.Key
}

func newKeyIndex(clock *atomic.Uint64) *keyIndex {
	return &keyIndex{table: newTable[catalog.KeyName, catalog.Key](clock)}
}

func byName(a, b catalog.KeyName) int {
	return cmp.Or(cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Label, b.Label))
}

// list is every key, sorted by name. The slice is shared: callers leave it as it is.
func (x *keyIndex) list() []catalog.Key {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.table.mu.Lock()
	defer x.table.mu.Unlock()
	switch {
	case x.sorted == nil || x.shape != x.table.shape:
		x.rebuild()
	case len(x.dirty) > 0:
		x.patch()
	}
	x.shape, x.dirty = x.table.shape, nil
	return x.sorted
}

func (x *keyIndex) rebuild() {
	x.refreshNames()
	x.sorted = make([]catalog.Key, 0, len(x.names))
	for _, n := range x.names {
		x.sorted = append(x.sorted, x.rows[n].value)
	}
}

// patch is what a rotation costs: a copy with a few keys replaced.
func (x *keyIndex) patch() {
	x.sorted = slices.Clone(x.sorted)
	for _, n := range x.dirty {
		if i, ok := slices.BinarySearchFunc(x.names, n, byName); ok {
			x.sorted[i] = x.rows[n].value
		}
	}
}

// refreshNames drops names that have gone and merges in those that have come, so that adding one
// key to thousands does not sort them all again.
func (x *keyIndex) refreshNames() {
	x.names = slices.DeleteFunc(x.names, func(n catalog.KeyName) bool {
		r, ok := x.rows[n]
		return !ok || r.gone
	})
	var come []catalog.KeyName
	for n, r := range x.rows {
		if r.gone {
			continue
		}
		if _, have := slices.BinarySearchFunc(x.names, n, byName); !have {
			come = append(come, n)
		}
	}
	slices.SortFunc(come, byName)
	x.names = mergeNames(x.names, come)
}

func mergeNames(a, b []catalog.KeyName) []catalog.KeyName {
	all := make([]catalog.KeyName, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if byName(a[0], b[0]) < 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
