package embedded_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/vault/embedded"
)

type params = azsecrets.SetSecretParameters
type update = azsecrets.UpdateSecretPropertiesParameters
type attrs = azsecrets.SecretAttributes

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

func tags(kv ...string) map[string]*string {
	m := map[string]*string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &kv[i+1]
	}
	return m
}

func sameTags(t testing.TB, got, want map[string]*string) {
	t.Helper()
	if !maps.EqualFunc(got, want, func(a, b *string) bool { return *a == *b }) {
		t.Errorf("%d tags, want %d, or their texts differ", len(got), len(want))
	}
}

// TestSecrets is the table of platform.md, part E, line by line, with the real client, both ways. Each row
// uses names of its own.
func TestSecrets(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		for _, row := range []struct {
			name string
			test func(*testing.T, *world)
		}{
			{"set answers all it keeps", setAnswers},
			{"every set is a new version, nothing inherited", newVersion},
			{"names ignore case and keep it", nameCase},
			{"any text is a value", anyText},
			{"a disabled version is forbidden", disabledVersion},
			{"exp and nbf only inform", onlyInform},
			{"unknown names and versions are not found", unknown},
			{"update keeps what is absent and replaces tags", updateProps},
			{"update of one version leaves the others", updateOneVersion},
			{"delete hides, recover restores all versions", deleteRecover},
			{"purge ends it", purgeEnds},
			{"backup and restore are refused", backupRefused},
		} {
			t.Run(row.name, func(t *testing.T) { row.test(t, w) })
		}
	})
}

func setAnswers(t *testing.T, w *world) {
	before := time.Now().Add(-time.Second)
	exp, nbf := time.Now().Add(48*time.Hour).Truncate(time.Second), time.Now().Truncate(time.Second)
	in := params{Value: to.Ptr("v"), ContentType: to.Ptr("application/vnd.keydesk.key"),
		Tags:             tags("vendor", "ninja", "note", "größer & <schöner>"),
		SecretAttributes: &attrs{Expires: &exp, NotBefore: &nbf}}
	made := w.setWith(t, "set-answers", in)
	got := w.get(t, "set-answers", "")
	for _, s := range []azsecrets.Secret{made, got} {
		a := s.Attributes
		if s.ID.Name() != "set-answers" || !hex32.MatchString(s.ID.Version()) {
			t.Errorf("id %q", *s.ID)
		}
		if !strings.HasPrefix(string(*s.ID), w.base+"/secrets/") {
			t.Errorf("id %q is not below %s", *s.ID, w.base)
		}
		if *s.Value != "v" || *s.ContentType != *in.ContentType || !*a.Enabled {
			t.Error("value, content type or enabled differ")
		}
		if !a.Expires.Equal(exp) || !a.NotBefore.Equal(nbf) {
			t.Errorf("exp %v nbf %v", a.Expires, a.NotBefore)
		}
		if a.Created.Before(before) || !a.Updated.Equal(*a.Created) {
			t.Errorf("created %v updated %v", a.Created, a.Updated)
		}
		if *a.RecoveryLevel != "Recoverable+Purgeable" || *a.RecoverableDays != 90 {
			t.Errorf("recovery %s %d", *a.RecoveryLevel, *a.RecoverableDays)
		}
		sameTags(t, s.Tags, in.Tags)
	}
	if *made.ID != *got.ID {
		t.Errorf("set said %q, get %q", *made.ID, *got.ID)
	}
}

func newVersion(t *testing.T, w *world) {
	first := w.setWith(t, "new-version", params{Value: to.Ptr("one"), ContentType: to.Ptr("text/plain"),
		Tags: tags("a", "1"), SecretAttributes: &attrs{Expires: to.Ptr(time.Now())}})
	second := w.set(t, "new-version", "two")
	if first.ID.Version() == second.ID.Version() {
		t.Error("the version stayed the same")
	}
	now := w.get(t, "new-version", "")
	if *now.Value != "two" || now.Tags != nil || now.ContentType != nil || now.Attributes.Expires != nil {
		t.Error("the new version is not as it was set")
	}
	old := w.get(t, "new-version", strings.ToUpper(first.ID.Version()))
	if *old.Value != "one" || *old.Tags["a"] != "1" || *old.ContentType != "text/plain" {
		t.Error("the old version has changed")
	}
}

