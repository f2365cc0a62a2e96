package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/config"

	"github.com/prometheus/client_golang/prometheus"
)

// TestMetrics: commands, calls to Key Vault and activities are counted, under labels that name no person and no key.
func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	a, stop := runWith(t, app.Config{Registry: registry, Settings: config.Config{
		Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 5 * time.Minute}})
	c := connect(t, a)
	add(t, c, good)
	c.say(newcomer, "get ninja")
	c.say(admin, "halp "+firstKey)
	stop()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "keydesk_") {
			fmt.Fprintln(&text, f.GetName(), f.String())
		}
	}
	for _, want := range []string{"keydesk_command_seconds", "keydesk_vault_call_seconds", "keydesk_activity_seconds",
		`"add"`, `"denied"`, `"unknown"`, `"invoke"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the metrics miss %s", want)
		}
	}
	for _, no := range []string{"ninja", "Admin", admin, newcomer, "obviously-fake"} {
		if strings.Contains(text.String(), no) {
			t.Errorf("the metrics name %s", no)
		}
	}
}
