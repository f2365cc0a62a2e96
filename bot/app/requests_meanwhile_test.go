package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/catalog"
)

// TestKeyChangedMeanwhile: what was asked for a key as it was is not done to the key as it is. The decision
// stands, who asked is told why it can't be done, and nothing is left.
func TestKeyChangedMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *stage)
		says   string
	}{
		"deleted": {func(s *stage) { s.says(admin, "delete ninja"); s.in(s.card, admin, "Delete") },
			"not stored any more under this name"},
		"renamed": {func(s *stage) { s.says(admin, "edit ninja label=contoso") },
			"not stored any more under this name"},
		"rotated": {func(s *stage) {
			s.says(admin, "rotate ninja")
			s.in(s.card, admin, "Save to Vault", "part.client_secret", "obviously-fake-third-0003",
				"interval", "90")
		}, "Admin"},
		"stored anew": {func(s *stage) {
			s.says(admin, "delete ninja")
			s.in(s.card, admin, "Delete")
			s.says(admin, "recover ninja")
			s.says(admin, "edit ninja interval=30")
		}, "changed"},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.rotates()
				s.later(time.Second)
				tt.change(s)
				s.later(time.Second)
				before := s.held()
				got := s.decides(secondAdmin, "Approve")
				s.expect("approving", got, "Approved by Second Admin, and it can't be done", tt.says)
				told := s.inbox("chat-" + l1)
				s.expect("who asked reads", told[len(told)-1].json, "and it can't be done", tt.says)
				if got := s.held().since(before); len(got) > 0 {
					t.Errorf("this is different: %q", got)
				}
				if s.open() != 0 {
					t.Error("the request is left")
				}
				if !strings.HasPrefix(s.noteOf("approve", audit.Failed), "not carried out: ") {
					t.Errorf("the log has %q", s.story())
				}
			})
		})
	}
}

// TestPassForNothing: access to a key that was deleted meanwhile is told to be nothing.
func TestPassForNothing(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.asks()
		s.says(admin, "delete meraki")
		s.in(s.card, admin, "Delete")
		s.expect("approving", s.decides(admin, "Approve"), "it can't be done",
			"meraki is not stored any more")
		told := s.inbox("chat-" + l1)
		s.expect("who asked reads", told[len(told)-1].json, "meraki is not stored any more")
		if n := len(s.a.Vault.Passes()); n != 0 {
			t.Errorf("%d passes", n)
		}
	})
}

// leaving is a directory that somebody leaves.
type leaving struct {
	desk.Directory
	gone map[string]bool
	just map[string]bool // a moment ago: what was known before is still there
}

func (l *leaving) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	if l.gone[id] {
		return 0, nil
	}
	return l.Directory.Roles(ctx, id)
}

func (l *leaving) FreshRoles(ctx context.Context, id string) (catalog.Roles, error) {
	if l.gone[id] || l.just[id] {
		return 0, nil
	}
	return l.Directory.FreshRoles(ctx, id)
}

// TestWhoLeaves: what somebody asked for who has lost every role is not done, and whoever was an admin
// decides nothing.
func TestWhoLeaves(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		people := &leaving{s.a.Desk.Directory, map[string]bool{}, map[string]bool{secondAdmin: true}}
		s.a.Desk.Directory = people
		s.rotates()
		s.expect("who was an admin", s.decides(secondAdmin, "Approve"), "is for Admin")
		people.gone[l1] = true
		s.expect("approving", s.decides(admin, "Approve"), "it can't be done")
		if s.held()["ninjaone"]["versions"] != "1" || s.open() != 0 {
			t.Error("it was done, or something is left")
		}
		s.expectStory(askedNinja, "approve denied by Second Admin", "rotate denied by L1 technician",
			"approve ok by Admin ninjaone", "approve failed by Admin ninjaone")
	})
}

// TestAsking: what may be asked for, and what is no reason.
func TestAsking(t *testing.T) {
	long := strings.Repeat("because ", 33)
	inOffice(t, func(t *testing.T, s *stage) {
		s.expect("a key one has", s.says(l1, "ask ninja switch offline, ticket 4711"), "open to you")
		s.expect("a key that is not stored", s.says(l1, "ask acronis switch offline, ticket 4711"),
			"No key of")
		s.expect("a reason that is none", s.says(l1, "ask meraki ."), "at least 8 letters")
		s.expect("a long one", s.says(l1, "ask meraki "+long), "at most 256 characters")
		s.expect("one with a key in it", s.says(l1, "ask meraki sk_live_51a1B2c3D4e5F6g7H8i9J0k1L2"),
			"Don't type a key")
		s.says(l1, "ask meraki")
		s.expect("one with a key in it, by the form", s.in(s.card, l1, "Ask", "reason",
			"sk_live_51a1B2c3D4e5F6g7H8i9J0k1L2", "duration", "1h"), "looks as if it held a key")
		if s.open() != 0 {
			t.Fatal("something waits")
		}
		s.asks()
		s.expect("asking twice", s.says(l1, "ask meraki switch still offline"),
			"You have asked for it already")
		if s.open() != 1 {
			t.Errorf("%d requests", s.open())
		}
		s.expect("what others see", s.says(noc, "requests"), "nothing waits")
		s.expect("what they see themselves", s.says(l1, "requests"), "Access to meraki", "Withdraw")
		s.expect("somebody without a role", s.says(newcomer, "ask meraki switch offline, ticket 4711"),
			"You have no role")
	})
}

