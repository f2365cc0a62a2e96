package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest"
	"keydesk/bot/config"
	"keydesk/catalog"
	"keydesk/vault/embedded"
)

// TestMain trusts the certificate that all servers of httptest have, as a private CA is trusted.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "keydesk")
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewTLSServer(nil)
	file := filepath.Join(dir, "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	server.Close()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		log.Fatal(err)
	}
	if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// fabrikam is a tenant over TLS: Entra, a Key Vault with its challenge, the Bot Connector.
type fabrikam struct {
	t      testing.TB
	entra  *httptest.Server
	vault  *httptest.Server
	cloud  *bottest.Connector
	signer *bottest.Signer
	logs   syncBuffer

	aadsts  atomic.Int32           // Entra refuses with this code; 0 it does not
	refused atomic.Pointer[string] // what the vault answers instead, with 403
	refuses string                 // for scopes with this in them only
	admins  []catalog.Person
}

func newFabrikam(t testing.TB) *fabrikam {
	f := &fabrikam{t: t, admins: []catalog.Person{{ID: "a", Name: "An admin"}}}
	f.entra = httptest.NewTLSServer(http.HandlerFunc(f.giveToken))
	t.Cleanup(f.entra.Close)
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true,
		Tenant: botTenant, Authorize: func(bearer string) bool {
			return bearer == "obviously-fake "+
				"https://vault.azure.net/.default"
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	f.vault = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if code := f.refused.Load(); code != nil && r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"error":{"code":"Forbidden","message":"Caller appid=1234 in secret-place",`+
				`"innererror":{"code":%q}}}`,
				*code)
			return
		}
		file.ServeHTTP(w, r)
	}))
	t.Cleanup(f.vault.Close)
	f.cloud = bottest.NewConnector()
	t.Cleanup(f.cloud.Close)
	f.signer = bottest.NewSigner(botID, botTenant, f.cloud.URL())
	t.Cleanup(f.signer.Close)
	return f
}

// giveToken is Entra's side of a client's credentials.
func (f *fabrikam) giveToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	base := f.entra.URL + "/" + botTenant
	switch code := f.aadsts.Load(); {
	case r.URL.Path == "/healthz": // it stands for a proxy, too, behind which nobody is
		w.WriteHeader(http.StatusBadGateway)
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": base + "/v2.0",
			"authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token"})
	case code != 0 && strings.Contains(r.FormValue("scope"), f.refuses):
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"AADSTS%d: app 1234","error_codes":[%d]}`,
			code, code)
	default:
		scope := strings.Fields(r.FormValue("scope"))[0]
		_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3600,
			"access_token": "obviously-fake " + scope})
	}
}

// settings is what an administrator sets; more is added to it, or replaces it.
func (f *fabrikam) settings(more ...string) config.Config {
	f.t.Helper()
	env := []string{"KEYDESK_VAULT_URL=" + f.vault.URL, "AZURE_AUTHORITY_HOST=" + f.entra.URL,
		"AZURE_TENANT_ID=" + botTenant, "AZURE_CLIENT_ID=" + botID, "AZURE_CLIENT_SECRET=obviously-fake-secret",
		"KEYDESK_ROLE_ADMIN=" + botTenant, "KEYDESK_PUBLIC_URL=" + f.entra.URL,
		"KEYDESK_CONNECTOR_HOSTS=127.0.0.1",
		"KEYDESK_LISTEN=127.0.0.1:0", "KEYDESK_METRICS_LISTEN=127.0.0.1:0", "KEYDESK_LINK_SIGNIN=off"}
	s, warnings, err := config.Load(append(env, more...))
	if err != nil || len(warnings) > 0 {
		f.t.Fatal(err, warnings)
	}
	s.Azure.Cloud.OpenIDMetadata = f.signer.MetadataURL() // which is plain HTTP
	return s
}

func (f *fabrikam) config(more ...string) app.Config {
	logger := slog.New(slog.NewTextHandler(&f.logs, nil))
	return app.Config{Settings: f.settings(more...), Logger: logger}.With(f, nil)
}

// Roles makes everybody an admin.
func (f *fabrikam) Roles(context.Context, string) (catalog.Roles, error) {
	return catalog.RolesOf(catalog.Admin), nil
}

// Members is who the test says.
func (f *fabrikam) Members(context.Context, catalog.Role) ([]catalog.Person, error) {
	return f.admins, nil
}

// client posts activities to a served tenant.
func (f *fabrikam) client(a *app.App) *bottest.Client {
	return &bottest.Client{Signer: f.signer, URL: a.Base() + "/api/messages", HTTP: http.DefaultClient}
}

// tellsNothing fails when a text holds what only Microsoft, or nobody, should know.
func tellsNothing(t testing.TB, text string) {
	t.Helper()
	for _, never := range []string{"obviously-fake", "1234", "secret-place"} {
		if bytes.Contains([]byte(text), []byte(never)) {
			t.Errorf("%q is told:\n%s", never, text)
		}
	}
}
