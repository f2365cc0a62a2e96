package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/catalog"
	"keydesk/vault"
)

// interrupted writes an intent, as a process does that dies right after.
func interrupted(t *testing.T, a *app.App, op, action, key, note string) {
	t.Helper()
	err := a.Log.Append(t.Context(), audit.Event{Op: op, Action: action, Outcome: audit.Intent, Key: key, Note: note,
		Chat: "personal", Actor: audit.Actor{ID: admin, Name: "Admin"}})
	if err != nil {
		t.Fatal(err)
	}
}

func ninja(label string) catalog.KeyName { return catalog.KeyName{Vendor: "ninjaone", Label: label} }

func ninjaParts() vault.Parts {
	return vault.Parts{"client_id": vault.NewSecret(clientID), "client_secret": vault.NewSecret(firstKey)}
}

// TestReconciliation: what a process left open, another looks at; it writes what it found, once, and tells
// the person.
func TestReconciliation(t *testing.T) {
	s := newShared(t)
	dying, kill := s.run(t)
	living, stop := s.run(t)
	defer stop()
	c := connect(t, living)
	c.say(admin, "help") // so that there is a chat to tell them in
	ctx := t.Context()
	make := func(label, op string) catalog.Key {
		key, err := dying.Vault.Create(ctx, catalog.Key{Name: ninja(label), Op: op, IntervalDays: 90}, ninjaParts())
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{}
	expect := func(op, action, label, note, found string) {
		key := ""
		if label != "" {
			key = "ninjaone/" + label
		}
		interrupted(t, dying, op, action, key, note)
		want[op] = found
	}
	make("added", "op-1")
	expect("op-1", "add", "added", "", "it was done")
	expect("op-2", "add", "lost", "", "it was not done")
	make("rotated", "op-3a")
	_, err := dying.Vault.Rotate(ctx, ninja("rotated"), vault.Change{Parts: ninjaParts(), Op: "op-3"})
	must(err)
	_, err = dying.Vault.Edit(ctx, ninja("rotated"), vault.Edit{IntervalDays: 30, Op: "op-4"})
	must(err)
	expect("op-3", "rotate", "rotated", "", "it was done") // also after the edit
	expect("op-4", "edit", "rotated", "changes the interval", "it was done")
	make("old", "op-5a")
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // Key Vault counts time in seconds
	expect("op-5", "edit", "old", "changes the note", "it was not done")
	make("deleted", "op-6a")
	_, err = dying.Vault.Delete(ctx, ninja("deleted"), "")
	must(err)
	expect("op-6", "delete", "deleted", "", "it was done")
	make("stays", "op-7a")
	expect("op-7", "delete", "stays", "", "it was not done")
	gone := func(label string) {
		make(label, "op-of-"+label)
		_, err := dying.Vault.Delete(ctx, ninja(label), "")
		must(err)
	}
	gone("not-back")
	expect("op-8", "recover", "not-back", "", "it was not done")
	gone("not-purged")
	expect("op-9", "purge", "not-purged", "", "it was not done")
	make("from", "op-10a")
	_, err = dying.Vault.Move(ctx, ninja("from"), ninja("to"), "op-10", "")
	must(err)
	expect("op-10", "edit", "to", "was ninjaone/from", "it was done")
	expect("op-11", "edit", "other", "was ninjaone/to", "it was not done")
	expect("op-12", "vendor", "", "the vendor fabrikam", "it was not done")
	expect("op-13", "vendor", "", "removes the vendor contoso", "it was done")
	expect("op-14", "demo", "added", "", "the key is there")
	kill()

	found := func(a *app.App) []audit.Event {
		return a.Log.Recent(1000, func(e audit.Event) bool { return e.Outcome == audit.Found })
	}
	living.Desk.Tend(ctx, time.Now()) // too early
	if n := len(found(living)); n != 0 {
		t.Errorf("%d found at once", n)
	}
	later := time.Now().Add(3 * time.Minute)
	third, stop3 := s.run(t)
	defer stop3()
	third.Desk.Tend(ctx, later)
	living.Desk.Tend(ctx, later)
	living.Desk.Tend(ctx, later.Add(time.Minute))
	must(living.Log.Refresh(ctx))
	all := found(living)
	for _, e := range all {
		if want[e.Op] != e.Note || e.Chat != "system" || e.Actor.ID != admin {
			t.Errorf("%s was found as %q, want %q (%+v)", e.Op, e.Note, want[e.Op], e)
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d found, want %d", len(all), len(want))
	}
	if left := living.Log.Unfinished(later.Add(time.Hour)); len(left) > 0 {
		t.Errorf("still open: %v", left)
	}
	c.awaitAny(t, "How it ended")
}

// awaitAny waits for a card that says something.
func (c *client) awaitAny(t testing.TB, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		said := strings.Contains(c.log.String(), text)
		c.mu.Unlock()
		if said {
			return
		}
	}
	t.Errorf("nobody was told %q", text)
}

// TestUnclearIsSettledLater: Key Vault cuts every answer after a stored value; the person is told that it is
// not known, and later how it ended.
func TestUnclearIsSettledLater(t *testing.T) {
	s := newShared(t)
	f := &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	form := c.say(admin, "add ninja")
	f.set("PUT key", fault{after: true})
	f.also("GET key")
	got, said := c.press(admin, form, "Save to Vault", good)
	if !strings.Contains(said+got.json, "not known whether this happened") {
		t.Errorf("the answer: %s %s", said, got.json)
	}
	f.set("", fault{})
	a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
	wants(t, "the log", c.say(admin, "audit found"), "it was done")
	c.awaitAny(t, "How it ended")
	again, said := c.press(admin, form, "Save to Vault", good)
	wants(t, "the same press again "+said, again, "Stored", "••••0001")
}

// TestSweeper: links that a dead process left open are ended by another, and what is long over is purged,
// once an hour.
func TestSweeper(t *testing.T) {
	s := newShared(t)
	dying, kill := s.run(t)
	c := connect(t, dying)
	add(t, c, good)
	offer := c.say(l1, "get ninja")
	link, _ := c.press(l1, offer, "Reveal", nil)
	used, _ := c.press(l1, c.say(l1, "get ninja"), "Reveal", nil)
	claim(t, used.urls["Open"], http.StatusOK)
	kill()
	living, stop := s.run(t)
	defer stop()
	connect(t, living)
	living.Desk.Tend(t.Context(), time.Now().Add(7*time.Minute))
	path := link.urls["Open"][strings.LastIndex(link.urls["Open"], "/r/"):]
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if n := len(living.Log.Recent(100, func(e audit.Event) bool { return e.Action == "expire" })); n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the link was not ended")
		}
	}
	claim(t, living.Base()+path, http.StatusGone)
	living.Desk.Tend(t.Context(), time.Now().Add(2*time.Hour))
	living.Desk.Tend(t.Context(), time.Now().Add(2*time.Hour))
	sweeps := living.Log.Recent(100, func(e audit.Event) bool { return e.Action == "sweep" })
	if len(sweeps) != 1 || sweeps[0].Note != "cleared away 3 links, tickets, passes and requests that had ended" {
		t.Errorf("sweeps: %v", sweeps)
	}
	if left := fmt.Sprint(s.deleted(t)); strings.Contains(left, "keydesk-link") {
		t.Errorf("left: %s", left)
	}
}

