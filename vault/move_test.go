package vault_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"keydesk/vault"
)

// rotates is another process that rotates the first key.
func rotates(t *testing.T, b *bed) func() {
	theirs, _ := b.open(t)
	return func() {
		if _, err := theirs.Rotate(t.Context(), ninja, change("theirs")); err != nil {
			t.Error(err)
		}
	}
}

// live is the value of a secret, "" when there is none.
func live(t *testing.T, b *bed, name string) string {
	r, err := b.raw(t).GetSecret(t.Context(), name, "", nil)
	if err != nil {
		return ""
	}
	return *r.Value
}

// What the requests of a move are.
const setCopy, lookAgain, deleteOld = 3, 6, 7

// TestMoveTakesARotationAlong: another process rotates the old name at any moment of a move. The value that
// it was told is stored is the one that stands under the new name.
func TestMoveTakesARotationAlong(t *testing.T) {
	for name, c := range map[string]struct {
		at     int
		before bool
		lose   bool
	}{
		"before the copy":           {at: setCopy, before: true},
		"after the copy":            {at: setCopy},
		"before the second look":    {at: lookAgain, before: true},
		"after the second look":     {at: lookAgain},
		"before the delete":         {at: deleteOld, before: true},
		"before a delete, and lost": {at: deleteOld, before: true, lose: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				s, w := b.open(t)
				have(t, s, "op-0")
				before, after := rotates(t, b), func() {}
				if !c.before {
					before, after = after, before
				}
				meddle(w, c.at, before, after, c.lose)
				moved, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
				w.breaks(nil)
				if err != nil || moved.Name != fresh || moved.Op != "op-1" {
					t.Fatalf("%+v, %v", moved, err)
				}
				if !strings.Contains(live(t, b, "ninjaone--new"), newSec) || live(t, b, "ninjaone") != "" {
					t.Errorf("in the vault: %v", b.all(t))
				}
				if k, ok := s.Key(fresh); len(s.Keys()) != 1 || !ok || k.RotatedBy != moved.RotatedBy {
					t.Errorf("memory has %+v", s.Keys())
				}
			})
		})
	}
}

// TestMoveGoesOnAfterARotation: the first try could not delete the old name, which then was rotated.
func TestMoveGoesOnAfterARotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		w.breaks(func(_ int, r *http.Request) trouble {
			if r.Method == http.MethodDelete {
				return status(http.StatusServiceUnavailable, "")
			}
			return nil
		})
		if _, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0"); !errors.Is(err, vault.ErrUnclear) {
			t.Fatal(err)
		}
		w.breaks(nil)
		rotates(t, b)()
		if _, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(live(t, b, "ninjaone--new"), newSec) || live(t, b, "ninjaone") != "" {
			t.Errorf("in the vault: %v", b.all(t))
		}
	})
}

// TestMoveOfTwoChangedNames throws neither away.
func TestMoveOfTwoChangedNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		theirs, _ := b.open(t)
		rotate := rotates(t, b)
		meddle(w, lookAgain, func() {
			rotate()
			note := "edited under its new name"
			if _, err := theirs.Edit(t.Context(), fresh, vault.Edit{Note: &note, Op: "op-e"}); err != nil {
				t.Error(err)
			}
		}, nil, false)
		now, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
		if !errors.Is(err, vault.ErrMoved) || now.Name != ninja || now.Op != "theirs" {
			t.Errorf("%+v, %v", now, err)
		}
		edited := tagsOf(b.get(t, "ninjaone--new"))["edited"]
		if !strings.Contains(live(t, b, "ninjaone"), newSec) || edited != "op-e" {
			t.Error("a change was thrown away")
		}
	})
}

// TestMoveIsToldTheTruth: a vault that says 404 to the delete and still has the old name.
func TestMoveIsToldTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		w.breaks(func(_ int, r *http.Request) trouble {
			if r.Method == http.MethodDelete {
				return status(http.StatusNotFound, "")
			}
			return nil
		})
		if _, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0"); !errors.Is(err, vault.ErrUnclear) {
			t.Error(err)
		}
		w.breaks(nil)
		if _, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0"); err != nil || live(t, b, "ninjaone") != "" {
			t.Error(err)
		}
	})
}

// TestMoveTogether: another process adds a key under the new name between our look and our set.
func TestMoveTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		have(t, s, "op-0")
		theirs, _ := b.open(t)
		meddle(w, setCopy, func() {
			if _, err := theirs.Create(t.Context(), newKey(fresh, "theirs"), good()); err != nil {
				t.Error(err)
			}
		}, nil, false)
		moved, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
		w.breaks(nil)
		if !errors.Is(err, vault.ErrTogether) || moved.Op != "op-1" || live(t, b, "ninjaone") != "" {
			t.Errorf("%q, %v", moved.Op, err)
		}
	})
}

// TestMoveOfManyTags: a key with no tag to spare moves, but can't be gone on with.
func TestMoveOfManyTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		p := keySecret("op-0")
		p.Tags["label"] = new("x")
		for i := len(p.Tags); i < 15; i++ {
			p.Tags[fmt.Sprintf("theirs-%d", i)] = new("4711")
		}
		if _, err := b.raw(t).SetSecret(t.Context(), "ninjaone--other", p, nil); err != nil {
			t.Fatal(err)
		}
		w.breaks(func(_ int, r *http.Request) trouble {
			if r.Method == http.MethodDelete {
				return cutBefore
			}
			return nil
		})
		if _, err := s.Move(t.Context(), other, fresh, "op-1", "op-0"); !errors.Is(err, vault.ErrUnclear) {
			t.Error(err)
		}
		w.breaks(nil)
		if _, err := s.Move(t.Context(), other, fresh, "op-1", "op-0"); !errors.Is(err, vault.ErrExists) {
			t.Error(err)
		}
		_, err := s.Move(t.Context(), fresh, lost, "op-2", "op-1")
		if err != nil || live(t, b, "ninjaone--lost") != stored {
			t.Error(err)
		}
	})
}
