package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
)

// The values of the story; they are searched for in everything the process writes.
const (
	clientID  = "obviously-fake-client-id-0001"
	firstKey  = "obviously-fake-secret-AAAA-0001"
	secondKey = "obviously-fake-secret-BBBB-0002"
)

// TestStory is the whole of the first slice, as any Teams-like client sees it: add a key of two parts, see it in the
// list, get a link, reveal the value once, rotate, see two versions and every step in the log; then a restart.
func TestStory(t *testing.T) {
	data := t.TempDir()
	settings := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: data, LinkTTL: 300e9}
	var logs syncBuffer // everything a process says, down to debug
	start := func() (*app.App, func()) {
		return runWith(t, app.Config{Settings: settings,
			Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	}
	a, stop := start()
	c := connect(t, a)
	var pages bytes.Buffer // all pages but the answers of claims

	form := c.say(admin, "add ninja")
	wants(t, "the form", form, "NinjaOne", "part.client_id", "part.client_secret",
		"password", "Administration > Apps > API", "interval", "expiry", "endpoint.region")
	saved, _ := c.press(admin, form, "Save to Vault", map[string]string{"part.client_id": clientID,
		"part.client_secret": firstKey, "endpoint.region": "app", "interval": "90", "note": "for Contoso"})
	wants(t, "the result", saved, "Stored", "ninja_••••••••••••0001", "for Contoso")

	wants(t, "the list", c.say(admin, "keys"), "ninjaone", "ninja_••••••••••••0001", "1 key")
	wants(t, "the key", c.say(admin, "key ninja"), "RMM", "https://app.ninjarmm.com",
		"/secrets/ninjaone", "90 days", "Admin, L2, L1, NOC", "for Contoso")

	got := c.say(l1, "get ninja ticket 4711")
	wants(t, "the offer", got, "ticket 4711", "Reveal")
	link, _ := c.press(l1, got, "Reveal", nil)
	url := link.urls["Open"]
	pages.WriteString(visit(t, url, http.StatusOK))
	pages.WriteString(visit(t, url, http.StatusOK)) // looking does not use it up
	first := claim(t, url, http.StatusOK)
	if !strings.Contains(first, clientID) || !strings.Contains(first, firstKey) ||
		!strings.Contains(first, `"key":"ninjaone"`) {
		t.Errorf("the claim did not give both parts (%d bytes)", len(first))
	}
	claim(t, url, http.StatusGone)
	c.await(t, got.id, "Revealed")
	pages.WriteString(visit(t, url, http.StatusGone))

	form = c.say(admin, "rotate ninja")
	wants(t, "the rotation's form", form, clientID, "ninja_••••••••••••0001")
	saved, _ = c.press(admin, form, "Save to Vault", map[string]string{"part.client_id": clientID,
		"part.client_secret": secondKey, "interval": "90", "note": "for Contoso"})
	wants(t, "the rotation", saved, "Rotated", "ninja_••••••••••••0002")
	wants(t, "the history", c.say(l1, "history ninja"), "current version", "older version",
		"••••0001", "••••0002", "Admin")

	log := c.say(admin, "audit")
	wants(t, "the log", log, "add", "rotate", "retrieve", "get", "ticket 4711", "L1 technician")
	stop()

	b, stop := start()
	c2 := connect(t, b)
	wants(t, "the history after a restart", c2.say(admin, "history ninja"), "current version", "older version")
	wants(t, "the log after a restart", c2.say(admin, "audit"), "retrieve", "rotate")
	link, _ = c2.press(l1, c2.say(l1, "get ninja"), "Reveal", nil)
	if got := claim(t, link.urls["Open"], http.StatusOK); !strings.Contains(got, secondKey) {
		t.Error("after a restart the claim did not give the rotated value")
	}
	stop()

	report, err := app.VerifyLog(t.Context(), settings, audit.VerifyOptions{})
	if err != nil || len(report.Faults) > 0 {
		t.Errorf("verifying the log: %v, %v", err, report.Faults)
	}
	cards := withoutPublic(c.log.String() + c2.log.String())
	noValue(t, "what the bot posted", cards)
	noValue(t, "the pages", pages.String())
	noValue(t, "the logs", logs.String())
	if !strings.Contains(logs.String(), "stopping") {
		t.Error("the logs were not caught")
	}
	noFileHas(t, data)
}

// syncBuffer takes what several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// withoutPublic drops the public part, which the form shows on purpose.
func withoutPublic(s string) string { return strings.ReplaceAll(s, clientID, "") }

func noValue(t *testing.T, where, text string) {
	t.Helper()
	for _, v := range []string{firstKey, secondKey, clientID} {
		if strings.Contains(text, v) {
			t.Errorf("%s have a value", where)
		}
	}
}

// noFileHas searches everything the process wrote to its folder.
func noFileHas(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		noValue(t, "the files in "+d.Name(), string(b))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func wants(t *testing.T, what string, c card, all ...string) {
	t.Helper()
	plain := strings.NewReplacer(`\\`, "", `\u003e`, ">", `\u0026`, "&").Replace(c.json)
	for _, s := range all {
		if !strings.Contains(plain, s) {
			t.Errorf("%s misses %q:\n%s", what, s, c.json)
		}
	}
}

// visit loads the page of a link.
func visit(t *testing.T, url string, want int) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != want {
		t.Errorf("GET of the link: %d, want %d", res.StatusCode, want)
	}
	return string(body)
}

// claim presses Reveal on the page, and returns the answer.
func claim(t testing.TB, url string, want int) string {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != want {
		t.Errorf("claiming: %d, want %d", res.StatusCode, want)
	}
	if want == http.StatusOK && !json.Valid(body) {
		t.Error("the claim's answer is no JSON")
	}
	return string(body)
}
