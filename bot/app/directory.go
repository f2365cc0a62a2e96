package app

import (
	"context"
	"errors"

	"keydesk/bot/directory"
	"keydesk/bot/web"
	"keydesk/catalog"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// source is a directory without a cache: the sandbox's people, or a tenant's groups.
type source interface {
	directory.Resolver
	// Members lists who holds a role.
	Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error)
}

// seams is what tests put in the place of what is not built yet.
type seams struct {
	directory source
	signIn    web.SignIn
}

// openDirectory asks Graph which of the role groups a person is in.
func (a *App) openDirectory(_ azcore.TokenCredential) (source, error) {
	if a.cfg.directory != nil {
		return a.cfg.directory, nil
	}
	return nil, errors.New("this version cannot read a tenant's groups yet, so nobody would have a role")
}

// cached puts the cache in front of a source.
func cached(s source) cachedDirectory { return cachedDirectory{directory.New(s), s} }

type cachedDirectory struct {
	*directory.Cache
	source source
}

// Members asks the source.
func (d cachedDirectory) Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error) {
	return d.source.Members(ctx, role)
}
