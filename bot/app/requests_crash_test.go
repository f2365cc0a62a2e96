package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/cards"
)

// crashFlows are the flows of a decision during which the process dies.
var crashFlows = []string{"approve a rotation", "approve access", "approve a deletion", "deny", "withdraw"}

// TestCrashWhileDeciding: the process dies at any call of a decision, before the call or after it. The next
// one carries out what was decided, once; or nothing was decided, and the request is still open for a
// decision.
func TestCrashWhileDeciding(t *testing.T) {
	for _, name := range crashFlows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := flowOf(name)
			for n := 1; n <= learn(t, f)[0]; n++ {
				for what, how := range map[string]harm{"before": {}, "after": {effect: true}} {
					t.Run(fmt.Sprintf("%s call %d", what, n), func(t *testing.T) { crash(t, f, n, how) })
				}
			}
		})
	}
}

func crash(t *testing.T, f gridFlow, n int, how harm) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer func() { s.end() }()
		f.prepare(s)
		s.begin(sides[0])
		card, who := s.card, s.who
		s.vault.set(n, 1e6, how)
		done := make(chan string)
		go func() { done <- said(s.press(pressedIn(f), "reason", "not before Monday")) }()
		s.later(5 * time.Second) // it does not come to an answer any more
		twoPerson := s.a.Desk.TwoPerson
		s.a.Abandon()
		s.later(3 * time.Minute)
		<-done
		s.vault.set(0, 0, harm{})
		if err := s.run(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		s.a.Desk.TwoPerson = twoPerson
		s.rounds(8, time.Minute)
		decided := 0
		for _, how := range []string{"approve", "deny", "withdraw"} {
			decided += s.count(how, audit.OK)
		}
		if decided == 0 {
			if s.open() == 0 || len(s.held().since(s.was)) > 0 {
				t.Fatalf("nobody has decided, %d requests are open, and this is different: %q", s.open(),
					s.held().since(s.was))
			}
			s.card, s.who = card, who
			f.act(s)
			s.rounds(8, time.Minute)
		}
		if did, _ := s.did(f); len(f.effect) > 0 && !did {
			t.Errorf("in the end this is different: %q", s.held().since(s.was))
		}
		f.check(s)
		if open := s.a.Log.Unfinished(time.Now()); len(open) > 0 {
			t.Errorf("intents without an end: %v", open)
		}
		s.quiet()
	})
}

// pressedIn is the button of a flow.
func pressedIn(f gridFlow) string {
	verb, _, _ := strings.Cut(f.name, " ")
	return strings.ToUpper(verb[:1]) + verb[1:]
}

// TestUnclearRight: where the answer to the claim of the right to decide is lost for good, nobody decides
// for two minutes; then another right is laid out.
func TestUnclearRight(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		on := s.waits(admin, "Approve")
		s.vault.server = onlyAt("DELETE ticket", harm{effect: true}, s.file.Do)
		s.expect("the press", s.on(on, admin, "Approve"), "no clear answer")
		s.vault.server = s.file.Do
		s.expect("the other admin", s.on(s.waits(secondAdmin, "Approve"), secondAdmin, "Deny", "reason",
			"not now"),
			"Somebody is deciding")
		s.later(119 * time.Second)
		s.expect("before two minutes", s.on(on, admin, "Approve"), "Somebody is deciding")
		s.later(2 * time.Second)
		s.expect("after two minutes", s.on(on, admin, "Approve"), "✓ Approved by Admin")
		s.expectStory(askedNinja, "approve ok by Admin ninjaone", "rotate intent by L1 technician ninjaone",
			"rotate ok by L1 technician ninjaone")
	})
}

// TestLateClaim: whoever gets the right to decide and learns of it late decides nothing any more: somebody
// else may have another right soon.
func TestLateClaim(t *testing.T) {
	for _, late := range []time.Duration{5 * time.Second, 29 * time.Second, 31 * time.Second,
		100 * time.Second} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.rotates()
			other := s.waits(secondAdmin, "Approve")
			s.vault.server = func(r *http.Request) (*http.Response, error) {
				res, err := s.file.Do(r)
				if kindOf(r) == "DELETE ticket" {
					time.Sleep(late)
				}
				return res, err
			}
			got := s.decides(admin, "Approve")
			s.vault.server = s.file.Do
			decided := s.count("approve", audit.OK) == 1
			if told := strings.Contains(got, "✓ Approved by Admin"); told != decided || decided &&
				late > 30*time.Second {
				t.Errorf("%v late: decided %v, and it says %s", late, decided, brief(got))
			}
			s.later(2*time.Minute + time.Second)
			s.expect("later", s.on(other, secondAdmin, "Approve"), "Approved by")
		})
	}
}

