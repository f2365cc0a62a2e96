package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// dying is the way to people of a process that ends before it has told anybody.
type dying struct{ desk.Poster }

func (dying) Post(ctx context.Context, _ string, _ cards.Card) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func (dying) Edit(ctx context.Context, _, _ string, _ cards.Card) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestDecidedAndDied: a decision whose process died before it told anybody is told by a later round.
func TestDecidedAndDied(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		s.who = noc
		s.say("ask meraki")
		asked := s.press("Ask", "reason", "agent offline, ticket 4711", "duration", "8h")
		s.hears("asked", said(asked), "1 admin got it")
		s.who = admin
		s.say("requests")
		s.card = s.press("Open")
		alive := s.a.Desk.Poster
		s.a.Desk.Poster = dying{alive}
		s.hears("decided", said(s.press("Approve")), "Approved by Admin")
		s.posted = len(s.teams.Calls())
		s.later(time.Minute)
		s.a.Desk.Poster = alive
		if n := len(s.a.Vault.Requests()); n != 1 {
			t.Errorf("%d requests are left, of which nobody was told", n)
		}
		s.later(2 * time.Minute)
		s.tended()
		told := slices.DeleteFunc(s.posts(), func(post string) bool {
			return !strings.Contains(post, "Approved by Admin")
		})
		if left := s.a.Vault.Requests(); len(told) < 3 || len(left) > 0 {
			t.Errorf("%d cards tell of it, and %d requests are left", len(told), len(left))
		}
		s.who = noc
		s.say("get meraki")
		s.hears("the pass", said(s.card), "Pass until")
	})
}

// late is a way to people that takes its time with some.
type late struct {
	desk.Poster
	takes map[string]time.Duration // by person
}

func (l late) Post(ctx context.Context, person string, c cards.Card) (string, error) {
	time.Sleep(l.takes[person])
	return l.Poster.Post(ctx, person, c)
}

// TestDecidedWhileShown: an admin decides while others are still being shown the request: their cards tell the end.
func TestDecidedWhileShown(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		err := s.a.Vault.SaveChat(t.Context(), vault.Chat{Person: secondAdmin, Conversation: "chat-" + secondAdmin,
			ServiceURL: s.teams.URL()})
		if err != nil {
			t.Fatal(err)
		}
		s.a.Desk.Poster = late{s.a.Desk.Poster,
			map[string]time.Duration{secondAdmin: 2 * time.Second, noc: 3 * time.Second}}
		s.who = noc
		s.say("ask meraki")
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.press("Ask", "reason", "agent offline, ticket 4711", "duration", "8h")
		}()
		time.Sleep(time.Second)
		s.a.Desk.Handle(t.Context(), desk.Turn{Verb: "approve", Data: map[string]string{
			"request": s.a.Vault.Requests()[0].ID}, Person: catalog.Person{ID: admin, Name: "Admin"},
			Chat: catalog.Chat{ID: "c", Kind: catalog.Personal}})
		<-done
		s.later(10 * time.Second)
		shown := map[string]string{} // by conversation and activity
		for _, c := range s.teams.Calls() {
			shown[c.Conversation+c.Activity] = string(c.Body.Card())
		}
		for at, card := range shown {
			if strings.Contains(card, `"title":"Approve"`) {
				t.Errorf("%s can be approved still", at)
			}
		}
		if n := len(s.a.Vault.Requests()); n != 0 {
			t.Errorf("%d requests are left", n)
		}
	})
}
