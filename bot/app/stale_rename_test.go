package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/desk"
)

// TestStaleRename: a form that has given a key another label is pressed again much later, when the old name has
// come back: neither key is touched.
func TestStaleRename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		s.have()
		s.say("edit meraki")
		if got := s.edit("label", "contoso"); !strings.Contains(got, "✓ Changed") {
			t.Fatal(got)
		}
		form := s.card
		s.card = s.turn(desk.Turn{Text: "recover meraki"})
		if got := said(s.card); !strings.Contains(got, "is the old name of meraki/contoso") {
			t.Error(brief(got))
		}
		if got := said(s.press("Recover")); !strings.Contains(got, "✓ Recovered") {
			t.Fatal(brief(got))
		}
		s.card = form
		s.later(20 * time.Minute)
		before := s.held()
		if got := s.edit("label", "contoso"); !strings.Contains(got, "Stored again") {
			t.Error(brief(got))
		}
		if now := s.held().since(before); len(now) > 0 {
			t.Errorf("this is different: %q", now)
		}
	})
}
