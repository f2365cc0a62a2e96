package app_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"
)

// unheard is a listener that nobody connects to, so that a bubble's time goes on while an App serves on it.
type unheard struct {
	closed chan struct{}
	once   sync.Once
}

func (u *unheard) Accept() (net.Conn, error) { <-u.closed; return nil, net.ErrClosed }
func (u *unheard) Close() error              { u.once.Do(func() { close(u.closed) }); return nil }
func (u *unheard) Addr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 3978} }

// sweeps counts the calls of one process that look for what to sweep.
type sweeps struct {
	file  *embedded.Vault
	mu    sync.Mutex
	looks int
}

func (c *sweeps) Do(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/deletedsecrets") && r.Method == http.MethodGet &&
		r.Header.Get("Authorization") != "" {
		c.mu.Lock()
		c.looks++
		c.mu.Unlock()
	}
	return c.file.Do(r)
}

func (c *sweeps) seen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looks
}

// served runs a whole Keydesk on a vault, with its own timers, until the end of the test.
func served(t *testing.T, file *embedded.Vault) (*app.App, *sweeps) {
	t.Helper()
	c := &sweeps{file: file}
	a, err := app.New(t.Context(), app.Config{PerMinute: 1000, Listener: &unheard{closed: make(chan struct{})},
		Settings: config.Config{MetricsListen: "none", Data: t.TempDir(), LinkTTL: 5 * time.Minute},
		Vault: &vault.Config{URL: "https://vault.localhost", Credential: &shared{file: file}, OutsideMicrosoft: true,
			Transport: c}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return a, c
}

// asks types a line to one process and returns the card.
func asks(t *testing.T, a *app.App, line string) desk.Reply {
	t.Helper()
	return a.Desk.Handle(t.Context(), desk.Turn{Text: line, Person: catalog.Person{ID: admin, Name: "Admin"},
		Chat: catalog.Chat{ID: "c", Kind: catalog.Personal}})
}

// presses presses a button of a card at one process.
func presses(t *testing.T, a *app.App, on desk.Reply, title string, inputs ...string) desk.Reply {
	t.Helper()
	data := read("1", []byte(said(on))).data[title]
	if data == nil {
		t.Fatalf("no button %q on %s", title, brief(said(on)))
	}
	for i := 0; i < len(inputs); i += 2 {
		data[inputs[i]] = inputs[i+1]
	}
	return a.Desk.Handle(t.Context(), desk.Turn{Verb: data["verb"], Data: data, Card: "1",
		Person: catalog.Person{ID: admin, Name: "Admin"}, Chat: catalog.Chat{ID: "c", Kind: catalog.Personal}})
}

// TestTwoProcessesInTime: what one process shows of the other's work is at most five minutes old, and what is
// over is swept by one of them, all by the timers that Serve starts.
func TestTwoProcessesInTime(t *testing.T) {
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	synctest.Test(t, func(t *testing.T) {
		a, looksA := served(t, file)
		b, looksB := served(t, file)
		const five = 5*time.Minute + 10*time.Second // a walk takes no time here
		shows := func(when, line, want string) {
			t.Helper()
			if got := said(asks(t, b, line)); !strings.Contains(got, want) {
				t.Errorf("%s the other shows %s, want %q", when, brief(got), want)
			}
		}
		save := func(line string, inputs ...string) {
			t.Helper()
			got := said(presses(t, a, asks(t, a, line), "Save to Vault", append(inputs, "interval", "90")...))
			if !strings.Contains(got, "✓") {
				t.Fatal(brief(got))
			}
		}
		save("add meraki", "part.api_key", firstKey)
		shows("at once", "key meraki", "No key of")
		time.Sleep(five)
		shows("later", "key meraki", "••••0001")
		shows("later", "audit", "**add** meraki")
		save("rotate meraki", "part.api_key", secondKey)
		time.Sleep(five)
		shows("after a rotation", "key meraki", "••••0002")

		// A link that is used, and one that nobody opens.
		var claimed bool
		for range 2 {
			card := said(presses(t, a, asks(t, a, "get meraki"), "Reveal"))
			if url := read("1", []byte(card)).urls["Open"]; !claimed {
				_, err := b.Desk.Claim(t.Context(), url[len(url)-43:], nil)
				if claimed = err == nil; err != nil {
					t.Fatal(err)
				}
			}
		}
		presses(t, a, asks(t, a, "delete meraki"), "Delete")
		time.Sleep(five)
		shows("after the deletion", "get meraki", "No key of")

		before := looksA.seen() + looksB.seen()
		time.Sleep(4 * time.Hour)
		if n := looksA.seen() + looksB.seen() - before; n != 4 {
			t.Errorf("in 4 hours the two looked %d times for what to sweep, want once an hour", n)
		}
		both := func(action string) (n int) {
			for i, p := range []*app.App{a, b} {
				events := p.Log.Recent(1000, func(e audit.Event) bool {
					return e.Action == action && e.Outcome == audit.OK
				})
				if i == 1 && len(events) != n {
					t.Errorf("one knows %d events %s, the other %d", n, action, len(events))
				}
				n = len(events)
			}
			return n
		}
		if n := both("expire"); n > 1 {
			t.Errorf("%d events of one link that expired", n)
		}
		if n := both("sweep"); n < 1 || n > 4 {
			t.Errorf("%d events of sweeping", n)
		}
		s := &shared{file: file}
		for _, name := range s.inFile(t) {
			if strings.HasPrefix(name, "keydesk-link") {
				t.Errorf("%s was left", name[:16])
			}
		}
	})
}
