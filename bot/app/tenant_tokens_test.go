package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

// TestTokensEndMidStory: tokens that last for seconds are renewed, and nobody notices.
func TestTokensEndMidStory(t *testing.T) {
	t.Parallel()
	f := newFabrikam(t)
	f.Entra.Life(3 * time.Second)
	s := f.story(t)
	asked := s.Entra.Count(bottest.EntraCredentials)
	time.Sleep(3 * time.Second)
	link := s.reveals(tenant.Technician, s.approved(tenant.Technician, "once"))
	time.Sleep(3 * time.Second)
	if status, value, words := s.opens(tenant.Technician, link); status != http.StatusOK || value != agentToken {
		t.Errorf("the claim: %d %s", status, words)
	}
	if more := s.Entra.Count(bottest.EntraCredentials) - asked; more < 3*2 { // for vault, Graph and connector
		t.Errorf("only %d new tokens", more)
	}
	for _, c := range s.Connector.Calls() {
		if c.Status/100 != 2 {
			t.Errorf("the connector answered %d", c.Status)
		}
	}
	if logs := s.logs.String(); strings.Contains(logs, "level=WARN msg=\"no new token") {
		t.Error(logs)
	}
}

// TestEntraIsDownInATenant: while the tokens there are last, all goes on but signing in.
func TestEntraIsDownInATenant(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.Say(tenant.Technician, "whoami", "L1") // Graph has a token
	s.Entra.Fail(bottest.EntraCredentials, lasting(bottest.Fault{Status: 503})...)
	link := s.reveals(tenant.Technician, s.approved(tenant.Technician, "once"))
	s.Entra.Fail(bottest.EntraCode, bottest.Fault{Status: 503})
	status, _, page := s.opens(tenant.Technician, link)
	if status != http.StatusServiceUnavailable || !strings.Contains(page, "Try again") {
		t.Errorf("without sign-in: %d %s", status, page)
	}
	if status, value, words := s.opens(tenant.Technician, link); status != http.StatusOK || value != agentToken {
		t.Errorf("sign-in is back: %d %s", status, words)
	}
}

// TestForgedActivities: what does not prove itself is told nothing and does nothing.
func TestForgedActivities(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	g, good := s.Signer, s.Signer.Claims()
	_, posted := s.asks(tenant.Technician, "1h")
	approve := s.approving(posted)
	calls, events := len(s.Connector.Calls()), len(s.app.Log.Recent(1000, nil))
	for name, token := range map[string]string{"none": "", "no bearer": "Basic " + g.Token(),
		"unsigned": "Bearer " + g.Unsigned(good),
		"confused": "Bearer " + g.Confused(good), "forged": "Bearer " + g.Forged(good),
		"another audience": "Bearer " + g.Sign(good.With("aud", tenant.Other)),
		"another issuer":   "Bearer " + g.Sign(good.With("iss", "https://sts.windows.net/"+tenant.ID+"/")),
		"ended":            "Bearer " + g.Sign(good.With("exp", time.Now().Add(-time.Hour).Unix())),
		"another service":  "Bearer " + g.Sign(good.With("serviceurl", "https://127.0.0.1:1/emea/")),
		"Entra's own":      "Bearer " + s.Entra.Signer.Sign(good)} {
		ans := s.SendAs(token, approve())
		if ans.Status != http.StatusUnauthorized || string(ans.Body) != "unauthorized\n" {
			t.Errorf("%s: %d %s", name, ans.Status, ans.Body)
		}
	}
	for name, a := range map[string]bottest.Activity{
		"another tenant":      approve().In("conversation", "tenantId", tenant.Other),
		"another tenant's":    approve().In("channelData", "tenant", map[string]any{"id": tenant.Other}),
		"a bot":               approve().In("from", "id", "28:"+tenant.App),
		"a bot by its role":   approve().In("from", "role", "bot"),
		"nobody":              approve().In("from", "aadObjectId", nil),
		"no id":               approve().In("from", "aadObjectId", tenant.Admin.ID+" x=1"),
		"another channel":     approve().With("channelId", "webchat"),
		"another service URL": approve().With("serviceUrl", "https://contoso.invalid/emea/"),
	} {
		if ans := s.Send(a); ans.Status != http.StatusUnauthorized || string(ans.Body) != "unauthorized\n" {
			t.Errorf("%s: %d %s", name, ans.Status, ans.Body)
		}
	}
	if n := len(s.Connector.Calls()) - calls; n != 0 {
		t.Errorf("%d calls to the connector", n)
	}
	s.app.Desk.Count(t.Context()) // how often equal ones came
	var written []string
	for _, e := range s.app.Log.Recent(len(s.app.Log.Recent(1000, nil))-events, nil) {
		written = append(written, string(e.Outcome)+" "+e.Actor.ID+e.Note)
	}
	slices.Sort(written)
	if !slices.Equal(written, refusedActivities) {
		t.Errorf("the log has\n%s", strings.Join(written, "\n"))
	}
	if n := strings.Count(s.logs.String(), "an activity was refused"); n != 18 {
		t.Errorf("the log tells of %d", n)
	}
	if done := s.Press(tenant.Admin, posted, "Approve"); !done.Has("Approved by An admin") {
		t.Error("the request is lost:", done.Text, done.Line)
	}
}

// refusedActivities is what the log keeps of activities that Microsoft's service sent and that don't hold; of
// forged tokens it keeps nothing.
var refusedActivities = []string{
	"denied 1 more times within a minute: an activity was refused: another tenant",
	"denied 1 more times within a minute: an activity was refused: serviceurl of the token is another",
	"denied an activity was refused: another channel than Teams",
	"denied an activity was refused: another tenant",
	"denied an activity was refused: no Entra object id",
	"denied an activity was refused: serviceurl of the token is another",
	"denied an activity was refused: the Entra object id is none",
	"denied an activity was refused: the sender is a bot",
	"denied an activity was refused: the sender is no person",
}

// approving makes the activity of an admin who approves, each time another.
func (s *story) approving(on tenant.Card) func() bottest.Activity {
	data := map[string]any{}
	for name, value := range on.Data["Approve"] {
		data[name] = value
	}
	return func() bottest.Activity {
		return s.Signer.InChannel(s.Signer.Execute(tenant.Admin, on.ID, "approve", data))
	}
}

// TestAGuestInATenant: a guest whom the tenant knows has no role unless a group gives one, reads so, and it is
// written down; as a member of a role group they are as good as anybody.
func TestAGuestInATenant(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for _, line := range []string{"get sentinelone", "add ninja", "requests", "keys"} {
		s.Say(tenant.Guest, line, "You have no role in Keydesk yet")
	}
	_, posted := s.asks(tenant.Technician, "1h")
	if ans := s.Press(tenant.Guest, posted, "Approve"); ans.Has("Approved by") {
		t.Error("a guest approved")
	}
	var denied []string
	for _, e := range s.app.Log.Recent(1000, nil) {
		if e.Actor.ID == tenant.Guest.ID {
			denied = append(denied, e.Action+" "+string(e.Outcome))
		}
	}
	got := strings.Join(denied, ", ")
	if got != "approve denied, keys denied, requests denied, add denied, get denied" {
		t.Errorf("the log has %s", got)
	}
	member := bottest.NewPerson("A guest in a role group")
	s.Graph.Person(member)
	s.Graph.Group(tenant.NOCs, member.ID)
	s.Say(member, "get sentinelone", "Reveal")
}
