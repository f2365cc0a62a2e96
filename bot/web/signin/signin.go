package signin

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"keydesk/catalog"

	"golang.org/x/sync/singleflight"
)

// Config is what sign-in stands on. All but Client must be set.
type Config struct {
	// Authority is Entra's address, https://login.microsoftonline.com in the public cloud. The issuer is
	// Authority/Tenant/v2.0.
	Authority string
	// Tenant and ClientID are GUIDs; ClientSecret is the registration's. Its redirect URI is PublicURL with
	// /signin/callback.
	Tenant, ClientID, ClientSecret string
	// PublicURL is the address people reach the pages at: https, or http on this machine alone.
	PublicURL string
	// Client asks Entra. Its time-out is 10 s where it has none; it follows no redirects.
	Client *http.Client
}

// Flow signs people in. Safe for concurrent use.
type Flow struct {
	Config
	secure bool // the pages come over https
	client *http.Client
	box    cipher.AEAD
	used   used

	asking singleflight.Group
	mu     sync.Mutex
	entra  *entra // nil until it answered once
}

// Limits, in time.
const (
	pendingFor = 10 * time.Minute // between the way to Entra and the way back
	// signedInFor is as long as the longest-lived link: one sign-in is enough for a page.
	signedInFor = 15 * time.Minute
	answerTime  = 10 * time.Second // of Entra
)

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// page is how the addresses look that a sign-in may come back to; what is in brackets is a link's token.
var page = regexp.MustCompile(`^/[a-z]/([A-Za-z0-9_-]{43})$`)

// New checks the settings. It does not ask Entra anything yet.
func New(cfg Config) (*Flow, error) {
	cfg.Tenant, cfg.ClientID = strings.ToLower(cfg.Tenant), strings.ToLower(cfg.ClientID)
	cfg.Authority, cfg.PublicURL = strings.TrimRight(cfg.Authority, "/"), strings.TrimRight(cfg.PublicURL, "/")
	public, err := url.Parse(cfg.PublicURL)
	switch {
	case cfg.Authority == "" || cfg.ClientSecret == "":
		return nil, errors.New("signin: Authority and ClientSecret must be set")
	case !guid.MatchString(cfg.Tenant) || !guid.MatchString(cfg.ClientID):
		return nil, errors.New("signin: Tenant and ClientID must be GUIDs")
	case err != nil || public.Host == "" || public.Scheme != "https" && !onMachine(public):
		return nil, fmt.Errorf("signin: %q must be an https address, or one of this machine", cfg.PublicURL)
	}
	return &Flow{Config: cfg, secure: public.Scheme == "https", client: strict(cfg.Client), box: newBox()}, nil
}

// onMachine says whether an address is http on this machine.
func onMachine(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// strict is the client for Entra: it does not wait for ever, and takes a secret to no other address.
func strict(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{}
	}
	own := *c
	if own.Timeout == 0 {
		own.Timeout = answerTime
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// Person is who signed in with this browser within the last 15 minutes.
func (f *Flow) Person(r *http.Request) (*catalog.Actor, bool) {
	var s session
	name := f.cookieName(sessionCookie)
	c, err := r.Cookie(name)
	if err != nil || !f.open(name, c.Value, &s) || !time.Now().Before(s.Until) {
		return nil, false
	}
	return &catalog.Actor{Person: catalog.Person{ID: s.ID, Name: s.Name}, Tenant: f.Tenant,
		Chat: catalog.Chat{Kind: catalog.Page}}, true
}
