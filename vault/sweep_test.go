package vault_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/vault"
	"keydesk/vault/embedded"
)

// TestSweep: what has ended is cleared away, deleted keys and everything else stay.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		have(t, s, "op-0")
		ctx := t.Context()
		soon, late := time.Now().Add(time.Minute), time.Now().Add(5*time.Hour)
		used, _, err := s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: soon})
		_, unused, err2 := s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: soon})
		open, _, err3 := s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: late})
		_, err4 := s.ClaimLink(ctx, used)
		err5 := errors.Join(s.PutTicket(ctx, "over-1", soon), s.PutTicket(ctx, "claimed-1", soon),
			s.ClaimTicket(ctx, "claimed-1"), s.PutTicket(ctx, "later-1", late))
		_, err6 := s.Delete(ctx, ninja, "op-0")
		if err := errors.Join(err, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		ended := s.EndedLinks(time.Now().Add(-time.Minute))
		if len(ended) != 1 || ended[0].ID != unused.ID {
			t.Fatalf("ended links: %+v", ended)
		}
		if _, err := s.WithdrawLink(ctx, unused.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		n, err := s.Sweep(ctx, time.Now().Add(-time.Hour))
		if err != nil || n != 4 { // over-1, claimed-1 and two links
			t.Errorf("cleared %d, %v", n, err)
		}
		if got := strings.Join(b.all(t), " "); got != "keydesk-link-"+hash(open)+" keydesk-ticket-later-1" {
			t.Errorf("left: %s", got)
		}
		if left, err := s.DeletedKeys(ctx); err != nil || len(left) != 1 {
			t.Errorf("deleted keys: %v, %v", left, err)
		}
		if n, err := s.Sweep(ctx, time.Now().Add(-time.Hour)); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
	})
}

// TestSweepPassesAndRequests: passes that ended go, and what is deleted of them and of requests once its time
// is over; pieces without a request go after a day.
func TestSweepPassesAndRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		ctx := t.Context()
		ended, later := aPass("a", time.Hour), aPass("b", 72*time.Hour)
		b.passes(t, s, ended, later)
		r, waits := aRequest(t), aRequest(t)
		r.Parts, r.File = nil, aFile(40<<10)
		waits.Parts, waits.File = nil, r.File
		mustSave(t, s, r)
		mustSave(t, s, waits)
		// A request whose writer died before its last call.
		w.breaks(func(n int, _ *http.Request) trouble {
			return map[bool]trouble{true: status(http.StatusForbidden, "")}[n == 4]
		})
		lost := aRequest(t)
		lost.Parts, lost.File = nil, r.File
		if err := s.SaveRequest(ctx, lost); !errors.Is(err, vault.ErrForbidden) {
			t.Fatal(err)
		}
		w.breaks(nil)
		if err := s.DeleteRequest(ctx, r.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			wait    time.Duration
			cleared int
		}{
			{0, 0},
			{3 * time.Hour, 1},  // the pass
			{20 * time.Hour, 0}, // nothing is a day old
			{6 * time.Hour, 5},  // the deleted request and its two pieces, and two orphans
		} {
			time.Sleep(c.wait)
			if err := s.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Sweep(ctx, time.Now().Add(-time.Hour)); err != nil || n != c.cleared {
				t.Errorf("after %v: cleared %d, %v", c.wait, n, err)
			}
		}
		want := []string{"keydesk-pass-" + later.ID, "keydesk-request-" + waits.ID,
			"keydesk-request-" + waits.ID + "-1", "keydesk-request-" + waits.ID + "-2"}
		if got := b.all(t); !slices.Equal(got, want) {
			t.Errorf("left: %v", got)
		}
		if back, err := s.ReadRequest(ctx, waits.ID); err != nil || !same(back, waits) {
			t.Error("the request that waits:", err)
		}
		if left := b.deleted(t); len(left) > 0 {
			t.Error("not purged:", left)
		}
	})
}

// TestSweepUnderProtection tries no purge that the vault would refuse.
func TestSweepUnderProtection(t *testing.T) {
	b := newBedOn(t, embedded.Config{PurgeProtected: true})
	s, w := b.open(t)
	have(t, s, "op-0")
	token, _, err := s.MintLink(t.Context(), vault.Link{Key: ninja, Holder: tech, Until: time.Now().Add(time.Second)})
	_, err2 := s.ClaimLink(context.WithoutCancel(t.Context()), token)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil ||
		w.count(http.MethodDelete) != 0 {
		t.Errorf("cleared %d, %v, sent %v", n, err, w.requests())
	}
}
