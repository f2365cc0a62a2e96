package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/desk"
	"keydesk/vault"
)

// forgedFields is what no page and no form sends with a value.
var forgedFields = map[string]string{"key": "meraki", "vendor": "meraki", "step": "page", "opened": "X",
	"op": "X", "old": "yes", "request": "x", "role": "Admin", "default": "yes", "from": "Old", "do": "remove",
	"deletion": "x", "pass": "x", "duration": "24h", "endpoint.nothing": "fabrikam",
	"reason": "rotated at the vendor"}

// TestForgedFieldsOfAPage: a field that the page does not have changes nothing of what the admin reads and
// approves, least of all the key.
func TestForgedFieldsOfAPage(t *testing.T) {
	for _, tt := range []struct {
		line, key, secret string
		parts             vault.Parts
	}{
		{"rotate ninja", "ninjaone", "ninjaone", vault.Parts{"client_secret": vault.NewSecret(secondKey)}},
		{"add duo", "duo/contoso", "duo--contoso", vault.Parts{"integration_key": vault.NewSecret("DIFAKE"),
			"secret_key": vault.NewSecret(secondKey)}},
	} {
		t.Run(tt.line, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.says(l2, tt.line)
				s.link("Use a secure page")
				entry := desk.Entry{Parts: tt.parts, Fields: map[string]string{"label": "contoso",
					"endpoint.api_host": "api-00000000.duosecurity.com"}}
				for id, text := range forgedFields {
					entry.Fields[id] = text
				}
				got, err := s.a.Desk.Intake(t.Context(), s.token(), nil, entry)
				if err != nil || !got.Waits || got.Key != tt.key {
					t.Fatalf("%+v, %v", got, err)
				}
				synctest.Wait()
				s.later(time.Second)
				before := s.held()
				on := s.waits(admin, "Approve")
				s.expect("the request", on.json, tt.key, "0002")
				s.expect("approving", s.on(on, admin, "Approve"), "✓ Approved by Admin")
				now := s.held()
				if now[tt.secret] == nil || !strings.Contains(now[tt.secret]["value"], "(second)") {
					t.Errorf("%s does not have the value: %q", tt.key, now[tt.secret])
				}
				delete(now, tt.secret)
				delete(before, tt.secret)
				if other := now.since(before); len(other) > 0 {
					t.Errorf("this is different too: %q", other)
				}
			})
		})
	}
}

// TestFormWithoutItsOpening: a change whose form does not say what it was opened on is about the key as it
// was when it was asked for: what somebody else does until the approval is not gone over.
func TestFormWithoutItsOpening(t *testing.T) {
	for verb, data := range map[string]map[string]string{
		"rotate": {"part.client_secret": "obviously-fake-other", "interval": "90"},
		"delete": {},
		"edit":   {"endpoint.region": "eu", "interval": "90"},
	} {
		t.Run(verb, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.a.Desk.TwoPerson = true
				data["key"], data["step"] = "ninjaone", "save"
				s.expect("asking", s.sends(admin, verb, "9", data), "Withdraw")
				on := s.waits(secondAdmin, "Approve")
				s.a.Desk.TwoPerson = false
				s.says(secondAdmin, "rotate ninja")
				s.expect("meanwhile", s.in(s.card, secondAdmin, "Save to Vault", "part.client_secret", secondKey,
					"interval", "90"), "✓ Rotated")
				before := s.held()
				s.expect("approving", s.on(on, secondAdmin, "Approve"), "it can't be done")
				if got := s.held().since(before); len(got) > 0 {
					t.Errorf("this is different: %q", got)
				}
			})
		})
	}
}
