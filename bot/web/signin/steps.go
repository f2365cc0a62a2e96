package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Begin sends the browser to Entra; it comes back to the page it asks for here. With choose the person picks
// an account also where one is signed in. A Failure with Down where Entra does not answer: nothing was sent.
func (f *Flow) Begin(w http.ResponseWriter, r *http.Request, choose bool) error {
	p := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Path: r.URL.Path,
		Until: time.Now().Add(pendingFor)}
	if !page.MatchString(p.Path) {
		return &Failure{Reason: Unknown}
	}
	e, err := f.ask()
	if err != nil {
		return f.failure(p, Down, err)
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)}
	if choose {
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	f.dropOld(w, r)
	f.setCookie(w, f.pendingName(p.State), p, pendingFor)
	http.Redirect(w, r, e.oauth.AuthCodeURL(p.State, options...), http.StatusSeeOther)
	return nil
}

// Finish takes the answer that the browser brings from Entra. Where somebody signed in, the browser is told so in
// a cookie, and back is the address it had asked for; otherwise the error is a *Failure. It writes no body.
func (f *Flow) Finish(w http.ResponseWriter, r *http.Request) (back string, err error) {
	q := r.URL.Query()
	state, name := q.Get("state"), f.pendingName(q.Get("state"))
	var p pending
	c, err := r.Cookie(name)
	if err != nil || !f.open(name, c.Value, &p) ||
		subtle.ConstantTimeCompare([]byte(p.State), []byte(state)) != 1 {
		return "", &Failure{Reason: Unknown}
	}
	f.dropCookie(w, name)
	switch {
	case !time.Now().Before(p.Until):
		return "", f.failure(p, Unknown, nil)
	case !f.used.first(p.State, p.Until):
		return "", f.failure(p, Replayed, nil)
	case q.Has("error"):
		return "", f.failure(p, reasonOf(q.Get("error")), nil)
	case q.Get("code") == "":
		return "", f.failure(p, Refused, nil)
	}
	s, reason, err := f.redeem(r.Context(), q.Get("code"), p)
	if reason != "" {
		return "", f.failure(p, reason, err)
	}
	s.Until = time.Now().Add(signedInFor)
	f.setCookie(w, f.cookieName(sessionCookie), s, signedInFor)
	return f.PublicURL + p.Path, nil
}

func (f *Flow) failure(p pending, reason Reason, cause error) *Failure {
	return &Failure{Reason: reason, Back: f.PublicURL + p.Path, Path: p.Path, cause: cause}
}

// reasonOf reads the error that Entra sends a browser back with
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func reasonOf(code string) Reason {
	switch code {
	case "server_error", "temporarily_unavailable":
		return Down
	case "invalid_client", "unauthorized_client", "invalid_resource", "unsupported_response_type":
		return Setup
	}
	return Cancelled
}

// redeem gives the code to Entra and checks the ID token that comes for it. reason is "" when all is well.
func (f *Flow) redeem(ctx context.Context, code string, p pending) (s session, reason Reason, err error) {
	e, err := f.ask()
	if err != nil {
		return s, Down, err
	}
	ctx = oidc.ClientContext(ctx, f.client)
	token, err := e.oauth.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		reason, err = reading(err)
		return s, reason, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := e.verifier.Verify(ctx, raw)
	switch {
	case err != nil && strings.Contains(err.Error(), "fetching keys"): // go-oidc has no better sign
		return s, Down, fmt.Errorf("%.300v", err)
	case err != nil:
		return s, Untrusted, err
	case p.Nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(p.Nonce)) != 1:
		return s, Untrusted, fmt.Errorf("the nonce is of another sign-in")
	}
	return f.who(id)
}

// who reads the person: oid and tid are the only claims that name one for good
// (learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
func (f *Flow) who(id *oidc.IDToken) (s session, reason Reason, err error) {
	var c struct{ Oid, Tid, Name string }
	if err := id.Claims(&c); err != nil {
		return s, Untrusted, err
	}
	c.Oid = strings.ToLower(c.Oid)
	switch {
	case !strings.EqualFold(c.Tid, f.Tenant):
		return s, Elsewhere, nil
	case !guid.MatchString(c.Oid):
		return s, Untrusted, fmt.Errorf("the ID token has no oid")
	}
	name := []rune(c.Name)
	return session{ID: c.Oid, Name: string(name[:min(len(name), 128)])}, "", nil
}
