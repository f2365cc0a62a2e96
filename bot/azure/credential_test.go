package azure_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keydesk/bot/azure"
	"keydesk/bot/config"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func TestWhyThereIsNoToken(t *testing.T) {
	for name, tt := range map[string]struct {
		refusal refusal
		kind    error
		text    string
		advice  string
	}{
		"wrong secret": {refusal{status: 401, code: 7000215}, azure.ErrSecretWrong, "(AADSTS7000215)",
			"AZURE_CLIENT_SECRET"},
		"expired secret": {refusal{status: 401, code: 7000222}, azure.ErrSecretExpired, "expired",
			"Make a new client secret"},
		"unknown tenant": {refusal{status: 400, code: 90002, discovery: true}, azure.ErrTenant, "tenant",
			"AZURE_TENANT_ID"},
		"unknown client": {refusal{status: 400, code: 700016}, azure.ErrClient, "application",
			"AZURE_CLIENT_ID"},
		"certificate": {refusal{status: 401, code: 700027}, azure.ErrCertificate, "certificate",
			"Upload the certificate"},
		"federation": {refusal{status: 401, code: 700213}, azure.ErrFederation, "workload",
			"federated credential"},
		"another code": {refusal{status: 400, code: 53003}, azure.ErrEntra, "(AADSTS53003)",
			"login.microsoftonline.com/error"},
		"an outage": {refusal{status: 503, body: "<html>sorry " + secret}, azure.ErrEntra, "(HTTP 503)",
			"Try again later"},
		"no Entra": {refusal{status: 404, body: "not found", discovery: true}, azure.ErrEntra,
			"HTTP 404", "AZURE_AUTHORITY_HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t)
			e.refuse.Store(&tt.refusal)
			var logged bytes.Buffer
			cfg := e.config()
			cfg.Logger = slog.New(slog.NewTextHandler(&logged, nil))
			c, err := azure.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Check(t.Context(), scope)
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) ||
				!strings.Contains(azure.Advice(err), tt.advice) {
				t.Errorf("%v\n%s", err, azure.Advice(err))
			}
			all := err.Error() + azure.Advice(err) + logged.String()
			for _, never := range []string{secret, client, "trace", "sorry"} {
				if strings.Contains(all, never) {
					t.Errorf("%q is told: %s", never, all)
				}
			}
			if logged.Len() == 0 {
				t.Error("the log has nothing")
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	gone := newEntra(t)
	gone.Close()
	for authority, kind := range map[string]error{
		gone.URL: azure.ErrNoAnswer, "https://login.keydesk.invalid": azure.ErrName,
	} {
		cfg := gone.config()
		cfg.Cloud.Authority = authority
		c, err := azure.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Check(t.Context(), scope)
		if f, ok := errors.AsType[*azure.Fault](err); !ok || !errors.Is(err, kind) || !f.Passing() {
			t.Errorf("%s: %v", authority, err)
		}
	}
}

// The time is up while a try is waited for that comes after an outage: nothing says that the settings are wrong.
func TestTooLateForAnotherTry(t *testing.T) {
	e := newEntra(t)
	e.refuse.Store(&refusal{status: http.StatusServiceUnavailable, body: "sorry"})
	c, err := azure.New(e.config())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = c.AskNow(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if f, ok := errors.AsType[*azure.Fault](err); !ok || !errors.Is(err, azure.ErrNoAnswer) || !f.Passing() {
		t.Error(err)
	}
}

// The host is right, but the certificate is of another name.
func TestAnotherName(t *testing.T) {
	e := newEntra(t)
	cfg := e.config()
	cfg.Cloud.Authority = strings.Replace(e.URL, "127.0.0.1", "localhost", 1)
	c, err := azure.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(t.Context(), scope); !errors.Is(err, azure.ErrTLS) {
		t.Error(err)
	}
}

func TestTheSecretIsNotSentOn(t *testing.T) {
	e := newEntra(t)
	e.refuse.Store(&refusal{status: http.StatusOK, discovery: true, body: `{"issuer":"` + e.URL + "/" + tenant +
		`/v2.0","authorization_endpoint":"` + e.URL + `/a","token_endpoint":"` + e.URL + `/moved"}`})
	mux := http.NewServeMux()
	elsewhere := false
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, e.URL+"/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere = true })
	mux.Handle("/", e)
	e.Config.Handler = mux
	c, err := azure.New(e.config())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(t.Context(), scope); err == nil || elsewhere {
		t.Error(err, elsewhere)
	}
}

func TestAnotherTenantsVault(t *testing.T) {
	e := newEntra(t)
	for anyChallenge, want := range map[bool]error{false: azure.ErrOtherTenant, true: nil} {
		cfg := e.config()
		cfg.AnyChallenge = anyChallenge
		c, err := azure.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: client})
		if !errors.Is(err, want) {
			t.Errorf("%v: %v", anyChallenge, err)
		}
		same := policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: strings.ToUpper(tenant)}
		if _, err = c.GetToken(t.Context(), same); err != nil {
			t.Error(err)
		}
	}
}

// Files are looked at when the credential is made, so that a start names them.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.pem")
	if err := os.WriteFile(garbage, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		identity config.Identity
		kind     error
		advice   string
	}{
		{config.Identity{Certificate: filepath.Join(dir, "none")}, azure.ErrCertificate, "cannot be read"},
		{config.Identity{Certificate: garbage}, azure.ErrCertificate, "PEM or PKCS#12"},
		{config.Identity{TokenFile: filepath.Join(dir, "none")}, azure.ErrFederation, "cannot be read"},
	} {
		cfg := newEntra(t).config()
		tt.identity.Tenant, tt.identity.Client, tt.identity.Names = tenant, client, names
		cfg.Identity = tt.identity
		_, err := azure.New(cfg)
		if !errors.Is(err, tt.kind) || !strings.Contains(azure.Advice(err), tt.advice) {
			t.Errorf("%v %s", err, azure.Advice(err))
		}
		if err != nil && strings.Contains(err.Error(), dir) {
			t.Errorf("names the place: %v", err)
		}
	}
}
