package vault

import (
	"maps"
	"sync"
	"time"
)

// burnt is the links whose claim or withdrawal ended unclear. They may still be in the vault, and open for
// nobody.
type burnt struct {
	mu  sync.Mutex
	ids map[string]time.Time
}

// A burnt link is remembered for longer than any link works. Strangers may try any number of tokens while the
// vault gives no clear answers, so there is a bound.
const (
	rememberBurnt = time.Hour
	mostBurnt     = 10_000
)

func (b *burnt) add(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(b.ids, func(_ string, at time.Time) bool { return now.Sub(at) > rememberBurnt })
	if b.ids == nil {
		b.ids = map[string]time.Time{}
	}
	if len(b.ids) < mostBurnt {
		b.ids[id] = now
	}
}

func (b *burnt) has(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.ids[id]
	return ok
}
