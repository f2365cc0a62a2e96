package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/catalog"
	"keydesk/vault"
)

// slow stands before the vault of one process: its lists take a while.
type slow struct {
	next interface {
		Do(*http.Request) (*http.Response, error)
	}
	takes time.Duration
}

func (s slow) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/secrets") && r.Header.Get("Authorization") != "" {
		time.Sleep(s.takes)
	}
	return s.next.Do(r)
}

// second is another process on the vault of a stage.
func (s *stage) second(t *testing.T) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{
		Settings: settingsOf(t),
		Vault: &vault.Config{URL: "https://vault.localhost", Credential: s, OutsideMicrosoft: true,
			Transport: slow{s.file, 7 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestTwoReconcile: two processes whose minutes begin at different seconds, and that take their time, find
// each end once.
func TestTwoReconcile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		for i := range 5 {
			interrupted(t, s.a, "op-1", "import", fmt.Sprintf("meraki/site-%d", i), "")
		}
		time.Sleep(time.Hour) // an old one: the slots before were missed
		interrupted(t, s.a, "op-2", "add", "meraki/other", "")
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		apps := []*app.App{s.second(t), s.second(t)}
		time.Sleep(117*time.Second - time.Since(time.Now().Truncate(time.Minute)))
		for _, a := range apps {
			wg.Go(func() { a.Desk.Run(ctx) })
			time.Sleep(4 * time.Second)
		}
		time.Sleep(30 * time.Minute)
		cancel()
		wg.Wait()
		for i, a := range apps {
			if err := a.Log.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			found := a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Found })
			if len(found) != 6 {
				t.Errorf("process %d knows %d ends of 6 changes: %v", i, len(found), found)
			}
			a.Desk.Close(t.Context())
			a.Abandon()
		}
	})
}

// TestDeadClaimer: where whoever claimed the look has died, another looks five minutes later.
func TestDeadClaimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		interrupted(t, s.a, "op-1", "add", "meraki", "")
		time.Sleep(3 * time.Minute)
		if err := s.a.Vault.PutTicket(t.Context(), "end-op-1-0", time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := s.a.Vault.ClaimTicket(t.Context(), "end-op-1-0"); err != nil {
			t.Fatal(err)
		}
		found := func() int {
			return len(s.a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Found }))
		}
		s.a.Desk.Tend(t.Context(), time.Now())
		if found() != 0 {
			t.Error("two looked at the same time")
		}
		time.Sleep(5 * time.Minute)
		s.a.Desk.Tend(t.Context(), time.Now())
		if found() != 1 {
			t.Error("nobody looked after the one who died")
		}
	})
}

