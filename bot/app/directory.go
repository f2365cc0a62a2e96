package app

import (
	"context"

	"keydesk/bot/directory"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// source is a directory without a cache: the sandbox's people, or a tenant's groups.
type source interface {
	directory.Resolver
	// Members lists who holds a role.
	Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error)
}

// openDirectory asks Graph which of the role groups a person is in.
func (a *App) openDirectory(own azcore.TokenCredential) (*graph.Graph, error) {
	s := a.cfg.Settings.Azure
	return graph.New(graph.Config{Credential: own, URL: s.Cloud.Graph, Groups: s.Groups, Logger: a.cfg.Logger})
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
