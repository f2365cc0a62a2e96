package bottest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// instances answers MSAL's question which hosts are the same cloud: this one alone.
func (e *Entra) instances(*http.Request) (int, any) {
	host := strings.TrimPrefix(e.origin, "https://")
	return http.StatusOK, map[string]any{"api-version": "1.1",
		"tenant_discovery_endpoint": e.Issuer("common") + "/.well-known/openid-configuration",
		"metadata": []map[string]any{{"preferred_network": host, "preferred_cache": host,
			"aliases": []string{host}}}}
}

// metadata is the OpenID metadata of a tenant.
func (e *Entra) metadata(tenant string) (int, any) {
	if !e.knows(tenant) {
		return noTenant(tenant)
	}
	at := e.origin + "/" + tenant
	return http.StatusOK, map[string]any{
		"issuer":                                e.Issuer(tenant),
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"token_endpoint":                        at + "/oauth2/v2.0/token",
		"jwks_uri":                              at + "/discovery/v2.0/keys",
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt",
			"client_secret_basic"},
	}
}

func (e *Entra) knows(tenant string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tenants[tenant]
}

// keySet is what the signer publishes.
func (s *Signer) keySet() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := []map[string]any{}
	for _, k := range s.keys {
		set = append(set, k.public())
	}
	return map[string]any{"keys": set}
}

// appToken is an access token for an application, in the v1 form that Azure's own services get
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
func (e *Entra) appToken(tenant, app, resource string) (token string, life time.Duration) {
	e.mu.Lock()
	life = e.life
	e.mu.Unlock()
	now := time.Now()
	return e.Signer.Sign(Claims{"iss": "https://sts.windows.net/" + tenant + "/", "aud": resource, "tid": tenant,
		"appid": app, "oid": principal(app), "sub": principal(app), "idtyp": "app", "ver": "1.0",
		"uti": newID(), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix()}), life
}

// principal is the object id of an application's service principal.
func principal(app string) string {
	if len(app) < 8 {
		return app
	}
	return "5e000000" + app[8:]
}

// ErrToken: a token is not one that Entra gave for this audience, or its time is over.
var ErrToken = errors.New("bottest: not a good token")

// Verify gives the claims of an access token for an audience, as Azure's services check it: signed by a
// published key, of a tenant that is known, for them, in its time. Anything else is an ErrToken.
func (e *Entra) Verify(token, audience string) (Claims, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("%w: it can't be read", ErrToken)
	}
	payload, err := e.Signer.check(jws)
	if err != nil {
		return nil, err
	}
	var c Claims
	if json.Unmarshal(payload, &c) != nil {
		return nil, fmt.Errorf("%w: its claims can't be read", ErrToken)
	}
	tenant, _ := c["tid"].(string)
	ends, _ := c["exp"].(float64)
	begins, _ := c["nbf"].(float64)
	aud, _ := c["aud"].(string)
	now := time.Now().Unix()
	switch {
	case !e.knows(tenant) || c["iss"] != "https://sts.windows.net/"+tenant+"/":
		return nil, fmt.Errorf("%w: another issuer", ErrToken)
	case strings.TrimSuffix(aud, "/") != strings.TrimSuffix(audience, "/"):
		return nil, fmt.Errorf("%w: it is for %s", ErrToken, aud)
	case now >= int64(ends) || now < int64(begins):
		return nil, fmt.Errorf("%w: not in its time", ErrToken)
	}
	return c, nil
}

// check gives the payload of what a published key signed.
func (s *Signer) check(jws *jose.JSONWebSignature) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		if k.kid != jws.Signatures[0].Header.KeyID {
			continue
		}
		if payload, err := jws.Verify(&k.key.PublicKey); err == nil {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("%w: not signed by a published key", ErrToken)
}
