package vault_test

import (
	"errors"
	"testing"

	"keydesk/catalog"
	"keydesk/vault"
)

// TestEditAccess: a key's own list is written as a tag with Admin in it, the empty one takes the tag away,
// and nothing is written over a list that is not the one it was decided on.
func TestEditAccess(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	have(t, s, "op-0")
	list := func(roles ...catalog.Role) catalog.Roles { return catalog.RolesOf(roles...) }
	for i, step := range []struct {
		was, to catalog.Roles
		tag     string
		refused bool
	}{
		{0, list(catalog.L1), "Admin,L1", false},
		{list(catalog.L1), list(catalog.NOC), "Admin,L1", true}, // decided on another list
		{list(catalog.Admin, catalog.L1), list(catalog.Admin), "Admin", false},
		{0, list(catalog.L2), "Admin", true},
		{list(catalog.Admin), 0, "", false}, // back to the default
	} {
		key, err := s.Edit(t.Context(), ninja, vault.Edit{Op: "op-" + string(rune('a'+i)),
			Access: &vault.Access{Was: step.was, Roles: step.to}})
		if errors.Is(err, vault.ErrMoved) != step.refused || err != nil && !step.refused {
			t.Errorf("step %d: %v", i, err)
		}
		tags := tagsOf(b.get(t, "ninjaone"))
		got, there := tags["roles"]
		if got != step.tag || there != (step.tag != "") || key.Roles.String() != step.tag {
			t.Errorf("step %d: the tag is %q, the key has %q, want %q", i, got, key.Roles, step.tag)
		}
	}
	// A rotation and an edit of something else carry the list over.
	only := &vault.Access{Roles: list(catalog.Admin)}
	if _, err := s.Edit(t.Context(), ninja, vault.Edit{Access: only}); err != nil {
		t.Fatal(err)
	}
	note := "for Fabrikam"
	if _, err := s.Edit(t.Context(), ninja, vault.Edit{Note: &note}); err != nil {
		t.Fatal(err)
	}
	key, err := s.Rotate(t.Context(), ninja, vault.Change{Parts: parts("client_secret", newSec)})
	if err != nil || key.Roles != list(catalog.Admin) {
		t.Errorf("after an edit and a rotation: %q, %v", key.Roles, err)
	}
}
