package app_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

// TestTheStoryInATenant is the story of access with Microsoft's side over TLS and the real clients: an L1
// technician by a nested group asks for a key, an admin approves in the channel, and the technician signs in
// and sees the value once.
func TestTheStoryInATenant(t *testing.T) {
	s := newStory(t)
	own, posted := s.asks(tenant.Technician, "8h")
	if ans := s.Press(tenant.Technician, posted, "Approve"); ans.Has("Approved by") {
		t.Error("a technician approved:", ans.Text, ans.Line)
	}
	since := len(s.Connector.Calls())
	done := s.Press(tenant.SecondAdmin, posted, "Approve", "duration", "1h")
	for who, on := range map[string]tenant.Card{"who decided": done.Card,
		"the channel": s.Now(posted, "Approved by"), "who asked": s.Now(own, "Approved by")} {
		if !on.Has("Approved by A second admin", "From", "Until", "1 hour", "{{DATE(") || on.Data["Approve"] != nil {
			t.Errorf("%s sees %s", who, on.Text)
		}
	}
	if again := s.Press(tenant.Admin, posted, "Approve"); !strings.Contains(again.Line+again.Text,
		"Approved by A second admin") {
		t.Error("the first admin sees", again.Text, again.Line)
	}
	told := s.Await(s.Signer.OwnChat(tenant.Technician), since, "Approved by A second admin", "Get")
	link := s.reveals(tenant.Technician, told)

	other := s.Browser(t, tenant.Colleague)
	if status, page := other.Get(link.URLs["Open"]); status != http.StatusForbidden ||
		!strings.Contains(page, "This link belongs to somebody else") {
		t.Errorf("somebody else: %d %s", status, page)
	}
	if status, parts, _ := other.Claim(link.URLs["Open"]); status != http.StatusForbidden || len(parts) > 0 {
		t.Errorf("somebody else claims: %d", status)
	}
	s.Await(s.Signer.OwnChat(tenant.Technician), since, "Somebody tried your link", "A colleague opened your link")
	b := s.Browser(t, tenant.Technician)
	if status, _, _ := b.Claim(link.URLs["Open"]); status != http.StatusUnauthorized {
		t.Errorf("without signing in: %d", status)
	}
	if status, page := b.Get(link.URLs["Open"]); status != http.StatusOK || strings.Contains(page, agentToken) {
		t.Errorf("the page: %d %s", status, page)
	}
	if !slices.ContainsFunc(b.Asked, func(at string) bool {
		return strings.HasPrefix(at, s.Entra.URL()) && strings.Contains(at, "code_challenge_method=S256") &&
			!strings.Contains(at, link.Token())
	}) {
		t.Errorf("no sign-in at Entra: %q", b.Asked)
	}
	status, parts, words := b.Claim(link.URLs["Open"])
	if status != http.StatusOK || parts["api_token"] != agentToken {
		t.Errorf("the claim: %d %s", status, words)
	}
	if status, parts, _ := b.Claim(link.URLs["Open"]); status != http.StatusGone || len(parts) > 0 {
		t.Errorf("the second claim: %d", status)
	}
	s.Now(link, "Revealed")
	want := []string{"add intent by An admin", "add ok by An admin", "get denied by An L1 technician",
		"ask intent by An L1 technician", "ask ok by An L1 technician", "approve ok by A second admin",
		"get ok by An L1 technician",
		"retrieve denied by A colleague", "retrieve ok by An L1 technician"}
	if got := s.events(func(e audit.Event) bool { return e.Key == "sentinelone" }); !slices.Equal(got, want) {
		t.Errorf("the log has\n%s", strings.Join(got, "\n"))
	}
}

// shorten lets the only pass end soon.
func (s *story) shorten(in time.Duration) {
	s.t.Helper()
	all := s.app.Vault.Passes()
	if len(all) != 1 {
		s.t.Fatalf("%d passes", len(all))
	}
	all[0].Until = time.Now().Add(in)
	if err := s.app.Vault.SavePass(context.Background(), all[0]); err != nil {
		s.t.Fatal(err)
	}
}

// TestAPassEndsInATenant: what was pressed while the pass lasted is refused after its end, as is a new press.
func TestAPassEndsInATenant(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	told := s.approved(tenant.Technician, "1h")
	link := s.reveals(tenant.Technician, told)
	s.shorten(time.Second)
	time.Sleep(1100 * time.Millisecond)
	if status, _, words := s.opens(tenant.Technician, link); status != http.StatusForbidden ||
		!strings.Contains(words, "Your pass for sentinelone ended") {
		t.Errorf("after its end: %d %s", status, words)
	}
	since := len(s.Connector.Calls())
	s.Press(tenant.Technician, told, "Get")
	s.Await(s.Signer.OwnChat(tenant.Technician), since, "open to Admin, L2 or NOC", "Ask")
	if got := s.said("retrieve", audit.Denied); !slices.Equal(got, []string{"no pass at the time of the claim"}) {
		t.Errorf("the log has %q", got)
	}
}

// TestGroupsChangeInATenant: what counts are the groups at the claim.
func TestGroupsChangeInATenant(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	offer := s.Say(tenant.Analyst, "get sentinelone", "Reveal")
	byRole := s.Press(tenant.Analyst, offer, "Reveal").Card
	byPass := s.reveals(tenant.Technician, s.approved(tenant.Technician, "1h"))
	s.Graph.Group(tenant.NOCs)
	s.Graph.Group(tenant.Helpdesk)
	for p, link := range map[bottest.Person]tenant.Card{tenant.Analyst: byRole, tenant.Technician: byPass} {
		if status, _, words := s.opens(p, link); status != http.StatusForbidden ||
			!strings.Contains(words, "You have no access to this key (any more)") {
			t.Errorf("%s: %d %s", p.Name, status, words)
		}
		if status, _, _ := s.opens(p, link); status != http.StatusGone {
			t.Errorf("%s: the link is there still: %d", p.Name, status)
		}
	}
	if left := s.app.Vault.Passes(); len(left) > 0 {
		t.Errorf("who has lost every role has a pass still: %v", left)
	}
}

// TestAGroupIsDeletedInATenant: it empties its own role, and no other.
func TestAGroupIsDeletedInATenant(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.Graph.Delete(tenant.NOCs, tenant.L2s)
	s.Say(tenant.Technician, "whoami", "L1")
	s.Say(tenant.Analyst, "keys", "You have no role in Keydesk yet")
	_, posted := s.asks(tenant.Technician, "once")
	if done := s.Press(tenant.Admin, posted, "Approve"); !done.Has("Approved by An admin") {
		t.Error(done.Text, done.Line)
	}
	if logs := s.logs.String(); !strings.Contains(logs, tenant.NOCs) || !strings.Contains(logs, tenant.L2s) {
		t.Error("the log does not name the groups:", logs)
	}
}
