package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestAccessInterrupted: how changes of access ended whose process died is found out. What was found to be
// revoked does not come back either, and a grant that got lost is not given again by itself.
func TestAccessInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		s.have()
		name := catalog.KeyName{Vendor: "meraki"}
		edit := func(op string, was, roles catalog.Roles) {
			t.Helper()
			e := vault.Edit{Op: op, Access: &vault.Access{Was: was, Roles: roles}}
			if _, err := s.a.Vault.Edit(t.Context(), name, e); err != nil {
				t.Fatal(err)
			}
		}
		onlyAdmin := catalog.RolesOf(catalog.Admin)
		interrupted(t, s.a, "op-1", "grant", "meraki", "NOC: before Admin,L2 (default) after Admin,L2,NOC")
		s.later(time.Second)
		interrupted(t, s.a, "op-2", "revoke", "meraki", "L2: before Admin,L2 (default) after Admin")
		edit("op-2", 0, onlyAdmin)
		s.later(3 * time.Minute)
		s.tended()
		want := map[string]string{"op-1": "it can't be known", "op-2": "it was done"} // op-2 went over op-1
		for _, e := range s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Outcome == audit.Found }) {
			if want[e.Op] != e.Note {
				t.Errorf("%s was found as %q", e.Op, e.Note)
			}
			delete(want, e.Op)
		}
		if len(want) > 0 {
			t.Errorf("not found: %v", want)
		}
		// A write with the tags from before comes late.
		now, err := s.client.GetSecret(t.Context(), "meraki", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		delete(now.Tags, "roles")
		stale := azsecrets.UpdateSecretPropertiesParameters{Tags: now.Tags}
		_, err = s.client.UpdateSecretProperties(t.Context(), "meraki", now.ID.Version(), stale, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.tended()
		if got := s.held()["meraki"]["roles"]; got != "Admin" {
			t.Errorf("after the late write the list is %q", got)
		}
		told := func(post string) bool { return strings.Contains(post, "Revoked again: meraki") }
		if !slices.ContainsFunc(s.posts(), told) {
			t.Error("nobody was told")
		}
		// Narrower than what was decided is left alone, and so is what is older than any write can be.
		s.ask("grant NOC meraki")
		edit("op-3", onlyAdmin.With(catalog.NOC), onlyAdmin)
		s.later(16 * time.Minute)
		edit("op-4", onlyAdmin, onlyAdmin.With(catalog.L1))
		s.later(time.Second)
		before := s.held()
		s.tended()
		if diff := s.held().since(before); len(diff) > 0 {
			t.Errorf("this was changed by itself: %q", diff)
		}
	})
}

// TestAccessOfManyKeys: many keys of one card are one flush before and one after, whatever their number.
func TestAccessOfManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		inputs := []string{}
		for i := range 12 {
			s.say(fmt.Sprintf("add meraki/site-%02d", i))
			s.press("Save to Vault", "part.api_key", firstKey, "interval", "90")
			inputs = append(inputs, fmt.Sprintf("access.meraki/site-%02d", i), "off")
		}
		s.say("access L2")
		s.vault.set(0, 0, harm{})
		if got := said(s.press("Save", inputs...)); !strings.Contains(got, "✓ Saved") {
			t.Fatal(brief(got))
		}
		n := map[string]int{}
		for _, kind := range s.vault.seenKinds() {
			n[kind]++
		}
		if got := fmt.Sprint(n); got != "map[GET key:36 PATCH key:12 PUT audit:2]" {
			t.Errorf("12 keys cost %s", got)
		}
		s.ask("grant L2 meraki/site-00")
		s.tended() // the first one reads the log again
		s.vault.set(0, 0, harm{})
		s.tended()
		if got := strings.Count(strings.Join(s.vault.seenKinds(), " "), "GET key"); got != 12 {
			t.Errorf("looking after 12 changed keys costs %d GETs", got)
		}
	})
}
