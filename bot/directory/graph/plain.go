package graph

import (
	"context"
	"errors"
	"net/url"
	"strings"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// errElsewhere: the next page is at another address than Graph's.
var errElsewhere = errors.New("the next page is elsewhere")

// get is a plain GET through the SDK's adapter, read as one of its models. It never returns nil, nil.
func get[T serialization.Parsable](ctx context.Context, g *Graph, at string,
	model serialization.ParsableFactory) (T, error) {
	var none T
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, g.host) || u.User != nil {
		return none, unusable(errElsewhere)
	}
	ask := kiota.NewRequestInformation()
	ask.Method = kiota.GET
	ask.SetUri(*u)
	ask.Headers.Add("Accept", "application/json")
	ask.Headers.Add("ConsistencyLevel", "eventual") // a query with a cast needs it; the others do not mind
	res, err := g.adapter.Send(ctx, ask, model, nil)
	if err != nil {
		return none, outcome(err)
	}
	is, ok := res.(T)
	if !ok {
		return none, unusable(errEmpty)
	}
	return is, nil
}

// exists asks about the person alone. Error errNobody: there is none.
func (g *Graph) exists(ctx context.Context, id string) error {
	user, err := get[models.Userable](ctx, g, g.base+"/users/"+id+"?$select=id",
		models.CreateUserFromDiscriminatorValue)
	if errors.Is(err, errUnknown) {
		return errNobody
	}
	if err == nil && text(user.GetId()) != id {
		err = unusable(errOther)
	}
	return err
}

// text is an id of Graph's, folded.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return fold(*s)
}
