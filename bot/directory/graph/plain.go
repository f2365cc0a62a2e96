package graph

import (
	"context"
	"errors"
	"net/url"
	"strings"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// errElsewhere: the next page is at another address than Graph's.
var errElsewhere = errors.New("the next page is elsewhere")

// get is a plain GET through the SDK's adapter. It never returns nil, nil.
func get[T any](ctx context.Context, g *Graph, at string, model serialization.ParsableFactory) (*T, error) {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, g.host) || u.User != nil {
		return nil, unusable(errElsewhere)
	}
	ask := kiota.NewRequestInformation()
	ask.Method = kiota.GET
	ask.SetUri(*u)
	ask.Headers.Add("Accept", "application/json")
	ask.Headers.Add("ConsistencyLevel", "eventual") // a query with a cast needs it; the others do not mind
	res, err := g.adapter.Send(ctx, ask, model, nil)
	if err != nil {
		return nil, outcome(err)
	}
	is, ok := any(res).(*T)
	if !ok || is == nil {
		return nil, unusable(errEmpty)
	}
	return is, nil
}

// exists asks about the person alone. Error errNobody: there is none.
func (g *Graph) exists(ctx context.Context, id string) error {
	user, err := get[object](ctx, g, g.base+"/users/"+id+"?$select=id", newObject)
	if errors.Is(err, errUnknown) {
		return errNobody
	}
	if err == nil && user.id != id {
		err = unusable(errOther)
	}
	return err
}
