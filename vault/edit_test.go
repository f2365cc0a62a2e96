package vault_test

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// TestEditKeepsTheRest: an edit changes its own tags of the current version, and nothing else of it.
func TestEditKeepsTheRest(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	p := keySecret("op-0")
	foreign := "4711"
	p.Tags["costcentre"] = &foreign
	if _, err := b.raw(t).SetSecret(t.Context(), "ninjaone", p, nil); err != nil {
		t.Fatal(err)
	}
	was := b.get(t, "ninjaone")
	note, date := "for Fabrikam", catalog.Date{Year: 2028, Month: time.May, Day: 1}
	key, err := s.Edit(t.Context(), ninja, vault.Edit{Note: &note, Owner: &tech, IntervalDays: 30, Expiry: &date,
		Endpoint: map[string]string{"region": "us2"}, Op: "op-1", OpenedOn: "op-0"})
	if err != nil || key.Op != "op-1" || key.Made != "op-0" || key.Note != note ||
		key.Owner != tech || key.Expiry != date {
		t.Fatalf("%+v, %v", key, err)
	}
	sent := "GET /secrets/ninjaone, PATCH /secrets/ninjaone/" + was.ID.Version() + ", GET /secrets/ninjaone"
	if got := strings.Join(w.requests(), ", "); got != sent {
		t.Errorf("sent %s", got)
	}
	want := tagsOf(was)
	maps.Copy(want, map[string]string{"note": note, "owner": tech.Encode(),
		"interval": "30", "endpoint": "region=us2", "edited": "op-1"})
	now := b.get(t, "ninjaone")
	if got := tagsOf(now); !maps.Equal(got, want) || *now.Value != stored || *now.ID != *was.ID {
		t.Errorf("tags are %q\nwant %q", got, want)
	}
	// What comes after: a repeat, a form from before, one from after, and an old rotation asked again.
	again, err := s.Edit(t.Context(), ninja, vault.Edit{Note: new(string), Op: "op-1"})
	if err != nil || again.Note != note {
		t.Errorf("a repeat changed it: %+v, %v", again, err)
	}
	late, err := s.Edit(t.Context(), ninja, vault.Edit{Note: new(string), Op: "op-2", OpenedOn: "op-0"})
	if !errors.Is(err, vault.ErrMoved) || late.Op != "op-1" {
		t.Errorf("a late form: %+v, %v", late, err)
	}
	rotated, err := s.Rotate(t.Context(), ninja, vault.Change{Parts: parts("client_secret", newSec),
		Op: "op-3", OpenedOn: "op-1"})
	if err != nil || rotated.Op != "op-3" || rotated.Note != note || tagsOf(b.get(t, "ninjaone"))["edited"] != "" {
		t.Errorf("a rotation: %+v, %v", rotated, err)
	}
	if _, err := s.Edit(t.Context(), ninja, vault.Edit{IntervalDays: 60, Op: "op-4"}); err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	_, err = s.Rotate(t.Context(), ninja, vault.Change{Parts: parts("client_secret", newSec),
		Op: "op-3", OpenedOn: "op-1"})
	if err != nil || w.count(http.MethodPut) > 0 {
		t.Errorf("a rotation that was edited since is not known as a repeat: %v", err)
	}
}

// TestEditAwayAnExpiry: Key Vault can only set one, so the value gets a new version without.
func TestEditAwayAnExpiry(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	have(t, s, "op-0")
	before := b.version(t, "ninjaone")
	key, err := s.Edit(t.Context(), ninja, vault.Edit{Expiry: &catalog.Date{}, Op: "op-1", OpenedOn: "op-0"})
	now := b.get(t, "ninjaone")
	if err != nil || !key.Expiry.IsZero() || now.Attributes.Expires != nil ||
		now.ID.Version() == before || *now.Value != stored {
		t.Errorf("%+v, %v", key, err)
	}
}

// TestEditAgainstAnother: of an edit and a rotation from another process at once, the report tells which is in force.
func TestEditAgainstAnother(t *testing.T) {
	for name, at := range map[string]int{"before our PATCH": 2, "before our read back": 3} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			s, w := b.open(t)
			have(t, s, "op-0")
			meddle(w, at, func() { blind(t, b, "theirs", good()) }, nil, false)
			now, err := s.Edit(t.Context(), ninja, vault.Edit{IntervalDays: 30, Op: "op-1", OpenedOn: "op-0"})
			w.breaks(nil)
			if !errors.Is(err, vault.ErrMoved) || now.Op != "theirs" {
				t.Errorf("%q, %v", now.Op, err)
			}
			if k, _ := s.Key(ninja); k.Op != "theirs" {
				t.Errorf("memory has %q", k.Op)
			}
		})
	}
}