func nameCase(t *testing.T, w *world) {
	w.set(t, "NinjaOne--Acme", "one")
	w.set(t, "ninjaone--acme", "two")
	got := w.get(t, "NINJAONE--ACME", "")
	if *got.Value != "two" || got.ID.Name() != "NinjaOne--Acme" {
		t.Errorf("id %q", *got.ID)
	}
	if n := len(w.versions(t, "ninjaONE--acme")[0]); n != 2 {
		t.Errorf("%d versions", n)
	}
	w.delete(t, "NinjaONE--Acme")
	_, err := w.c.SetSecret(t.Context(), "ninjaone--acme", params{Value: to.Ptr("x")}, nil)
	wantError(t, err, 409, "Conflict", "ObjectIsDeletedButRecoverable")
}

func anyText(t *testing.T, w *world) {
	for name, value := range map[string]string{
		"any-empty": "", "any-nul": "a\x00b", "any-lines": "-----BEGIN KEY-----\r\nx\n",
		"any-quotes": `"\</script>&`,
		"any-rune":   "schlüssel 🔑 \u2028", "any-full": strings.Repeat("\x01", 25<<10),
	} {
		w.set(t, name, value)
		if got := w.get(t, name, ""); *got.Value != value {
			t.Errorf("%s: the value came back changed", name)
		}
	}
}

func disabledVersion(t *testing.T, w *world) {
	on := w.set(t, "disabled", "v")
	off := w.setWith(t, "disabled", params{Value: to.Ptr("w"), SecretAttributes: &attrs{Enabled: to.Ptr(false)}})
	for _, version := range []string{"", off.ID.Version()} {
		_, err := w.c.GetSecret(t.Context(), "disabled", version, nil)
		wantError(t, err, 403, "Forbidden", "SecretDisabled")
	}
	if *w.get(t, "disabled", on.ID.Version()).Value != "v" {
		t.Error("another version was touched")
	}
	for _, p := range w.versions(t, "disabled")[0] {
		if want := p.ID.Version() == on.ID.Version(); *p.Attributes.Enabled != want {
			t.Errorf("version %s is listed as enabled=%v", p.ID.Version(), !want)
		}
	}
	w.patch(t, "disabled", off.ID.Version(), update{SecretAttributes: &attrs{Enabled: to.Ptr(true)}})
	if *w.get(t, "disabled", "").Value != "w" {
		t.Error("it stayed disabled")
	}
}

func onlyInform(t *testing.T, w *world) {
	w.setWith(t, "inform", params{Value: to.Ptr("v"), SecretAttributes: &attrs{
		Expires: to.Ptr(time.Unix(1, 0)), NotBefore: to.Ptr(time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC))}})
	if *w.get(t, "inform", "").Value != "v" {
		t.Error("outside its window the value differs")
	}
}

func unknown(t *testing.T, w *world) {
	w.set(t, "known", "v")
	none := strings.Repeat("0", 32)
	for name, version := range map[string]string{"unknown": "", "known": none, "Unknown": "abc"} {
		_, err := w.c.GetSecret(t.Context(), name, version, nil)
		wantError(t, err, 404, "SecretNotFound", "")
		_, err = w.c.UpdateSecretProperties(t.Context(), name, version, update{}, nil)
		wantError(t, err, 404, "SecretNotFound", "")
	}
	_, err := w.c.DeleteSecret(t.Context(), "unknown", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.GetDeletedSecret(t.Context(), "known", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.RecoverDeletedSecret(t.Context(), "known", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.PurgeDeletedSecret(t.Context(), "known", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	if pages := w.versions(t, "unknown"); len(pages) != 1 || len(pages[0]) != 0 {
		t.Error("versions of an unknown name are not one empty page")
	}
}

func backupRefused(t *testing.T, w *world) {
	w.set(t, "backup", "v")
	_, err := w.c.BackupSecret(t.Context(), "backup", nil)
	wantError(t, err, 501, "NotSupported", "")
	_, err = w.c.RestoreSecret(t.Context(), azsecrets.RestoreSecretParameters{SecretBackup: []byte("x")}, nil)
	wantError(t, err, 501, "NotSupported", "")
	w.set(t, "restore", "a name like any other")
	w.get(t, "restore", "")
}
