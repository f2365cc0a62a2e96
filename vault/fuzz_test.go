package vault_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"keydesk/vault"
)

// FuzzToken: only the one spelling of a token finds its link, and looking never uses it up.
func FuzzToken(f *testing.F) {
	b := newBed(f)
	s, _ := b.open(f)
	have(f, s, "op-0")
	token, _, err := s.MintLink(f.Context(), vault.Link{Key: ninja, Holder: tech, Until: time.Now().Add(time.Hour)})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{token, token + "=", " " + token, token[:42], token + "A", "", "../keydesk-settings",
		base64.StdEncoding.EncodeToString(make([]byte, 32)), token[:20] + "\n" + token[20:]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		_, err := s.FindLink(t.Context(), given)
		if (err == nil) != (given == token) || err != nil && !errors.Is(err, vault.ErrGone) {
			t.Errorf("%q: %v", given, err)
		}
		if _, err := s.FindIntake(t.Context(), given); !errors.Is(err, vault.ErrGone) {
			t.Errorf("%q as an intake link: %v", given, err)
		}
		if given != token {
			if _, err := s.ClaimLink(t.Context(), given); !errors.Is(err, vault.ErrGone) {
				t.Errorf("claiming %q: %v", given, err)
			}
		}
		if _, err := s.FindLink(t.Context(), token); err != nil {
			t.Errorf("the link is gone: %v", err)
		}
	})
}
