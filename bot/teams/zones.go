package teams

import (
	"sync"
	"time"
)

// zones keeps time zones once read; there are some 600 names.
type zones struct {
	mu    sync.Mutex
	known map[string]*time.Location
}

const maxZones = 1000

// get is the zone of an IANA name; UTC where the name means nothing.
func (z *zones) get(name string) *time.Location {
	if name == "" || name == "Local" {
		return time.UTC
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if loc, ok := z.known[name]; ok {
		return loc
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	if z.known == nil || len(z.known) >= maxZones {
		z.known = map[string]*time.Location{}
	}
	z.known[name] = loc
	return loc
}
