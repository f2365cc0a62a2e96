package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/catalog"
)

// strangerNumber is somebody who signed in and is not the holder.
func strangerNumber(n int) *catalog.Actor {
	return &catalog.Actor{Person: catalog.Person{ID: fmt.Sprintf("00000000-0000-4000-8000-00000000f%03d", n),
		Name: fmt.Sprintf("A newcomer [%d](https://fabrikam.example)", n)}}
}

// warnings are the cards that told the holder of attempts.
func (c *chat) warnings() (all []string) {
	for _, card := range c.all() {
		if strings.Contains(card, "Somebody tried") {
			all = append(all, card)
		}
	}
	return all
}

// shut are the events of links that did not open.
func (s *stage) shut() (all []audit.Event) {
	all = s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Outcome == audit.Denied })
	slices.Reverse(all)
	return all
}

// TestHolderIsToldOfAttempts: an attempt is an event and a message, equal ones within a minute are one of each,
// and the link stays whole.
func TestHolderIsToldOfAttempts(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.have()
		s.say("get meraki")
		s.link("Reveal")
		ctx, token := s.t.Context(), s.token()
		for range 10 {
			if _, err := s.a.Desk.Claim(ctx, token, strangerNumber(1)); !errors.Is(err, desk.ErrNotYours) {
				t.Errorf("claimed by somebody else: %v", err)
			}
			if err := s.a.Desk.Attempted(ctx, desk.Attempt{Token: token, Who: strangerNumber(1)}); err != nil {
				t.Error(err)
			}
			if err := s.a.Desk.Attempted(ctx, desk.Attempt{Token: token, Why: "sign-in replayed"}); err != nil {
				t.Error(err)
			}
		}
		s.later(time.Second)
		got, events := c.warnings(), s.shut()
		if len(got) != 2 || len(events) != 2 {
			t.Fatalf("%d messages, events %+v", len(got), events)
		}
		for _, card := range got {
			named := strings.Contains(card, "A newcomer")
			if !strings.Contains(card, "your link for meraki") || !strings.Contains(card, "still works for you") ||
				strings.Contains(card, token) || named && strings.Contains(card, "[1](https") ||
				!named && !strings.Contains(card, "sign-in replayed") {
				t.Errorf("the message is %s", card)
			}
		}
		for i, want := range []audit.Actor{{ID: strangerNumber(1).ID, Name: strangerNumber(1).Name}, {}} {
			if e := events[i]; e.Actor != want || e.Action != "retrieve" || e.Key != "meraki" || e.Op == "" ||
				e.Chat != string(catalog.Page) || strings.Contains(e.Note, token) {
				t.Errorf("event %+v", e)
			}
		}
		s.later(time.Minute)
		for n := range 20 { // many people, within a minute
			if err := s.a.Desk.Attempted(ctx, desk.Attempt{Token: token, Who: strangerNumber(n)}); err != nil {
				t.Error(err)
			}
		}
		s.later(time.Second)
		if n := len(c.warnings()); n != 5 {
			t.Errorf("%d messages for one link", n)
		}
		if n := len(s.shut()); n != 22 {
			t.Errorf("%d events", n)
		}
		if got := openLink(s); got != "the value" {
			t.Errorf("the holder has %q", got)
		}
		s.later(time.Minute)
		s.a.Desk.Count(ctx)
		if e := s.shut()[23]; !strings.Contains(e.Note, "more times within a minute") {
			t.Errorf("the others are not counted: %+v", s.shut())
		}
	})
}

// TestAttemptsOnPagesAndOnNothing: the holder of a page is told too; where nobody knows the link there is an
// event alone.
func TestAttemptsOnPagesAndOnNothing(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.say("add meraki")
		s.link("Use a secure page")
		ctx, token := s.t.Context(), s.token()
		for _, a := range []desk.Attempt{{Token: token, Intake: true, Who: strangerNumber(1)},
			{Token: token, Intake: true, Why: "sign-in cancelled"}, {Token: token, Why: "sign-in replayed"},
			{Why: "sign-in not begun here"}, {Token: strings.Repeat("x", 43), Who: strangerNumber(2)}} {
			if err := s.a.Desk.Attempted(ctx, a); err != nil {
				t.Errorf("%+v: %v", a, err)
			}
		}
		s.later(time.Second)
		if got := c.warnings(); len(got) != 2 {
			t.Errorf("%d messages", len(got))
		} else if !strings.Contains(got[0], "your secure page") {
			t.Errorf("the message is %s", got[0])
		}
		var told []string
		for _, e := range s.shut() {
			told = append(told, e.Action+" "+e.Key+" "+e.Note)
		}
		if len(told) != 5 || !strings.HasPrefix(told[0], "add ") || !strings.HasPrefix(told[4], "retrieve ") {
			t.Errorf("%q", told)
		}
	})
}

// TestAttemptWithoutAVault is no answer, and nobody is told anything.
func TestAttemptWithoutAVault(t *testing.T) {
	pageStage(t, func(s *stage, c *chat) {
		s.have()
		s.say("get meraki")
		s.link("Reveal")
		_ = s.file.Close()
		err := s.a.Desk.Attempted(s.t.Context(), desk.Attempt{Token: s.token(), Who: strangerNumber(1)})
		if !errors.Is(err, desk.ErrUnavailable) || strings.Contains(desk.Sentence(err), "localhost") {
			t.Errorf("%v", err)
		}
		s.later(time.Second)
		if n := len(c.warnings()); n > 0 {
			t.Errorf("%d messages", n)
		}
	})
}
