package teams

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
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
	// Hosts says which hosts a serviceUrl may have; TeamsHost when nil.
	Hosts func(host string) bool
	// Client fetches metadata and keys; nil means one with a time-out of 5 seconds.
	Client *http.Client
}

// skew is how far clocks may be apart.
const skew = 5 * time.Minute

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
		cfg.Client = &http.Client{Timeout: 5 * time.Second}
	}
	t := &tokens{cfg: cfg, keys: &keyring{url: cfg.MetadataURL, client: cfg.Client}}
	return newInbound(cfg.AppID, validator(t.check))
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
	serviceURL   string
	endorsements []string
	from, until  time.Time
}

func (t *tokens) check(ctx context.Context, authorization string, a *activity) error {
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return refused("no bearer token")
	}
	c, err := t.claims(ctx, strings.TrimSpace(raw))
	if err != nil {
		return err
	}
	now := time.Now()
	u, err := url.Parse(a.ServiceURL)
	switch {
	case now.After(c.until.Add(skew)), now.Before(c.from.Add(-skew)):
		return refused("the token is not valid now")
	case a.ChannelID != "msteams":
		return refused("another channel than Teams")
	case !slices.Contains(c.endorsements, "msteams"):
		return refused("the signing key is not endorsed for Teams")
	case c.serviceURL == "" || c.serviceURL != a.ServiceURL:
		return refused("serviceurl of the token is another")
	case err != nil || u.Scheme != "https" || u.User != nil || !t.cfg.Hosts(u.Host):
		return refused("serviceUrl is no host of Teams")
	case !tenantIs(a, t.cfg.Tenant):
		return refused("another tenant")
	case !strings.HasPrefix(a.From.ID, "29:"):
		return refused("the sender is no person")
	}
	return person(a)
}

// maxTokens bounds the memory of checked tokens; Teams has a handful at a time.
const maxTokens = 1024

// claims checks signature, issuer and audience of a token, or remembers that it has.
func (t *tokens) claims(ctx context.Context, raw string) (claims, error) {
	sum := sha256.Sum256([]byte(raw))
	t.mu.Lock()
	c, ok := t.known[sum]
	t.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := t.verify(ctx, raw)
	if err != nil {
		return c, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || len(t.known) >= maxTokens {
		t.known = map[[32]byte]claims{}
	}
	t.known[sum] = c
	return c, nil
}

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
	if err := tok.Claims(key.Key, &std, &own); err != nil {
		return claims{}, refused("the signature is wrong")
	}
	switch {
	case std.Issuer != t.cfg.Issuer:
		return claims{}, refused("another issuer")
	case len(std.Audience) != 1 || std.Audience[0] != t.cfg.AppID || t.cfg.AppID == "":
		return claims{}, refused("another audience")
	case std.Expiry == nil || time.Now().After(std.Expiry.Time().Add(skew)):
		return claims{}, refused("the token has expired")
	}
	c := claims{serviceURL: own.ServiceURL, endorsements: key.Endorsements, until: std.Expiry.Time()}
	if std.NotBefore != nil {
		c.from = std.NotBefore.Time()
	}
	return c, nil
}

// TeamsHost says whether a host belongs to Teams in the public cloud or GCC. trafficmanager.net is shared by all
// of Azure, so one name of it counts and no other.
func TeamsHost(host string) bool {
	host = strings.ToLower(host)
	switch host {
	case "smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com":
		return true
	}
	return strings.HasSuffix(host, ".botframework.com") || strings.HasSuffix(host, ".teams.microsoft.com")
}
