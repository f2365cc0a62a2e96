package app_test

import (
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
)

const ownApp = "22222222-2222-4222-8222-222222222222"

// TestOwnSecret: what Keydesk signs in with is revealed to nobody, not even to an admin.
func TestOwnSecret(t *testing.T) {
	for apps, says := range map[string]string{
		"":                                     "the value",
		"33333333-3333-4333-8333-333333333333": "the value",
		"other " + strings.ToUpper(ownApp):     "may retrieve",
	} {
		onStage(t, func(t *testing.T, s *stage) {
			s.a.Desk.OwnApps = append(strings.Fields(apps), "")
			s.say("add entra")
			if got := said(s.press("Save to Vault", "part.tenant_id", "contoso.com", "part.client_id", ownApp,
				"part.client_secret", firstKey, "endpoint.tenant", "contoso.com")); !strings.Contains(got, "✓ Stored") {
				t.Fatal(got)
			}
			s.say("get entra")
			s.link("Reveal")
			_, err := s.a.Desk.Claim(t.Context(), s.token(), nil)
			denied := len(s.notes("retrieve", audit.Denied)) == 1
			if wanted := says != "the value"; (err != nil) != wanted || denied != wanted {
				t.Errorf("%q: %v, denied %v", apps, err, denied)
			}
		})
	}
}

// TestOwnApps: that of the vault, which opens all keys, and that for signing in are Keydesk's as the bot's is.
func TestOwnApps(t *testing.T) {
	s := &config.Azure{Bot: config.Identity{Client: "bot"}, Identity: config.Identity{Client: "vault"}}
	if got := app.OwnApps(s); !slices.Equal(got, []string{"bot", "vault"}) {
		t.Error(got)
	}
	s.SignIn = &config.SignIn{Client: "signin"}
	if got := app.OwnApps(s); !slices.Equal(got, []string{"bot", "vault", "signin"}) {
		t.Error(got)
	}
}
