package graph

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"

	"keydesk/catalog"
)

const (
	// PublicURL is Graph's address in the public cloud; that of the US government is
	// https://graph.microsoft.us.
	PublicURL = "https://graph.microsoft.com"
	// AskFor bounds a question about one person whose caller gives no nearer deadline.
	AskFor = 10 * time.Second
)

// Config is what a Graph needs. Credential and Groups must be set.
type Config struct {
	// Credential gives the application's tokens, and keeps them, as azidentity's do.
	Credential azcore.TokenCredential
	// URL is PublicURL when empty: https, without a path. The token's scope is this address and "/.default".
	URL string
	// Groups are the object ids of the Entra groups that give each role. A role without any is nobody's.
	Groups map[catalog.Role][]string
	// Client carries the calls; only its Transport is used. Nil, or a nil Transport, is the network.
	Client *http.Client
	// Logger is told of groups that are gone and of their return; nil means slog.Default.
	Logger *slog.Logger
}

// Graph answers who holds which role. It is a directory.Resolver. Safe for concurrent use.
type Graph struct {
	adapter *core.GraphRequestAdapterBase
	host    string                   // of Graph, with its port
	base    string                   // the address that paths begin with
	groups  []string                 // all group ids, folded, sorted
	roles   map[string]catalog.Roles // what each group gives
	gone    *gone
	members members
}

// New builds a Graph; it asks nothing yet. Errors wrap ErrBadConfig and list every fault.
func New(cfg Config) (*Graph, error) {
	if cfg.URL == "" {
		cfg.URL = PublicURL
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	at, bad := address(cfg.URL)
	roles, badGroups := rolesOf(cfg.Groups)
	if bad = append(bad, badGroups...); cfg.Credential == nil {
		bad = append(bad, errors.New("there is no credential"))
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrBadConfig, errors.Join(bad...))
	}
	adapter, err := connect(cfg, at)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadConfig, err)
	}
	adapter.SetBaseUrl(cfg.URL + "/v1.0")
	return &Graph{adapter: adapter, host: at.Host, base: cfg.URL + "/v1.0",
		groups: slices.Sorted(maps.Keys(roles)), roles: roles, gone: newGone(cfg.Logger, roles),
		members: members{kept: map[catalog.Role]kept{}}}, nil
}

func address(s string) (*url.URL, []error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.String() != "https://"+u.Host {
		return nil, []error{fmt.Errorf("%q is no address of Graph: it must look like %s", s, PublicURL)}
	}
	return u, nil
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// fold makes one spelling of an object id: Entra compares GUIDs without regard to case.
func fold(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

// rolesOf turns the groups of each role into the roles of each group.
func rolesOf(groups map[catalog.Role][]string) (map[string]catalog.Roles, []error) {
	var bad []error
	out := map[string]catalog.Roles{}
	for _, role := range slices.Sorted(maps.Keys(groups)) {
		for _, id := range groups[role] {
			if !guid.MatchString(fold(id)) {
				bad = append(bad, fmt.Errorf("role %v: %q is no object id of a group", role, id))
				continue
			}
			out[fold(id)] = out[fold(id)].With(role)
		}
	}
	return out, bad
}
