package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/vault"
)

// chat keeps what stands in a person's chat, by activity id.
type chat struct {
	desk.Poster // of channels
	mu          sync.Mutex
	cards       map[string]string
}

func (c *chat) Post(_ context.Context, _ string, card cards.Card) (string, error) {
	raw, err := json.Marshal(card)
	c.mu.Lock()
	defer c.mu.Unlock()
	id := fmt.Sprintf("posted-%d", len(c.cards))
	c.cards[id] = string(raw)
	return id, err
}

func (c *chat) Edit(_ context.Context, _, id string, card cards.Card) error { return c.put(id, card) }

func (c *chat) put(id string, card cards.Card) error {
	raw, err := json.Marshal(card)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cards[id] = string(raw)
	return err
}

func (c *chat) all() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]string{}
	for id, card := range c.cards {
		out[id] = card
	}
	return out
}

// pageStage plays one act in a bubble with a chat that can be looked at. The pressed card has the id "1".
func pageStage(t *testing.T, act func(*stage, *chat)) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		c := &chat{Poster: s.a.Desk.Poster, cards: map[string]string{}}
		defer s.end()
		s.a.Desk.Poster = c
		act(s, c)
	})
}

// stands checks that the pressed card says something, and lets time pass until every link has ended.
func (s *stage) stands(c *chat, want string) {
	s.t.Helper()
	synctest.Wait()
	if got := c.all()["1"]; !strings.Contains(got, want) {
		s.t.Errorf("the card should say %q: %s", want, got)
	}
}

// over lets all links come to their end.
func (s *stage) over() {
	time.Sleep(20 * time.Minute)
	synctest.Wait()
}

func (s *stage) enter(token, value string) (desk.Stored, error) {
	return s.a.Desk.Intake(s.t.Context(), token, nil,
		desk.Entry{Parts: vault.Parts{"api_key": vault.NewSecret(value)}})
}

// TestImportResultStays: a link to try the failed rows again does not take the result off the card when it
// ends.
func TestImportResultStays(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.have()
		s.say("delete meraki")
		s.press("Delete")
		s.say("import")
		s.link("Use a secure page")
		file := []byte("vendor,label,value\nmeraki,,obviously-fake-0001\nmeraki,b,obviously-fake-0002\n")
		report, err := s.a.Desk.ImportSheet(s.t.Context(), s.token(), nil, file, func(desk.SheetRow) {})
		if err != nil || report.Again == "" ||
			strings.Join(rowsOf(report), ",") != "2 meraki failed,3 meraki/b stored" {
			s.t.Fatalf("%+v, %v", report, err)
		}
		s.stands(c, "Import: 1 key stored")
		s.stands(c, "Line 2 needs a look: ")
		s.over()
		s.stands(c, "Import: 1 key stored")
	})
}

// TestUnclearIntake: where nobody knows whether the link is used up it is burnt, and the next one stores;
// what the card says then stays.
func TestUnclearIntake(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki interval=30")
		s.link("Use a secure page")
		s.vault.set(2, 2, harm{status: 503})
		got, err := s.enter(s.token(), firstKey)
		if kind := s.vault.kind(2); kind != "DELETE link" {
			s.t.Fatalf("the second call is %s", kind)
		}
		if err == nil || got.Again == "" || !strings.Contains(desk.Sentence(err), "nothing was stored") {
			s.t.Fatalf("%+v, %v", got, err)
		}
		synctest.Wait()
		if _, err := s.a.Desk.LookIntake(s.t.Context(), s.token()); !errors.Is(err, desk.ErrGone) {
			s.t.Errorf("the old link: %v", err)
		}
		if info, err := s.a.Desk.LookIntake(s.t.Context(), got.Again); err != nil || info.IntervalDays != 30 {
			s.t.Errorf("the new link lost what the form was filled with: %+v, %v", info, err)
		}
		if _, err := s.enter(got.Again, firstKey); err != nil {
			s.t.Fatal(err)
		}
		s.stands(c, "✓ Stored")
		s.over()
		s.stands(c, "✓ Stored")
	})
}

// TestPageEnds: the card of a page says how it ended, and not that nothing was entered where something was.
func TestPageEnds(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		s.over()
		s.stands(c, "not used in time")
	})
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		got, err := s.enter(s.token(), strings.Repeat("x", 17<<10)) // the vault refuses it
		if err == nil || got.Again == "" {
			s.t.Fatalf("%+v, %v", got, err)
		}
		s.over()
		s.stands(c, "last try")
	})
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		s.newerPage()
		s.stands(c, "A newer page")
	})
	pageStage(t, func(s *stage, c *chat) {
		s.have()
		s.say("rotate meraki")
		s.link("Use a secure page")
		s.say("delete meraki")
		s.press("Delete")
		s.stands(c, "It was taken back")
	})
}

// TestStoredButNotLogged: the value is stored and its end is not in the log; page and card say both.
func TestStoredButNotLogged(t *testing.T) {
	lastLog := 0
	pageStage(t, func(s *stage, _ *chat) { // learns which call writes the end
		s.say("add meraki")
		s.link("Use a secure page")
		s.vault.set(0, 0, harm{})
		if _, err := s.enter(s.token(), firstKey); err != nil {
			s.t.Fatal(err)
		}
		lastLog = s.vault.lastOf("PUT audit")
	})
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		s.vault.set(lastLog, 1000, harm{status: 403})
		got, err := s.enter(s.token(), firstKey)
		s.vault.set(0, 0, harm{})
		if err != nil || len(got.Warnings) != 1 || s.held()["meraki"]["value"] != "(first)" {
			s.t.Errorf("%+v, %v", got, err)
		}
		s.stands(c, "Stored: meraki")
		s.stands(c, "The change was made")
	})
}

// TestNewerPage: a newer page leaves alone what another process has put on the card of an earlier one that
// was used there.
func TestNewerPage(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		links := s.a.Vault.Links()
		if _, err := s.client.DeleteSecret(s.t.Context(), "keydesk-link-"+links[0].ID, nil); err != nil {
			s.t.Fatal(err)
		}
		s.newerPage()
		synctest.Wait()
		if got := c.all()["1"]; got != "" {
			s.t.Errorf("the card was overwritten: %s", got)
		}
	})
}

// newerPage opens the page of a new Meraki key from another card.
func (s *stage) newerPage() {
	s.t.Helper()
	form := s.turn(desk.Turn{Text: "add meraki"})
	data := read("2", []byte(said(form))).data["Use a secure page"]
	got := said(s.turn(desk.Turn{Verb: "add", Data: data, Card: "2"}))
	if !strings.Contains(got, "It works once") {
		s.t.Error(got)
	}
}
