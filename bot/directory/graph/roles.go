package graph

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/microsoftgraph/msgraph-sdk-go/directoryobjects"
	"golang.org/x/sync/errgroup"

	"keydesk/catalog"
)

const (
	perCall    = 20 // ids in a checkMemberGroups
	sideBySide = 8  // calls of one question at once
)

var (
	// errNobody: the person does not exist.
	errNobody = errors.New("the person is not known to Microsoft Graph")
	errOther  = errors.New("the answer is about somebody else")
	errEmpty  = errors.New("the answer is empty")
)

// Roles are those that the person's groups give, asked anew. A person whom Graph does not know, or an id that
// is none, holds none. Errors: ErrUnavailable, ErrThrottled, ErrForbidden, ErrToken.
func (g *Graph) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	id = fold(id)
	if !guid.MatchString(id) {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, AskFor)
	defer cancel()
	in, err := g.in(ctx, id, g.gone.without(g.groups))
	if errors.Is(err, errNobody) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("asking Graph for roles: %w", err)
	}
	var roles catalog.Roles
	for _, group := range in {
		roles |= g.roles[group]
	}
	return roles, nil
}

// in are the groups, of those given, that the person is in.
func (g *Graph) in(ctx context.Context, id string, groups []string) ([]string, error) {
	return g.batches(ctx, id, slices.Chunk(groups, perCall))
}

// batch is one call. If it is refused, because the person or one of the groups does not exist, each group is
// asked about alone; one that is refused alone, of a person who exists, is gone.
func (g *Graph) batch(ctx context.Context, id string, groups []string) ([]string, error) {
	in, err := g.checkMemberGroups(ctx, id, groups)
	if err == nil {
		g.gone.found(ctx, groups)
		return in, nil
	}
	if !errors.Is(err, errUnknown) && !errors.Is(err, errRefused) {
		return nil, err
	}
	if err := g.exists(ctx, id); err != nil {
		return nil, err
	}
	if len(groups) == 1 {
		g.gone.add(ctx, groups[0])
		return nil, nil
	}
	return g.batches(ctx, id, slices.Chunk(groups, 1))
}

// batches asks side by side and joins the answers; one error is the error of all.
func (g *Graph) batches(ctx context.Context, id string, of iter.Seq[[]string]) ([]string, error) {
	var mu sync.Mutex
	var all []string
	several, ctx := errgroup.WithContext(ctx)
	several.SetLimit(sideBySide)
	for groups := range of {
		several.Go(func() error {
			in, err := g.batch(ctx, id, groups)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, in...)
			return err
		})
	}
	if err := several.Wait(); err != nil {
		return nil, err
	}
	return all, nil
}

// checkMemberGroups asks for 20 groups at most. What was not asked about is left out of the answer.
func (g *Graph) checkMemberGroups(ctx context.Context, id string, groups []string) ([]string, error) {
	body := directoryobjects.NewItemCheckMemberGroupsPostRequestBody()
	body.SetGroupIds(groups)
	res, err := directoryobjects.NewDirectoryObjectsRequestBuilderInternal(map[string]string{}, g.adapter).
		ByDirectoryObjectId(id).CheckMemberGroups().PostAsCheckMemberGroupsPostResponse(ctx, body, nil)
	if err != nil {
		return nil, outcome(err)
	}
	if res == nil || res.GetValue() == nil {
		return nil, unusable(errEmpty)
	}
	var in []string
	for _, group := range res.GetValue() {
		if group = fold(group); slices.Contains(groups, group) {
			in = append(in, group)
		}
	}
	return in, nil
}
