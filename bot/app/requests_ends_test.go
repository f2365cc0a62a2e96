package app_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/vault"
)

const (
	askedMeraki = "ask ok by L1 technician meraki"
	askedNinja  = "ask ok by L1 technician ninjaone"
)

// TestDeny: a denial needs a word, and who asked reads it. The staged value is gone then.
func TestDeny(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.expect("without a word", s.decides(admin, "Deny"), "Write a word of why")
		s.expect("a word with a key in it", s.decides(admin, "Deny", "reason",
			"use sk_live_51a1B2c3D4e5F6g7H8i9J0k1L2"),
			"looks as if it held a key")
		if s.open() != 1 {
			t.Fatal("it was decided without a word")
		}
		s.expect("a denial", s.decides(admin, "Deny", "reason", "Not before the change window."),
			"Denied by Admin", "Not before the change window.")
		in := s.inbox("chat-" + l1)
		s.expect("who asked reads", in[len(in)-1].json, "Denied by Admin", "Not before the change window.")
		s.expect("the other admin sees", s.inbox("chat-" + secondAdmin)[0].json, "Denied by Admin")
		if s.open() != 0 || s.held()["ninjaone"]["versions"] != "1" {
			t.Error("something is left, or the key has changed")
		}
		s.expectStory(askedNinja, "deny ok by Admin ninjaone")
	})
}

// TestWithdraw: who asked takes it back, and no one else does.
func TestWithdraw(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		mine := s.rotates()
		id := read("1", []byte(said(mine))).data["Withdraw"]["request"]
		for _, other := range []string{noc, admin} {
			s.expect("somebody else", s.sends(other, "withdraw", "9", map[string]string{"request": id}),
				"Only who made a request can withdraw it")
		}
		on := s.waits(admin, "Approve")
		s.expect("withdrawing", s.in(mine, l1, "Withdraw"), "Withdrawn by L1 technician")
		synctest.Wait()
		s.expect("the admin's card", s.inbox("chat-" + admin)[0].json, "Withdrawn by L1 technician")
		s.expect("a stale Approve", s.on(on, admin, "Approve"), "Withdrawn by L1 technician")
		s.expect("a second Withdraw", s.in(mine, l1, "Withdraw"), "Withdrawn by L1 technician")
		s.expect("a stranger", s.sends(noc, "withdraw", "9", map[string]string{"request": id}),
			"There is no such request")
		if s.open() != 0 || s.held()["ninjaone"]["versions"] != "1" {
			t.Error("something is left, or the key has changed")
		}
		s.expectStory(askedNinja, "withdraw denied by NOC analyst ninjaone",
			"withdraw denied by Admin ninjaone",
			"withdraw ok by L1 technician ninjaone")
	})
}

// TestTwoAdminsAtOnce: one decides, and the other reads who did. One who presses twice is one.
func TestTwoAdminsAtOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		one, two := s.waits(admin, "Approve"), s.waits(secondAdmin, "Approve")
		press := func(person string, on card, title string, out chan<- string) {
			data := maps.Clone(on.data[title])
			data["reason"] = "not now"
			out <- said(s.a.Desk.Handle(t.Context(), turnOf(person, data, on.id)))
		}
		out := make(chan string, 3)
		go press(admin, one, "Approve", out)
		go press(admin, one, "Approve", out)
		go press(secondAdmin, two, "Deny", out)
		approved, denied, waits := 0, 0, 0
		for range 3 {
			switch got := <-out; {
			case strings.Contains(got, "Approved by Admin"):
				approved++
			case strings.Contains(got, "Denied by Second Admin"):
				denied++
			case strings.Contains(got, "Somebody is deciding"):
				waits++
			default:
				t.Errorf("this was said: %s", brief(got))
			}
		}
		synctest.Wait()
		if approved > 0 && denied > 0 && waits == 0 && s.count("approve", audit.OK)+s.count("deny",
			audit.OK) != 1 {
			t.Error("both have decided")
		}
		if n := s.count("approve", audit.OK) + s.count("deny", audit.OK); n != 1 {
			t.Errorf("%d decisions", n)
		}
		if rotations := s.count("rotate", audit.OK); rotations != s.count("approve", audit.OK) {
			t.Errorf("%d rotations", rotations)
		}
		who := "Approved by Admin"
		if s.count("deny", audit.OK) > 0 {
			who = "Denied by Second Admin"
		}
		for _, p := range []string{admin, secondAdmin} {
			s.expect("the card of an admin", s.inbox("chat-" + p)[0].json, who)
		}
		s.expect("a press later", s.on(two, secondAdmin, "Approve"), who)
	})
}

