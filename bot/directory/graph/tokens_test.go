package graph_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"keydesk/bot/bottest"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

func TestTheTokenIsForThisGraph(t *testing.T) {
	w := served(t)
	w.wants(t, admin, roles(catalog.Admin, catalog.L1, catalog.NOC))
	n := 0
	w.tokens.scopes.Range(func(scope, cae any) bool {
		n++
		if scope != w.fake.URL()+"/.default" || cae != false {
			t.Errorf("scope %v, continuous access evaluation %v", scope, cae)
		}
		return true
	})
	if n != 1 {
		t.Errorf("%d scopes", n)
	}
}

func TestNoTokenNoCall(t *testing.T) {
	w := served(t)
	w.tokens.err = errors.New("AADSTS7000215: the secret of app " + admin + " is wrong, token-endpoint")
	got, err := w.Roles(t.Context(), admin)
	if got != 0 || !errors.Is(err, graph.ErrToken) || !errors.Is(err, w.tokens.err) || w.since(0) != 0 {
		t.Errorf("%v %v, %d calls", got, err, w.since(0))
	}
	silent(t, err, w)
}

// The SDK would answer a challenge, and stumble over one that is not well formed.
func TestChallengesAreNotAnswered(t *testing.T) {
	for _, challenge := range []string{`Bearer claims="eyJ9"`, `Bearer claims=eyJ9`,
		`Bearer realm="", claims=`} {
		w := served(t)
		next := w.fake.Client().Transport
		w.fake.Admit(func(string) bool { return false })
		own, err := graph.New(graph.Config{Credential: w.tokens, URL: w.fake.URL(), Groups: roleGroups(),
			Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				res, err := next.RoundTrip(r)
				if err == nil {
					res.Header.Set("WWW-Authenticate", challenge)
				}
				return res, err
			})}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := own.Roles(t.Context(), admin); got != 0 || !errors.Is(err, graph.ErrToken) {
			t.Errorf("%s: %v %v", challenge, got, err)
		}
		if w.since(0) != 1 || w.tokens.asked.Load() != 1 {
			t.Errorf("%s: %d calls, %d tokens", challenge, w.since(0), w.tokens.asked.Load())
		}
	}
}

// azidentity keeps tokens: many questions, one token.
func TestOneTokenForManyQuestions(t *testing.T) {
	var asked atomic.Int32
	entra := roundTrip(func(r *http.Request) (*http.Response, error) {
		return bottest.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			const base = "https://login.contoso.example/11111111-1111-1111-1111-111111111111/"
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/token") {
				asked.Add(1)
				_, _ = w.Write([]byte(`{"token_type":"Bearer","expires_in":3600,` +
					`"access_token":"obviously-fake"}`))
				return
			}
			_, _ = w.Write([]byte(`{"issuer":"` + base + `v2.0","authorization_endpoint":"` + base +
				`authorize","token_endpoint":"` + base + `oauth2/v2.0/token"}`))
		})).RoundTrip(r)
	})
	credential, err := azidentity.NewClientSecretCredential("11111111-1111-1111-1111-111111111111", id(5),
		"obviously-fake-secret", &azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true,
			ClientOptions: azcore.ClientOptions{Transport: &http.Client{Transport: entra},
				Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: "https://login.contoso.example/"}}})
	if err != nil {
		t.Fatal(err)
	}
	fake := bottest.NewGraph()
	defer fake.Close()
	fake.Admit(func(authorization string) bool { return authorization == "Bearer obviously-fake" })
	w := onto(t, fill(fake), roleGroups())
	w.Graph, err = graph.New(graph.Config{Credential: credential, URL: fake.URL(), Client: fake.Client(),
		Groups: roleGroups()})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.wants(t, tech, roles(catalog.L1, catalog.NOC))
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d tokens for 10 questions", n)
	}
}
