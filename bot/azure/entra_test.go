package azure_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"keydesk/bot/azure"
	"keydesk/bot/bottest"
	"keydesk/bot/config"
)

// TestMain trusts the certificate that all servers of httptest have.
func TestMain(m *testing.M) { os.Exit(bottest.RunTrusting(m)) }

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	client = "22222222-2222-2222-2222-222222222222"
	scope  = "https://vault.azure.net/.default"
	secret = "obviously-fake-secret"
)

var names = config.Names{Tenant: "AZURE_TENANT_ID", Client: "AZURE_CLIENT_ID", Secret: "AZURE_CLIENT_SECRET"}

// entra is an authority over TLS that gives tokens, or refuses with a code.
type entra struct {
	*httptest.Server
	refuse  atomic.Pointer[refusal]
	seconds atomic.Int32 // how long tokens live
	asked   atomic.Int32 // for tokens
	hold    chan struct{}
}

// refusal is an answer as Entra gives it; discovery says that it comes before a token is asked for.
type refusal struct {
	status    int
	code      int
	discovery bool
	body      string
}

func newEntra(t *testing.T) *entra {
	e := &entra{}
	e.seconds.Store(3600)
	e.Server = httptest.NewTLSServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	discovery := strings.HasSuffix(r.URL.Path, "/openid-configuration")
	if refused := e.refuse.Load(); refused != nil && refused.discovery == discovery {
		body := refused.body
		if body == "" {
			body = fmt.Sprintf(`{"error":"invalid_client","error_description":"AADSTS%d: for app %s, trace 1234",`+
				`"error_codes":[%d]}`, refused.code, client, refused.code)
		}
		w.WriteHeader(refused.status)
		_, _ = w.Write([]byte(body))
		return
	}
	var answer any
	if discovery {
		answer = map[string]string{"issuer": e.URL + "/" + tenant + "/v2.0",
			"authorization_endpoint": e.URL + "/" + tenant + "/oauth2/v2.0/authorize",
			"token_endpoint":         e.URL + "/" + tenant + "/oauth2/v2.0/token"}
	} else {
		n := e.asked.Add(1)
		if e.hold != nil && n > 1 {
			<-e.hold
		}
		answer = map[string]any{"token_type": "Bearer", "expires_in": e.seconds.Load(),
			"access_token": fmt.Sprintf("obviously-fake-token-%d", n)}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (e *entra) config() azure.Config {
	return azure.Config{Cloud: config.Cloud{Authority: e.URL},
		Identity: config.Identity{Tenant: tenant, Client: client, Secret: secret, Names: names}}
}