// TestTooMany: who may only ask can't flood the admins.
func TestTooMany(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		for range 20 {
			s.rotates()
			s.later(time.Second)
		}
		s.says(l1, "rotate ninja")
		s.expect("one more", s.in(s.card, l1, "Save to Vault", "part.client_id", theClient,
			"part.client_secret", secondKey,
			"interval", "90", "reason", "rotated at the vendor"), "You have 20 requests waiting")
		if s.open() != 20 {
			t.Errorf("%d requests", s.open())
		}
	})
}

// TestManyWait: requests that only wait cost no call, round after round.
func TestManyWait(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.a.Desk.TwoPerson = true
		s.a.Desk.Poster = silent{s.a.Desk.Poster}
		for range 500 {
			s.says(admin, "grant NOC meraki")
			if s.count("ask", audit.OK)%100 == 0 {
				s.later(time.Second)
			}
		}
		if s.open() != 500 {
			t.Fatalf("%d requests", s.open())
		}
		s.rounds(2, time.Minute) // the first rounds look at much else
		s.vault.set(0, 0, harm{})
		s.rounds(3, time.Minute)
		if calls := slices.DeleteFunc(s.vault.seenKinds(),
			func(k string) bool { return k == "GET key" }); len(calls) > 3 {
			t.Errorf("%d calls: %v", len(calls), calls[:min(len(calls), 20)])
		}
		s.told = nil
	})
}

// silent takes every message, and nobody sees it.
type silent struct{ desk.Poster }

func (silent) Post(context.Context, string, cards.Card) (string, error) {
	return "1", nil
}

// TestStagedValueStays: nothing but the vault ever has a staged value, and it is there until it is carried
// out.
func TestStagedValueStays(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		id := s.a.Vault.Requests()[0].ID
		on := s.waits(admin, "Approve")
		s.vault.server = onlyAt("PUT key", harm{status: 403}, s.file.Do)
		s.expect("approving", s.on(on, admin, "Approve"), "could not be done yet",
			"Key Vault refused Keydesk")
		told := s.inbox("chat-" + l1)
		s.expect("who asked reads", told[len(told)-1].json, "could not be done yet")
		s.rounds(30*60/5, 5*time.Minute/2)
		if r, err := s.a.Vault.ReadRequest(t.Context(), id); err != nil || len(r.Parts) == 0 {
			t.Fatalf("the staged value is gone: %v", err)
		}
		s.expect("the request as it stands", s.sends(admin, "requests", "9",
			map[string]string{"request": id}),
			"Approved by Admin", "not done yet")
		s.expect("approving again", s.on(on, secondAdmin, "Approve"), "Approved by Admin")
		s.expect("denying it now", s.on(on, secondAdmin, "Deny", "reason", "no more"), "Approved by Admin")
		s.vault.server = s.file.Do
		s.rounds(4, 20*time.Minute)
		if s.open() != 0 || s.held()["ninjaone"]["versions"] != "2" {
			t.Error("it was not carried out")
		}
		told = s.inbox("chat-" + l1)
		s.expect("who asked reads then", told[len(told)-1].json, "Approved by Admin")
		if strings.Contains(told[len(told)-1].json, "not be done") {
			t.Error("and that it was not done")
		}
		if n := s.count("approve", audit.OK); n != 1 {
			t.Errorf("%d approvals", n)
		}
	})
}

// TestGivenUp: what can't be done for a day is given up, written down and told.
func TestGivenUp(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.vault.server = onlyAt("PUT key", harm{status: 403}, s.file.Do)
		s.decides(admin, "Approve")
		s.rounds(6*26, 10*time.Minute)
		if s.open() != 0 {
			t.Error("it is tried for ever")
		}
		told := s.inbox("chat-" + l1)
		s.expect("who asked reads", told[len(told)-1].json, "it can't be done", "given up")
		if !strings.Contains(s.noteOf("approve", audit.Failed), "given up") {
			t.Errorf("the log has %v", s.story())
		}
	})
}

// TestMemoryForgets: 5,000 events later the decision that is not carried out yet is still known, also by a
// process that started since.
func TestMemoryForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := office(t)
		defer func() { s.end() }()
		s.rotates()
		on := s.waits(admin, "Approve")
		s.vault.server = onlyAt("PUT key", harm{status: 403}, s.file.Do)
		s.expect("approving", s.on(on, admin, "Approve"), "could not be done yet")
		many := make([]audit.Event, 500)
		for i := range many {
			many[i] = audit.Event{Op: "x", Action: "get", Outcome: audit.OK, Chat: "personal"}
		}
		for range 11 {
			if err := s.a.Log.Append(t.Context(), many...); err != nil {
				t.Fatal(err)
			}
		}
		check := func(when string) {
			t.Helper()
			s.expect(when+": denying it", s.on(on, secondAdmin, "Deny", "reason", "no more"), "")
			if n := s.count("deny", audit.OK); n != 0 {
				t.Fatalf("%s: it was denied after it was approved", when)
			}
			s.later(3 * time.Minute)
			s.on(on, secondAdmin, "Deny", "reason", "no more")
			if n := s.count("deny", audit.OK); n != 0 {
				t.Fatalf("%s: it was denied later, after it was approved", when)
			}
		}
		check("in this process")
		s.again()
		check("in the next")
		s.vault.server = s.file.Do
		s.rounds(4, 3*time.Minute)
		if s.open() != 0 || s.held()["ninjaone"]["versions"] != "2" {
			t.Error("it was not carried out")
		}
	})
}

// again is another process on the same vault, whose predecessor has died.
func (s *stage) again() {
	s.t.Helper()
	s.a.Desk.Close(s.t.Context())
	s.a.Abandon()
	if err := s.run(s.t.TempDir()); err != nil {
		s.t.Fatal(err)
	}
}
