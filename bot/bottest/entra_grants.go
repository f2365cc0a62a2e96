package bottest

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// token is the token endpoint of a tenant.
func (e *Entra) token(r *http.Request, tenant string) (int, any) {
	if !e.knows(tenant) {
		return noTenant(tenant)
	}
	e.mu.Lock()
	app, ok := e.apps[r.PostFormValue("client_id")]
	e.mu.Unlock()
	if !ok || app.Tenant != tenant {
		return aadsts(http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+
			r.PostFormValue("client_id")+"' was not found in the directory '"+tenant+"'.")
	}
	if status, fault := e.authenticate(r, app, tenant); status != 0 {
		return status, fault
	}
	switch r.PostFormValue("grant_type") {
	case EntraCredentials:
		return e.credentials(r, app)
	case EntraCode:
		return e.redeem(r, app)
	}
	return aadsts(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported "+
		"grant type.")
}

// authenticate says what is wrong with an application's secret or assertion; 0 when nothing is.
func (e *Entra) authenticate(r *http.Request, app EntraApp, tenant string) (int, any) {
	if assertion := r.PostFormValue("client_assertion"); assertion != "" {
		return e.assertion(assertion, app, tenant)
	}
	secret := r.PostFormValue("client_secret")
	switch {
	case secret == "":
		return aadsts(http.StatusUnauthorized, "invalid_client", 7000218, "The request body must contain the "+
			"following parameter: 'client_assertion' or 'client_secret'.")
	case slices.Contains(app.Secrets, secret):
		return 0, nil
	case slices.Contains(app.Expired, secret):
		return aadsts(http.StatusUnauthorized, "invalid_client", 7000222, "The provided client secret keys for "+
			"app '"+app.ID+"' are expired.")
	}
	return aadsts(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure "+
		"the secret being sent in the request is the client secret value, not the client secret ID, for a "+
		"secret added to app '"+app.ID+"'.")
}

// assertion checks a client assertion: a federated token that the test gave, or a JWT signed with a
// certificate of the app (learn.microsoft.com/entra/identity-platform/certificate-credentials).
func (e *Entra) assertion(text string, app EntraApp, tenant string) (int, any) {
	if slices.Contains(app.Federated, text) {
		return 0, nil
	}
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.PS256})
	if err != nil || len(app.Certificates) == 0 {
		return aadsts(http.StatusUnauthorized, "invalid_client", 700213, "No matching federated identity record "+
			"found for presented assertion.")
	}
	for _, der := range app.Certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err) // the test gave it
		}
		payload, err := jws.Verify(cert.PublicKey)
		if err != nil {
			continue
		}
		if !e.saysWell(payload, app, tenant) {
			return aadsts(http.StatusUnauthorized, "invalid_client", 700024, "Client assertion is not within its "+
				"valid time range, or is not for this endpoint.")
		}
		return 0, nil
	}
	return aadsts(http.StatusUnauthorized, "invalid_client", 700027, "The certificate with identifier used "+
		"to sign the client assertion is not registered on application.")
}

// saysWell says whether the claims of an assertion are those of this app, for this endpoint, now.
func (e *Entra) saysWell(payload []byte, app EntraApp, tenant string) bool {
	var c struct {
		Iss, Sub string
		Aud      any
		Exp      float64
	}
	if json.Unmarshal(payload, &c) != nil {
		return false
	}
	aud, one := c.Aud.(string)
	if list, ok := c.Aud.([]any); !one && ok && len(list) == 1 {
		aud, _ = list[0].(string)
	}
	return c.Iss == app.ID && c.Sub == app.ID && aud == e.origin+"/"+tenant+"/oauth2/v2.0/token" &&
		time.Now().Unix() < int64(c.Exp)
}

// credentials gives a token for an application itself.
func (e *Entra) credentials(r *http.Request, app EntraApp) (int, any) {
	var resource string
	for scope := range strings.FieldsSeq(r.PostFormValue("scope")) { // MSAL adds openid and others
		if s, ok := strings.CutSuffix(scope, "/.default"); ok {
			resource = s
		}
	}
	if resource == "" {
		return aadsts(http.StatusBadRequest, "invalid_scope", 70011, "The provided value for the input parameter "+
			"'scope' is not valid.")
	}
	token, life := e.appToken(app.Tenant, app.ID, resource)
	seconds := int(life.Seconds())
	return http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
		"access_token": token}
}

// redeem gives tokens for the code of somebody who signed in. A code is good for one try.
func (e *Entra) redeem(r *http.Request, app EntraApp) (int, any) {
	e.mu.Lock()
	code, ok := e.codes[r.PostFormValue("code")]
	used := code.used
	code.used = true
	if ok {
		e.codes[r.PostFormValue("code")] = code
	}
	life, sign := e.life, e.idToken
	e.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	bad := func(code int, what string) (int, any) {
		return aadsts(http.StatusBadRequest, "invalid_grant", code, what)
	}
	switch {
	case !ok || code.app != app.ID:
		return bad(9002313, "Invalid request. Request is malformed or invalid.")
	case used:
		return bad(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code.")
	case time.Now().After(code.until):
		return bad(70008, "The provided authorization code or refresh token has expired due to inactivity.")
	case code.redirect != r.PostFormValue("redirect_uri"):
		return bad(500112, "The reply address does not match the reply address provided when requesting the code.")
	case subtle.ConstantTimeCompare([]byte(b64(proof[:])), []byte(code.challenge)) != 1:
		return bad(501481, "The Code_Verifier does not match the code_challenge supplied in the request.")
	}
	if sign == nil {
		sign = e.Signer.Sign
	}
	seconds := int(life.Seconds())
	return http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
		"scope": "openid profile", "access_token": newID(), "id_token": sign(e.idClaims(code, life))}
}

// idClaims are those of a good ID token
// (learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
func (e *Entra) idClaims(code entraCode, life time.Duration) Claims {
	now := time.Now()
	return Claims{"iss": e.Issuer(code.who.Tenant), "aud": code.app, "tid": code.who.Tenant, "oid": code.who.ID,
		"sub": b64([]byte(code.app[:8] + code.who.ID)), "name": code.who.Name, "nonce": code.nonce, "ver": "2.0",
		"preferred_username": "", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix()}
}
