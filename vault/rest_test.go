package vault_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/vault"
)

func TestOpenRefuses(t *testing.T) {
	b := newBed(t)
	good, _ := b.config()
	for _, u := range []string{
		"", "contoso-keys", "http://contoso-keys.vault.azure.net", "https://", "ftp://x", "https://%zz",
		"https://u:p@x.vault.azure.net", "https://x.vault.azure.net/secrets", "https://x.vault.azure.net?x=1",
		"https://x.vault.azure.net#x",
	} {
		cfg := good
		cfg.URL = u
		if _, err := vault.Open(t.Context(), cfg); !errors.Is(err, vault.ErrBadValue) {
			t.Errorf("%q: %v", u, err)
		}
		cfg = good
		if cfg.AuditURL = u; u != "" {
			if _, err := vault.Open(t.Context(), cfg); !errors.Is(err, vault.ErrBadValue) {
				t.Errorf("log at %q: %v", u, err)
			}
		}
	}
	cfg := good
	cfg.Catalog = nil
	if _, err := vault.Open(t.Context(), cfg); err == nil {
		t.Error("opens without a catalog")
	}
	cfg = good
	cfg.Credential = bearer("another vault's")
	if _, err := vault.Open(t.Context(), cfg); !errors.Is(err, vault.ErrForbidden) {
		t.Error("with a wrong token:", err)
	}
	cfg = good
	cfg.URL = address + "/"
	if s, err := vault.Open(t.Context(), cfg); err != nil || s.URL() != address {
		t.Error("with a trailing slash:", err)
	}
}

// TestChallengeOfAnother: a vault that asks for a token of another resource gets none.
func TestChallengeOfAnother(t *testing.T) {
	b := newBed(t)
	cfg, _ := b.config()
	cfg.URL = "https://vault.contoso.example"
	if _, err := vault.Open(t.Context(), cfg); !errors.Is(err, vault.ErrForbidden) {
		t.Error("the challenge names another resource:", err)
	}
	cfg.OutsideMicrosoft = true
	if s, err := vault.Open(t.Context(), cfg); err != nil || s.Name() != "vault" {
		t.Error("outside Microsoft:", err)
	}
}

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		if err := g.s.Ready(t.Context()); err != nil || len(g.w.requests()) == 0 {
			t.Fatal(err)
		}
		g.w.breaks(nil)
		for range 100 {
			if err := g.s.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(g.w.requests()); n > 0 {
			t.Errorf("%d calls within two seconds", n)
		}
		time.Sleep(2 * time.Second)
		g.w.breaks(nil)
		if err := g.s.Ready(t.Context()); err != nil || len(g.w.requests()) != 1 {
			t.Error(err, len(g.w.requests()))
		}
		time.Sleep(2 * time.Second)
		g.w.breaks(func(int, *http.Request) trouble { return hangs })
		began := time.Now()
		var probes sync.WaitGroup
		for range 10 {
			probes.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := g.s.Ready(ctx); !errors.Is(err, vault.ErrUnavailable) {
					t.Error(err)
				}
			})
		}
		probes.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("probes of one second hung for %v", took)
		}
	})
}

