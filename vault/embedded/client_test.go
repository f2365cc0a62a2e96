package embedded_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"keydesk/vault/embedded"
)

func TestTokenAndAuthorize(t *testing.T) {
	a, b := open(t, embedded.Config{}), open(t, embedded.Config{})
	if a.Token() == b.Token() || len(a.Token()) < 32 {
		t.Error("the token is short, or the same twice")
	}
	v := open(t, embedded.Config{Authorize: func(bearer string) bool { return bearer == "from-entra" }})
	w := inProcess(t, v)
	for token, want := range map[string]int{"from-entra": 200, v.Token(): 401, "": 401} {
		got := w.raw(t, "GET", "/secrets"+api, "", map[string]string{"Authorization": "Bearer " + token})
		if got.status != want {
			t.Errorf("%d, want %d", got.status, want)
		}
	}
}

func TestConfiguredURLAndTenant(t *testing.T) {
	const url, tenant = "https://fabrikam.vault.azure.net", "11111111-2222-3333-4444-555555555555"
	w := overTLS(t, open(t, embedded.Config{URL: url + "/", Tenant: tenant}))
	if id := string(*w.set(t, "x", "v").ID); !strings.HasPrefix(id, url+"/secrets/x/") {
		t.Errorf("id %q", id)
	}
	a := w.raw(t, "GET", "/secrets"+api, "", map[string]string{"Authorization": ""})
	if !strings.Contains(a.header.Get("WWW-Authenticate"), "/"+tenant+"\"") {
		t.Error("the challenge names another tenant")
	}
}

// slow is a body that never ends until its request does.
type slow struct{ ctx context.Context }

func (s slow) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, s.ctx.Err() }
func (slow) Close() error               { return nil }

func TestDoHonoursTheContext(t *testing.T) {
	v := open(t, embedded.Config{})
	w := inProcess(t, v)
	w.set(t, "known", "v")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		body := strings.NewReader(`{"value":"x"}`)
		req, err := http.NewRequestWithContext(ended, method, w.base+"/secrets/known"+api, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+v.Token())
		if resp, err := v.Do(req); !errors.Is(err, context.Canceled) || resp != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	if *w.get(t, "known", "").Value != "v" {
		t.Error("an ended request had an effect")
	}
	during, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(during, "PUT", w.base+"/secrets/known"+api, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Body = slow{during}
	req.Header.Set("Authorization", "Bearer "+v.Token())
	go cancel()
	if _, err := v.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("while the body is read: %v", err)
	}
}

// closer notes that a body was closed, which a client's transport owes.
type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

func TestDoClosesTheBody(t *testing.T) {
	v := open(t, embedded.Config{})
	body := &closer{Reader: strings.NewReader(`{"value":"v"}`)}
	req, err := http.NewRequestWithContext(t.Context(), "PUT", "https://x/secrets/a"+api, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.Do(req)
	if err != nil || resp.StatusCode != 401 || !body.closed || resp.Request != req {
		t.Errorf("%v %v, closed %v", resp, err, body.closed)
	}
}

func TestClosed(t *testing.T) {
	v, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "v")})
	if err != nil {
		t.Fatal(err)
	}
	w := inProcess(t, v)
	w.set(t, "known", "v")
	var wg sync.WaitGroup
	for range 20 { // some end before, some after: none hangs, none panics
		wg.Go(func() { w.raw(t, "PUT", "/secrets/known"+api, `{"value":"x"}`, nil) })
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		a := w.raw(t, method, "/secrets/known"+api, `{"value":"x"}`, nil)
		if a.status != 503 || a.err(t).Error.Code != "ServiceUnavailable" {
			t.Errorf("%s: %d", method, a.status)
		}
	}
	if err := v.Close(); err != nil {
		t.Error("closing twice:", err)
	}
}

// TestRetention: past its scheduled purge date a deleted secret is gone, with or without a restart.
func TestRetention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	synctest.Test(t, func(t *testing.T) {
		cfg := embedded.Config{Path: path, RetentionDays: 7, PurgeProtected: true}
		v, err := embedded.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w := inProcess(t, v)
		made := w.set(t, "claimed", "v")
		w.set(t, "again", "old")
		w.set(t, "kept", "v")
		w.delete(t, "claimed")
		w.delete(t, "again")
		time.Sleep(6 * 24 * time.Hour)
		w.delete(t, "kept")
		if n := len(w.deleted(t)[0]); n != 3 {
			t.Errorf("%d deleted", n)
		}
		time.Sleep(25 * time.Hour)
		_, err = w.c.RecoverDeletedSecret(t.Context(), "claimed", nil)
		wantError(t, err, 404, "SecretNotFound", "")
		if n := len(w.deleted(t)[0]); n != 1 {
			t.Errorf("%d deleted after a week", n)
		}
		w.set(t, "again", "new")
		if n := len(w.versions(t, "again")[0]); n != 1 {
			t.Errorf("%d versions of a name that started anew", n)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if v, err = embedded.Open(cfg); err != nil {
			t.Fatal(err)
		}
		w = inProcess(t, v)
		w.setWith(t, "claimed", params{Value: to.Ptr("new")})
		_, err = w.c.GetSecret(t.Context(), "claimed", made.ID.Version(), nil)
		wantError(t, err, 404, "SecretNotFound", "")
		w.get(t, "again", "")
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAEAD(t *testing.T) {
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a := v.AEAD("transcript")
	nonce := make([]byte, a.NonceSize())
	sealed := a.Seal(nil, nonce, []byte("hello"), []byte("line 1"))
	if again := a.Seal(nil, nonce, []byte("hello"), []byte("line 1")); string(again) == string(sealed) {
		t.Error("the nonce was used twice")
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = open(t, cfg)
	plain, err := v.AEAD("transcript").Open(nil, nonce, sealed, []byte("line 1"))
	if err != nil || string(plain) != "hello" {
		t.Errorf("after a restart: %q %v", plain, err)
	}
	if _, err := v.AEAD("transcript").Open(nil, nonce, sealed, []byte("line 2")); err == nil {
		t.Error("it opened in another place")
	}
	if _, err := v.AEAD("other").Open(nil, nonce, sealed, []byte("line 1")); err == nil {
		t.Error("it opened for another purpose")
	}
	other := open(t, embedded.Config{}).AEAD("transcript")
	if _, err := other.Open(nil, nonce, sealed, []byte("line 1")); err == nil {
		t.Error("it opened in another vault")
	}
}
