package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// between does something right before one call to the vault.
type between struct {
	next policy.Transporter
	mu   sync.Mutex
	kind string
	act  func()
}

func (b *between) Do(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	act := b.act
	if kindOf(r) != b.kind || act == nil {
		b.mu.Unlock()
		return b.next.Do(r)
	}
	b.act = nil
	b.mu.Unlock()
	act()
	return b.next.Do(r)
}

func (b *between) before(kind string, act func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kind, b.act = kind, act
}

// newSlowPair is a pair whose first process can be held between reading a key and writing it.
func newSlowPair(t *testing.T) (*pair, *between) {
	t.Helper()
	p, b := &pair{shared: newShared(t)}, &between{}
	for i := range p.apps {
		cfg := app.Config{Settings: settingsOf(t), Vault: &vault.Config{URL: p.server.URL, Credential: p,
			Transport: p.server.Client(), OutsideMicrosoft: true}}
		if i == 0 {
			cfg.Transport = func(next policy.Transporter) policy.Transporter { b.next = next; return b }
		}
		a, stop := runWith(t, cfg)
		t.Cleanup(stop)
		p.apps[i], p.on[i] = a, connect(t, a)
	}
	return p, b
}

// TestAccessOnTwoProcesses: what one process grants and revokes, the next claim on the other goes by,
// whatever its memory says.
func TestAccessOnTwoProcesses(t *testing.T) {
	p := newPair(t)
	add(t, p.on[0], good)
	p.later(t)
	link := func(i int) string {
		t.Helper()
		got, _ := p.on[i].press(l1, p.on[i].say(l1, "get ninja"), "Reveal", nil)
		return got.urls["Open"]
	}
	url := link(1)
	p.on[0].say(admin, "revoke L1 ninja")
	if got := p.post(t, url); got != http.StatusForbidden {
		t.Errorf("a claim on the other process after the revocation: %d", got)
	}
	p.on[1].say(admin, "grant L1 ninja") // the first does not know of this
	if got := p.post(t, p.at(0, link(1))); got != http.StatusOK {
		t.Errorf("a claim on the first after the grant on the other: %d", got)
	}
	p.on[0].say(secondAdmin, "revoke L1 ninja")
	shown := p.on[1].say(admin, "access ninja") // is read anew
	wants(t, "the card of the key on the other", shown, "its own", `"on":"L2 NOC"`)
	p.on[0].say(admin, "grant L1 ninja")
	stale := p.on[1].say(admin, "access L1") // from memory, which does not know
	wants(t, "a list from memory", stale, `"off":"ninjaone"`)
	late, fault := p.on[1].press(admin, stale, "Save", map[string]string{"access.ninjaone": "on"})
	wants(t, "what is so already "+fault, late, "as you want it already", "may retrieve 1 of 1 keys")
	p.sound(t)
}