// TestMove: all of a key goes to its new name, and the old name is gone.
func TestMove(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	have(t, s, "op-0")
	want := tagsOf(b.get(t, "ninjaone"))
	maps.Copy(want, map[string]string{"label": "new", "op": "op-1", "source": b.version(t, "ninjaone") + "/op-0"})
	for range 2 { // the second is a repeat
		key, err := s.Move(t.Context(), ninja, fresh, "op-1", "op-0")
		if err != nil || key.Name != fresh {
			t.Fatalf("%+v, %v", key, err)
		}
	}
	got := b.get(t, "ninjaone--new")
	if !maps.Equal(tagsOf(got), want) || *got.Value != stored || got.Attributes.Expires == nil {
		t.Errorf("tags are %q\nwant %q", tagsOf(got), want)
	}
	if _, ok := s.Key(ninja); ok || len(s.Keys()) != 1 {
		t.Error("the old name is still there")
	}
	if _, err := s.Move(t.Context(), fresh, ninja, "op-2", ""); !errors.Is(err, vault.ErrDeleted) {
		t.Errorf("to a deleted name: %v", err)
	}
	if _, err := s.Create(t.Context(), newKey(other, "op-3"), old()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Move(t.Context(), fresh, other, "op-4", ""); !errors.Is(err, vault.ErrExists) {
		t.Errorf("to a taken name: %v", err)
	}
	if _, err := s.Move(t.Context(), fresh, lost, "op-5", "op-0"); !errors.Is(err, vault.ErrMoved) {
		t.Errorf("opened on an older op: %v", err)
	}
}

// TestAdopt: only what is marked, only with the right parts, and the original stays.
func TestAdopt(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	mark := map[string]string{"keydesk": "adopt", "owner": "theirs"}
	b.set(t, "OldTool", `{"client_id":"`+idValue+`","client_secret":"`+oldSec+`"}`, "application/json", mark)
	b.set(t, "one-part", oldSec, "", mark)
	b.set(t, "private", oldSec, "", map[string]string{"keydesk": "keep"})
	b.set(t, "keydesk-settings", "{}", "application/vnd.keydesk.settings", mark)
	if err := s.Refresh(t.Context()); err != nil || strings.Join(s.Adoptable(), " ") != "OldTool one-part" {
		t.Errorf("adoptable: %q, %v", s.Adoptable(), err)
	}
	for name, want := range map[string]error{"private": vault.ErrNotFound, "nothing": vault.ErrNotFound,
		"one-part": vault.ErrBadValue, "keydesk-settings": vault.ErrNotFound, "../x": vault.ErrNotFound,
		"": vault.ErrNotFound} {
		if _, err := s.Adopt(t.Context(), name, newKey(ninja, "op-1")); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	key, err := s.Adopt(t.Context(), "OldTool", newKey(ninja, "op-1"))
	if err != nil || key.Preview == "" || *b.get(t, "ninjaone").Value != stored {
		t.Errorf("%+v, %v", key, err)
	}
	if sec := b.get(t, "OldTool"); !maps.Equal(tagsOf(sec), mark) {
		t.Error("the original has changed")
	}
	unknown := newKey(catalog.KeyName{Vendor: "oldtool"}, "op-2")
	if _, err := s.Adopt(t.Context(), "OldTool", unknown); !errors.Is(err, vault.ErrBadValue) {
		t.Errorf("an unknown vendor: %v", err)
	}
}

// TestMakesOfLinksLieApart: a token of one make is neither found nor used up as one of the other.
func TestMakesOfLinksLieApart(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	have(t, s, "op-0")
	ctx, until := t.Context(), time.Now().Add(time.Hour)
	reveal, _, err := s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: until})
	intake, l, err2 := s.MintLink(ctx, vault.Link{Key: ninja, Intake: "rotate", Opened: "op-0",
		Holder: tech, Until: until})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	_, err = s.FindLink(ctx, intake)
	_, err2 = s.ClaimLink(ctx, intake)
	_, err3 := s.FindIntake(ctx, reveal)
	_, err4 := s.ClaimIntake(ctx, reveal)
	for _, err := range []error{err, err2, err3, err4} {
		if !errors.Is(err, vault.ErrGone) {
			t.Errorf("as the other make: %v", err)
		}
	}
	if got, err := s.ClaimIntake(ctx, intake); err != nil || got != l ||
		got.Opened != "op-0" || got.Intake != "rotate" {
		t.Errorf("%+v, want %+v (%v)", got, l, err)
	}
	if _, err := s.ClaimLink(ctx, reveal); err != nil {
		t.Errorf("the other link: %v", err)
	}
}

// TestEditCarriedOver: another process changes the key on top of our edit and carries the edit over, which is
// in force then.
func TestEditCarriedOver(t *testing.T) {
	note, theirNote := "for Fabrikam", "for Contoso"
	for name, c := range map[string]struct {
		lose  bool // our PATCH's answer
		their vault.Change
		want  error
	}{
		"a rotation":                    {},
		"a rotation, our answer lost":   {lose: true},
		"another note":                  {their: vault.Change{Note: &theirNote}, want: vault.ErrMoved},
		"another note, our answer lost": {lose: true, their: vault.Change{Note: &theirNote}, want: vault.ErrMoved},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				s, w := b.open(t)
				have(t, s, "op-0")
				theirs, _ := b.open(t)
				c.their.Parts, c.their.Op = parts("client_secret", newSec), "theirs"
				meddle(w, 2, nil, func() {
					if _, err := theirs.Rotate(t.Context(), ninja, c.their); err != nil {
						t.Error(err)
					}
				}, c.lose)
				for range 2 { // the second is a repeat
					now, err := s.Edit(t.Context(), ninja, vault.Edit{Note: &note, Op: "op-1", OpenedOn: "op-0"})
					w.breaks(nil)
					if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || now.Op != "theirs" {
						t.Errorf("%q, %v", now.Op, err)
					}
				}
			})
		})
	}
}
