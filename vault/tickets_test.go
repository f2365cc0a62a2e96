package vault_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/vault"
)

func TestTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		one, w := b.open(t)
		two, _ := b.open(t)
		ctx, hour := t.Context(), time.Now().Add(time.Hour)
		for _, s := range []*vault.Store{one, two} { // both lay it out, as two processes would
			if err := s.PutTicket(ctx, "digest-2026-w48", hour); err != nil {
				t.Fatal(err)
			}
		}
		sec := b.get(t, "keydesk-ticket-digest-2026-w48")
		if *sec.Value != "-" || *sec.ContentType != "application/vnd.keydesk.ticket" ||
			tagsOf(sec)["until"] != hour.UTC().Format(time.RFC3339) {
			t.Errorf("stored as %q", tagsOf(sec))
		}
		var won atomic.Int32
		var g sync.WaitGroup
		for i := range 20 {
			g.Go(func() {
				switch err := []*vault.Store{one, two}[i%2].ClaimTicket(ctx, "digest-2026-w48"); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, vault.ErrGone):
					t.Error(err)
				}
			})
		}
		g.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
		if err := two.PutTicket(ctx, "digest-2026-w48", hour); !errors.Is(err, vault.ErrGone) {
			t.Error("laid out again after it was claimed:", err)
		}
		if err := one.PutTicket(ctx, "late", time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := one.ClaimTicket(ctx, "late"); !errors.Is(err, vault.ErrGone) {
			t.Error("claimed at its end:", err)
		}
		w.breaks(nil)
		for _, bad := range []string{
			"", "-", "a--b", "A", "a/b", "a b", "ä", "../ninjaone", strings.Repeat("a", 113),
		} {
			err, err2 := one.PutTicket(ctx, bad, hour), one.ClaimTicket(ctx, bad)
			if !errors.Is(err, vault.ErrBadValue) || !errors.Is(err2, vault.ErrBadValue) {
				t.Errorf("%q: %v, %v", bad, err, err2)
			}
		}
		if len(w.requests()) > 0 {
			t.Error("asked the vault about names that are none")
		}
	})
}
