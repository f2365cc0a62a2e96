package vault_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"
)

// TestDeleteAndBack: delete, find, recover, delete again, purge; and what is refused on the way.
func TestDeleteAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		two, _ := b.open(t)
		have(t, s, "op-0")
		if now, err := s.Delete(t.Context(), ninja, "op-x"); !errors.Is(err, vault.ErrMoved) || now.Key.Op != "op-0" {
			t.Errorf("opened on another op: %+v, %v", now, err)
		}
		b.set(t, "meraki", "theirs", "text/plain", nil)
		if _, err := s.Delete(t.Context(), catalog.KeyName{Vendor: "meraki"}, ""); !errors.Is(err, vault.ErrForeign) {
			t.Errorf("another application's secret: %v", err)
		}
		was, err := s.Delete(t.Context(), ninja, "op-0")
		if err != nil || was.Key.Op != "op-0" || !was.Purgeable || was.Until.Sub(was.At) != 90*24*time.Hour {
			t.Errorf("%+v, %v", was, err)
		}
		if _, ok := s.Key(ninja); ok {
			t.Error("memory still has it")
		}
		if _, err := s.Create(t.Context(), newKey(ninja, "op-1"), old()); !errors.Is(err, vault.ErrDeleted) {
			t.Errorf("adding over it: %v", err)
		}
		key, err := s.Recover(t.Context(), ninja)
		if err != nil || key.Op != "op-0" || b.get(t, "ninjaone").Value == nil {
			t.Errorf("%+v, %v", key, err)
		}
		if again, err := s.Recover(t.Context(), ninja); err != nil || again.Op != "op-0" {
			t.Errorf("recovering what is there: %+v, %v", again, err)
		}
		b.disable(t, "ninjaone")
		if _, err := s.Delete(t.Context(), ninja, "op-0"); err != nil {
			t.Errorf("one that is switched off: %v", err)
		}
		if err := two.Refresh(t.Context()); err != nil || len(two.Keys()) != 0 {
			t.Errorf("the other process has %d keys, %v", len(two.Keys()), err)
		}
		if err := two.Purge(t.Context(), ninja, ""); err != nil {
			t.Error(err)
		}
		if err := s.Purge(t.Context(), ninja, ""); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("purging twice: %v", err)
		}
		if _, err := s.Recover(t.Context(), ninja); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("recovering what is purged: %v", err)
		}
	})
}

// TestPurgeProtection is said beforehand, and no purge is tried.
func TestPurgeProtection(t *testing.T) {
	b := newBedOn(t, embedded.Config{PurgeProtected: true})
	s, w := b.open(t)
	have(t, s, "op-0")
	was, err := s.Delete(t.Context(), ninja, "")
	if err != nil || was.Purgeable {
		t.Errorf("%+v, %v", was, err)
	}
	w.breaks(nil)
	if err := s.Purge(t.Context(), ninja, ""); !errors.Is(err, vault.ErrProtected) || w.count(http.MethodDelete) > 0 {
		t.Errorf("%v after %v", err, w.requests())
	}
}

// TestPurgeOfAnotherDeletion: what is purged is the deletion that was shown, and no later one of the same name.
func TestPurgeOfAnotherDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		shown, err := s.Delete(t.Context(), ninja, "op-0")
		if err != nil || shown.ID() == "" {
			t.Fatal(shown.ID(), err)
		}
		if found, err := s.FindDeleted(t.Context(), ninja); err != nil || found.ID() != shown.ID() {
			t.Errorf("found as %q, deleted as %q (%v)", found.ID(), shown.ID(), err)
		}
		time.Sleep(time.Second)
		_, err = s.Recover(t.Context(), ninja)
		now, err2 := s.Delete(t.Context(), ninja, "op-0")
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		w.breaks(nil)
		if err := s.Purge(t.Context(), ninja, shown.ID()); !errors.Is(err, vault.ErrMoved) ||
			w.count(http.MethodDelete) > 0 {
			t.Errorf("%v after %v", err, w.requests())
		}
		if err := s.Purge(t.Context(), ninja, now.ID()); err != nil {
			t.Error(err)
		}
	})
}
