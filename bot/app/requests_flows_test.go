package app_test

import (
	"slices"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
)

// requestFlows are what becomes of requests.
var requestFlows = []gridFlow{
	{name: "ask", done: "Withdraw", prepare: func(s *stage) {
		s.have()
		s.who = noc
		s.say("ask meraki")
	}, act: func(s *stage) string {
		return said(s.press("Ask", "reason", "switch offline, ticket 4711", "duration", "8h"))
	}, check: stillOpen},
	{name: "hand in a value", done: "Withdraw", prepare: func(s *stage) { s.have(); s.hasChat(l2) },
		act: handIn, check: stillOpen},
	{name: "approve access", action: "approve", done: "✓ Approved by Admin", over: approvedBefore,
		effect: passGiven, over404: true,
		prepare: func(s *stage) { askedFor(s); openRequest(s) }, act: deciding("Approve"),
		check: decidedOnce("approve")},
	{name: "approve a rotation", action: "rotate", done: "✓ Approved by Admin", over: approvedBefore,
		effect: rotatedByL2, over404: true,
		prepare: func(s *stage) { handedIn(s); openRequest(s) }, act: deciding("Approve"),
		check: decidedOnce("approve")},
	{name: "approve a deletion", action: "delete", done: "✓ Approved by Admin", over: approvedBefore,
		over404: true,
		effect:  []string{"+ meraki deleted", "meraki deleted there=yes", "- meraki"},
		prepare: func(s *stage) { heldDeletion(s); openRequest(s) }, act: deciding("Approve"),
		check: decidedOnce("approve")},
	{name: "deny", done: "Denied by Admin", prepare: func(s *stage) { handedIn(s); openRequest(s) },
		act: deciding("Deny"), check: decidedOnce("deny")},
	{name: "withdraw", done: "Withdrawn by L2 technician",
		prepare: func(s *stage) { handedIn(s); s.who = l2; s.say("requests") }, act: deciding("Withdraw"),
		check: decidedOnce("withdraw")},
	{name: "expiry of a request", done: "tended", prepare: handedIn, act: func(s *stage) string {
		s.later(24*time.Hour + time.Second)
		return s.tended()
	}, check: func(s *stage) {
		decidedOnce("expire")(s)
		told := strings.Contains(strings.Join(s.posts(), ""), "Expired: nobody answered")
		if !told && s.side != "chat" {
			s.t.Error("nobody was told that it has expired")
		}
	}},
}

// theRequest is the operation of the request in these flows.
const theRequest = "REQUESTREQUESTREQUESTREQUE"

const pass = "keydesk-pass-requestrequestrequestreque"

var (
	approvedBefore = []string{"Approved by Admin"}
	passGiven      = []string{"+ " + pass, pass + " by=" + admin + " Admin", pass + " from=(time)",
		pass + " holder=" + noc + " NOC analyst", pass + " key=meraki", pass + " until=(time)",
		pass + " value=-"}
	rotatedByL2 = slices.Insert(slices.Clone(rotated), 2, "meraki rotated-by="+l2+" L2 technician")
)

// handIn lets an L2 technician hand in another value of meraki.
func handIn(s *stage) string {
	s.who = l2
	return said(s.turn(desk.Turn{Verb: "rotate", Data: map[string]string{"key": "meraki", "op": theRequest,
		"step":         "save",
		"part.api_key": secondKey, "interval": "90", "reason": "rotated at the vendor"}}))
}

func handedIn(s *stage) {
	s.t.Helper()
	s.have()
	s.hasChat(l2)
	if got := handIn(s); !strings.Contains(got, "Withdraw") {
		s.t.Fatal(got)
	}
}

// askedFor lets a NOC analyst ask for meraki.
func askedFor(s *stage) {
	s.t.Helper()
	s.have()
	s.who = noc
	got := said(s.turn(desk.Turn{Verb: "ask", Data: map[string]string{"key": "meraki", "op": theRequest,
		"step":   "save",
		"reason": "switch offline, ticket 4711", "duration": "8h"}}))
	if !strings.Contains(got, "Withdraw") {
		s.t.Fatal(got)
	}
}

// heldDeletion is a deletion that waits for a second admin.
func heldDeletion(s *stage) {
	s.t.Helper()
	s.have()
	s.hasChat(secondAdmin)
	s.a.Desk.TwoPerson = true
	s.who = secondAdmin
	s.say("delete meraki")
	if got := said(s.press("Delete", "op", theRequest)); !strings.Contains(got, "Withdraw") {
		s.t.Fatal(got)
	}
}

// openRequest lets an admin open the request.
func openRequest(s *stage) {
	s.t.Helper()
	s.later(time.Second)
	s.who = admin
	s.say("requests")
	s.card = s.press("Open")
}

// deciding presses a button of the request, and does what a person does who is told to press again in two
// minutes.
func deciding(title string) func(*stage) string {
	return func(s *stage) string {
		got := said(s.press(title, "reason", "not before Monday"))
		if strings.Contains(got, "in two minutes") {
			s.later(2*time.Minute + time.Second)
			got = said(s.press(title, "reason", "not before Monday"))
		}
		return got
	}
}

// decidedOnce: the request is decided that way, once, and nothing of it is left.
func decidedOnce(how string) func(*stage) {
	return func(s *stage) {
		s.t.Helper()
		s.once(how, audit.OK)
		for _, other := range []string{"approve", "deny", "withdraw", "expire"} {
			if n := s.count(other, audit.OK); other != how && n > 0 {
				s.t.Errorf("it was %sed too", other)
			}
		}
		if n := s.open(); n != 0 {
			s.t.Errorf("%d secrets of the request are left", n)
		}
	}
}

// stillOpen: there is one request, and the log has it once.
func stillOpen(s *stage) {
	s.t.Helper()
	if n := s.open(); n != 1 {
		s.t.Errorf("%d requests", n)
	}
	asked := s.a.Log.Recent(1000, func(e audit.Event) bool {
		return e.Action == "ask" && (e.Outcome == audit.OK || e.Outcome == audit.Found &&
			e.Note == "it was done")
	})
	if len(asked) != 1 {
		s.t.Errorf("the log has %v", asked)
	}
}