// turnOf is a press.
func turnOf(person string, data map[string]string, card string) desk.Turn {
	t := desk.Turn{Verb: data["verb"], Data: data, Card: card}
	t.Person.ID, t.Person.Name, t.Chat.ID, t.Chat.Kind = person, names[person], "c", "personal"
	return t
}

func (s *stage) count(action string, o audit.Outcome) int {
	return len(s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Action == action && e.Outcome == o }))
}

// TestSpans: an approval may shorten the time and not lengthen it; a pass for one look is for one.
func TestSpans(t *testing.T) {
	for name, tt := range map[string]struct{ asked, approved, says, lasts string }{
		"as asked":       {"8h", "", "Approved by Admin", "for 8h"},
		"shorter":        {"8h", "1h", "Approved by Admin", "for 1h"},
		"for one look":   {"8h", "once", "Approved by Admin", "for once"},
		"longer":         {"1h", "24h", "not lengthen", ""},
		"once, longer":   {"once", "1h", "not lengthen", ""},
		"a forged one":   {"8h", "8760h", "once, 1h, 8h or 24h", ""},
		"forged by half": {"8h", "1h\n", "Approved by Admin", "for 1h"},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.says(l1, "ask meraki switch offline, ticket 4711 for="+tt.asked)
				var inputs []string
				if tt.approved != "" {
					inputs = []string{"duration", tt.approved}
				}
				s.expect("the approval", s.decides(admin, "Approve", inputs...), tt.says)
				if note := s.noteOf("approve", audit.OK); !strings.HasPrefix(note, tt.lasts) ||
					tt.lasts == "" && note != "" {
					t.Errorf("the log has %q", note)
				}
				if n := len(s.a.Vault.Passes()); n != 1 && tt.lasts != "" || n != 0 && tt.lasts == "" {
					t.Errorf("%d passes", n)
				}
			})
		})
	}
	for _, forged := range []string{"8760h", "-1h", "forever", "1h;24h"} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.expect("asking for "+forged, s.says(l1, "ask meraki switch offline, ticket 4711 for="+forged),
				"once, 1h, 8h or 24h")
			if s.open() != 0 {
				t.Error("it waits")
			}
		})
	}
}

// TestOwnRequest: an admin's own request is not theirs to approve, by no way.
func TestOwnRequest(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.a.Desk.TwoPerson = true
		s.says(admin, "delete meraki")
		s.expect("deleting", s.in(s.card, admin, "Delete"), "Delete meraki", "1 admin got it", "Withdraw")
		if len(s.inbox("chat-"+admin)) != 0 {
			t.Error("who asks got a card to approve it with")
		}
		on := s.waits(secondAdmin, "Approve")
		s.expect("approving one's own", s.on(on, admin, "Approve"), "Nobody decides about their own request")
		s.expect("in capitals", s.on(on, strings.ToUpper(admin), "Approve"), "Nobody decides about their own")
		s.expect("denying one's own", s.on(on, admin, "Deny", "reason", "no more"),
			"Nobody decides about their own request")
		if s.held()["meraki"] == nil {
			t.Fatal("it is deleted")
		}
		s.expect("the other admin", s.on(on, secondAdmin, "Approve"), "Approved by Second Admin")
		if s.held()["meraki"] != nil {
			t.Error("it is not deleted")
		}
		s.expectStory("ask ok by Admin meraki", "approve denied by Admin meraki",
			"approve denied by "+strings.ToUpper(admin)+" meraki", "deny denied by Admin meraki",
			"approve ok by Second Admin meraki", "delete intent by Admin meraki", "delete ok by Admin meraki")
	})
}

// TestUnanswered: after an hour the admins are reminded, once; after a day the request expires: the
// requester is told, the staged value is gone, and the log has it. A press then comes too late.
func TestUnanswered(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		first := s.waits(admin, "Approve")
		s.rounds(59, time.Minute)
		if n := len(s.inbox("chat-" + admin)); n != 1 {
			t.Fatalf("%d cards within an hour", n)
		}
		s.rounds(90, time.Minute)
		in := s.inbox("chat-" + admin)
		if len(in) != 2 {
			t.Fatalf("%d cards, want one and one reminder", len(in))
		}
		s.expect("the reminder", in[1].json, "A reminder", "Rotate ninjaone")
		s.rounds(21, time.Hour)
		if s.open() != 1 || s.count("expire", audit.OK) != 0 {
			t.Fatal("it has expired too early")
		}
		s.rounds(2, time.Hour)
		if s.open() != 0 || s.held()["ninjaone"]["versions"] != "1" {
			t.Error("something is left, or the key has changed")
		}
		told := s.inbox("chat-" + l1)
		s.expect("who asked reads", told[len(told)-1].json, "Expired: nobody answered within 24 hours",
			"Rotate ninjaone")
		for _, on := range s.inbox("chat-" + admin) {
			s.expect("a card", on.json, "Expired: nobody answered")
		}
		s.expect("a day later", s.on(first, admin, "Approve"), "Expired: nobody answered")
		s.expectStory(askedNinja, "expire ok by keydesk ninjaone")
	})
}

