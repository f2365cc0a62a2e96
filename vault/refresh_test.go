package vault_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/vault"
)

// TestRefreshIsShared: many callers, at most one walk running and one to come; each sees what was there
// before it asked.
func TestRefreshIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		held, free := hold(w, 1, false)
		var g sync.WaitGroup
		g.Go(func() {
			if err := s.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
		})
		<-held
		b.set(t, "ninjaone", "x", keyType, map[string]string{"op": "late"}) // after the walk has passed
		for range 50 {
			g.Go(func() {
				if err := s.Refresh(t.Context()); err != nil || len(s.Keys()) != 1 {
					t.Error("a refresh that began later does not show it", err)
				}
			})
		}
		synctest.Wait()
		free()
		g.Wait()
		if n := len(w.requests()); n != 2 {
			t.Errorf("%d walks for 51 callers", n)
		}
	})
}

// TestRefreshGivenUp: a walk that nobody waits for ends; one that somebody waits for goes on.
func TestRefreshGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		ended := make(chan struct{})
		w.breaks(func(int, *http.Request) trouble {
			return func(w *wire, r *http.Request) (*http.Response, error) {
				defer close(ended)
				return hangs(w, r)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Refresh(ctx) }()
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err, vault.ErrUnavailable) {
			t.Error(err)
		}
		<-ended
		if time.Since(began) > 0 {
			t.Error("the walk went on for", time.Since(began))
		}
		w.breaks(nil)
		if err := s.Refresh(t.Context()); err != nil {
			t.Error("the next walk:", err)
		}
	})
}
