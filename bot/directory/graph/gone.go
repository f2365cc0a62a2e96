package graph

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"keydesk/catalog"
)

// GoneFor is how long a group that Graph does not know is not asked about.
const GoneFor = 5 * time.Minute

// gone remembers the groups that Graph does not know.
type gone struct {
	log   *slog.Logger
	roles map[string]catalog.Roles

	mu    sync.Mutex
	until map[string]time.Time // past: to be asked about again, and already logged
}

func newGone(log *slog.Logger, roles map[string]catalog.Roles) *gone {
	return &gone{log: log, roles: roles, until: map[string]time.Time{}}
}

// without leaves out the groups that are gone.
func (g *gone) without(groups []string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(groups), func(id string) bool { return now.Before(g.until[id]) })
}

// add notes that a group is gone. It is logged once, until it comes back.
func (g *gone) add(ctx context.Context, id string) {
	g.mu.Lock()
	_, known := g.until[id]
	g.until[id] = time.Now().Add(GoneFor)
	g.mu.Unlock()
	if !known {
		g.log.LogAttrs(ctx, slog.LevelError, "Microsoft Graph does not know a role group",
			slog.String("group", id), slog.String("role", g.roles[id].String()))
	}
}

// found notes that groups exist.
func (g *gone) found(ctx context.Context, groups []string) {
	for _, id := range groups {
		g.mu.Lock()
		_, was := g.until[id]
		delete(g.until, id)
		g.mu.Unlock()
		if was {
			g.log.LogAttrs(ctx, slog.LevelInfo, "a role group is back", slog.String("group", id),
				slog.String("role", g.roles[id].String()))
		}
	}
}
