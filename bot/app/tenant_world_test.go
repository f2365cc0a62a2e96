package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

const (
	agentToken = "obviously-fake-sentinelone-token-0123456789abcdef0001"
	why        = "agent offline, ticket 4711"
)

// story is a served tenant with a SentinelOne key, whose approvals go to a channel.
type story struct {
	*tenant.Via
	t    *testing.T
	app  *app.App
	logs *syncBuffer
}

// newStory serves a tenant, with the settings that are given besides.
func newStory(t *testing.T, more ...string) *story {
	t.Helper()
	return newFabrikam(t).story(t, more...)
}

// story serves the tenant.
func (f *fabrikam) story(t *testing.T, more ...string) *story {
	t.Helper()
	a, stop := runWith(t, f.config(more...))
	t.Cleanup(stop)
	f.Serves(a.Base())
	s := &story{Via: f.Via(t, a.Base()), t: t, app: a, logs: &f.logs}
	t.Cleanup(s.discreet)
	s.SayInChannel(tenant.Admin, requestsHere, "Requests are decided here")
	form := s.Say(tenant.Admin, "add sentinelone", "part.api_token")
	saved := s.Press(tenant.Admin, form, "Save to Vault", "part.api_token", agentToken, "endpoint.console",
		"usea1-contoso", "interval", "90")
	if !saved.Has("✓ Stored") {
		t.Fatal(saved.Text, saved.Line)
	}
	return s
}

// asks has somebody ask for the key, and gives their card and that in the channel.
func (s *story) asks(p bottest.Person, span string) (own, posted tenant.Card) {
	s.t.Helper()
	form := s.Say(p, "get sentinelone "+why, "open to Admin, L2 or NOC", "For how long")
	since := len(s.Connector.Calls())
	waits := s.Press(p, form, "Ask", "reason", why, "duration", span)
	if !waits.Has("Access to sentinelone", "It stands in the approvals channel", "Withdraw") {
		s.t.Fatal(waits.Text, waits.Line)
	}
	return waits.Card, s.Await(bottest.Channel, since, "Access to sentinelone", p.Name, why)
}

// approved has somebody ask and an admin approve, and gives the card that tells so.
func (s *story) approved(p bottest.Person, span string) tenant.Card {
	s.t.Helper()
	_, posted := s.asks(p, span)
	since := len(s.Connector.Calls())
	if done := s.Press(tenant.Admin, posted, "Approve"); !done.Has("Approved by " + tenant.Admin.Name) {
		s.t.Fatal(done.Text, done.Line)
	}
	return s.Await(s.Signer.OwnChat(p), since, "Approved by", "Get")
}

// reveals presses Get and Reveal, and gives the card with the link.
func (s *story) reveals(p bottest.Person, told tenant.Card) tenant.Card {
	s.t.Helper()
	since := len(s.Connector.Calls())
	s.Press(p, told, "Get")
	offer := s.Await(s.Signer.OwnChat(p), since, "Reveal")
	link := s.Press(p, offer, "Reveal")
	if len(link.Token()) != 43 {
		s.t.Fatal(link.Text, link.Line)
	}
	return link.Card
}

// events are what the log says, the oldest first, as "get ok by An admin".
func (s *story) events(which func(audit.Event) bool) (out []string) {
	for _, e := range s.app.Log.Recent(1000, which) {
		out = append(out, e.Action+" "+string(e.Outcome)+" by "+e.Actor.Name)
	}
	slices.Reverse(out)
	return out
}

func (s *story) said(action string, o audit.Outcome) (notes []string) {
	for _, e := range s.app.Log.Recent(1000, nil) {
		if e.Action == action && e.Outcome == o {
			notes = append(notes, e.Note)
		}
	}
	return notes
}

// discreet looks for the value, for tokens, secrets and links in all that was posted, logged and written down.
func (s *story) discreet() {
	var all strings.Builder
	all.WriteString(s.logs.String())
	for _, c := range s.Connector.Calls() {
		all.Write(c.Raw)
		all.WriteString(c.Path)
	}
	for _, e := range s.app.Log.Recent(1000, nil) {
		all.WriteString(e.Note + e.Key + e.Actor.Name + e.Op)
	}
	for _, never := range []string{agentToken, agentToken[20:], tenant.Secret, "eyJ", "/r/", "1.code-"} {
		if i := strings.Index(all.String(), never); i >= 0 {
			s.t.Errorf("%q is told: …%s…", never, all.String()[max(0, i-200):min(all.Len(), i+100)])
		}
	}
}

// opens is one way of opening a link: sign in, look, claim.
func (s *story) opens(p bottest.Person, link tenant.Card) (status int, value, words string) {
	s.t.Helper()
	b := s.Browser(s.t, p)
	status, page := b.Get(link.URLs["Open"])
	if status != http.StatusOK {
		return status, "", page
	}
	if strings.Contains(page, agentToken) {
		s.t.Error("the page has the value before the claim")
	}
	status, parts, words := b.Claim(link.URLs["Open"])
	return status, parts["api_token"], words
}
