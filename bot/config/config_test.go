package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"keydesk/bot/config"
)

func TestNothingIsNeeded(t *testing.T) {
	c, warnings, err := config.Load(nil)
	want := config.Config{Listen: "127.0.0.1:3978", MetricsListen: "127.0.0.1:9464",
		Data: ".keydesk", LinkTTL: 5 * time.Minute}
	if err != nil || c != want || len(warnings) > 0 {
		t.Errorf("Load(nil) = %+v, %v, %v", c, warnings, err)
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ env, want string }{
		{"KEYDESK_ROLE_ADMIN=1", "KEYDESK_ROLE_ADMIN is set, but no vault is"},
		{"MICROSOFT_APP_ID=1", "MICROSOFT_APP_ID is set, but no vault is"},
		{"MICROSOFT_OTHER=1", "MICROSOFT_OTHER is set, but no vault is"},
		{"KEYDESK_CLOUD=usgov", "KEYDESK_CLOUD is set, but no vault is"},
		{"KEYDESK_LINK_SIGNIN=off", "KEYDESK_LINK_SIGNIN is set, but no vault is"},
		{"KEYDESK_SIGNIN_CLIENT_SECRET=obviously-fake-secret", "is set, but no vault is"},
		{"KEYDESK_BREAKGLASS=on", "this version has no break-glass access yet"},
		{"KEYDESK_TEST_NETWORKS=10.0.0.0/8", "this version has no connection tests yet"},
		{"KEYDESK_TEST_CA=ca.pem", "this version has no connection tests yet"},
		{"KEYDESK_LISTN=1", "did you mean KEYDESK_LISTEN?"},
		{"KEYDESK_LISTEN=0.0.0.0:3978", "must be on loopback"},
		{"KEYDESK_LISTEN=:3978", "must be on loopback"},
		{"KEYDESK_LISTEN=contoso.com:3978", "must be on loopback"},
		{"KEYDESK_LISTEN=3978", "takes host:port"},
		{"KEYDESK_METRICS_LISTEN=x", "takes host:port"},
		{"KEYDESK_LINK_TTL=16m", "a time from 1m to 15m"},
		{"KEYDESK_LINK_TTL=59s", "a time from 1m to 15m"},
		{"KEYDESK_LINK_TTL=5", "a time from 1m to 15m"},
		{"KEYDESK_AUDIT_STDOUT=yes", "takes on or off"},
		{"KEYDESK_TWO_PERSON=yes", "takes on or off"},
		{"KEYDESK_PUBLIC_URL=keydesk.contoso.com", "takes an address like"},
		{"KEYDESK_PUBLIC_URL=https://a@b.c", "takes an address like"},
		{"KEYDESK_MASTER_KEY=obviously-fake-secret", "takes 32 bytes in base64"},
	} {
		_, _, err := config.Load([]string{tt.env})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.env, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "obviously-fake") {
			t.Errorf("the fault repeats a secret: %v", err)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, warnings, err := config.Load([]string{"KEYDESK_ROLE_L1=v", "KEYDESK_LINK_TTL=1h", "KEYDESK_XYZ=1",
		"AZURE_TENANT_ID=t", "PATH=/bin"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three faults, got: %v", err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "AZURE_TENANT_ID") {
		t.Errorf("warnings %v", warnings)
	}
}

// The two-person rule is the desk's, and can be tried in the sandbox.
func TestTwoPersonInTheSandbox(t *testing.T) {
	c, _, err := config.Load([]string{"KEYDESK_TWO_PERSON=on"})
	if err != nil || !c.TwoPerson || c.Azure != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestReadmeShowsTheSettings(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Settings() {
		row := "| `" + s.Name + "` | " + s.Meaning + " | " + s.Default + " |"
		if !strings.Contains(string(readme), row) {
			t.Errorf("README.md misses the row\n%s", row)
		}
	}
}
