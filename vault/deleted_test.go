package vault_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// TestDeleteAgainstARotation: another process rotates the key between our look and our delete. It is not
// thrown away.
func TestDeleteAgainstARotation(t *testing.T) {
	for name, lose := range map[string]bool{"": false, "and the answer is lost": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				s, w := b.open(t)
				have(t, s, "op-0")
				meddle(w, 2, rotates(t, b), nil, lose)
				now, err := s.Delete(t.Context(), ninja, "op-0")
				w.breaks(nil)
				if !errors.Is(err, vault.ErrMoved) || now.Key.Op != "theirs" {
					t.Errorf("%q, %v", now.Key.Op, err)
				}
				if k, _ := s.Key(ninja); k.Op != "theirs" || !strings.Contains(live(t, b, "ninjaone"), newSec) {
					t.Errorf("memory has %q, the vault %v", k.Op, b.all(t))
				}
				if _, err := s.Delete(t.Context(), ninja, "theirs"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestDeleteThatCanNotBePutBack: nobody is told that nothing happened.
func TestDeleteThatCanNotBePutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		rotate := rotates(t, b)
		w.breaks(func(_ int, r *http.Request) trouble {
			switch r.Method {
			case http.MethodDelete:
				rotate()
			case http.MethodPost:
				return status(http.StatusForbidden, "ForbiddenByRbac")
			}
			return nil
		})
		if _, err := s.Delete(t.Context(), ninja, "op-0"); !errors.Is(err, vault.ErrUnclear) {
			t.Error(err)
		}
	})
}

// TestSwitchedOff: a key that an administrator has switched off can be deleted and comes back as it was.
func TestSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		have(t, s, "op-0")
		b.disable(t, "ninjaone")
		now, err := s.Delete(t.Context(), ninja, "op-x")
		if !errors.Is(err, vault.ErrMoved) || now.Key.Op != "op-0" {
			t.Errorf("opened on another op: %q, %v", now.Key.Op, err)
		}
		if _, err := s.Delete(t.Context(), ninja, "op-0"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second is a repeat
			key, err := s.Recover(t.Context(), ninja)
			if err != nil || key.Enabled || key.Op != "op-0" {
				t.Errorf("%+v, %v", key, err)
			}
			if k, ok := s.Key(ninja); !ok || k.Enabled || k.Note != key.Note {
				t.Errorf("memory has %+v", k)
			}
		}
	})
}

// TestOthersAreLeftAlone: another application's secrets are neither deleted nor recovered, switched off or
// not.
func TestOthersAreLeftAlone(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	meraki, huntress := catalog.KeyName{Vendor: "meraki"}, catalog.KeyName{Vendor: "huntress"}
	for _, name := range []string{"meraki", "huntress"} {
		b.set(t, name, "theirs", "text/plain", nil)
	}
	b.disable(t, "meraki")
	b.delete(t, "huntress")
	w.breaks(nil)
	if _, err := s.Delete(t.Context(), meraki, ""); !errors.Is(err, vault.ErrForeign) {
		t.Errorf("deleted: %v", err)
	}
	if _, err := s.Recover(t.Context(), huntress); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("recovered: %v", err)
	}
	if _, err := s.Recover(t.Context(), meraki); !errors.Is(err, vault.ErrForeign) {
		t.Errorf("recovered what is there: %v", err)
	}
	if w.count(http.MethodDelete)+w.count(http.MethodPost) > 0 {
		t.Errorf("sent %v", w.requests())
	}
	if _, ok := s.Key(meraki); ok {
		t.Error("memory has another application's secret")
	}
}

// TestObserveNamesCalls: recovering is no reading, purging no deleting.
func TestObserveNamesCalls(t *testing.T) {
	b := newBed(t)
	cfg, _ := b.config()
	var seen []string
	cfg.Observe = func(call string, status int, _ time.Duration) {
		seen = append(seen, fmt.Sprintf("%s %d", call, status))
	}
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	have(t, s, "op-0")
	_, err = s.Edit(t.Context(), ninja, vault.Edit{IntervalDays: 30})
	_, err2 := s.Delete(t.Context(), ninja, "")
	_, err3 := s.DeletedKeys(t.Context())
	_, err4 := s.Recover(t.Context(), ninja)
	_, err5 := s.Delete(t.Context(), ninja, "")
	if err := errors.Join(err, err2, err3, err4, err5, s.Purge(t.Context(), ninja, "")); err != nil {
		t.Fatal(err)
	}
	want := "list 200, get 404, set 200, get 200, versions 200, " + // open, create
		"get 200, update 200, get 200, get 200, delete 200, list 200, " +
		"get 200, recover 200, get 200, get 200, delete 200, get 200, purge 204"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("observed %s\nwant     %s", got, want)
	}
}
