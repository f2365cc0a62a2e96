package tenant

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"keydesk/vault/embedded"
)

// Vault is a Key Vault of the company over TLS.
type Vault struct {
	*httptest.Server
	file *embedded.Vault
	harm atomic.Pointer[http.HandlerFunc]
}

// NewVault starts an empty vault, whose challenge names the tenant and which takes Entra's tokens for Key
// Vault.
func (c *Tenant) NewVault(t testing.TB) *Vault {
	t.Helper()
	admits := c.admits("https://vault.azure.net")
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true,
		Tenant: ID, Authorize: func(bearer string) bool { return admits("Bearer " + bearer) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	v := &Vault{file: file}
	v.Server = httptest.NewTLSServer(http.HandlerFunc(v.answer))
	t.Cleanup(v.Close)
	return v
}

func (v *Vault) answer(w http.ResponseWriter, r *http.Request) {
	if h := v.harm.Load(); h != nil {
		(*h)(w, r)
		return
	}
	v.file.ServeHTTP(w, r)
}

// As lets the vault answer by h, which may call next; nil makes it well again.
func (v *Vault) As(h func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	if h == nil {
		v.harm.Store(nil)
		return
	}
	f := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h(w, r, v.file) })
	v.harm.Store(&f)
}

// Refuse lets the vault answer whoever has a token with a 403 of this code, in Key Vault's words.
func (v *Vault) Refuse(code string) {
	v.As(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			next.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"code":"Forbidden","message":"Caller appid=1234 in secret-place",` +
			`"innererror":{"code":"` + code + `"}}}`))
	})
}
