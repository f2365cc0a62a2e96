package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

// lasting is a fault of every call to Graph until it recovers.
func lasting(f bottest.Fault) []bottest.Fault {
	all := make([]bottest.Fault, 100)
	for i := range all {
		all[i] = f
	}
	return all
}

// invokeWithin is how long Teams waits for the answer to a button.
const invokeWithin = 5 * time.Second

// TestGraphIsSlowInATenant: an approval for which Graph takes a while, or wants to be asked again a second later,
// is answered in time and happens.
func TestGraphIsSlowInATenant(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	for name, fault := range map[string]bottest.Fault{"slow": {Wait: slow},
		"throttled": {Status: 429, RetryAfter: "1"}} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			_, posted := s.asks(tenant.Technician, "1h")
			s.Graph.Fail(fault)
			if fault.Wait != nil {
				time.AfterFunc(2*time.Second, func() { close(slow) })
			}
			done := s.Press(tenant.Admin, posted, "Approve")
			if !done.Has("Approved by An admin") || done.Took > invokeWithin || done.Took < time.Second {
				t.Errorf("after %s: %s %s", done.Took, done.Text, done.Line)
			}
		})
	}
}

// TestGraphIsDownInATenant: nobody decides and nobody sees a value; people are told within the time that Teams
// waits, nothing is lost, and when Graph is back all goes on.
func TestGraphIsDownInATenant(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]bottest.Fault{"down": {Status: 503}, "cut": {Cut: true},
		"throttled": {Status: 429, RetryAfter: "60"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			offer := s.Say(tenant.Analyst, "get sentinelone", "Reveal")
			link := s.Press(tenant.Analyst, offer, "Reveal").Card
			_, posted := s.asks(tenant.Technician, "1h")
			since := len(s.Connector.Calls())
			s.Graph.Fail(lasting(fault)...)
			const words = "Your roles can't be read right now, so nothing was done. Try again in a minute."
			ans := s.Press(tenant.Admin, posted, "Approve")
			if ans.Took > invokeWithin || ans.Status != http.StatusOK {
				t.Errorf("answered %d after %s", ans.Status, ans.Took)
			}
			if !strings.Contains(ans.Line, "I've answered in your own chat") &&
				!strings.Contains(ans.Line, "Still working on it. This card will follow.") {
				t.Errorf("the channel's card says %q", ans.Line)
			}
			s.Await(s.Signer.OwnChat(tenant.Admin), since, words)
			status, value, said := s.opens(tenant.Analyst, link)
			if status != http.StatusServiceUnavailable || value != "" || !strings.Contains(said,
				"Your roles can't be read right now, so nothing was shown. This link can't be used again") {
				t.Errorf("the claim: %d %s", status, said)
			}
			s.Say(tenant.Colleague, "keys", words) // whom no cache knows
			s.Graph.Recover()
			if done := s.Press(tenant.Admin, posted, "Approve"); !done.Has("Approved by An admin") {
				t.Error("back:", done.Text, done.Line)
			}
			s.Say(tenant.Colleague, "keys", "sentinelone")
			again := s.Press(tenant.Analyst, offer, "Reveal").Card
			if status, value, said := s.opens(tenant.Analyst, again); status != http.StatusOK || value != agentToken {
				t.Errorf("back: %d %s", status, said)
			}
			if got := s.said("retrieve", audit.Failed); len(got) != 1 {
				t.Errorf("the log has %q", got)
			}
		})
	}
}
