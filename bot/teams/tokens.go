package teams

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// TokenConfig is what a channel with tokens holds them against. Defaults are those of the public cloud
// (learn.microsoft.com, Bot Connector authentication).
type TokenConfig struct {
	AppID  string // the audience
	Tenant string // the one tenant that is served
	// Issuer is "https://api.botframework.com" when empty.
	Issuer string
	// MetadataURL is the OpenID metadata of the Bot Connector; when empty
	// https://login.botframework.com/v1/.well-known/openidconfiguration.
	MetadataURL string
	// Hosts says which hosts (without a port) a serviceUrl may have; TeamsHost when nil.
	Hosts func(host string) bool
	// Client fetches metadata and keys; nil means one with a time-out of 5 seconds. Redirects are never
	// followed.
	Client *http.Client
}

const (
	skew      = 5 * time.Minute // how far clocks may be apart
	maxToken  = 16 << 10        // Teams' have about 1 KB
	maxTokens = 1024            // bounds the memory of checked tokens; Teams has a handful at a time
	trusted   = time.Hour       // after which a token's signature is checked again
)

// RequireTokens is the check of a real channel: every rule of Bot Connector authentication, and ours.
func RequireTokens(cfg TokenConfig) Inbound {
	if cfg.Issuer == "" {
		cfg.Issuer = "https://api.botframework.com"
	}
	if cfg.MetadataURL == "" {
		cfg.MetadataURL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
	}
	if cfg.Hosts == nil {
		cfg.Hosts = TeamsHost
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: keysFetch}
	}
	t := &tokens{cfg: cfg, keys: &keyring{url: cfg.MetadataURL, client: unredirected(cfg.Client)}}
	return newInbound(cfg.AppID, t.admit, validator(t.check))
}

// unredirected is a copy of a client that follows no redirect.
func unredirected(c *http.Client) *http.Client {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// tokens checks activities of a channel that signs.
type tokens struct {
	cfg  TokenConfig
	keys *keyring

	mu    sync.Mutex
	known map[[32]byte]claims // by the token's hash: Teams uses a token for an hour
}

// claims is what a checked token says.
type claims struct {
	serviceURL string
	teams      bool // the signing key is endorsed for Teams
	from       time.Time
	until      time.Time
	checked    time.Time
}

func (t *tokens) admit(ctx context.Context, authorization string) error {
	_, err := t.claims(ctx, authorization)
	return err
}

func (t *tokens) check(ctx context.Context, authorization string, a *activity) error {
	c, err := t.claims(ctx, authorization)
	if err != nil {
		return err
	}
	return ofService(t.holds(c, a))
}

// holds checks an activity against its token and our own settings.
func (t *tokens) holds(c claims, a *activity) error {
	switch {
	case a.ChannelID != "msteams":
		return refused("another channel than Teams")
	case !c.teams:
		return refused("the signing key is not endorsed for Teams")
	case c.serviceURL == "" || c.serviceURL != a.ServiceURL:
		return refused("serviceurl of the token is another")
	case !tenantIs(a, t.cfg.Tenant):
		return refused("another tenant")
	case !strings.HasPrefix(a.From.ID, "29:"):
		return refused("the sender is no person")
	}
	if _, err := serviceURL(a.ServiceURL, t.cfg.Hosts, false); err != nil {
		return refused("serviceUrl is no host of Teams")
	}
	return person(a)
}

// claims checks a token but for what only the activity can tell. Its signature is remembered as good for a
// while.
func (t *tokens) claims(ctx context.Context, authorization string) (claims, error) {
	scheme, raw, _ := strings.Cut(authorization, " ")
	raw = strings.TrimSpace(raw)
	if !strings.EqualFold(scheme, "Bearer") || raw == "" || len(raw) > maxToken {
		return claims{}, refused("no bearer token")
	}
	sum, now := sha256.Sum256([]byte(raw)), time.Now()
	t.mu.Lock()
	c, ok := t.known[sum]
	t.mu.Unlock()
	if !ok || now.Sub(c.checked) > trusted {
		var err error
		if c, err = t.verify(ctx, raw); err != nil {
			return c, err
		}
		t.remember(sum, c)
	}
	if now.After(c.until.Add(skew)) || now.Before(c.from.Add(-skew)) {
		return claims{}, refused("the token is not valid now")
	}
	return c, nil
}

func (t *tokens) remember(sum [32]byte, c claims) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || len(t.known) >= maxTokens {
		t.known = map[[32]byte]claims{}
	}
	t.known[sum] = c
}

// verify checks signature, issuer and audience.
func (t *tokens) verify(ctx context.Context, raw string) (claims, error) {
	tok, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(tok.Headers) != 1 {
		return claims{}, refused("no token signed with RS256")
	}
	key, err := t.keys.get(ctx, tok.Headers[0].KeyID)
	if err != nil {
		return claims{}, err
	}
	var std jwt.Claims
	var own struct {
		ServiceURL string `json:"serviceurl"`
	}
	if err := tok.Claims(key.public, &std, &own); err != nil {
		return claims{}, refused("the signature is wrong")
	}
	switch {
	case std.Issuer != t.cfg.Issuer:
		return claims{}, refused("another issuer")
	case len(std.Audience) != 1 || std.Audience[0] != t.cfg.AppID || t.cfg.AppID == "":
		return claims{}, refused("another audience")
	case std.Expiry == nil:
		return claims{}, refused("the token never expires")
	}
	c := claims{serviceURL: own.ServiceURL, teams: slices.Contains(key.endorsements, "msteams"),
		until: std.Expiry.Time(), checked: time.Now()}
	if std.NotBefore != nil {
		c.from = std.NotBefore.Time()
	}
	return c, nil
}
