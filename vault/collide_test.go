package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// meddle lets something happen in the vault around the n-th request, as another process would do it.
func meddle(w *wire, at int, before, after func(), lose bool) {
	w.breaks(func(n int, _ *http.Request) trouble {
		if n != at {
			return nil
		}
		return func(w *wire, r *http.Request) (*http.Response, error) {
			if before != nil {
				before()
			}
			resp, err := w.vault.Do(r)
			if after != nil {
				after()
			}
			if lose {
				return cutBefore(w, r)
			}
			return resp, err
		}
	})
}

// TestTwoProcesses: what one process does between the other's read, set and read back.
func TestTwoProcesses(t *testing.T) {
	foreign := parts("client_secret", "the-other-example-value")
	for name, c := range map[string]struct {
		create bool
		at     int  // the request around which it happens: 1 get, 2 set, 3 get
		before bool // before it, else after it
		lose   bool // and the answer is lost
		want   error
		wins   string // whose op is current
	}{
		"created before our read": {create: true, at: 1, before: true,
			want: vault.ErrExists, wins: "theirs"},
		"created before our set": {create: true, at: 2, before: true, want: vault.ErrTogether, wins: "ours"},
		"created after our set":  {create: true, at: 2, want: vault.ErrSuperseded, wins: "theirs"},
		"created after our lost set": {create: true, at: 2, lose: true,
			want: vault.ErrSuperseded, wins: "theirs"},
		"rotated before our read":           {at: 1, before: true, want: vault.ErrMoved, wins: "theirs"},
		"rotated before our set":            {at: 2, before: true, wins: "ours"},
		"rotated after our set":             {at: 2, want: vault.ErrSuperseded, wins: "theirs"},
		"rotated after our lost set":        {at: 2, lose: true, want: vault.ErrSuperseded, wins: "theirs"},
		"rotated before our read back":      {at: 3, before: true, want: vault.ErrSuperseded, wins: "theirs"},
		"rotated after our read back":       {at: 3, wins: "theirs"},
		"rotated after our lost read back":  {at: 3, lose: true, want: vault.ErrSuperseded, wins: "theirs"},
		"rotated before our set, then lost": {at: 2, before: true, lose: true, wins: "ours"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				ours, w := b.open(t)
				theirs, _ := b.open(t)
				run := func(s *vault.Store, op string, p vault.Parts) (catalog.Key, error) {
					if c.create {
						return s.Create(t.Context(), newKey(ninja, op), p)
					}
					return s.Rotate(t.Context(), ninja, vault.Change{Parts: p, Op: op, OpenedOn: "op-0"})
				}
				if !c.create {
					if _, err := ours.Create(t.Context(), newKey(ninja, "op-0"), old()); err != nil {
						t.Fatal(err)
					}
				}
				// Theirs does not look first: its own read came before everything here.
				other := func() { blind(t, b, "theirs", foreign) }
				if c.before {
					meddle(w, c.at, other, nil, c.lose)
				} else {
					meddle(w, c.at, nil, other, c.lose)
				}
				key, err := run(ours, "ours", good())
				w.breaks(nil)
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Fatalf("%v, want %v", err, c.want)
				}
				if err != nil && key.Op != c.wins {
					t.Errorf("the error comes with %q, not with who was faster", key.Op)
				}
				if now, _, err := theirs.ReadKey(t.Context(), ninja); err != nil || now.Op != c.wins {
					t.Errorf("current is %q, want %q (%v)", now.Op, c.wins, err)
				}
				// Asked again, it is told for good, and nothing is written twice.
				again, err2 := run(ours, "ours", good())
				stored := err == nil || errors.Is(err, vault.ErrSuperseded)
				if stored && (err2 != nil || again.Op != "ours") {
					t.Errorf("again: %q, %v", again.Op, err2)
				}
				if w.count(http.MethodPut) > 0 {
					t.Error("written again")
				}
			})
		})
	}
}

// blind sets a version without looking, as a process whose look came earlier.
func blind(t testing.TB, b *bed, op string, p vault.Parts) {
	b.set(t, "ninjaone", `{"client_id":"x","client_secret":"`+p["client_secret"].Expose()+`"}`, keyType,
		map[string]string{"vendor": "ninjaone", "op": op})
}

// TestLateAnswerIsLookedUp: the effect is there and the caller's time is over; the truth is still told.
func TestLateAnswerIsLookedUp(t *testing.T) {
	for _, f := range flows {
		if f.did == nil || f.claim {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newStage(t)
				g.w.breaks(func(_ int, r *http.Request) trouble {
					if r.Method == http.MethodPut {
						return late
					}
					return nil
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := f.run(ctx, g); err != nil || !f.did(t, g) {
					t.Error("the set was found in the vault, and reported as", err)
				}
			})
		})
	}
}

