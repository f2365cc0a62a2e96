package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// entra is what is known of the tenant once it answered.
type entra struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// ask gets the tenant's metadata, once; as long as that fails, each sign-in tries again, all at the same time
// with one call.
func (f *Flow) ask() (*entra, error) {
	if e := f.known(); e != nil {
		return e, nil
	}
	got, err, _ := f.asking.Do("", func() (any, error) {
		if e := f.known(); e != nil { // since a moment ago
			return e, nil
		}
		// Not the request's context: others wait for the answer too. The client has a time-out.
		p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), f.client),
			f.Authority+"/"+f.Tenant+"/v2.0")
		if err != nil {
			return nil, fmt.Errorf("reading the metadata: %.300v", err)
		}
		e := f.know(p)
		f.mu.Lock()
		f.entra = e
		f.mu.Unlock()
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	return got.(*entra), nil
}

func (f *Flow) known() *entra {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.entra
}

func (f *Flow) know(p *oidc.Provider) *entra {
	at := p.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInParams
	return &entra{
		oauth: oauth2.Config{ClientID: f.ClientID, ClientSecret: f.ClientSecret, Endpoint: at,
			RedirectURL: f.PublicURL + "/signin/callback", Scopes: []string{oidc.ScopeOpenID, "profile"}},
		verifier: p.Verifier(&oidc.Config{ClientID: f.ClientID, SupportedSigningAlgs: []string{oidc.RS256}}),
	}
}

// aadsts is Entra's number of an error; the text around it names ids and places.
var aadsts = regexp.MustCompile(`AADSTS\d+`)

// reading says what an error of the token endpoint means, and gives one without the texts of the answer.
func reading(err error) (Reason, error) {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return Down, err
	}
	said := fmt.Errorf("the token endpoint answered %d %s %s", answer.Response.StatusCode, kind(answer.ErrorCode),
		aadsts.FindString(answer.ErrorDescription))
	switch {
	case answer.ErrorCode == "invalid_grant":
		return Refused, said
	case answer.Response.StatusCode == http.StatusTooManyRequests, answer.Response.StatusCode >= 500,
		answer.Response.StatusCode < 400:
		return Down, said
	}
	return Setup, said
}

var word = regexp.MustCompile(`^[a-z_]{1,40}$`)

// kind is an OAuth error code, if it looks like one.
func kind(code string) string {
	if word.MatchString(code) {
		return code
	}
	return "without a code"
}
