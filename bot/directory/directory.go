package directory

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"keydesk/catalog"
)

const (
	// KeepFor is how long an answer may be used for what does not need a fresh one.
	KeepFor = 5 * time.Minute
	// AskFor bounds one question to the source.
	AskFor = 10 * time.Second
	// many is the number of kept answers from which old ones are cleared out.
	many = 10_000
)

// Resolver asks a source which roles a person holds. The id is an Entra object id. A person the
// source does not know, or who holds no role, is 0 and no error; an error means that the source
// did not answer, and then nobody may assume anything.
type Resolver interface {
	Roles(ctx context.Context, id string) (catalog.Roles, error)
}

// Cache keeps a source's answers. It is safe for concurrent use.
type Cache struct {
	source Resolver
	flight singleflight.Group

	mu   sync.Mutex
	turn uint64 // counts questions, so that answers can be ordered by when they were asked
	kept map[string]answer
}

type answer struct {
	roles catalog.Roles
	turn  uint64
	until time.Time
}

// New makes a cache in front of source.
func New(source Resolver) *Cache {
	return &Cache{source: source, kept: make(map[string]answer)}
}

// Roles answers from memory when it has an answer younger than KeepFor, else it asks the source;
// callers who ask about the same person at once share that question.
func (c *Cache) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	id = fold(id)
	if roles, ok := c.remembered(id); ok {
		return roles, nil
	}
	// The shared question must outlive the caller who happened to come first.
	shared := c.flight.DoChan(id, func() (any, error) {
		return c.ask(context.WithoutCancel(ctx), id)
	})
	select {
	case <-ctx.Done():
		return 0, fmt.Errorf("asking for roles: %w", context.Cause(ctx))
	case res := <-shared:
		if res.Err != nil {
			return 0, res.Err
		}
		return res.Val.(catalog.Roles), nil
	}
}

// FreshRoles always asks the source, and never joins a question that was put before it: what it
// answers was true at some moment after the call began. Its answer also serves later calls.
func (c *Cache) FreshRoles(ctx context.Context, id string) (catalog.Roles, error) {
	return c.ask(ctx, fold(id))
}

func (c *Cache) remembered(id string) (catalog.Roles, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.kept[id]
	if !ok || !time.Now().Before(a.until) {
		return 0, false
	}
	return a.roles, true
}

func (c *Cache) ask(ctx context.Context, id string) (catalog.Roles, error) {
	if id == "" {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, AskFor)
	defer cancel()
	turn, asked := c.nextTurn(), time.Now()
	roles, err := c.source.Roles(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("asking for roles: %w", err)
	}
	c.keep(id, answer{roles: roles, turn: turn, until: asked.Add(KeepFor)})
	return roles, nil
}

func (c *Cache) nextTurn() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	return c.turn
}

func (c *Cache) keep(id string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept[id].turn > a.turn {
		return
	}
	if len(c.kept) >= many {
		c.clearOld()
	}
	c.kept[id] = a
}

func (c *Cache) clearOld() {
	now := time.Now()
	for id, a := range c.kept {
		if !now.Before(a.until) {
			delete(c.kept, id)
		}
	}
}

// fold makes one spelling of an object id: Entra compares GUIDs without regard to case.
func fold(id string) string { return strings.ToLower(strings.TrimSpace(id)) }
