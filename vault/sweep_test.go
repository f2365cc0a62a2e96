package vault_test

import (
	"context"
	"errors"
	"net/http"
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
