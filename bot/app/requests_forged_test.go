package app_test

import (
	"crypto/rand"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
)

// TestForgedPresses: what somebody sends who makes the data of a press up. Nothing is decided and nothing is
// changed by it.
func TestForgedPresses(t *testing.T) {
	for name, tt := range map[string]struct {
		person, verb string
		data         map[string]string
		says         string
		denied       string // the action of the event; "" none
	}{
		"approve without the role": {l1, "approve", nil, "is for Admin", "approve"},
		"deny without the role": {l2, "deny", map[string]string{"reason": "no more"}, "is for Admin",
			"deny"},
		"approve by nobody":  {newcomer, "approve", nil, "is for Admin", "approve"},
		"withdraw another's": {noc, "withdraw", nil, "Only who made a request", "withdraw"},
		"a request that never was": {admin, "approve", map[string]string{"request": strings.Repeat("a",
			26)}, "no such request", ""},
		"no id": {admin, "approve", map[string]string{"request": "../secrets/meraki"},
			"no such request", ""},
		"an id of a key": {admin, "deny", map[string]string{"request": "meraki",
			"reason": "no"}, "no such request", ""},
		"a long id": {admin, "approve", map[string]string{"request": strings.Repeat("a",
			9000)}, "no such request", ""},
		"another's request, to look": {noc, "requests", nil, "no such request", ""},
		"a vendor's parts, unknown": {l1, "rotate", map[string]string{"part.password": secondKey},
			"A key of NinjaOne", ""},
		"add without the role": {noc, "add", map[string]string{"key": "acronis"}, "is for Admin",
			"add"},
		"delete without the role": {l1, "delete", nil, "is for Admin", "delete"},
		"edit of the host by asking": {l2, "edit", map[string]string{"endpoint.region": "eu"},
			"is for Admin", "edit"},
		"ask for a key one has": {l1, "ask", map[string]string{"reason": "for the ticket 4711"},
			"open to you", ""},
		"ask for a key that is no key": {l1, "ask", map[string]string{"key": "nothing",
			"reason": "for the ticket 4711"}, "no vendor or key", ""},
		"import without the role": {l1, "import", map[string]string{"step": "page"}, "is for Admin",
			"import"},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.rotates()
				id := s.a.Vault.Requests()[0].ID
				data := map[string]string{"request": id, "step": "save", "key": "ninjaone",
					"op": strings.ToUpper(id)}
				if tt.verb == "rotate" || tt.verb == "ask" || tt.verb == "edit" {
					delete(data, "op")
				}
				maps.Copy(data, tt.data)
				before, known := s.held(), s.count(tt.denied, audit.Denied)
				s.expect("the press", s.sends(tt.person, tt.verb, "9", data), tt.says)
				if got := s.held().since(before); len(got) > 0 || s.open() != 1 {
					t.Errorf("this is different: %q, and %d requests", got, s.open())
				}
				for _, decision := range []string{"approve", "deny", "withdraw", "expire"} {
					if s.count(decision, audit.OK) > 0 {
						t.Errorf("it is decided: %s", decision)
					}
				}
				if now := s.count(tt.denied, audit.Denied); tt.denied != "" && now != known+1 {
					t.Errorf("%d events of a denial", now-known)
				}
				s.expect("the request is still open", s.decides(secondAdmin, "Approve"),
					"Approved by Second Admin")
			})
		})
	}
}

// TestChangedFields: what an approver sends along changes nothing of what was asked for.
func TestChangedFields(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.decides(admin, "Approve", "key", "meraki", "verb", "approve", "part.client_secret",
			"obviously-fake-other",
			"part.client_id", "other", "interval", "7", "for", "24h", "step", "save")
		now := s.held()
		if now["meraki"]["versions"] != "1" || now["ninjaone"]["versions"] != "2" ||
			now["ninjaone"]["interval"] != "90" ||
			!strings.Contains(now["ninjaone"]["value"], "(second)") {
			t.Errorf("the vault has %q", now["ninjaone"]["interval"])
		}
	})
}

// TestUsedOperations: an operation id that was used before makes no second request, takes no one's place,
// and decides nothing, whoever sends it.
func TestUsedOperations(t *testing.T) {
	form := func(op, value string) map[string]string {
		return map[string]string{"key": "ninjaone", "step": "save", "op": op, "part.client_id": theClient,
			"part.client_secret": value, "interval": "90", "reason": "rotated at the vendor"}
	}
	inOffice(t, func(t *testing.T, s *stage) {
		used := s.op("ninjaone") // of the admin's add
		op := rand.Text()
		s.sends(l1, "rotate", "9", form(op, secondKey))
		s.expect("another's", s.sends(l2, "rotate", "9", form(op, "obviously-fake-other")),
			"This form was used before")
		s.expect("one's own again", s.sends(l1, "rotate", "9", form(op, secondKey)), "Rotate ninjaone",
			"Withdraw")
		s.expect("one's own with another value", s.sends(l1, "rotate", "9", form(op, "obviously-fake-other")),
			"This form was sent before", "with something else")
		s.expect("for a key one lacks", s.sends(l1, "ask", "9", map[string]string{"key": "meraki",
			"step": "save", "op": op,
			"reason": "for the ticket 4711", "duration": "1h"}), "This form was sent before")
		if n := s.open(); n != 1 {
			t.Fatalf("%d requests", n)
		}
		s.expect("approving", s.decides(admin, "Approve"), "Approved by Admin")
		if !strings.Contains(s.held()["ninjaone"]["value"], "(second)") {
			t.Error("another value was stored")
		}
		s.later(time.Second)
		for who, person := range map[string]string{"its own requester": l1, "another": l2} {
			got := s.sends(person, "rotate", "9", form(op, "obviously-fake-other"))
			s.expect("the operation of a request that is over, by "+who, got, "")
			if n := s.open(); n != 0 || s.held()["ninjaone"]["versions"] != "2" {
				t.Errorf("%d requests, said %s", n, brief(got))
			}
		}
		s.expect("the operation of an admin's change", s.sends(l1, "rotate", "9", form(used,
			"obviously-fake-other")), "Rotate ninjaone")
		s.decides(admin, "Approve")
		if s.count("approve", audit.OK) != 2 {
			t.Error("it was not to be approved")
		}
		s.told = nil
	})
}

