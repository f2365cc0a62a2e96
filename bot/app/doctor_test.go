package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest/tenant"
	"keydesk/bot/config"
	"keydesk/bot/doctor"

	"github.com/google/go-cmp/cmp"
)

var portRE = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// look runs the doctor and gives what it says, ports left out.
func look(t *testing.T, cfg app.Config) (string, doctor.Result) {
	t.Helper()
	checks, done, err := app.Doctor(cfg.Settings)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var said strings.Builder
	r := doctor.Run(t.Context(), &said, checks)
	tellsNothing(t, said.String())
	return portRE.ReplaceAllString(said.String(), "127.0.0.1:1"), r
}

func TestDoctorOfATenant(t *testing.T) {
	f := newFabrikam(t)
	said, _ := look(t, f.config("KEYDESK_TWO_PERSON=on"))
	want := `✓ name of the vault: 127.0.0.1 is 127.0.0.1
✓ token for the vault
✓ vault: list
✓ vault: get
✓ vault: set
✓ vault: delete
✓ role groups
✓ admins: 2
✓ the bot's own token
✓ keys that sign activities: 1
✓ registration for signing in: its redirect URI has to be https://127.0.0.1:1/signin/callback
! public address: 127.0.0.1:1 answers with status 502
  Keydesk answers only while it runs. If it does, check DNS, the certificate and the way from
  KEYDESK_PUBLIC_URL to KEYDESK_LISTEN.

1 warning.
`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
}

func TestDoctorFindsFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		harm   func(f *fabrikam) app.Config
		faults int
		says   []string
	}{
		"wrong secret": {func(f *fabrikam) app.Config { return f.secretIs(false) }, 3,
			[]string{
				"✗ token for the vault: the client secret is not accepted by Entra (AADSTS7000215)",
				"- role groups: not looked at, as this failed: token for the vault",
				"- vault: delete: not looked at, as this failed: token for the vault",
				"  Set AZURE_CLIENT_SECRET to the secret's Value", "3 faults, 1 warning."}},
		"no role": {func(f *fabrikam) app.Config { return f.refuse("ForbiddenByRbac") }, 1, []string{
			"✗ vault: list: the identity has no role in the vault that allows this (Forbidden/ForbiddenByRbac)",
			"  Give the identity of AZURE_CLIENT_ID the role Key Vault Secrets Officer",
			"- vault: set: not looked at, as this failed: vault: list"}},
		"no such vault": {func(f *fabrikam) app.Config {
			return f.config("KEYDESK_VAULT_URL=https://contoso.keydesk.invalid")
		}, 1, []string{"✗ name of the vault: contoso.keydesk.invalid cannot be resolved",
			"✓ token for the vault",
			"- vault: list: not looked at, as this failed: name of the vault"}},
		"another issuer": {func(f *fabrikam) app.Config { return f.config("KEYDESK_CLOUD=usgov") }, 1, []string{
			"✗ keys that sign activities: they are another issuer's"}},
		"no keys": {func(f *fabrikam) app.Config { f.Signer.Close(); return f.config() }, 1, []string{
			"✗ keys that sign activities: the metadata: 127.0.0.1:1 does not answer"}},
		"a group that is gone": {func(f *fabrikam) app.Config { f.Graph.Delete(tenant.NOCs); return f.config() }, 1,
			[]string{"✗ role groups: Role NOC, group " + tenant.NOCs + ": this tenant has no such group, so it " +
				"gives nobody the role\n  Put the object id of a group that exists into the settings."}},
		"one admin": {func(f *fabrikam) app.Config {
			f.Graph.Group(tenant.Admins, tenant.Admin.ID)
			return f.config("KEYDESK_TWO_PERSON=on")
		}, 0, []string{
			"! admins: there is one, and KEYDESK_TWO_PERSON=on takes two"}},
		"no admin": {func(f *fabrikam) app.Config { f.Graph.Group(tenant.Admins); return f.config() }, 1, []string{
			"✗ admins: there is none: nobody can add a key"}},
	} {
		t.Run(name, func(t *testing.T) {
			said, r := look(t, tt.harm(newFabrikam(t)))
			for _, want := range tt.says {
				if !strings.Contains(said, want) {
					t.Errorf("does not say: %s", want)
				}
			}
			if r.Faults != tt.faults || t.Failed() {
				t.Errorf("%+v\n%s", r, said)
			}
		})
	}
}

// A log with a vault of its own: what may be deleted there is warned about, and a look leaves one secret.
func TestDoctorOfALogOfItsOwn(t *testing.T) {
	f := newFabrikam(t)
	log := f.NewVault(t)
	cfg := f.config("KEYDESK_AUDIT_VAULT_URL=" + log.URL)
	for range 2 {
		if said, r := look(t, cfg); r.Faults != 0 || !strings.Contains(said, "✓ log's vault: set\n! "+
			"log's vault: no delete: nothing keeps Keydesk from deleting there\n") {
			t.Error(said)
		}
	}
	log.As(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
	if said, r := look(t, cfg); r.Faults != 0 || !strings.Contains(said, "✓ log's vault: no delete\n") {
		t.Error(said)
	}
}

func TestDoctorOfTheSandbox(t *testing.T) {
	s := settingsOf(t)
	said, r := look(t, app.Config{Settings: s})
	if want := "✓ the vault's file: none yet, the first start makes it\n✓ admins: nobody yet, the first " +
		"start names some\n\nAll is fine.\n"; said != want ||
		r != (doctor.Result{}) {
		t.Errorf("before the first start:\n%s", said)
	}
	_, stop := run(t, s)
	if said, _ := look(t, app.Config{Settings: s}); !strings.Contains(said, "a running Keydesk has it open") {
		t.Errorf("while it runs:\n%s", said)
	}
	stop()
	if said, r := look(t, app.Config{Settings: s}); !strings.Contains(said,
		"✓ the vault's file: keys in it: 0\n✓ admins: ") {
		t.Errorf("stopped: %+v\n%s", r, said)
	}
	other := config.Config{Data: s.Data, MasterKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
	if said, r := look(t, app.Config{Settings: other}); r.Faults != 1 {
		t.Errorf("another key: %+v\n%s", r, said)
	}
}
