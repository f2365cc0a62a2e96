package app_test

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
	"keydesk/bot/config"
)

// TestMain trusts the certificate that all servers of httptest have, as a private CA is trusted.
func TestMain(m *testing.M) { os.Exit(bottest.RunTrusting(m)) }

// fabrikam is a tenant over TLS, and the log of who serves it.
type fabrikam struct {
	*tenant.Tenant
	t    testing.TB
	logs syncBuffer
}

func newFabrikam(t testing.TB) *fabrikam { return &fabrikam{Tenant: tenant.New(t), t: t} }

// noSignIn opens links for whoever has them.
const noSignIn = "KEYDESK_LINK_SIGNIN=off"

// settings is what an administrator sets; more is added to it, or replaces it.
func (f *fabrikam) settings(more ...string) config.Config {
	f.t.Helper()
	s, warnings, err := config.Load(append(f.Env(), more...))
	if err != nil || len(warnings) > 0 {
		f.t.Fatal(err, warnings)
	}
	return s
}

func (f *fabrikam) config(more ...string) app.Config {
	logger := slog.New(slog.NewTextHandler(&f.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return app.Config{Settings: f.settings(more...), Logger: logger}
}

// secretIs makes what the settings have another secret than Entra's, or one that was.
func (f *fabrikam) secretIs(expired bool) app.Config {
	if expired {
		f.SecretIs("another-obviously-fake-secret", tenant.Secret)
	} else {
		f.SecretIs("another-obviously-fake-secret")
	}
	return f.config()
}

// refuse has the vault answer with a 403 of this code.
func (f *fabrikam) refuse(code string) app.Config {
	f.Vault.Refuse(code)
	return f.config()
}

// client posts activities to a served tenant.
func (f *fabrikam) client(a *app.App) *bottest.Client {
	return &bottest.Client{Signer: f.Signer, URL: a.Base() + "/api/messages", HTTP: http.DefaultClient}
}

// tellsNothing fails when a text holds what only Microsoft, or nobody, should know.
func tellsNothing(t testing.TB, text string) {
	t.Helper()
	for _, never := range []string{"obviously-fake", "1234", "secret-place", "eyJ"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is told:\n%s", never, text)
		}
	}
}