// TestRevocationDoesNotComeBack: a process has read a key's tags to write them again, and before it does,
// another revokes. The revocation would come back with that write: the claim of the process that knows of it
// refuses at once, and both tags and the other process are put right within a minute, once, and it is told.
func TestRevocationDoesNotComeBack(t *testing.T) {
	for name, write := range map[string]struct {
		call string
		do   func(p *pair) string
	}{
		"edit": {"PATCH key", func(p *pair) string {
			return p.on[0].say(admin, "edit ninja note=mended").json
		}},
		"rotate": {"PUT key", func(p *pair) string {
			got, fault := p.on[0].press(admin, p.on[0].say(admin, "rotate ninja"), "Save to Vault",
				with("part.client_secret", secondKey))
			return got.json + fault
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newSlowPair(t)
			add(t, p.on[0], good)
			p.later(t)
			link := func(i int) string {
				got, _ := p.on[i].press(l1, p.on[i].say(l1, "get ninja"), "Reveal", nil)
				return got.urls["Open"]
			}
			urls := [2]string{link(0), link(1)}
			b.before(write.call, func() {
				got := p.on[1].say(secondAdmin, "revoke L1 ninja")
				wants(t, "the revocation", got, "may not retrieve ninjaone any more")
			})
			if got := write.do(p); !strings.Contains(got, "✓") {
				t.Fatal(got)
			}
			if tag := p.roles(t, "ninjaone"); strings.Contains(tag, "L2") && !strings.Contains(tag, "L1") {
				t.Fatal("the write did not bring it back, so this test shows nothing")
			}
			if got := p.post(t, p.at(1, urls[0])); got != http.StatusForbidden {
				t.Errorf("a claim on the process that knows of the revocation: %d", got)
			}
			var wg sync.WaitGroup
			for _, a := range p.apps {
				wg.Go(func() { a.Desk.Tend(t.Context(), time.Now()) })
			}
			wg.Wait()
			if tag := p.roles(t, "ninjaone"); tag != "Admin,L2,NOC" {
				t.Errorf("after a minute the tag is %q", tag)
			}
			if got := p.post(t, p.at(0, urls[1])); got != http.StatusForbidden {
				t.Errorf("a claim on the other process: %d", got)
			}
			p.later(t)
			for range 2 { // nothing more to do
				for _, a := range p.apps {
					a.Desk.Tend(t.Context(), time.Now().Add(2*time.Minute))
				}
			}
			const byDefault, after = "Admin,L2,L1,NOC (default)", " after Admin,L2,NOC"
			same(t, "events", grants(p.apps[1], audit.OK),
				"revoke ok ninjaone L1: before "+byDefault+after,
				"revoke ok ninjaone L1 came back through another change, taken away again: before "+
					byDefault+after)
			awaitPost(t, p.on, "Revoked again: ninjaone")
			wants(t, "the key", p.on[0].say(admin, "key ninja"), "Admin, L2, NOC (own list)")

			// What somebody decides after that stands.
			p.on[0].say(admin, "grant L1 ninja")
			for _, a := range p.apps {
				a.Desk.Tend(t.Context(), time.Now().Add(5*time.Minute))
			}
			if got := p.post(t, p.at(1, link(0))); got != http.StatusOK {
				t.Errorf("after a grant: %d", got)
			}
			p.sound(t)
		})
	}
}

// TestRevocationOfAnotherKey: a key that is stored anew under the name has nothing to do with what was
// revoked of the one before.
func TestRevocationOfAnotherKey(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, with("label", "contoso"))
	c.say(admin, "revoke L1 ninja/contoso")
	c.press(admin, c.say(admin, "delete ninja/contoso"), "Delete", nil)
	a.Desk.Tend(t.Context(), time.Now()) // there is nothing to look at
	c.press(admin, c.say(admin, "purge ninja/contoso"), "Purge", nil)
	add(t, c, with("label", "contoso"))
	if got := opens(t, c, l1, "ninja/contoso"); got != http.StatusOK {
		t.Errorf("a new key: %d", got)
	}
	a.Desk.Tend(t.Context(), time.Now())
	if n := len(grants(a, audit.OK)); n != 1 {
		t.Errorf("%d changes, want 1", n)
	}
}

// roles is the tag of a key.
func (s *shared) roles(t *testing.T, name string) string {
	t.Helper()
	got, err := s.raw(t).GetSecret(t.Context(), name, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if tag := got.Tags["roles"]; tag != nil {
		return *tag
	}
	return ""
}

// awaitPost waits until one of two bots has posted a text.
func awaitPost(t *testing.T, on [2]*client, text string) {
	t.Helper()
	for range 1000 {
		time.Sleep(5 * time.Millisecond)
		for _, c := range on {
			c.mu.Lock()
			got := strings.Contains(c.log.String(), text)
			c.mu.Unlock()
			if got {
				return
			}
		}
	}
	t.Errorf("nobody was told %q", text)
}
