package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keydesk/bot/desk"
)

// TestTwoFaultsInARow: a second press that fails after an unclear first one does not say that nothing was
// changed, whatever it fails for.
func TestTwoFaultsInARow(t *testing.T) {
	const still = "still not known whether the first try happened"
	for name, second := range map[string]fault{
		"refused":   {status: http.StatusForbidden},
		"throttled": {status: http.StatusTooManyRequests, header: "3600"},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := newShared(t), &faulty{}
			a, stop := s.runFaulty(t, f)
			defer stop()
			c := connect(t, a)
			form := c.say(admin, "add ninja")
			other := c.say(admin, "add meraki")
			f.set("PUT key", fault{after: true})
			f.also("GET key")
			_, said := c.press(admin, form, "Save to Vault", good)
			if !strings.Contains(said, "not known whether this happened") {
				t.Fatalf("the first press: %s", said)
			}
			f.set("GET key", second)
			_, said = c.press(admin, form, "Save to Vault", good)
			if !strings.Contains(said, still) || strings.Contains(said, "Nothing was") {
				t.Errorf("the second press: %s", said)
			}
			_, said = c.press(admin, other, "Save to Vault",
				map[string]string{"part.api_key": firstKey, "interval": "90"})
			if !strings.Contains(said, "Nothing was changed") {
				t.Errorf("another form: %s", said)
			}
			f.heal()
			a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
			got, said := c.press(admin, form, "Save to Vault", good)
			wants(t, "the third press "+said, got, "✓ Stored")
		})
	}
}

// TestTwoFaultsOnAPage is the same on a secure page.
func TestTwoFaultsOnAPage(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	_, token := connect(t, a).pageFor("add ninja")
	f.set("PUT key", fault{after: true})
	f.also("GET key")
	got, err := a.Desk.Intake(t.Context(), token, nil, entered(firstKey))
	if !strings.Contains(desk.Sentence(err), "not known whether this happened") || got.Again == "" {
		t.Fatalf("the first try: %v", err)
	}
	f.set("GET key", fault{status: http.StatusForbidden})
	_, err = a.Desk.Intake(t.Context(), got.Again, nil, entered(firstKey))
	if said := desk.Sentence(err); !strings.Contains(said, "still not known whether the first try happened") {
		t.Errorf("the second try: %s", said)
	}
}
