package tenant

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"keydesk/bot/bottest"
)

const (
	ID     = "0b0b0b0b-1111-4222-8333-444444444444" // of the tenant
	App    = "0a0a0a0a-1111-4222-8333-444444444444" // the bot's registration, which does all
	Secret = "obviously-fake-secret-of-the-bot"
	Other  = "0c0c0c0c-1111-4222-8333-444444444444" // another tenant
)

// Tenant is one company. Its parts may be harmed by the test.
type Tenant struct {
	Entra     *bottest.Entra
	Graph     *bottest.Graph
	Vault     *Vault
	Connector *bottest.Connector
	Signer    *bottest.Signer
	Front     *httptest.Server // the public address, in front of the processes

	bot atomic.Pointer[httputil.ReverseProxy] // behind the front
}

// New starts a company; the test's end stops it.
func New(t testing.TB) *Tenant {
	t.Helper()
	c := &Tenant{Entra: bottest.NewEntra(ID, Other), Graph: bottest.NewGraph(),
		Connector: bottest.NewConnector()}
	t.Cleanup(c.Entra.Close)
	t.Cleanup(c.Graph.Close)
	t.Cleanup(c.Connector.Close)
	c.Signer = bottest.NewSignerTLS(App, ID, c.Connector.URL())
	t.Cleanup(c.Signer.Close)
	c.Front = httptest.NewTLSServer(http.HandlerFunc(c.front))
	t.Cleanup(c.Front.Close)
	c.Graph.Admit(c.admits(c.Graph.URL()))
	c.Connector.Admit(c.admits("https://api.botframework.com"))
	c.SecretIs(Secret)
	c.people()
	c.Vault = c.NewVault(t)
	return c
}

// SecretIs gives the registration another secret; what it had is wrong then, or expired.
func (c *Tenant) SecretIs(secret string, expired ...string) {
	c.Entra.Register(bottest.EntraApp{Tenant: ID, ID: App, Secrets: []string{secret}, Expired: expired,
		Redirects: []string{c.Front.URL + "/signin/callback"}})
}

// admits says of an Authorization header whether Entra gave its token to the bot for an audience.
func (c *Tenant) admits(audience string) func(authorization string) bool {
	return func(authorization string) bool {
		token, ok := strings.CutPrefix(authorization, "Bearer ")
		claims, err := c.Entra.Verify(token, audience)
		return ok && err == nil && claims["appid"] == App
	}
}

// Serves is the process behind the public address from now on, by its own; "" is none.
func (c *Tenant) Serves(base string) {
	if base == "" {
		c.bot.Store(nil)
		return
	}
	to, err := url.Parse(base)
	if err != nil {
		panic(err) // the test gave it
	}
	c.bot.Store(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway)
		}})
}

func (c *Tenant) front(w http.ResponseWriter, r *http.Request) {
	if p := c.bot.Load(); p != nil {
		p.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusBadGateway)
}

// Env is what an administrator sets.
func (c *Tenant) Env() []string {
	return []string{"KEYDESK_VAULT_URL=" + c.Vault.URL, "AZURE_AUTHORITY_HOST=" + c.Entra.URL(),
		"AZURE_TENANT_ID=" + ID, "AZURE_CLIENT_ID=" + App, "AZURE_CLIENT_SECRET=" + Secret,
		"KEYDESK_ROLE_ADMIN=" + Admins, "KEYDESK_ROLE_L2=" + L2s, "KEYDESK_ROLE_L1=" + L1s,
		"KEYDESK_ROLE_NOC=" + NOCs, "KEYDESK_PUBLIC_URL=" + c.Front.URL, "KEYDESK_GRAPH_URL=" + c.Graph.URL(),
		"KEYDESK_OPENID_METADATA=" + c.Signer.MetadataURL(), "KEYDESK_CONNECTOR_HOSTS=127.0.0.1",
		"KEYDESK_LISTEN=127.0.0.1:0", "KEYDESK_METRICS_LISTEN=127.0.0.1:0"}
}
