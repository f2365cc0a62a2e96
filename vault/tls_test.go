package vault_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keydesk/vault"
)

// TestOverTLS goes the whole way over a network: challenge, token, connections that are used again.
func TestOverTLS(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			b := newBed(t)
			var deletes, others atomic.Int32
			var cut atomic.Bool
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Proto != proto {
					others.Add(1)
				}
				if r.Method == http.MethodDelete && r.Header.Get("Authorization") != "" {
					deletes.Add(1)
					if cut.Load() {
						b.ServeHTTP(httptest.NewRecorder(), r)
						panic(http.ErrAbortHandler) // the effect is there, the connection is not
					}
				}
				b.ServeHTTP(w, r)
			}))
			srv.EnableHTTP2 = proto == "HTTP/2.0"
			srv.StartTLS()
			defer srv.Close()
			cfg, _ := b.config()
			cfg.URL, cfg.Transport, cfg.OutsideMicrosoft = srv.URL, srv.Client(), true
			s, err := vault.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			overTLS(t, s)
			token, _, err := s.MintLink(t.Context(), link(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			before := deletes.Load()
			cut.Store(true)
			if _, err := s.ClaimLink(t.Context(), token); !errors.Is(err, vault.ErrUnclear) {
				t.Error("a claim whose connection broke:", err)
			}
			if n := deletes.Load() - before; n != 1 || others.Load() > 0 {
				t.Errorf("deleted %d times, %d requests in another protocol", n, others.Load())
			}
			srv.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, _, err = s.ReadKey(ctx, ninja)
			if !errors.Is(err, vault.ErrUnavailable) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Error("nobody listens:", err)
			}
			_, err = s.Rotate(ctx, ninja, change("op-2"))
			if !errors.Is(err, vault.ErrUnavailable) {
				t.Error("nobody listens:", err)
			}
		})
	}
}

func overTLS(t *testing.T, s *vault.Store) {
	t.Helper()
	if _, err := s.Create(t.Context(), newKey(ninja, "op-0"), good()); err != nil {
		t.Fatal(err)
	}
	ch := vault.Change{Parts: parts("client_secret", oldSec), Op: "op-1", OpenedOn: "op-0"}
	if _, err := s.Rotate(t.Context(), ninja, ch); err != nil {
		t.Fatal(err)
	}
	if vs, err := s.Versions(t.Context(), ninja); err != nil || len(vs) != 2 {
		t.Fatal(len(vs), err)
	}
	token, _, err := s.MintLink(t.Context(), link(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ClaimLink(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}