// TestReadBackLags: Key Vault does not promise to show a write at once.
func TestReadBackLags(t *testing.T) {
	for _, lag := range []int{1, 2, 100} {
		synctest.Test(t, func(t *testing.T) {
			g := newStage(t)
			var old []byte
			g.w.breaks(func(n int, r *http.Request) trouble {
				if r.Method != http.MethodGet {
					return nil
				}
				return func(w *wire, r *http.Request) (*http.Response, error) {
					resp, err := w.vault.Do(r)
					if n == 1 {
						old = keep(t, resp)
					} else if n <= 2+lag {
						replay(resp, old)
					}
					return resp, err
				}
			})
			key, err := g.s.Rotate(t.Context(), ninja, change("op-1"))
			if err != nil || key.Op != "op-1" || g.w.count(http.MethodPut) != 1 {
				t.Errorf("lag %d: %q, %v, %d sets", lag, key.Op, err, g.w.count(http.MethodPut))
			}
			if known, _ := g.s.Key(ninja); known.Op != "op-1" {
				t.Errorf("lag %d: memory has %q", lag, known.Op)
			}
		})
	}
}

// TestOwnSetComesLate: the first set, given up, lands on top of the second. Both are ours.
func TestOwnSetComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		var first *http.Request
		g.w.breaks(func(n int, _ *http.Request) trouble {
			switch n {
			case 2:
				return func(w *wire, r *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(r.Body)
					first = r.Clone(context.WithoutCancel(r.Context()))
					first.Body = io.NopCloser(bytes.NewReader(body))
					return nil, errors.Join(errCut, err)
				}
			case 4:
				return func(w *wire, r *http.Request) (*http.Response, error) {
					resp, err := w.vault.Do(r)
					if _, err := w.vault.Do(first); err != nil {
						t.Error(err)
					}
					return resp, err
				}
			}
			return nil
		})
		key, err := g.s.Rotate(t.Context(), ninja, change("op-1"))
		if err != nil || key.Version != g.version(t, "ninjaone") || g.w.count(http.MethodPut) != 2 {
			t.Errorf("%+v, %v, %v", key, err, g.w.requests())
		}
	})
}

// TestReadBackDiffers: a value that comes back otherwise is no success.
func TestReadBackDiffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		g.w.breaks(func(n int, r *http.Request) trouble {
			if n != 3 {
				return nil
			}
			return func(w *wire, r *http.Request) (*http.Response, error) {
				resp, err := w.vault.Do(r)
				replay(resp, []byte(strings.Replace(string(keep(t, resp)), newSec, newSec+"x", 1)))
				return resp, err
			}
		})
		_, err := g.s.Rotate(t.Context(), ninja, change("op-1"))
		if !errors.Is(err, vault.ErrUnclear) {
			t.Error(err)
		}
		g.quiet(t, err)
	})
}

// TestRotatorsOfOneProcess take turns: on one form only one wins, without a form all do.
func TestRotatorsOfOneProcess(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	if _, err := s.Create(t.Context(), newKey(ninja, "op-0"), good()); err != nil {
		t.Fatal(err)
	}
	var won, moved atomic.Int32
	rotators := func(opened string) {
		var g sync.WaitGroup
		for i := range 20 {
			g.Go(func() {
				_, err := s.Rotate(t.Context(), ninja, vault.Change{
					Parts: parts("client_secret", fmt.Sprintf("example-value-%s-%03d", opened, i)),
					Op:    fmt.Sprintf("op-%s-%d", opened, i), OpenedOn: opened,
				})
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, vault.ErrMoved):
					moved.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		g.Wait()
	}
	rotators("op-0")
	if won.Load() != 1 || moved.Load() != 19 || w.count(http.MethodPut) != 2 {
		t.Errorf("%d won, %d were told, %d sets", won.Load(), moved.Load(), w.count(http.MethodPut))
	}
	rotators("")
	if vs, err := s.Versions(t.Context(), ninja); err != nil || len(vs) != 22 || won.Load() != 21 {
		t.Errorf("%d versions, %d won, %v", len(vs), won.Load(), err)
	}
}

// TestLockRespectsContext: who waits for somebody else's write waits no longer than it wants.
func TestLockRespectsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		g.w.breaks(func(int, *http.Request) trouble { return hangs })
		done := make(chan error)
		rotate := func(ctx context.Context) error {
			_, err := g.s.Rotate(ctx, ninja, vault.Change{Parts: parts("client_secret", newSec)})
			return err
		}
		go func() { done <- rotate(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		err := rotate(ctx)
		if !errors.Is(err, vault.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err := <-done; !errors.Is(err, vault.ErrUnavailable) || time.Since(began) > time.Minute {
			t.Errorf("the first, after %v: %v", time.Since(began), err)
		}
	})
}
