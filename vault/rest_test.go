package vault_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
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

func TestSegments(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	segs, ctx := s.Segments(), t.Context()
	const first, second = "keydesk-audit-000001-0123456789abcdef", "keydesk-audit-000002-0123456789abcdef"
	for i := range 30 {
		err := segs.Put(ctx, first, strings.Repeat("x", i+1), map[string]string{"count": "1"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := segs.Put(ctx, second, "y", nil); err != nil {
		t.Fatal(err)
	}
	b.set(t, "keydesk-audit-000003-x", "z", "text/plain", nil)
	list, err := segs.List(ctx)
	slices.SortFunc(list, func(a, b audit.SegmentInfo) int { return strings.Compare(a.Name, b.Name) })
	if err != nil || len(list) != 2 || list[0].Name != first || list[0].Tags["count"] != "1" {
		t.Errorf("%+v, %v", list, err)
	}
	body, err := segs.Get(ctx, list[0].Name, "")
	if err != nil || len(body) != 30 {
		t.Errorf("current has %d, %v", len(body), err)
	}
	ids, err := segs.Versions(ctx, list[0].Name)
	if err != nil || len(ids) != 30 {
		t.Fatal(len(ids), err)
	}
	lengths := map[int]bool{}
	for _, id := range ids {
		body, err := segs.Get(ctx, list[0].Name, id)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(body)] = true
	}
	if len(lengths) != 30 {
		t.Error("not every version is there")
	}
	if sec := b.get(t, list[0].Name); *sec.ContentType != "application/vnd.keydesk.audit" {
		t.Error(*sec.ContentType)
	}
	_, err = segs.Get(ctx, "keydesk-audit-000009-x", "")
	_, err2 := segs.Get(ctx, list[0].Name, strings.Repeat("0", 32))
	_, err3 := segs.Versions(ctx, "keydesk-audit-000009-x")
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, audit.ErrNotFound) || !errors.Is(err, vault.ErrNotFound) {
			t.Error("what is not there:", err)
		}
	}
	b.disable(t, list[1].Name)
	if _, err := segs.Get(ctx, list[1].Name, ""); !errors.Is(err, audit.ErrUnreadable) {
		t.Error("switched off:", err)
	}
	if _, err := segs.Get(ctx, "keydesk-audit-000003-x", ""); !errors.Is(err, vault.ErrForeign) {
		t.Error("another application's:", err)
	}
	for _, bad := range []string{
		"", "ninjaone", "keydesk-audit-", "keydesk-audit-1/../ninjaone", "keydesk-audit-A",
		"keydesk-audit-" + strings.Repeat("a", 120),
	} {
		_, err := segs.Get(ctx, bad, "")
		_, err2 := segs.Versions(ctx, bad)
		for _, err := range []error{err, err2, segs.Put(ctx, bad, "x", nil)} {
			if !errors.Is(err, vault.ErrBadValue) {
				t.Errorf("segment %q: %v", bad, err)
			}
		}
	}
}

// TestVersionsOfASegmentAreInOrder across seconds.
func TestVersionsOfASegmentAreInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		var want []string
		for i := range 30 {
			if err := s.Segments().Put(t.Context(), "keydesk-audit-1-a", strings.Repeat("x", i+1), nil); err != nil {
				t.Fatal(err)
			}
			want = append(want, b.version(t, "keydesk-audit-1-a"))
			time.Sleep(time.Second)
		}
		got, err := s.Segments().Versions(t.Context(), "keydesk-audit-1-a")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestAuditVault: the log's own vault gets the log, and nothing but the log.
func TestAuditVault(t *testing.T) {
	keys, log := newBed(t), newBed(t)
	cfg, w := keys.config()
	w.vault = byHost{"contoso-keys.vault.azure.net": keys, "contoso-log.vault.azure.net": log}
	cfg.AuditURL = "https://contoso-log.vault.azure.net"
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Segments().Put(t.Context(), "keydesk-audit-1-a", "lines", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), newKey(ninja, "op"), good()); err != nil {
		t.Fatal(err)
	}
	if *log.get(t, "keydesk-audit-1-a").Value != "lines" {
		t.Error("the log is not where it belongs")
	}
	if got := keys.all(t); !slices.Equal(got, []string{"ninjaone"}) {
		t.Errorf("the keys' vault has %v", got)
	}
	if got := log.all(t); !slices.Equal(got, []string{"keydesk-audit-1-a"}) {
		t.Errorf("the log's vault has %v", got)
	}
}