// TestNoEventDecides: whatever somebody sends under the operation of a request, no event of it passes for a
// decision.
func TestNoEventDecides(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.says(l1, "ask meraki switch offline, ticket 4711 for=24h")
		r := s.a.Vault.Requests()[0]
		for _, person := range append(staff, newcomer) {
			for _, verb := range []string{"get", "reveal", "ask", "add", "rotate", "edit", "delete",
				"recover", "access",
				"grant", "revoke", "end", "vendor", "cancel", "requests", "audit", "history", "key", "passes",
				"expire", "approve"} {
				data := map[string]string{"key": "meraki", "op": r.Op, "reason": "for the ticket 4711",
					"pass": r.ID}
				s.sends(person, verb, "9", data)
			}
		}
		s.later(16 * time.Minute) // links of that operation expire
		s.rounds(5, time.Minute)
		s.expect("approving", s.decides(secondAdmin, "Approve"), "Approved by Second Admin")
		if n := len(s.a.Vault.Passes()); n != 1 {
			t.Errorf("%d passes", n)
		}
		s.told = nil
	})
}

// TestForAnother: what a card says "for" decides nothing about who gets the pass.
func TestForAnother(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.says(l1, "ask meraki")
		s.in(s.card, l1, "Ask", "reason", "for the ticket 4711", "duration", "1h", "for", noc, "by", noc,
			"holder", noc)
		s.decides(admin, "Approve", "for", noc, "by", noc, "holder", noc)
		if p := s.a.Vault.Passes(); len(p) != 1 || p[0].Holder.ID != l1 || p[0].By.ID != admin {
			t.Errorf("the passes are %+v", p)
		}
		s.expect("another", s.says(noc, "get meraki"), "is open to")
	})
}

// TestMixedUp: the cards of a request that is over decide nothing about the next one.
func TestMixedUp(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		old := s.waits(admin, "Approve")
		s.decides(admin, "Deny", "reason", "not now")
		s.later(time.Second)
		s.rotates()
		synctest.Wait()
		s.expect("the old card", s.on(old, admin, "Approve"), "Denied by Admin")
		if s.open() != 1 || s.held()["ninjaone"]["versions"] != "1" {
			t.Error("something was decided")
		}
	})
}

// TestEventsThatDecideNothing: what the log has under a request's operation that is no decision about it
// does not pass for one.
func TestEventsThatDecideNothing(t *testing.T) {
	someone, second, nobody := audit.Actor{ID: l1, Name: "L1 technician"}, audit.Actor{ID: secondAdmin,
		Name: "Second Admin"},
		audit.Actor{Name: "keydesk"}
	for name, change := range map[string]func(*audit.Event){
		"approved by who asks": func(e *audit.Event) { e.Actor = someone },
		"approved by nobody":   func(e *audit.Event) { e.Actor = nobody },
		"approved before it was asked for": func(e *audit.Event) {
			e.Actor, e.Time = second,
				time.Now().Add(-time.Hour)
		},
		"approved for another key": func(e *audit.Event) { e.Actor, e.Key = second, "meraki" },
		"approved, and denied to": func(e *audit.Event) {
			e.Actor, e.Outcome = second,
				audit.Denied
		},
		"withdrawn by another": func(e *audit.Event) { e.Actor, e.Action = second, "withdraw" },
		"an expired link": func(e *audit.Event) {
			e.Actor, e.Action, e.Chat = someone,
				"expire", "system"
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				s.rotates()
				r := s.a.Vault.Requests()[0]
				e := audit.Event{Op: r.Op, Key: r.Key, Action: "approve", Outcome: audit.OK, Chat: "personal",
					Note: "rotate"}
				change(&e)
				if err := s.a.Log.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
				s.rounds(6, time.Minute)
				if s.held()["ninjaone"]["versions"] != "1" || s.open() != 1 {
					t.Fatal("it was taken for a decision")
				}
				s.expect("the list", s.says(admin, "requests"), "Rotate ninjaone")
				s.expect("denying", s.decides(admin, "Deny", "reason", "not before Monday"),
					"Denied by Admin")
			})
		})
	}
}
