package app_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

// inChannel types a line in a channel, and returns what is said.
func (s *stage) inChannel(line string) string {
	return said(s.a.Desk.Handle(s.t.Context(), desk.Turn{Person: catalog.Person{ID: s.who, Name: names[s.who]},
		Chat: catalog.Chat{ID: bottest.Channel, Kind: catalog.Channel}, Text: line,
		Channel: vault.Channel{Conversation: bottest.Channel, ServiceURL: s.teams.URL(), Name: "Approvals"}}))
}

// TestApprovalsUnclear: where the vault gave no clear answer nobody is told what is not known; how it ended is found
// by its operation.
func TestApprovalsUnclear(t *testing.T) {
	for name, tt := range map[string]struct {
		harm harm
		ends string
	}{
		"saved": {harm{effect: true}, "it was done"}, "not saved": {harm{}, "it was not done"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				defer s.end()
				s.vault.set(0, 0, harm{})
				if got := s.inChannel("approvals here"); !strings.Contains(got, "Requests are decided here") {
					t.Fatal(got)
				}
				s.vault.set(s.vault.lastOf("PUT settings"), 1000, tt.harm)
				if got := s.inChannel("approvals off"); !strings.Contains(got, "not known whether this was saved") {
					t.Error(got)
				}
				s.vault.set(0, 0, harm{})
				s.later(3 * time.Minute)
				s.a.Desk.Tend(t.Context(), time.Now())
				ends := s.a.Log.Recent(10, func(e audit.Event) bool { return e.Outcome == audit.Found })
				if len(ends) != 1 || ends[0].Note != tt.ends || ends[0].Action != "approvals" {
					t.Error("the log has", ends)
				}
				set, err := s.a.Vault.Settings(t.Context())
				if _, left := set.Channels["approvals"]; err != nil || left == tt.harm.effect {
					t.Error("the vault has", set, err)
				}
			})
		})
	}
}

// TestApprovalsAtOnce: who finds the settings changed meanwhile sets the channel on what stands there now, once.
func TestApprovalsAtOnce(t *testing.T) {
	for others, want := range []string{"Requests are decided here", "Requests are decided here",
		"Somebody else changed it meanwhile"} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			defer s.end()
			other := s.second(t)
			defer other.Abandon()
			s.meddle(other.Vault, others)
			if got := s.inChannel("approvals here"); !strings.Contains(got, want) {
				t.Errorf("%d others: %s", others, got)
			}
			set, err := other.Vault.Settings(t.Context())
			if err != nil || others > 0 && set.Values["other"] != "1" ||
				(set.Channels["approvals"].Conversation != "") != (others < 2) {
				t.Errorf("%d others: the vault has %+v, %v", others, set, err)
			}
		})
	}
}

// meddle lets another process save settings of its own right after this one has read them, some times. Saving reads
// them once more.
func (s *stage) meddle(store *vault.Store, times int) {
	server, reads := s.vault.server, 0
	s.vault.server = func(r *http.Request) (*http.Response, error) {
		res, err := server(r)
		if kindOf(r) != "GET settings" || r.Header.Get("Authorization") == "" {
			return res, err
		}
		if reads++; reads%2 == 0 || reads > 2*times {
			return res, err
		}
		set, readErr := store.Settings(s.t.Context())
		set.Values = map[string]string{"other": "1"}
		if err := errors.Join(readErr, store.SaveSettings(s.t.Context(), set)); err != nil {
			s.t.Error(err)
		}
		return res, err
	}
}

// TestApprovalsOvertaken: what a later change went over can't be known.
func TestApprovalsOvertaken(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	c.says(p, requestsHere)
	c.answer("set")
	e := c.app.Log.Recent(1, func(e audit.Event) bool { return e.Action == "approvals" })[0]
	e.Op, e.Outcome, e.Time = "op-of-before", audit.Intent, time.Now().Add(-10*time.Minute)
	if err := c.app.Log.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	c.says(p, "approvals off")
	c.answer("off")
	c.app.Desk.Tend(t.Context(), time.Now())
	got := c.written()
	if !slices.Contains(got, "found it can't be known") {
		t.Error("the log has", got)
	}
}
