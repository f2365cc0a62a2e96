package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/desk"
	"keydesk/catalog"
)

// pair is two whole processes on one vault, as during a deploy, and people on both.
type pair struct {
	*shared
	apps [2]*app.App
	on   [2]*client
}

func newPair(t *testing.T) *pair {
	p := &pair{shared: newShared(t)}
	for i := range p.apps {
		a, stop := p.run(t)
		t.Cleanup(stop)
		p.apps[i], p.on[i] = a, connect(t, a)
	}
	return p
}

// later lets both look at the vault and at the log again, as they do every five minutes.
func (p *pair) later(t *testing.T) {
	t.Helper()
	for _, a := range p.apps {
		if err := a.Vault.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.Log.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// at is the same link at the other process.
func (p *pair) at(i int, url string) string {
	return p.apps[i].Base() + url[strings.Index(url[len("https://"):], "/")+len("https://"):]
}

// TestTwoProcesses: people on two processes at once. What one shows may be five minutes old, a value never is.
func TestTwoProcesses(t *testing.T) {
	p := newPair(t)
	add(t, p.on[0], good)
	wants(t, "before a look", p.on[1].say(admin, "get ninja"), "No key of")
	p.later(t)
	wants(t, "the key on the other", p.on[1].say(admin, "key ninja"), "••••0001")

	// A link of one is good at the other, once.
	link, _ := p.on[0].press(l1, p.on[0].say(l1, "get ninja"), "Reveal", nil)
	url := link.urls["Open"]
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for i := range 20 {
		wg.Go(func() {
			res, err := http.Post(p.at(i%2, url), "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			got[res.StatusCode]++
		})
	}
	wg.Wait()
	if got[http.StatusOK] != 1 || got[http.StatusGone] != 19 {
		t.Errorf("20 claims on both: %v", got)
	}

	// A rotation on one is the value on the other, at once, although its memory is old.
	form := p.on[0].say(admin, "rotate ninja")
	late := p.on[1].say(secondAdmin, "rotate ninja")
	saved, _ := p.on[0].press(admin, form, "Save to Vault", with("part.client_secret", secondKey))
	wants(t, "the rotation", saved, "Rotated")
	link, _ = p.on[1].press(l1, p.on[1].say(l1, "get ninja"), "Reveal", nil)
	if !strings.Contains(claim(t, link.urls["Open"], http.StatusOK), secondKey) {
		t.Error("the other process gave out an old value")
	}
	refused, fault := p.on[1].press(secondAdmin, late, "Save to Vault", good)
	wants(t, "a form from before "+fault, refused, "Somebody was faster")
	// Teams sends the press again, and it comes to the other process.
	again, fault := p.on[1].press(admin, form, "Save to Vault", with("part.client_secret", secondKey))
	wants(t, "the same press on the other "+fault, again, "Rotated", "••••0002")
	wants(t, "the history", p.on[1].say(admin, "history ninja"), "••••0001", "••••0002")
	if n := p.versions(t, "ninjaone"); n != 2 {
		t.Errorf("%d versions, want 2", n)
	}

	// Deleted on one: the other shows it for a while, and gives nothing out.
	offer := p.on[1].say(l1, "get ninja")
	link, _ = p.on[1].press(l1, offer, "Reveal", nil)
	gone, fault := p.on[0].press(admin, p.on[0].say(admin, "delete ninja"), "Delete", nil)
	wants(t, "the deletion "+fault, gone, "Deleted ninjaone")
	if status := p.post(t, link.urls["Open"]); status == http.StatusOK {
		t.Error("a deleted key was given out")
	}
	p.later(t)
	wants(t, "after a look", p.on[1].say(l1, "get ninja"), "No key of")
	p.sound(t)
}

// TestTwoProcessesAtOnce: forms, links and sweeps on both at the same time; everything acknowledged is there
// once, and the log is whole.
func TestTwoProcessesAtOnce(t *testing.T) {
	p := newPair(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored, told := map[string]int{}, map[string]int{}
	kept := map[string][]string{} // values that were told to be stored
	for i := range 24 {
		wg.Go(func() {
			name := fmt.Sprintf("meraki/site-%d", i/2)
			who := []string{admin, secondAdmin}[i%2]
			reply := p.apps[i%2].Desk.Handle(t.Context(), desk.Turn{Verb: "add",
				Person: catalog.Person{ID: who, Name: names[who]}, Chat: catalog.Chat{Kind: catalog.Personal},
				Data: map[string]string{"key": name, "step": "save", "interval": "90",
					"op":           strings.Repeat("A", 24) + string(rune('A'+i)) + "B",
					"part.api_key": fmt.Sprintf("obviously-fake-%04d", i)}})
			card, err := json.Marshal(reply.Card)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			switch said := string(card) + reply.Error; {
			case strings.Contains(said, "✓ Stored"):
				stored[name]++
				kept[name] = append(kept[name], fmt.Sprintf("obviously-fake-%04d", i))
			case strings.Contains(said, "Stored twice"), strings.Contains(said, "stored already"),
				strings.Contains(said, "changed again"):
				told[name]++
			default:
				t.Errorf("%s: %s", name, said)
			}
		})
	}
	wg.Wait()
	p.later(t)
	for i := range 12 {
		name := fmt.Sprintf("meraki/site-%d", i)
		if stored[name] > 1 || stored[name]+told[name] != 2 {
			t.Errorf("%s: %d of two people were told that theirs is stored, %d that there is another",
				name, stored[name], told[name])
		}
		if n := p.versions(t, "meraki--"+name[len("meraki/"):]); n < 1 || n > 2 {
			t.Errorf("%s has %d versions", name, n)
		}
		all := p.values(t, "meraki--"+name[len("meraki/"):])
		for _, value := range kept[name] {
			if !slices.Contains(all, value) {
				t.Errorf("%s: a value that was told to be stored is not among its versions", name)
			}
		}
	}
	for _, a := range p.apps {
		if n := len(a.Vault.Keys()); n != 12 {
			t.Errorf("one shows %d keys, want 12", n)
		}
	}
	hour := time.Now().Add(2 * time.Hour)
	for _, a := range p.apps {
		wg.Go(func() { a.Desk.Tend(t.Context(), hour) })
	}
	wg.Wait()
	p.sound(t)
}

// sound checks the log of both.
func (p *pair) sound(t *testing.T) {
	t.Helper()
	p.later(t)
	report, err := audit.Verify(t.Context(), p.apps[0].Vault.Segments(),
		audit.VerifyOptions{Vault: p.apps[0].Vault.Name()})
	if err != nil || len(report.Faults) > 0 {
		t.Errorf("verifying the log: %v, %v", err, report.Faults)
	}
	for i, a := range p.apps {
		if n := len(a.Log.Recent(10_000, nil)); n != report.Events {
			t.Errorf("process %d knows %d of %d events", i, n, report.Events)
		}
		if open := a.Log.Unfinished(time.Now().Add(time.Hour)); len(open) > 0 {
			t.Errorf("process %d knows intents without an end: %v", i, open)
		}
	}
}

func (s *shared) versions(t *testing.T, name string) (n int) {
	t.Helper()
	pages := s.raw(t).NewListSecretPropertiesVersionsPager(name, nil)
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Value)
	}
	return n
}

func (p *pair) post(t *testing.T, url string) int {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}
