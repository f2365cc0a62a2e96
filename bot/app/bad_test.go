package app_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/config"
)

// good is a filled form that would be stored.
var good = map[string]string{"part.client_id": clientID, "part.client_secret": firstKey, "interval": "90"}

// with is good with some inputs changed; an empty one is left out, as clients do.
func with(pairs ...string) map[string]string {
	m := maps.Clone(good)
	for i := 0; i < len(pairs); i += 2 {
		if m[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(m, pairs[i])
		}
	}
	return m
}

// add stores a NinjaOne key and fails the test if that does not work.
func add(t testing.TB, c *client, inputs map[string]string) card {
	t.Helper()
	saved, fault := c.press(admin, c.say(admin, "add ninja"), "Save to Vault", inputs)
	if fault != "" || !strings.Contains(saved.json, "Stored") {
		t.Fatalf("adding: %s %s", fault, saved.json)
	}
	return saved
}

// TestBadForms: each mistake is one clear sentence, the form stays as it is, and nothing is stored.
func TestBadForms(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	for _, tt := range []struct {
		name   string
		inputs map[string]string
		want   string
	}{
		{"an empty part", with("part.client_secret", ""), "Client secret is empty."},
		{"two empty parts", with("part.client_secret", "", "part.client_id", " "),
			"needs all of: Client ID, Client secret"},
		{"a part too many", with("part.token", "x"), "has 2 parts: Client ID, Client secret"},
		{"over 16 KB", with("part.client_secret", strings.Repeat("x", 17<<10)), "more than 16 KB"},
		{"a label with a space", with("label", "acme hq"), "A label has letters a-z"},
		{"a label too long", with("label", strings.Repeat("a", 41)), "40 at most"},
		{"a long note", with("note", strings.Repeat("n", 257)), "at most 256 characters"},
		{"an expiry in the past", with("expiry", "2020-02-29"), "2020-02-29 is in the past"},
		{"no date", with("expiry", "2027-02-30"), "like 2027-06-30"},
		{"interval 0", with("interval", "0"), "from 1 to 3650"},
		{"interval of words", with("interval", "soon"), "from 1 to 3650"},
		{"a foreign endpoint", with("endpoint.region", "app.evil.example/"), "region"},
		{"several at once", with("interval", "0", "expiry", "x"), "like 2027-06-30. The interval"},
	} {
		form := c.say(admin, "add ninja")
		_, fault := c.press(admin, form, "Save to Vault", tt.inputs)
		if !strings.Contains(fault, tt.want) || strings.Contains(fault, "obviously-fake") {
			t.Errorf("%s: %q, want %q", tt.name, fault, tt.want)
		}
		saved, fault := c.press(admin, form, "Save to Vault", with("label", "fixed"))
		if tt.name == "an empty part" && !strings.Contains(saved.json, "Stored") {
			t.Errorf("%s: mending the form did not store it: %s", tt.name, fault)
		}
	}
	wants(t, "the keys", c.say(admin, "keys"), "1 key")
}

// TestBadLines: each typed mistake gets a sentence that helps.
func TestBadLines(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	for _, tt := range []struct{ line, want string }{
		{"add nosuchvendor", "I know no vendor or key"},
		{"get keydesk-settings", "I know no vendor or key"},
		{"add connectwise", "2 vendors fit"},
		{"get datto", "2 vendors fit"},
		{"add ninjaone/UPPER_case", "A label has letters"},
		{"rotate crowdstrike", "No key of CrowdStrike"},
		{"get ninja/contoso", "Which of these"},
		{"add ninja interval=0", "from 1 to 3650"},
		{"get ninja " + strings.Repeat("r", 257), "at most 256 characters"},
		{"halp", "help"},
		{"vendors nosuch", "No such category"},
		{"keys nosuch", "No such key"},
		{"add ninja " + firstKey, "Don't type a key into the chat"},
		{"rotate ninja " + firstKey, "Don't type a key into the chat"},
		{firstKey, "don't know that command"},
	} {
		got := c.say(admin, tt.line)
		wants(t, tt.line[:min(30, len(tt.line))], got, tt.want)
		if strings.Contains(got.json, firstKey) {
			t.Errorf("the answer to %q repeats what may be a key", tt.line[:9])
		}
	}
	wants(t, "the log", c.say(admin, "audit expose"), "expose", "ninjaone")
}

// TestExistingKey offers the rotation, also when both pressed Save at once.
func TestExistingKey(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	one, two := c.say(admin, "add ninja"), c.say(secondAdmin, "add ninja")
	if saved, _ := c.press(admin, one, "Save to Vault", good); !strings.Contains(saved.json, "Stored") {
		t.Fatal(saved.json)
	}
	got, _ := c.press(secondAdmin, two, "Save to Vault", with("part.client_secret", secondKey))
	wants(t, "the second form", got, "exists already", "Admin stored it", "Rotate")
	wants(t, "the history", c.say(admin, "history ninja"), "••••0001")

	first, second := c.say(admin, "rotate ninja"), c.say(secondAdmin, "rotate ninja")
	saved, _ := c.press(admin, first, "Save to Vault", with("part.client_secret", secondKey))
	if !strings.Contains(saved.json, "Rotated") {
		t.Fatal(saved.json)
	}
	got, _ = c.press(secondAdmin, second, "Save to Vault",
		with("part.client_secret", "obviously-fake-secret-CCCC-0003"))
	wants(t, "the slower rotation", got, "Somebody was faster", "Admin changed ninjaone", "Nothing of yours was stored")
	wants(t, "the key", c.say(admin, "key ninja"), "••••0002")
}

