package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/vault"
)

// faults is all that an upstream call can come to.
var faults = map[string]trouble{
	"401":                  status(http.StatusUnauthorized, ""),
	"403":                  status(http.StatusForbidden, "ForbiddenByRbac"),
	"404":                  status(http.StatusNotFound, ""),
	"409":                  status(http.StatusConflict, "ConflictError"),
	"429":                  status(http.StatusTooManyRequests, ""),
	"429 in 1 s":           status(http.StatusTooManyRequests, "", "Retry-After", "1"),
	"429 in 100 s":         status(http.StatusTooManyRequests, "", "Retry-After", "100"),
	"500":                  status(http.StatusInternalServerError, ""),
	"503":                  status(http.StatusServiceUnavailable, ""),
	"503 in 1 s":           status(http.StatusServiceUnavailable, "", "Retry-After", "1"),
	"504":                  status(http.StatusGatewayTimeout, ""),
	"418 and no JSON":      status(http.StatusTeapot, `"`),
	"time-out":             hangs,
	"cut before":           cutBefore,
	"cut after the effect": cutAfter,
	"cut in the body":      cutBody,
	"late":                 late,
	"very late":            veryLate,
}

var slow = []string{"time-out", "late", "very late"}

// late does it, and answers when nobody waits any more.
func late(w *wire, r *http.Request) (*http.Response, error) {
	req := r.Clone(context.WithoutCancel(r.Context()))
	if _, err := w.vault.Do(req); err != nil {
		return nil, err
	}
	return hangs(w, r)
}

// veryLate does it when everybody has given up, as a request that a gateway has held back.
func veryLate(w *wire, r *http.Request) (*http.Response, error) {
	req := r.Clone(context.WithoutCancel(r.Context()))
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	go func() {
		time.Sleep(30 * time.Second)
		if resp, err := w.vault.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	return hangs(w, r)
}

var sentinels = []error{
	vault.ErrNotFound, vault.ErrExists, vault.ErrForeign, vault.ErrDeleted, vault.ErrDisabled, vault.ErrMoved,
	vault.ErrGone, vault.ErrUnclear, vault.ErrForbidden, vault.ErrThrottled, vault.ErrUnavailable,
	vault.ErrTooBig, vault.ErrBadValue, vault.ErrProtected,
}

// TestFaults plays every method x every call in it x every fault, once and for good.
func TestFaults(t *testing.T) {
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for name, fault := range faults {
				for call := 1; call <= f.calls; call++ {
					c := cell{flow: f, name: name, fault: fault, from: call, to: call, patience: 20 * time.Second}
					c.play(t, "%s at call %d", name, call)
					c.to = 1000
					c.play(t, "%s from call %d on", name, call)
					if slices.Contains(slow, name) { // the caller's time is up before the call's
						c.to, c.patience = call, 3*time.Second
						c.play(t, "%s at call %d, in haste", name, call)
					}
				}
			}
		})
	}
}

// cell is one square of the grid.
type cell struct {
	flow
	name     string
	fault    trouble
	from, to int           // the calls that go wrong
	patience time.Duration // of the caller
}

func (c cell) play(t *testing.T, name string, args ...any) {
	t.Run(fmt.Sprintf(name, args...), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { c.playIn(t, newStage(t)) })
	})
}

