package app_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/config"
)

// start runs a whole Keydesk on a free port, on data of its own, and stops it at the end of the test.
func start(t testing.TB, data string) *app.App {
	t.Helper()
	a, stop := run(t, config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data: data, LinkTTL: 5 * time.Minute})
	t.Cleanup(stop)
	return a
}

func run(t testing.TB, s config.Config) (a *app.App, stop func()) {
	t.Helper()
	return runWith(t, app.Config{Settings: s})
}

func runWith(t testing.TB, cfg app.Config) (a *app.App, stop func()) {
	t.Helper()
	if cfg.PerMinute == 0 { // tests are faster than people; TestTooFast has the real limit
		cfg.PerMinute = 10_000
	}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx) }()
	return a, func() {
		cancel()
		if err := <-done; err != nil && !t.Skipped() { // a skipped test may stop it before it has begun
			t.Errorf("serving: %v", err)
		}
	}
}

func TestStartsAndStops(t *testing.T) {
	a := start(t, t.TempDir())
	for _, path := range []string{"/healthz", "/readyz"} {
		res, err := http.Get(a.Base() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
}

// settingsOf is what a test runs with, on data of its own.
func settingsOf(t testing.TB) config.Config {
	return config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data: t.TempDir(), LinkTTL: 5 * time.Minute}
}

// openBody begins a request whose body never comes; sent is closed when it is on its way.
func openBody(t testing.TB, url string) (hold io.Closer, sent <-chan struct{}) {
	t.Helper()
	body, w := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	done := make(chan struct{})
	go func() { _, _ = w.Write([]byte("{")); close(done) }()
	go func() {
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	return w, done
}