// TestPressedTooLate: a press after the end, before any round has ended it, does nothing.
func TestPressedTooLate(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.later(24*time.Hour + time.Second)
		s.expect("a press", s.decides(admin, "Approve"), "has expired")
		for _, person := range []string{admin, l1} {
			got := s.sends(person, "requests", "9", map[string]string{"request": s.a.Vault.Requests()[0].ID})
			if s.expect("opening it", got, "has expired"); strings.Contains(got, "Withdraw") {
				t.Error("it is shown as open")
			}
		}
		if s.held()["ninjaone"]["versions"] != "1" {
			t.Error("it was carried out")
		}
		s.rounds(1, time.Minute)
		s.expectStory(askedNinja, "expire ok by keydesk ninjaone")
	})
}

// TestDownForLong: what has expired while nobody looked, longer ago than its ticket lasts, is ended all the
// same.
func TestDownForLong(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.later(40 * time.Hour)
		s.rounds(6, time.Minute)
		if s.open() != 0 || s.count("expire", audit.OK) != 1 {
			t.Errorf("%d requests: %v", s.open(), s.story())
		}
	})
}

// TestNobodyToAsk: without a channel and an admin who has a chat, the person hears what to do.
func TestNobodyToAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emptyStage(t)
		defer s.end()
		s.have()
		s.hasChat(l1)
		s.expect("asking", s.says(l1, "ask meraki switch offline, ticket 4711"), "No admin could be reached",
			"type requests")
		s.expect("the admin's list", s.says(admin, "requests"), "Access to meraki", "L1 technician")
		got := s.in(s.card, admin, "Open")
		s.expect("the request", got, "switch offline", "Approve")
		s.expect("approving there", s.in(s.card, admin, "Approve"), "Approved by Admin")
		synctest.Wait()
		if told := s.inbox("chat-" + l1); len(told) != 1 || !strings.Contains(told[0].json,
			"Approved by Admin") {
			t.Errorf("who asked got %v", told)
		}
	})
}

// TestSomeAdminsReached: an admin without a chat is in nobody's way.
func TestSomeAdminsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emptyStage(t)
		defer s.end()
		s.have()
		s.hasChat(l1)
		s.hasChat(secondAdmin)
		s.expect("asking", s.says(l1, "ask meraki switch offline, ticket 4711"), "1 admin got it")
		s.expect("approving", s.decides(secondAdmin, "Approve"), "Approved by Second Admin")
	})
}

// TestChannelIsGone: requests go to the approvals channel; where the bot was removed from it, to every
// admin, and the card says so.
func TestChannelIsGone(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.decideIn("19:approvals@thread.tacv2")
		s.expect("with a channel", s.rotatesAnd(), "It stands in the approvals channel")
		in := s.inbox("19:approvals@thread.tacv2")
		if len(in) != 1 || len(s.inbox("chat-"+admin)) != 0 {
			t.Fatalf("%d cards in the channel", len(in))
		}
		press := turnOf(admin, in[0].data["Approve"], in[0].id)
		press.Chat.Kind = "channel"
		s.expect("approving there", said(s.a.Desk.Handle(t.Context(), press)), "Approved by Admin")
		synctest.Wait()
		s.expect("the channel's card", s.inbox("19:approvals@thread.tacv2")[0].json, "Approved by Admin")
		if e := s.a.Log.Recent(1,
			func(e audit.Event) bool { return e.Action == "approve" }); e[0].Chat != "channel" {
			t.Errorf("the log says %s", e[0].Chat)
		}
		s.later(time.Minute)
		s.chat.set(1, 1, harm{status: 403})
		s.expect("without it", s.says(l1, "ask meraki switch offline, ticket 4711"), "2 admins got it")
		s.expect("an admin's card", s.waits(admin, "Approve").json,
			"The approvals channel could not be reached")
	})
}

// decideIn makes a channel the one in which requests are decided.
func (s *stage) decideIn(id string) {
	s.t.Helper()
	ch := vault.Channel{Conversation: id, ServiceURL: s.teams.URL(), Tenant: sandboxTenant, Name: "Approvals"}
	if err := s.a.Vault.SaveSettings(s.t.Context(),
		vault.Settings{Channels: map[string]vault.Channel{"approvals": ch}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) rotatesAnd() string { return said(s.rotates()) }