// TestRepeats: the same press again, by a double click, by Teams, or after a restart, is done once and answered alike.
func TestRepeats(t *testing.T) {
	data := t.TempDir()
	settings := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: data, LinkTTL: 5 * time.Minute}
	a, stop := run(t, settings)
	c := connect(t, a)
	form := c.say(admin, "add ninja")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, fault := c.press(admin, form, "Save to Vault", good); !strings.Contains(got.json, "Stored") {
				t.Errorf("a repeat: %s %s", fault, got.json)
			}
		})
	}
	wg.Wait()
	stop()
	b, stop := run(t, settings)
	defer stop()
	c2 := connect(t, b)
	got, _ := c2.press(admin, form, "Save to Vault", good)
	wants(t, "the form from before the restart", got, "Stored")
	history := c2.say(admin, "history ninja")
	n := strings.Count(history.json, "version ")
	if !strings.Contains(history.json, "current version") || strings.Contains(history.json, "older version") {
		t.Errorf("%d versions, want 1: %s", n, history.json)
	}
}

// TestLinks: who may press, who may open, how often, how long.
func TestLinks(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	offer := c.say(l1, "get ninja")
	_, fault := c.press(noc, offer, "Reveal", nil)
	if !strings.Contains(fault, "somebody else's") {
		t.Errorf("somebody else's press: %q", fault)
	}
	first, _ := c.press(l1, offer, "Reveal", nil)
	c.clickTwice(t, offer)
	second, _ := c.press(l1, first, "Reveal", nil)
	claim(t, first.urls["Open"], http.StatusGone) // withdrawn by the second press
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 50 {
		wg.Go(func() {
			res, err := http.Post(second.urls["Open"], "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			switch res.StatusCode {
			case http.StatusOK:
				won++
			case http.StatusGone:
			default:
				t.Errorf("a racing claim: %d", res.StatusCode)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 50 claims got the value, want 1", won)
	}
	c.await(t, offer.id, "Revealed")
}

// clickTwice presses Reveal several times at once, and checks that one link at most can be opened afterwards.
func (c *client) clickTwice(t *testing.T, offer card) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	urls := map[string]bool{}
	for range 6 {
		wg.Go(func() {
			got, _ := c.press(l1, offer, "Reveal", nil)
			mu.Lock()
			defer mu.Unlock()
			urls[got.urls["Open"]] = true
		})
	}
	wg.Wait()
	opened := 0
	for url := range urls {
		res, err := http.Post(url, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("%d of %d links of one card could be opened, want 1", opened, len(urls))
	}
}

// TestDenied: who lacks the right learns who can help, and it is in the log.
func TestDenied(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	for _, line := range []string{"get ninja", "keys", "vendors", "history ninja", "add ninja", "audit"} {
		wants(t, line, c.say(newcomer, line), "You have no role in Keydesk yet",
			"Ask a Keydesk admin, for example Admin or Second Admin")
	}
	wants(t, "delete", c.say(l1, "delete ninja"), "is for Admin", "Your role is L1")
	wants(t, "add", c.say(noc, "add ninja"), "is for Admin, L2 or L1", "Your role is NOC")
	wants(t, "whoami", c.say(newcomer, "whoami"), "none of Keydesk's role groups")
	wants(t, "the log", c.say(admin, "audit denied"), "Newcomer", "denied")
}

// TestLateLink: a link that nobody opened in time is gone, and its card says so by itself.
func TestLateLink(t *testing.T) {
	s := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data: t.TempDir(), LinkTTL: 300 * time.Millisecond}
	a, stop := run(t, s)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	offer := c.say(l1, "get ninja")
	link, _ := c.press(l1, offer, "Reveal", nil)
	c.await(t, offer.id, "Link expired")
	claim(t, link.urls["Open"], http.StatusGone)
	wants(t, "the log", c.say(admin, "audit expire"), "expire", "was not opened in time")
}

// TestCardsOutliveARestart: the buttons of a card from before a restart still work, and an open link is still followed.
func TestCardsOutliveARestart(t *testing.T) {
	s := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 5 * time.Minute}
	a, stop := run(t, s)
	c := connect(t, a)
	add(t, c, good)
	offer, waiting := c.say(l1, "get ninja"), c.say(l1, "get ninja")
	link, _ := c.press(l1, waiting, "Reveal", nil)
	stop()

	b, stop := run(t, s)
	defer stop()
	c.app = b
	fresh, _ := c.press(l1, offer, "Reveal", nil)
	claim(t, fresh.urls["Open"], http.StatusOK)
	again, _ := c.press(l1, link, "Reveal", nil) // withdraws the one from before
	token := func(u string) string { return u[strings.LastIndex(u, "/")+1:] }
	claim(t, b.Base()+"/r/"+token(link.urls["Open"]), http.StatusGone)
	claim(t, b.Base()+"/r/"+token(again.urls["Open"]), http.StatusOK)
	c.await(t, waiting.id, "Revealed")
}
