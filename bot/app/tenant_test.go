package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
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

	status, _, words := s.opens(tenant.Colleague, link)
	if status != http.StatusForbidden || !strings.Contains(words, "somebody else") {
		t.Errorf("somebody else: %d %s", status, words)
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
	if status, parts, words := b.Claim(link.URLs["Open"]); status != http.StatusOK || parts["api_token"] != agentToken {
		t.Errorf("the claim: %d %s", status, words)
	}
	if status, parts, _ := b.Claim(link.URLs["Open"]); status != http.StatusGone || len(parts) > 0 {
		t.Errorf("the second claim: %d", status)
	}
	s.Now(link, "Revealed")
	want := []string{"add intent by An admin", "add ok by An admin", "get denied by An L1 technician",
		"ask ok by An L1 technician", "approve ok by A second admin", "get ok by An L1 technician",
		"retrieve denied by A colleague", "retrieve ok by An L1 technician"}
	if got := s.events(func(e audit.Event) bool { return e.Key == "sentinelone" }); !slices.Equal(got, want) {
		t.Errorf("the log has\n%s", strings.Join(got, "\n"))
	}
}