// TestSlowDirectory: where the requester's roles can't be read in time it is decided, and done later.
func TestSlowDirectory(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		s.roles.set(3, 3, harm{hangs: true}) // the requester's roles, right before the decision is written
		s.expect("a directory that hangs", s.decides(admin, "Approve"), "could not be done yet",
			"roles can't be read")
		s.roles.set(0, 0, harm{})
		s.rounds(8, time.Minute)
		if s.held()["ninjaone"]["versions"] != "2" || s.open() != 0 {
			t.Error("it was not carried out")
		}
	})
}

// TestFinishWaits: what a live process carries out no other finishes beside it, within the time that it may
// take.
func TestFinishWaits(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.rotates()
		on := s.waits(admin, "Approve")
		release := make(chan struct{})
		s.vault.server = holding("PUT key", release, s.file.Do)
		done := make(chan string)
		go func() { done <- s.on(on, admin, "Approve") }()
		s.later(10 * time.Second)
		before := s.count("rotate", audit.Intent)
		s.rounds(1, time.Second)
		if n := s.count("rotate", audit.Intent); n != before {
			t.Errorf("%d rotations begun beside the first", n-before)
		}
		close(release)
		s.expect("the press", <-done, "✓ Approved by Admin")
		s.rounds(8, time.Minute)
		if n := s.held()["ninjaone"]["versions"]; n != "2" {
			t.Errorf("%s versions", n)
		}
		s.once("rotate", audit.OK)
	})
}

// TestDecisionOutlastsItsCards: cards that are posted while somebody decides show the end.
func TestDecisionOutlastsItsCards(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		late := &latePoster{Poster: s.a.Desk.Poster, hold: make(chan struct{})}
		s.a.Desk.Poster = late
		answer := make(chan string)
		go func() { answer <- said(s.asks()) }()
		s.later(time.Second)
		id := s.a.Vault.Requests()[0].ID
		press := turnOf(secondAdmin, map[string]string{"verb": "approve", "request": id}, "9")
		s.expect("approving from the list", said(s.a.Desk.Handle(t.Context(), press)),
			"Approved by Second Admin")
		close(late.hold)
		<-answer
		s.later(time.Second)
		s.expect("a card that came late", s.inbox("chat-" + admin)[0].json, "Approved by Second Admin")
	})
}

// TestDoneIsDone: what was carried out is not done again, and not told to have failed, where the request
// could not be cleared away and somebody has changed the key since. What has failed stays failed.
func TestDoneIsDone(t *testing.T) {
	for _, done := range []bool{true, false} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.rotates()
			on := s.waits(secondAdmin, "Approve")
			s.vault.server = onlyAt("DELETE request", harm{status: 403}, s.file.Do)
			if !done {
				s.says(admin, "delete ninja")
				s.in(s.card, admin, "Delete")
			}
			s.on(on, secondAdmin, "Approve")
			s.vault.server = s.file.Do
			s.later(time.Second)
			if done {
				s.says(admin, "rotate ninja")
				s.expect("a rotation since", s.in(s.card, admin, "Save to Vault", "part.client_secret",
					"obviously-fake-third-0003", "interval", "90"), "✓ Rotated")
			} else {
				s.says(admin, "recover ninja")
			}
			s.later(time.Second)
			before := s.held()
			s.rounds(8, time.Minute)
			if got := s.held().since(before); len(got) > 0 || s.open() != 0 {
				t.Errorf("this is different: %q, and %d requests", got, s.open())
			}
			told := s.inbox("chat-" + l1)
			last := told[len(told)-1].json
			if strings.Contains(last, "it can't be done") == done {
				t.Errorf("done: %v, and who asked reads %s", done, brief(last))
			}
			if n := s.count("approve", audit.Failed); n == 0 != done {
				t.Errorf("done: %v, and the log has %d failures", done, n)
			}
		})
	}
}

// latePoster holds new cards back.
type latePoster struct {
	desk.Poster
	hold chan struct{}
}

func (l *latePoster) Post(ctx context.Context, person string, c cards.Card) (string, error) {
	<-l.hold
	return l.Poster.Post(ctx, person, c)
}

// holding holds calls of one kind until it is released.
func holding(kind string, release <-chan struct{}, server transport) transport {
	return func(r *http.Request) (*http.Response, error) {
		if kindOf(r) == kind {
			<-release
		}
		return server(r)
	}
}
