package embedded_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
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

const api = "?api-version=2026-04-01"

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

// world is one vault and one way to reach it.
type world struct {
	*embedded.Vault
	c    *azsecrets.Client
	base string
	do   policy.Transporter
}

func inProcess(t testing.TB, v *embedded.Vault) *world {
	return reach(t, v, "https://sandbox.vault.azure.net", v, false)
}

func overTLS(t testing.TB, v *embedded.Vault) *world {
	srv := httptest.NewUnstartedServer(v)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that the client dialled and did not need
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return reach(t, v, srv.URL, srv.Client(), true)
}

// reach makes the real azsecrets client. Its first call has no token and meets the challenge, whose resource
// it checks against the address unless the address is none of Microsoft's.
func reach(t testing.TB, v *embedded.Vault, base string, do policy.Transporter, foreign bool) *world {
	t.Helper()
	opts := &azsecrets.ClientOptions{DisableChallengeResourceVerification: foreign}
	opts.Retry.MaxRetries = -1
	opts.Transport = do
	c, err := azsecrets.NewClient(base, bearer(v.Token()), opts)
	if err != nil {
		t.Fatal(err)
	}
	return &world{Vault: v, c: c, base: base, do: do}
}

// both runs a test in process and over TLS, each with a vault of its own.
func both(t *testing.T, cfg embedded.Config, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("in process", func(t *testing.T) { test(t, inProcess(t, open(t, cfg))) })
	t.Run("over TLS", func(t *testing.T) { test(t, overTLS(t, open(t, cfg))) })
}

type azureError struct {
	Error struct {
		Code       string
		Message    string
		Innererror struct{ Code string }
	}
}

// answer is what came back of a raw request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) err(t testing.TB) (e azureError) {
	t.Helper()
	if err := json.Unmarshal(a.body, &e); err != nil || e.Error.Code == "" {
		t.Errorf("%d: no error body of Azure's shape: %q", a.status, a.body)
	}
	return e
}

// raw sends what the client would never send. A header with an empty value is left out.
func (w *world) raw(t testing.TB, method, path, body string, header map[string]string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.Token())
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, val := range header {
		req.Header.Set(k, val)
		if val == "" {
			req.Header.Del(k)
		}
	}
	resp, err := w.do.Do(req)
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
	e := answer{re.StatusCode, re.RawResponse.Header, body}.err(t)
	if re.StatusCode != status || re.ErrorCode != code || e.Error.Innererror.Code != inner {
		t.Errorf("got %d %s %s, want %d %s %s", re.StatusCode, re.ErrorCode, e.Error.Innererror.Code,
			status, code, inner)
	}
}

// ok fails the test when a call did, and gives its answer.
func ok[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) set(t testing.TB, name, value string) azsecrets.Secret {
	t.Helper()
	return w.setWith(t, name, azsecrets.SetSecretParameters{Value: &value})
}

func (w *world) setWith(t testing.TB, name string, p azsecrets.SetSecretParameters) azsecrets.Secret {
	t.Helper()
	return ok[azsecrets.SetSecretResponse](t)(w.c.SetSecret(t.Context(), name, p, nil)).Secret
}

func (w *world) get(t testing.TB, name, version string) azsecrets.Secret {
	t.Helper()
	return ok[azsecrets.GetSecretResponse](t)(w.c.GetSecret(t.Context(), name, version, nil)).Secret
}

func (w *world) patch(t testing.TB, name, version string,
	p azsecrets.UpdateSecretPropertiesParameters) azsecrets.Secret {
	t.Helper()
	return ok[azsecrets.UpdateSecretPropertiesResponse](t)(
		w.c.UpdateSecretProperties(t.Context(), name, version, p, nil)).Secret
}

func (w *world) delete(t testing.TB, name string) azsecrets.DeletedSecret {
	t.Helper()
	return ok[azsecrets.DeleteSecretResponse](t)(w.c.DeleteSecret(t.Context(), name, nil)).DeletedSecret
}

// list gives the pages of all secrets.
func (w *world) list(t testing.TB) (pages [][]*azsecrets.SecretProperties) {
	t.Helper()
	for p := w.c.NewListSecretPropertiesPager(nil); p.More(); {
		pages = append(pages, ok[azsecrets.ListSecretPropertiesResponse](t)(p.NextPage(t.Context())).Value)
	}
	return pages
}

func (w *world) versions(t testing.TB, name string) (pages [][]*azsecrets.SecretProperties) {
	t.Helper()
	for p := w.c.NewListSecretPropertiesVersionsPager(name, nil); p.More(); {
		pages = append(pages,
			ok[azsecrets.ListSecretPropertiesVersionsResponse](t)(p.NextPage(t.Context())).Value)
	}
	return pages
}

func (w *world) deleted(t testing.TB) (pages [][]*azsecrets.DeletedSecretProperties) {
	t.Helper()
	for p := w.c.NewListDeletedSecretPropertiesPager(nil); p.More(); {
		pages = append(pages,
			ok[azsecrets.ListDeletedSecretPropertiesResponse](t)(p.NextPage(t.Context())).Value)
	}
	return pages
}
