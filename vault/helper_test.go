package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"
)

const address = "https://contoso-keys.vault.azure.net"

// bearer is a credential that has its token already.
type bearer string

func (b bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(b), ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

// wire stands between the client and the vault: it counts what is sent with a token, and may break it.
type wire struct {
	vault policy.Transporter

	mu    sync.Mutex
	sent  []string // "GET /secrets/name"
	spoil func(n int, r *http.Request) trouble
	n     int
}

// trouble is what happens to a request; nil lets it through.
type trouble func(w *wire, r *http.Request) (*http.Response, error)

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" {
		return w.vault.Do(r) // the challenge
	}
	w.mu.Lock()
	w.sent = append(w.sent, r.Method+" "+strings.TrimSuffix(r.URL.Path, "/"))
	w.n++
	var t trouble
	if w.spoil != nil {
		t = w.spoil(w.n, r)
	}
	w.mu.Unlock()
	if t == nil {
		return w.vault.Do(r)
	}
	return t(w, r)
}

// breaks sets what goes wrong from now on, and starts counting anew.
func (w *wire) breaks(spoil func(n int, r *http.Request) trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoil, w.n, w.sent = spoil, 0, nil
}

// requests is what was sent since the last breaks.
func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.sent...)
}

// count is how many of them used the method.
func (w *wire) count(method string) (n int) {
	for _, r := range w.requests() {
		if strings.HasPrefix(r, method+" ") {
			n++
		}
	}
	return n
}

// bed is one embedded vault and stores on it.
type bed struct {
	*embedded.Vault
	catalog *catalog.Catalog
}

var vendors = sync.OnceValues(catalog.Load)

func newBed(t testing.TB) *bed { return newBedOn(t, embedded.Config{}) }

func newBedOn(t testing.TB, cfg embedded.Config) *bed {
	t.Helper()
	cfg.Path, cfg.NoSync = filepath.Join(t.TempDir(), "vault.db"), true
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	c, err := vendors()
	if err != nil {
		t.Fatal(err)
	}
	return &bed{Vault: v, catalog: c}
}

// config reaches the vault through a new wire.
func (b *bed) config() (vault.Config, *wire) {
	w := &wire{vault: b.Vault}
	return vault.Config{
		URL: address, Credential: bearer(b.Token()), Transport: w, Catalog: b.catalog,
	}, w
}

func (b *bed) open(t testing.TB) (*vault.Store, *wire) {
	t.Helper()
	cfg, w := b.config()
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	return s, w
}

// raw is the plain client: what another application, or an administrator, does.
func (b *bed) raw(t testing.TB) *azsecrets.Client {
	t.Helper()
	c, err := azsecrets.NewClient(address, bearer(b.Token()), &azsecrets.ClientOptions{
		ClientOptions: azcore.ClientOptions{Transport: b.Vault},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bed) set(t testing.TB, name, value, content string, tags map[string]string) {
	t.Helper()
	p := azsecrets.SetSecretParameters{Value: &value, Tags: map[string]*string{}}
	if content != "" {
		p.ContentType = to.Ptr(content)
	}
	for k, v := range tags {
		p.Tags[k] = &v
	}
	if _, err := b.raw(t).SetSecret(t.Context(), name, p, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *bed) get(t testing.TB, name string) azsecrets.Secret {
	t.Helper()
	r, err := b.raw(t).GetSecret(t.Context(), name, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Secret
}

// version is the id of a secret's current version.
func (b *bed) version(t testing.TB, name string) string {
	t.Helper()
	id := b.get(t, name).ID
	return id.Version()
}

// all names every secret, sorted.
func (b *bed) all(t testing.TB) (names []string) {
	t.Helper()
	pages := b.raw(t).NewListSecretPropertiesPager(nil)
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			names = append(names, p.ID.Name())
		}
	}
	slices.Sort(names)
	return names
}

// keySecret is a stored key of one vendor, as the plain client sets it.
func keySecret(op string) azsecrets.SetSecretParameters {
	return azsecrets.SetSecretParameters{
		Value: to.Ptr(stored), ContentType: to.Ptr(keyType),
		Tags: map[string]*string{
			"vendor": to.Ptr("ninjaone"), "op": &op, "endpoint": to.Ptr("region=eu"), "interval": to.Ptr("90"),
			"preview": to.Ptr("ninja_" + bullets + "old1"), "rotated": to.Ptr("2026-11-01T10:00:00Z"),
			"rotated-by": to.Ptr(admin.Encode()), "owner": to.Ptr(admin.Encode()),
		},
		SecretAttributes: &azsecrets.SecretAttributes{
			Expires: to.Ptr(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)),
		},
	}
}

// byHost is a network with several vaults; each takes its own token.
type byHost map[string]*bed

func (h byHost) Do(r *http.Request) (*http.Response, error) {
	b := h[r.URL.Host]
	if b == nil {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	if r.Header.Get("Authorization") != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.Token())
	}
	return b.Do(r)
}

func (b *bed) delete(t testing.TB, name string) {
	t.Helper()
	if _, err := b.raw(t).DeleteSecret(t.Context(), name, nil); err != nil {
		t.Fatal(err)
	}
}

// deleted names every deleted secret.
func (b *bed) deleted(t testing.TB) (names []string) {
	t.Helper()
	pages := b.raw(t).NewListDeletedSecretPropertiesPager(nil)
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

func (b *bed) disable(t testing.TB, name string) {
	t.Helper()
	_, err := b.raw(t).UpdateSecretProperties(t.Context(), name, "", azsecrets.UpdateSecretPropertiesParameters{
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// logs collects what a store logs.
func logs() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

var (
	admin = catalog.Person{ID: "00000000-0000-0000-0000-00000000000a", Name: "An admin"}
	tech  = catalog.Person{ID: "00000000-0000-0000-0000-00000000000b", Name: "An L2 technician"}
	ninja = catalog.KeyName{Vendor: "ninjaone"}
	fresh = catalog.KeyName{Vendor: "ninjaone", Label: "new"}
)

// old and good are all parts of a NinjaOne key; change is a rotation to a new secret.
func old() vault.Parts  { return parts("client_id", idValue, "client_secret", oldSec) }
func good() vault.Parts { return parts("client_id", idValue, "client_secret", newSec) }

func change(op string) vault.Change {
	return vault.Change{Parts: parts("client_secret", newSec), Op: op}
}

// have stores the first key.
func have(t testing.TB, s *vault.Store, op string) {
	t.Helper()
	if _, err := s.Create(t.Context(), newKey(ninja, op), old()); err != nil {
		t.Fatal(err)
	}
}

// stored is the value of a key of two parts in the vault.
const stored = `{"client_id":"` + idValue + `","client_secret":"` + oldSec + `"}`

func parts(kv ...string) vault.Parts {
	p := vault.Parts{}
	for i := 0; i+1 < len(kv); i += 2 {
		p[kv[i]] = vault.NewSecret(kv[i+1])
	}
	return p
}

func newKey(name catalog.KeyName, op string) catalog.Key {
	return catalog.Key{
		Name: name, IntervalDays: 90, RotatedBy: admin, Owner: admin, Op: op, Note: "made for Contoso",
		Expiry: catalog.Date{Year: 2027, Month: time.March, Day: 1},
	}
}