func TestChats(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	ctx := t.Context()
	c := vault.Chat{Person: tech.ID, Tenant: "t", Conversation: "a:1", ServiceURL: "https://x.example/"}
	if err := s.SaveChat(ctx, c); err != nil {
		t.Fatal(err)
	}
	w.breaks(nil)
	var g sync.WaitGroup
	for range 20 {
		g.Go(func() {
			if err := s.SaveChat(ctx, c); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if n := len(w.requests()); n > 0 {
		t.Errorf("%d calls for a chat that has not changed", n)
	}
	long := c
	long.Person, long.Conversation = admin.ID, "a:"+strings.Repeat("x", 300)
	dead := c
	dead.Dead = true
	if err := errors.Join(s.SaveChat(ctx, long), s.SaveChat(ctx, dead)); err != nil {
		t.Fatal(err)
	}
	b.set(t, "keydesk-chat-"+strings.Repeat("0", 32), "not JSON", "application/vnd.keydesk.chat", nil)
	b.set(t, "keydesk-chat-"+strings.Repeat("1", 32), `{"person":"`+tech.ID+`","conversation":"a:evil"}`,
		"application/vnd.keydesk.chat", map[string]string{"person": tech.ID, "conversation": "a:evil"})
	b.set(t, "keydesk-chat-"+strings.Repeat("2", 32), "x", "application/vnd.keydesk.chat", nil)
	b.disable(t, "keydesk-chat-"+strings.Repeat("2", 32))
	other, w2 := b.open(t)
	for _, want := range []vault.Chat{dead, long} {
		if got, ok := other.Chat(want.Person); !ok || got != want {
			t.Errorf("after a restart: %+v, want %+v", got, want)
		}
		w2.breaks(nil)
		if err := other.SaveChat(ctx, want); err != nil || len(w2.requests()) > 0 {
			t.Error("saved again after a restart:", err, w2.requests())
		}
	}
	if _, ok := other.Chat("nobody"); ok {
		t.Error("knows nobody's chat")
	}
	b.set(t, "keydesk-chat-"+hash("x")[:32], "somebody else's", "text/plain", nil)
	if err := s.SaveChat(ctx, vault.Chat{Person: "x", Conversation: "a:3"}); !errors.Is(err, vault.ErrForeign) {
		t.Error("over another application's secret:", err)
	}
	if got, ok := s.Chat("x"); !ok || got.Conversation != "a:3" {
		t.Error("a chat that could not be stored is not known here")
	}
}

func TestSettings(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, _ := b.open(t)
	ctx := t.Context()
	mine, err := one.Settings(ctx)
	theirs, err2 := two.Settings(ctx)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	mine.Channels = map[string]vault.Channel{
		"approvals": {Conversation: "19:x@thread.tacv2", ServiceURL: "https://x.example/"},
	}
	if err := one.SaveSettings(ctx, mine); err != nil {
		t.Fatal(err)
	}
	theirs.Values = map[string]string{"digest": "monday"}
	if err := two.SaveSettings(ctx, theirs); !errors.Is(err, vault.ErrMoved) {
		t.Error("settings of another process were overwritten unseen:", err)
	}
	back, err := two.Settings(ctx)
	if err != nil || !maps.Equal(back.Channels, mine.Channels) {
		t.Errorf("%+v, %v", back, err)
	}
	back.Values = map[string]string{"x": strings.Repeat("x", 17<<10)}
	if err := two.SaveSettings(ctx, back); !errors.Is(err, vault.ErrTooBig) {
		t.Error("17 KB:", err)
	}
	b.set(t, "keydesk-settings", "not JSON", "application/vnd.keydesk.settings", nil)
	if _, err := one.Settings(ctx); !errors.Is(err, vault.ErrBadValue) {
		t.Error("broken settings:", err)
	}
	b.set(t, "keydesk-settings", "{}", "text/plain", nil)
	if _, err := one.Settings(ctx); !errors.Is(err, vault.ErrForeign) {
		t.Error("another application's:", err)
	}
}

// TestNoteKeyOnce: processes that start together end with one key.
func TestNoteKeyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		one, w := b.open(t)
		two, _ := b.open(t)
		// The other makes its key after our look and before our set, a second earlier by the vault's clock.
		var theirs string
		meddle(w, 2, func() {
			var err error
			theirs, err = two.NoteKey(t.Context(), func() (string, error) { return "key of two", nil })
			if err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}, nil, false)
		mine, err := one.NoteKey(t.Context(), func() (string, error) { return "key of one", nil })
		if err != nil || mine != theirs || mine != "key of two" {
			t.Errorf("%q and %q, %v", mine, theirs, err)
		}
		never := func() (string, error) { t.Error("made again"); return "", nil }
		for _, s := range []*vault.Store{one, two} {
			if key, err := s.NoteKey(t.Context(), never); err != nil || key != "key of two" {
				t.Errorf("later %q, %v", key, err)
			}
		}
		if *b.get(t, "keydesk-note-key").ContentType != "application/vnd.keydesk.note-key" {
			t.Error("stored as something else")
		}
	})
}
