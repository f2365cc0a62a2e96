package vault_test

import (
	"testing"

	"keydesk/vault"
)

func TestEntered(t *testing.T) {
	const pem = "-----BEGIN PRIVATE KEY-----\nobviously-fake\n-----END PRIVATE KEY-----\n"
	for in, want := range map[string]string{
		"":                   "",
		" \t\r\n":            "",
		" obviously-fake\n":  "obviously-fake",
		"two\r\nlines\r\n":   "two\nlines",
		"-----BEGIN nothing": "-----BEGIN nothing",
		pem:                  pem,
		pem[:len(pem)-1]:     pem,
		"\r\n" + pem + "\n":  pem,
		"-----BEGIN PRIVATE KEY-----\r\nobviously-fake\r\n-----END PRIVATE KEY-----\r\n": pem,
	} {
		got := vault.Entered(in)
		if got.Expose() != want || got.IsZero() != (want == "") || !vault.Entered(got.Expose()).Equal(got) {
			t.Errorf("%q became %q, want %q", in, got.Expose(), want)
		}
	}
}
