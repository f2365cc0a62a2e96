package app_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/azure"
	"keydesk/bot/bottest/tenant"
	"keydesk/vault"
)

// The whole way: a signed activity comes in, the vault is reached with Entra's token over TLS, and the answer
// goes to the connector with the bot's own.
func TestATenantIsServed(t *testing.T) {
	f := newFabrikam(t)
	a, stop := runWith(t, f.config(noSignIn))
	defer stop()
	person := tenant.Admin
	ans, err := f.client(a).Send(t.Context(), f.Signer.Message(person, "add ninja"))
	if err != nil || ans.Status != http.StatusOK {
		t.Fatal(err, ans.Status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	call, err := f.Connector.Next(ctx)
	if err != nil || call.Status != http.StatusCreated || !strings.Contains(string(call.Raw), "part.client_secret") {
		t.Fatalf("%v %d %s", err, call.Status, call.Raw)
	}
	for _, token := range []string{"", "Bearer " + f.Signer.Sign(f.Signer.Claims().With("aud", "another"))} {
		if ans, err := f.client(a).SendAs(t.Context(), token, f.Signer.Message(person, "help")); err != nil ||
			ans.Status != http.StatusUnauthorized {
			t.Errorf("%v, status %d", err, ans.Status)
		}
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404,
		"/r/assets/reveal.js": 200,
		"/api/people":         404} {
		if got := statusOf(t, a.Base()+path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if a.Desk.Sandbox || !slices.Contains(a.Desk.OwnApps, tenant.App) || a.Desk.PublicURL != f.Front.URL {
		t.Errorf("sandbox %v, apps %q, pages %s", a.Desk.Sandbox, a.Desk.OwnApps, a.Desk.PublicURL)
	}
	logs := f.logs.String()
	for _, said := range []string{"serving a tenant", "outside Microsoft's clouds (AZURE_AUTHORITY_HOST)",
		"a vault is outside Microsoft's clouds", "KEYDESK_LINK_SIGNIN is off"} {
		if !strings.Contains(logs, said) {
			t.Errorf("the log does not say: %s\n%s", said, logs)
		}
	}
	tellsNothing(t, logs)
}

func statusOf(t testing.TB, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func TestWhyATenantIsNotServed(t *testing.T) {
	for name, tt := range map[string]struct {
		harm func(f *fabrikam) app.Config
		kind error
		says string
	}{
		"wrong secret": {func(f *fabrikam) app.Config { return f.secretIs(false) },
			azure.ErrSecretWrong, "the token for the vault"},
		"expired secret": {func(f *fabrikam) app.Config { return f.secretIs(true) },
			azure.ErrSecretExpired, "AADSTS7000222"},
		"firewall": {func(f *fabrikam) app.Config { return f.refuse("ForbiddenByFirewall") },
			azure.ErrFirewall, "the vault 127.0.0.1"},
		"access policies": {func(f *fabrikam) app.Config { return f.refuse("AccessDenied") },
			azure.ErrPolicy, "AccessDenied"},
		"by policy": {func(f *fabrikam) app.Config { return f.refuse("ForbiddenByPolicy") },
			azure.ErrPolicy, ""},
		"another 403": {func(f *fabrikam) app.Config { return f.refuse("Whatever") }, azure.ErrRefused,
			"Whatever"},
		"nobody there": {func(f *fabrikam) app.Config { f.Vault.Close(); return f.config() },
			azure.ErrNoAnswer, ""},
		"no such vault": {func(f *fabrikam) app.Config {
			return f.config("KEYDESK_VAULT_URL=https://contoso.keydesk.invalid")
		}, azure.ErrName, "contoso.keydesk.invalid"},
		"another name": {func(f *fabrikam) app.Config {
			return f.config("KEYDESK_VAULT_URL=" + strings.Replace(f.Vault.URL, "127.0.0.1", "localhost", 1))
		}, azure.ErrTLS, ""},
		"no Key Vault": {func(f *fabrikam) app.Config {
			f.Vault.As(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.WriteHeader(http.StatusUnauthorized)
			})
			return f.config()
		}, azure.ErrRefused, "the vault 127.0.0.1"},
		"the bot's secret": {func(f *fabrikam) app.Config {
			return f.config("MICROSOFT_APP_PASSWORD=obviously-fake-other")
		}, azure.ErrSecretWrong, "the bot's own token"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFabrikam(t)
			a, err := app.New(t.Context(), tt.harm(f))
			if err == nil {
				a.Abandon()
			}
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || azure.Advice(err) == "" {
				t.Fatalf("%v\n%s", err, azure.Advice(err))
			}
			tellsNothing(t, err.Error()+azure.Advice(err)+f.logs.String())
		})
	}
}

func TestARoleThatComesLate(t *testing.T) {
	f := newFabrikam(t)
	cfg := f.refuse("ForbiddenByRbac")
	time.AfterFunc(time.Second, func() { f.Vault.As(nil) })
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.Abandon()
	if logs := f.logs.String(); strings.Count(logs, "no role in the vault lets Keydesk in yet") != 1 {
		t.Error(logs)
	}
}

func TestARoleThatNeverComes(t *testing.T) {
	noRole := &vault.Error{Kind: vault.ErrForbidden, Status: 403, Code: "Forbidden/ForbiddenByRbac"}
	synctest.Test(t, func(t *testing.T) {
		var logs syncBuffer
		began, tries := time.Now(), 0
		err := app.WhenAllowed(t.Context(), slog.New(slog.NewTextHandler(&logs, nil)),
			func() error { tries++; return noRole })
		if !errors.Is(err, azure.ErrNoRole) || !strings.Contains(azure.Advice(err),
			"Key Vault Secrets Officer") {
			t.Error(err)
		}
		if took := time.Since(began); took != 3*time.Minute || tries != 37 {
			t.Errorf("%d tries in %s", tries, took)
		}
		if told := strings.Count(logs.String(), "level=WARN"); told != 6 {
			t.Errorf("told %d times", told)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		if err := app.WhenAllowed(ctx, slog.New(slog.DiscardHandler),
			func() error { return noRole }); !errors.Is(err,
			context.DeadlineExceeded) {
			t.Error("stopped while it waits:", err)
		}
	})
}

func TestFewAdmins(t *testing.T) {
	const few = "fewer than two members"
	for more, want := range map[string]bool{"KEYDESK_TWO_PERSON=on": true, "KEYDESK_TWO_PERSON=off": false} {
		f := newFabrikam(t)
		f.Graph.Group(tenant.Admins, tenant.Admin.ID)
		a, err := app.New(t.Context(), f.config(more))
		if err != nil {
			t.Fatal(err)
		}
		a.Abandon()
		if got := strings.Contains(f.logs.String(), few); got != want {
			t.Errorf("%s: %v", more, got)
		}
	}
}