// TestEndsThatLaterChangesHide: what a later change went over is never told as not done.
func TestEndsThatLaterChangesHide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		ctx, v := t.Context(), s.a.Vault
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		create := func(label, op string) {
			t.Helper()
			_, err := v.Create(ctx, catalog.Key{Name: ninja(label), Op: op, IntervalDays: 90}, ninjaParts())
			must(err)
		}
		drop := func(label string) { t.Helper(); _, err := v.Delete(ctx, ninja(label), ""); must(err) }
		edit := func(label, op string, days int) {
			t.Helper()
			_, err := v.Edit(ctx, ninja(label), vault.Edit{IntervalDays: days, Op: op})
			must(err)
		}
		want := map[string]string{}
		does := func(op, action, label, note string) { // an intent that gets no end
			key := "ninjaone/" + label
			if action == "vendor" {
				key = ""
			}
			interrupted(t, s.a, op, action, key, note)
			want[op] = "it can't be known"
			time.Sleep(10 * time.Millisecond)
		}
		does("add-1", "add", "added", "")
		create("added", "add-1")
		does("del-1", "delete", "added", "")
		drop("added")
		want["del-1"] = "it was done"

		create("back", "x")
		does("del-2", "delete", "back", "")
		drop("back")
		does("rec-2", "recover", "back", "")
		_, err := v.Recover(ctx, ninja("back"))
		must(err)
		does("del-3", "delete", "back", "")
		drop("back")
		want["del-3"] = "it was done"

		create("fresh", "x")
		drop("fresh")
		does("pur-1", "purge", "fresh", "")
		must(v.Purge(ctx, ninja("fresh"), ""))
		does("add-2", "add", "fresh", "")
		create("fresh", "add-2")
		want["add-2"] = "it was done"

		create("edited", "x")
		does("edit-1", "edit", "edited", "changes the interval")
		edit("edited", "edit-1", 30)
		edit("edited", "edit-2", 60) // within the same second

		own := catalog.Own{ID: "fabrikam", Name: "Fabrikam", Category: "RMM", Endpoint: "https://api.fabrikam.com",
			Parts: []catalog.OwnPart{{Name: "token", Secret: true}}, Op: "v1"}
		does("v1", "vendor", "", "the vendor fabrikam")
		must(v.SaveVendor(ctx, own, ""))
		own.Op, own.Name = "v2", "Fabrikam Inc"
		does("v2", "vendor", "", "the vendor fabrikam")
		must(v.SaveVendor(ctx, own, "v1"))
		want["v1"], want["v2"] = "it was done", "it was done"

		time.Sleep(3 * time.Minute)
		s.a.Desk.Tend(ctx, time.Now())
		for _, e := range s.a.Log.Recent(100, func(e audit.Event) bool { return e.Outcome == audit.Found }) {
			if e.Note != want[e.Op] {
				t.Errorf("%s was found as %q, want %q", e.Op, e.Note, want[e.Op])
			}
			delete(want, e.Op)
		}
		if len(want) > 0 {
			t.Errorf("not found: %v", want)
		}
	})
}

// TestManyEnds: a card tells the first ends and counts the others, whole.
func TestManyEnds(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	c.say(admin, "help")
	for i := range 400 {
		interrupted(t, a, "op-of-an-import", "import", fmt.Sprintf("meraki/site-%d", i), "")
	}
	interrupted(t, a, "op-of-a-vendor", "vendor", "", "the vendor fabrikam")
	a.Desk.Tend(t.Context(), time.Now().Add(3*time.Minute))
	c.awaitAny(t, "How it ended")
	told := c.newest()
	wants(t, "the card", told, "import meraki/site-0, begun 20", ": it was not done",
		"more: it was not done (391)", "In the log")
	if strings.Contains(told.json, "none, begun") || strings.Count(told.json, "begun") > 10 {
		t.Errorf("the card: %s", told.json)
	}
}

// TestStopWhileSweeping: a round that is under way when the process ends still writes what it did.
func TestStopWhileSweeping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		for i := range 3 {
			err := s.a.Vault.PutTicket(t.Context(), fmt.Sprint("old-", i), time.Now().Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Hour)
		slowly := &lateDelete{next: s.file, done: make(chan struct{})}
		other, err := app.New(t.Context(), app.Config{
			Settings: settingsOf(t),
			Vault: &vault.Config{URL: "https://vault.localhost", Credential: s, OutsideMicrosoft: true,
				Transport: slowly}})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Abandon()
		go other.Desk.Run(t.Context())
		<-slowly.done // one ticket is cleared away, and the next is under way
		other.Desk.Close(t.Context())
		if err := other.Log.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := len(other.Log.Recent(100, func(e audit.Event) bool { return e.Action == "sweep" })); n != 1 {
			t.Errorf("%d events of a sweep that cleared something away", n)
		}
	})
}

// lateDelete lets the second delete of an old ticket take a second.
type lateDelete struct {
	next interface {
		Do(*http.Request) (*http.Response, error)
	}
	seen atomic.Int32
	done chan struct{}
}

func (l *lateDelete) Do(r *http.Request) (*http.Response, error) {
	old := r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "ticket-old")
	if old && r.Header.Get("Authorization") != "" && l.seen.Add(1) == 2 {
		close(l.done)
		time.Sleep(time.Second)
	}
	return l.next.Do(r)
}
