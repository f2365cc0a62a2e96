package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"keydesk/catalog"
)

const (
	// KeepFor is how long the members of a role are kept.
	KeepFor = 5 * time.Minute
	// ListFor bounds the question for them.
	ListFor = 30 * time.Second
	// maxPages bounds the pages of one group; a page has 999 people.
	maxPages = 50
)

// errEndless: a group has more than maxPages pages.
var errEndless = errors.New("the list has too many pages")

// members keeps who is in each role.
type members struct {
	flight singleflight.Group
	mu     sync.Mutex
	kept   map[catalog.Role]kept
}

type kept struct {
	people []catalog.Person
	until  time.Time
}

// Members are the people in the role's groups and in the groups within them, by name. The answer may be
// KeepFor old, and Graph's index lags behind; never decide on it. A group that Graph does not know adds
// nobody. Errors: ErrUnavailable, ErrThrottled, ErrForbidden, ErrToken.
func (g *Graph) Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error) {
	if people, ok := g.members.get(role); ok {
		return people, nil
	}
	// The shared question must outlive the caller who happened to come first.
	shared := g.members.flight.DoChan(role.String(), func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), ListFor)
		defer cancel()
		asked := time.Now()
		people, err := g.list(own, role)
		if err != nil {
			return nil, fmt.Errorf("asking Graph for the members of %v: %w", role, err)
		}
		g.members.keep(role, kept{people, asked.Add(KeepFor)})
		return people, nil
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("asking Graph for the members of %v: %w", role, unusable(context.Cause(ctx)))
	case res := <-shared:
		if res.Err != nil {
			return nil, res.Err
		}
		return slices.Clone(res.Val.([]catalog.Person)), nil
	}
}

func (m *members) get(role catalog.Role) ([]catalog.Person, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[role]
	if !ok || !time.Now().Before(k.until) {
		return nil, false
	}
	return slices.Clone(k.people), true
}

func (m *members) keep(role catalog.Role, k kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[role] = k
}

// list asks for each group of the role and names nobody twice.
func (g *Graph) list(ctx context.Context, role catalog.Role) ([]catalog.Person, error) {
	var all []catalog.Person
	for _, group := range g.gone.without(g.groups) {
		if !g.roles[group].Has(role) {
			continue
		}
		people, err := g.transitiveMembers(ctx, group)
		if errors.Is(err, errUnknown) { // not noted as gone: this index lags behind what Roles asks
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, people...)
	}
	slices.SortFunc(all, func(a, b catalog.Person) int { return strings.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b catalog.Person) bool { return a.ID == b.ID })
	slices.SortStableFunc(all, func(a, b catalog.Person) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all, nil
}

// transitiveMembers walks the pages of a group's people; one whose name may not be read goes by the id
// (learn.microsoft.com/graph/api/group-list-transitivemembers).
func (g *Graph) transitiveMembers(ctx context.Context, group string) ([]catalog.Person, error) {
	var people []catalog.Person
	at := g.base + "/groups/" + group +
		"/transitiveMembers/microsoft.graph.user?$select=id,displayName&$top=999&$count=true"
	for range maxPages {
		page, err := get[page](ctx, g, at, newPage)
		if err != nil {
			return nil, err
		}
		if page.value == nil {
			return nil, unusable(errEmpty)
		}
		for _, user := range page.value {
			people = append(people, catalog.Person{ID: user.id, Name: cmp.Or(user.name, user.id)})
		}
		if page.next == "" {
			return people, nil
		}
		at = page.next
	}
	return nil, unusable(errEndless)
}
