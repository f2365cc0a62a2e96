package app_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// shared is a Key Vault of its own, served over TLS, that several processes may use.
type shared struct {
	file   *embedded.Vault
	server *httptest.Server
}

func newShared(t testing.TB) *shared {
	t.Helper()
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &shared{file: file, server: httptest.NewTLSServer(file)}
	t.Cleanup(func() { s.server.Close(); _ = file.Close() })
	return s
}

// GetToken is the credential of the vault.
func (s *shared) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.file.Token(), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// run starts a whole Keydesk on it.
func (s *shared) run(t testing.TB) (*app.App, func()) {
	t.Helper()
	return runWith(t, app.Config{
		Settings: settingsOf(t),
		Vault: &vault.Config{URL: s.server.URL, Credential: s, Transport: s.server.Client(),
			OutsideMicrosoft: true},
	})
}

// raw is the plain client: what another application, or an administrator, does.
func (s *shared) raw(t testing.TB) *azsecrets.Client {
	t.Helper()
	c, err := azsecrets.NewClient(s.server.URL, s, &azsecrets.ClientOptions{DisableChallengeResourceVerification: true,
		ClientOptions: azcore.ClientOptions{Transport: s.server.Client()}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// runFaulty starts one whose calls to the vault go through f.
func (s *shared) runFaulty(t testing.TB, f *faulty) (*app.App, func()) {
	t.Helper()
	return runWith(t, app.Config{
		Settings: settingsOf(t),
		Vault: &vault.Config{URL: s.server.URL, Credential: s, Transport: s.server.Client(),
			OutsideMicrosoft: true},
		Transport: func(next policy.Transporter) policy.Transporter { f.next = next; return f },
	})
}

// inFile names every secret, also what is deleted, without a network.
func (s *shared) inFile(t testing.TB) (all []string) {
	t.Helper()
	c, err := azsecrets.NewClient("https://vault.localhost", s, &azsecrets.ClientOptions{
		DisableChallengeResourceVerification: true, ClientOptions: azcore.ClientOptions{Transport: s.file}})
	if err != nil {
		t.Fatal(err)
	}
	for pages := c.NewListSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			all = append(all, p.ID.Name())
		}
	}
	for pages := c.NewListDeletedSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			all = append(all, p.ID.Name())
		}
	}
	return all
}

// deleted names what is deleted and recoverable.
func (s *shared) deleted(t testing.TB) (names []string) {
	t.Helper()
	pages := s.raw(t).NewListDeletedSecretPropertiesPager(nil)
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			names = append(names, p.ID.Name())
		}
	}
	return names
}
