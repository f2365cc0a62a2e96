package embedded_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/vault/embedded"
)

const (
	base = "https://sandbox.vault.azure.net"
	api  = "2026-04-01"
)

// bearer is a credential that has its token already.
type bearer string

func (b bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(b), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func open(t testing.TB, cfg embedded.Config) *embedded.Vault {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "vault.db")
	}
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error("closing:", err)
		}
	})
	return v
}

// client is the real azsecrets client, in this process or over TLS through the challenge.
func client(t testing.TB, v *embedded.Vault, overTLS bool) *azsecrets.Client {
	t.Helper()
	opts := &azsecrets.ClientOptions{}
	opts.Retry.MaxRetries = -1
	url := base
	opts.Transport = v
	if overTLS {
		srv := httptest.NewTLSServer(v)
		t.Cleanup(srv.Close)
		url, opts.Transport = srv.URL, srv.Client()
		opts.DisableChallengeResourceVerification = true
	}
	c, err := azsecrets.NewClient(url, bearer(v.Token()), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// both runs a test with the same client over both ways.
func both(t *testing.T, cfg embedded.Config, test func(t *testing.T, c *azsecrets.Client)) {
	for name, overTLS := range map[string]bool{"in process": false, "over TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, client(t, open(t, cfg), overTLS))
		})
	}
}

// answer is what came back of a raw request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

type azureError struct {
	Error struct {
		Code       string
		Message    string
		Innererror struct{ Code string }
	}
}

// raw sends one request with the vault's own token unless header says otherwise ("" removes).
func raw(t testing.TB, v *embedded.Vault, method, path, body string, header map[string]string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+v.Token())
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, val := range header {
		req.Header.Set(k, val)
		if val == "" {
			req.Header.Del(k)
		}
	}
	resp, err := v.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// wantError checks status, code and inner code of a client's error.
func wantError(t testing.TB, err error, status int, code, inner string) {
	t.Helper()
	re, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		t.Fatalf("error is %v, want %d %s", err, status, code)
	}
	body, readErr := io.ReadAll(re.RawResponse.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	var e azureError
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("error body %q: %v", body, err)
	}
	if re.StatusCode != status || re.ErrorCode != code || e.Error.Innererror.Code != inner {
		t.Errorf("got %d %s %s, want %d %s %s", re.StatusCode, re.ErrorCode, e.Error.Innererror.Code,
			status, code, inner)
	}
}

func ptr[T any](v T) *T { return &v }

func set(t testing.TB, c *azsecrets.Client, name, value string) azsecrets.Secret {
	t.Helper()
	r, err := c.SetSecret(t.Context(), name, azsecrets.SetSecretParameters{Value: &value}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Secret
}