// TestToldInALaterRound: whose chat took no card is told in the next round, once.
func TestToldInALaterRound(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	var posts atomic.Int32
	c.connector.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte("How it ended")) && posts.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.connect(w, r)
	})
	c.say(admin, "help")
	interrupted(t, a, "op-1", "add", "meraki", "")
	later := time.Now().Add(3 * time.Minute)
	for round := range 20 {
		a.Desk.Tend(t.Context(), later.Add(time.Duration(round)*time.Minute))
		time.Sleep(20 * time.Millisecond)
	}
	c.awaitAny(t, "How it ended")
	if n := posts.Load(); n != 2 {
		t.Errorf("%d posts, want one that failed and one that came", n)
	}
}

// TestNobodyIsToldForEver: a chat that takes nothing is tried a few times.
func TestNobodyIsToldForEver(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	c.say(admin, "help")
	var posts atomic.Int32
	c.connector.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	interrupted(t, a, "op-1", "add", "meraki", "")
	later := time.Now().Add(3 * time.Minute)
	for round := range 12 {
		a.Desk.Tend(t.Context(), later.Add(time.Duration(round)*time.Minute))
		time.Sleep(20 * time.Millisecond)
	}
	if n := posts.Load(); n != 5 {
		t.Errorf("%d posts, want 5", n)
	}
}
