package vault_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"keydesk/catalog"
	"keydesk/vault"
)

// slowly is a vault that deletes and recovers in its own time, as Key Vault does; the embedded one does
// both at once.
type slowly struct {
	vault                   policy.Transporter
	none                    bool          // what is being deleted is no deleted secret yet: 404, else 409
	deletes, shows, recover time.Duration // until the deleted shows as such, the recovered shows, and can be set

	mu              sync.Mutex
	gone, shown, up map[string]time.Time // when that will be
}

func (s *slowly) Do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Header.Get("Authorization") == "" || len(words) < 2 {
		return s.vault.Do(r)
	}
	deleted, name, now := words[0] == "deletedsecrets", words[1], time.Now()
	changes := r.Method != http.MethodGet
	switch {
	case now.Before(s.gone[name]) && deleted && (s.none || !changes):
		return status(http.StatusNotFound, "")(nil, r)
	case now.Before(s.gone[name]) && changes:
		return status(http.StatusConflict, "ObjectIsBeingDeleted")(nil, r)
	case now.Before(s.up[name]) && changes:
		return status(http.StatusConflict, "ObjectIsBeingRecovered")(nil, r)
	case now.Before(s.shown[name]) && !deleted:
		return status(http.StatusNotFound, "")(nil, r)
	}
	resp, err := s.vault.Do(r)
	if err == nil && resp.StatusCode == http.StatusOK && r.Method == http.MethodDelete && !deleted {
		s.gone[name] = now.Add(s.deletes)
	}
	if err == nil && resp.StatusCode == http.StatusOK && r.Method == http.MethodPost {
		s.shown[name], s.up[name] = now.Add(s.shows), now.Add(s.recover)
	}
	return resp, err
}

// onSlow runs a test on a vault that takes some seconds for all.
func onSlow(t *testing.T, run func(t *testing.T, b *bed, s *vault.Store, w *wire)) {
	for _, none := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			s, w := b.open(t)
			have(t, s, "op-0")
			w.vault = &slowly{vault: b.Vault, none: none,
				deletes: 4 * time.Second, shows: 4 * time.Second, recover: 9 * time.Second,
				gone: map[string]time.Time{}, shown: map[string]time.Time{}, up: map[string]time.Time{}}
			w.breaks(nil)
			run(t, b, s, w)
		})
	}
}

// TestSlowRecover: Recover pressed right after Delete, and all that may follow it at once.
func TestSlowRecover(t *testing.T) {
	note := "after it"
	for name, next := range map[string]func(t *testing.T, s *vault.Store) error{
		"rotate": func(t *testing.T, s *vault.Store) error {
			_, err := s.Rotate(t.Context(), ninja, change("op-1"))
			return err
		},
		"edit": func(t *testing.T, s *vault.Store) error {
			_, err := s.Edit(t.Context(), ninja, vault.Edit{Note: &note, Op: "op-1"})
			return err
		},
		"edit away the expiry": func(t *testing.T, s *vault.Store) error {
			_, err := s.Edit(t.Context(), ninja, vault.Edit{Expiry: &catalog.Date{}, Op: "op-1"})
			return err
		},
		"move": func(t *testing.T, s *vault.Store) error {
			_, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
			return err
		},
		"delete": func(t *testing.T, s *vault.Store) error {
			_, err := s.Delete(t.Context(), ninja, "op-0")
			return err
		},
		"create": func(t *testing.T, s *vault.Store) error {
			_, err := s.Create(t.Context(), newKey(ninja, "op-1"), old())
			if errors.Is(err, vault.ErrExists) { // it is told what is there
				return nil
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onSlow(t, func(t *testing.T, _ *bed, s *vault.Store, _ *wire) {
				if _, err := s.Delete(t.Context(), ninja, "op-0"); err != nil {
					t.Fatal(err)
				}
				key, err := s.Recover(t.Context(), ninja)
				if err != nil || key.Op != "op-0" {
					t.Fatalf("%q, %v", key.Op, err)
				}
				if err := next(t, s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestSlowDelete: what is deleted is found at once, also after a lost answer, and can be purged and made
// anew.
func TestSlowDelete(t *testing.T) {
	onSlow(t, func(t *testing.T, _ *bed, s *vault.Store, _ *wire) {
		was, err := s.Delete(t.Context(), ninja, "op-0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(t.Context(), newKey(ninja, "op-1"), old()); !errors.Is(err, vault.ErrDeleted) {
			t.Errorf("made anew while it is being deleted: %v", err)
		}
		found, err := s.FindDeleted(t.Context(), ninja)
		if err != nil || found.ID() != was.ID() || !found.Purgeable {
			t.Errorf("%+v, %v", found, err)
		}
		if _, err := s.FindDeleted(t.Context(), other); !errors.Is(err, vault.ErrNotFound) {
			t.Error(err)
		}
		if err := s.Purge(t.Context(), ninja, was.ID()); err != nil {
			t.Error(err)
		}
		if _, err := s.Create(t.Context(), newKey(ninja, "op-2"), old()); err != nil {
			t.Error(err)
		}
	})
}

// TestSlowPurge: Purge pressed right after Delete.
func TestSlowPurge(t *testing.T) {
	onSlow(t, func(t *testing.T, b *bed, s *vault.Store, _ *wire) {
		if _, err := s.Delete(t.Context(), ninja, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(t.Context(), ninja, ""); err != nil || len(b.all(t)) > 0 {
			t.Error(err)
		}
	})
}

// TestSlowPutBack: a rotation that a delete and a move throw away is put back in time.
func TestSlowPutBack(t *testing.T) {
	for _, moves := range []bool{false, true} {
		onSlow(t, func(t *testing.T, b *bed, s *vault.Store, w *wire) {
			var err error
			name := "ninjaone"
			if rotate := rotates(t, b); moves {
				meddle(w, deleteOld, rotate, nil, false)
				_, err = s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
				name = "ninjaone--new"
			} else {
				meddle(w, 2, rotate, nil, false)
				_, err = s.Delete(t.Context(), ninja, "op-0")
			}
			w.breaks(nil)
			if moves != (err == nil) || !moves && !errors.Is(err, vault.ErrMoved) ||
				!strings.Contains(live(t, b, name), newSec) {
				t.Errorf("moves: %v, %v, %v", moves, err, b.all(t))
			}
		})
	}
}

// TestNeverBack: waiting has an end.
func TestNeverBack(t *testing.T) {
	const bound = 12700 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		if _, err := s.Delete(t.Context(), ninja, "op-0"); err != nil {
			t.Fatal(err)
		}
		hidden := func(_ int, r *http.Request) trouble {
			if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/secrets/") {
				return status(http.StatusNotFound, "")
			}
			return nil
		}
		w.breaks(hidden)
		began := time.Now()
		_, err := s.Recover(t.Context(), ninja)
		if !errors.Is(err, vault.ErrUnclear) || time.Since(began) != bound {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		w.breaks(func(_ int, r *http.Request) trouble {
			if r.Method == http.MethodPut {
				return status(http.StatusConflict, "ObjectIsBeingRecovered")
			}
			return nil
		})
		began = time.Now()
		_, err = s.Rotate(t.Context(), ninja, change("op-1"))
		if !errors.Is(err, vault.ErrUnavailable) || time.Since(began) != bound {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
