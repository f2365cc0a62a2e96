package vault

import (
	"sync"
	"sync/atomic"
)

// table is what memory knows of one kind of secret.
//
// Two sources fill it: our own writes, and looks at the vault (a walk, a read), which take time.
// Every write and every beginning of a look gets a number from one clock. A look may only replace
// a row whose number is lower than the look's own, so that what it saw before a write never
// covers the write. A row that was removed stays as a tombstone until a later walk has passed.
type table[K comparable, V any] struct {
	mu    sync.RWMutex
	clock *atomic.Uint64
	rows  map[K]row[V]
	shape uint64 // counts changes of which rows there are
	dirty []K    // the rows changed since settled, while shape stayed as it was
}

type row[V any] struct {
	value V
	at    uint64
	gone  bool
}

func newTable[K comparable, V any](clock *atomic.Uint64) *table[K, V] {
	return &table[K, V]{clock: clock, rows: map[K]row[V]{}}
}

// get is what memory says.
func (t *table[K, V]) get(k K) (V, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, ok := t.rows[k]
	return r.value, ok && !r.gone
}

// write notes a write of ours that has taken effect.
func (t *table[K, V]) write(k K, v V) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(k, row[V]{value: v, at: t.clock.Add(1)})
}

// remove notes that k is no longer there, by our own doing.
func (t *table[K, V]) remove(k K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(k, row[V]{at: t.clock.Add(1), gone: true})
}

// saw notes what one look, begun at the given number, found at k.
func (t *table[K, V]) saw(k K, v V, begun uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows[k].at < begun {
		t.put(k, row[V]{value: v, at: begun})
	}
}

// missed notes that a look, begun at the given number, found nothing at k.
func (t *table[K, V]) missed(k K, begun uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.rows[k]; ok && r.at < begun {
		t.put(k, row[V]{at: begun, gone: true})
	}
}

// maxDirty is how many changed rows are worth remembering one by one.
const maxDirty = 64

// reshape: whoever derives something from the rows begins anew.
func (t *table[K, V]) reshape() {
	t.shape++
	t.dirty = nil
}

// put is a change under the lock.
func (t *table[K, V]) put(k K, r row[V]) {
	old, had := t.rows[k]
	t.rows[k] = r
	switch {
	case (had && !old.gone) == r.gone:
		t.reshape()
	case !r.gone && len(t.dirty) < maxDirty:
		t.dirty = append(t.dirty, k)
	case !r.gone:
		t.reshape()
	}
}

// replace takes over a whole walk: all that it found, and nothing that it did not find, save
// rows younger than the walk. merge, when not nil, may carry over from the row it replaces.
func (t *table[K, V]) replace(found map[K]V, begun uint64, merge func(old, seen V) V) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := make(map[K]row[V], len(found))
	for k, v := range found {
		if r, ok := t.rows[k]; ok && !r.gone && merge != nil {
			v = merge(r.value, v)
		}
		rows[k] = row[V]{value: v, at: begun}
	}
	for k, r := range t.rows {
		if r.at > begun {
			rows[k] = r
		}
	}
	t.rows = rows
	t.reshape()
}

// all copies the living rows, in no order.
func (t *table[K, V]) all() []V {
	t.mu.RLock()
	defer t.mu.RUnlock()
	vs := make([]V, 0, len(t.rows))
	for _, r := range t.rows {
		if !r.gone {
			vs = append(vs, r.value)
		}
	}
	return vs
}
