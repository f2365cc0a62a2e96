package bottest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Issuer is the Bot Connector's in the public cloud.
const Issuer = "https://api.botframework.com"

// Claims are what a token says; a claim that is nil is left out.
type Claims map[string]any

// With is a copy with one claim changed; nil takes it away.
func (c Claims) With(name string, value any) Claims {
	c = maps.Clone(c)
	c[name] = value
	if value == nil {
		delete(c, name)
	}
	return c
}

// Signer is the Bot Connector's side of the trust: OpenID metadata and keys over HTTP, and tokens. Safe for
// concurrent use.
type Signer struct {
	AppID, Tenant string
	ServiceURL    string // what activities and tokens carry

	server  *httptest.Server // nil: in process
	origin  string
	mu      sync.Mutex
	keys    []signing // the last one signs
	answer  http.HandlerFunc
	fetches int
}

type signing struct {
	kid          string
	key          *rsa.PrivateKey
	endorsements []string
}

// NewSigner starts a signer with one key, endorsed for Teams. Close ends it.
func NewSigner(appID, tenant, serviceURL string) *Signer {
	s := SignerInProcess(appID, tenant, serviceURL)
	s.server = httptest.NewServer(s)
	s.origin = s.server.URL
	return s
}

// NewSignerTLS is NewSigner with https.
func NewSignerTLS(appID, tenant, serviceURL string) *Signer {
	s := SignerInProcess(appID, tenant, serviceURL)
	s.server = httptest.NewTLSServer(s)
	s.origin = s.server.URL
	return s
}

// SignerInProcess is a signer without a network, for tests with a clock of their own: only Client reaches it.
func SignerInProcess(appID, tenant, serviceURL string) *Signer {
	s := &Signer{AppID: appID, Tenant: tenant, ServiceURL: serviceURL, origin: "http://127.0.0.1:1"}
	s.Rotate("msteams")
	return s
}

// Client reaches the key server.
func (s *Signer) Client() *http.Client {
	if s.server == nil {
		return &http.Client{Transport: Direct(s)}
	}
	return s.server.Client()
}

// Close stops the key server.
func (s *Signer) Close() {
	if s.server != nil {
		s.server.Close()
	}
}

// MetadataURL is the address of the OpenID metadata.
func (s *Signer) MetadataURL() string { return s.origin + "/v1/.well-known/openidconfiguration" }

// Rotate signs with a new key from now on, endorsed for the channels. The earlier ones stay published.
func (s *Signer) Rotate(channels ...string) (kid string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	thumbprint := make([]byte, 20) // Microsoft names keys by their certificate's
	_, _ = rand.Read(thumbprint)
	kid = b64(thumbprint)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, signing{kid, key, channels})
	return kid
}

// Retire publishes only the newest key from now on.
func (s *Signer) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[len(s.keys)-1:]
}

// Answer has the key server answer with h; nil makes it well again.
func (s *Signer) Answer(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// Fetches is how often the metadata was asked for.
func (s *Signer) Fetches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// ServeHTTP answers as the key server.
func (s *Signer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	metadata := r.URL.Path == "/v1/.well-known/openidconfiguration"
	s.mu.Lock()
	answer, keys := s.answer, slices.Clone(s.keys)
	if metadata {
		s.fetches++
	}
	s.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case metadata:
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": Issuer, "jwks_uri": s.origin + "/v1/.well-known/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	default:
		set := []map[string]any{}
		for _, k := range keys {
			set = append(set, k.public())
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": set})
	}
}

// public is the key as the Bot Connector publishes it.
func (k signing) public() map[string]any {
	return map[string]any{"kty": "RSA", "use": "sig", "kid": k.kid, "x5t": k.kid, "n": b64(k.key.N.Bytes()),
		"e": b64(big.NewInt(int64(k.key.E)).Bytes()), "endorsements": k.endorsements}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Claims are those of a good token.
func (s *Signer) Claims() Claims {
	now := time.Now()
	return Claims{"iss": Issuer, "aud": s.AppID, "serviceurl": s.ServiceURL,
		"nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()}
}

// Token is a good token.
func (s *Signer) Token() string { return s.Sign(s.Claims()) }

// Sign signs any claims with the newest key.
func (s *Signer) Sign(c Claims) string {
	k := s.newest()
	return signed(map[string]any{"alg": "RS256", "typ": "JWT", "kid": k.kid, "x5t": k.kid}, c, k.key)
}

// SignAs signs with the newest key under another header: a kid that is not its own, a critical extension.
func (s *Signer) SignAs(header map[string]any, c Claims) string {
	return signed(header, c, s.newest().key)
}

// Kid is the name of the newest key.
func (s *Signer) Kid() string { return s.newest().kid }

func (s *Signer) newest() signing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[len(s.keys)-1]
}