func (c cell) playIn(t *testing.T, g *stage) {
	g.w.breaks(func(n int, _ *http.Request) trouble {
		if n >= c.from && n <= c.to {
			return c.fault
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), c.patience)
	err := c.run(ctx, g)
	cancel()
	deletes, puts := g.w.count(http.MethodDelete), g.w.count(http.MethodPut)
	g.w.breaks(nil)
	time.Sleep(time.Minute) // what is late arrives
	synctest.Wait()

	g.truth(t, c.flow, c.name, err)
	if c.claim && deletes+puts > 1 {
		t.Errorf("sent %d times", deletes+puts)
	}
	g.once(t, c, err)
	g.quiet(t, err)
	g.nextTry(t, c.flow, err)
}

// once: an operation makes one version of its secret and of no other, whatever goes wrong; one that could not
// be seen yet may be made again.
func (g *stage) once(t *testing.T, c cell, err error) {
	t.Helper()
	for name, was := range map[string]int{"ninjaone": 1, "ninjaone--new": 0} {
		most := 0
		if name == c.target {
			most = 1
		}
		ours, others := g.made(t, name, c.op)
		unseen := c.name == "very late" || c.from != c.to
		if others != was || ours > most && !unseen || name == c.target && err == nil && ours == 0 {
			t.Errorf("%s has %d versions of %q and %d others (%v)", name, ours, c.op, others, err)
		}
	}
}

// truth: what was reported is what happened.
func (g *stage) truth(t *testing.T, f flow, fault string, err error) {
	t.Helper()
	if f.did == nil {
		return
	}
	did := f.did(t, g)
	lied := (f.claim || f.gone) && fault == "404" // the vault itself said that the link was gone
	switch {
	case err == nil && !did && !(f.gone && fault == "404"):
		t.Error("reported as done, and is not")
	case err != nil && did && !errors.Is(err, vault.ErrUnclear) && !lied:
		t.Errorf("is done, and reported as %v", err)
	case f.claim && err != nil && !errors.Is(err, vault.ErrUnclear) && !errors.Is(err, vault.ErrGone):
		t.Errorf("a claim ends in %v", err)
	}
}

// quiet: an error is one of ours, and neither it nor the log says what they must not.
func (g *stage) quiet(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		known := errors.Is(err, audit.ErrNotFound)
		for _, s := range sentinels {
			known = known || errors.Is(err, s)
		}
		if !known {
			t.Errorf("no sentinel: %v", err)
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Error("failed", "err", err, vault.Cause(err))
	all := fmt.Sprintf("%v %+v %#v", err, err, err)
	for _, text := range []string{all, b.String(), g.logs.String()} {
		for _, no := range []string{"appid", "westeurope", "contoso", "https", oldSec, newSec, idValue, "ninja",
			g.token, hash(g.token), admin.ID, tech.ID, "RESPONSE", "Fake"} {
			if strings.Contains(text, no) {
				t.Errorf("%q stands in %s", no, text)
			}
		}
	}
}

// nextTry: with the vault back, the same works (a claim may be gone), and memory agrees with the vault.
func (g *stage) nextTry(t *testing.T, f flow, before error) {
	t.Helper()
	err := f.run(t.Context(), g)
	if (f.claim || f.gone) && (before == nil || errors.Is(err, vault.ErrGone)) {
		err = nil
	}
	if f.over != nil && errors.Is(err, f.over) && f.did(t, g) {
		err = nil
	}
	if err != nil {
		t.Errorf("after %v the next try fails: %v", before, err)
	}
	if err := g.s.Refresh(t.Context()); err != nil {
		t.Error(err)
	}
	for _, k := range g.s.Keys() {
		now, _, err := g.s.ReadKey(t.Context(), k.Name)
		if err != nil || now.Op != k.Op || now.Preview != k.Preview {
			t.Errorf("memory has %+v, the vault %+v (%v)", k, now, err)
		}
	}
}

// TestClaimIsSentOnce: with each answer that azcore would repeat.
func TestClaimIsSentOnce(t *testing.T) {
	for _, name := range []string{"429", "429 in 1 s", "500", "503", "503 in 1 s", "504", "time-out",
		"cut before", "cut after the effect", "cut in the body"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newStage(t)
				g.w.breaks(func(int, *http.Request) trouble { return faults[name] })
				_, err := g.s.ClaimLink(t.Context(), g.token)
				if n := len(g.w.requests()); n != 1 || !errors.Is(err, vault.ErrUnclear) {
					t.Errorf("%d requests, %v", n, err)
				}
				for _, l := range g.s.Links() {
					if l.ID == hash(g.token) {
						t.Errorf("a burnt link is still open: %s", l.ID)
					}
				}
			})
		})
	}
}

// TestRetryAfter: it is obeyed, unless the caller's time would be over by then.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		g.w.breaks(func(n int, _ *http.Request) trouble {
			if n == 1 {
				return status(http.StatusTooManyRequests, "", "Retry-After", "3")
			}
			return nil
		})
		began := time.Now()
		if _, _, err := g.s.ReadKey(t.Context(), ninja); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		g.w.breaks(func(int, *http.Request) trouble {
			return status(http.StatusTooManyRequests, "", "Retry-After", "3")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began = time.Now()
		if _, _, err := g.s.ReadKey(ctx, ninja); !errors.Is(err, vault.ErrThrottled) || time.Since(began) > 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// TestObserve: each call once, whatever it took.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		cfg, w := b.config()
		var mu sync.Mutex
		var seen []string
		cfg.Observe = func(call string, status int, d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprintf("%s %d %v", call, status, d))
		}
		s, err := vault.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.breaks(func(n int, _ *http.Request) trouble {
			return map[int]trouble{1: status(503, "", "Retry-After", "2"), 3: cutBefore}[n]
		})
		_, _, err = s.ReadKey(t.Context(), ninja)
		_, err2 := s.ClaimLink(t.Context(), strings.Repeat("A", 43))
		_, err3 := s.Versions(t.Context(), ninja)
		if !errors.Is(err, vault.ErrNotFound) || !errors.Is(err2, vault.ErrUnclear) ||
			!errors.Is(err3, vault.ErrNotFound) {
			t.Error(err, err2, err3)
		}
		got := strings.Join(seen[:3], ", ")
		if got != "list 200 0s, get 404 2s, delete 0 0s" || len(seen) > 5 {
			t.Errorf("observed %v", seen)
		}
	})
}
