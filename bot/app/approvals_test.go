package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

const requestsHere = "approvals here"

// answer is the card with which the channel was answered.
func (c *channel) answer(what string, wants ...string) card {
	c.t.Helper()
	got := slices.DeleteFunc(c.answers(), func(call bottest.Call) bool { return call.Method == "GET" })
	if len(got) != 1 || got[0].Conversation != thread {
		c.t.Fatalf("%s: %s", what, where(got))
	}
	return c.shown(got[0], what, wants...)
}

// chosen is the approvals channel that the vault has.
func (c *channel) chosen() vault.Channel {
	c.t.Helper()
	set, err := c.app.Vault.Settings(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return set.Channels["approvals"]
}

// written are the outcomes and notes of the events of approvals, the oldest first.
func (c *channel) written() (out []string) {
	for _, e := range c.app.Log.Recent(100, func(e audit.Event) bool { return e.Action == "approvals" }) {
		out = append(out, string(e.Outcome)+" "+e.Note)
	}
	slices.Reverse(out)
	return out
}

func member(name, tenant, role string) map[string]any {
	return map[string]any{"id": "29:" + name, "name": name, "aadObjectId": admin, "tenantId": tenant,
		"userRole": role}
}

// TestApprovals: an admin sets the channel in which requests are decided, sees it, and takes it back.
func TestApprovals(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	c.cloud.Roster(member("An admin", botTenant, "user"), member("A colleague", strings.ToUpper(botTenant), "user"))
	c.says(p, "approvals")
	c.answer("before", "Each admin gets them in their own chat", "2, I have a chat with 0")
	c.says(p, requestsHere)
	on := c.answer("set", "✓ Requests are decided here", "Any admin can decide")
	if strings.Contains(on.json, "guest") {
		t.Error("a warning for nothing:", on.json)
	}
	want := vault.Channel{Conversation: bottest.Channel, ServiceURL: c.cloud.URL(), Tenant: botTenant,
		Name: "Contoso / Approvals"}
	if got := c.chosen(); got != want {
		t.Errorf("the vault has %+v", got)
	}
	c.send(c.signer.Message(p, "whoami")) // the chat is remembered beside the command
	c.send(c.signer.Message(p, "approvals"))
	own := c.answers()
	if c.shown(own[len(own)-1], "asked in the own chat", "They appear in Contoso / Approvals.",
		"2, I have a chat with 1"); own[len(own)-1].Conversation != c.signer.OwnChat(p) {
		t.Error(where(own))
	}
	c.says(p, "approvals off")
	c.answer("taken back", "No approvals channel any more", "Until now they went to Contoso / Approvals.")
	if got := c.chosen(); got != (vault.Channel{}) {
		t.Errorf("the vault has %+v", got)
	}
	const events = "intent here: Contoso / Approvals, ok here: Contoso / Approvals, intent off, ok off"
	if got := strings.Join(c.written(), ", "); got != events {
		t.Error("the log has", got)
	}
}

// TestApprovalsOfOthers: only admins set the channel, in a channel, and what they get wrong is told.
func TestApprovalsOfOthers(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	tech := bottest.Person{ID: l1, Name: "L1 technician"}
	c.says(tech, requestsHere)
	c.private(tech, "a technician", "is for Admin")
	c.says(tech, "approvals")
	c.private(tech, "a technician who looks", "is for Admin")
	c.says(p, "approvals there")
	c.private(p, "another word", "here, or off")
	c.send(c.signer.Message(p, requestsHere))
	c.shown(c.answers()[0], "in the own chat", "Type it in the channel", "@Keydesk approvals here")
	if got := c.chosen(); got != (vault.Channel{}) {
		t.Errorf("the vault has %+v", got)
	}
}

// changed is a directory whose source says something else by now.
type changed struct {
	desk.Directory
	roles catalog.Roles
	err   error
}

func (d changed) FreshRoles(context.Context, string) (catalog.Roles, error) { return d.roles, d.err }

// TestApprovalsAskAnew: who has lost the role a minute ago sets no channel, nor does who can't be asked about.
func TestApprovalsAskAnew(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: secondAdmin, Name: "Second Admin"}
	directory := c.app.Desk.Directory
	for want, source := range map[string]changed{
		"is for Admin":            {directory, catalog.Roles(catalog.L2), nil},
		"can't be read right now": {directory, catalog.Roles(catalog.Admin), errors.New("no answer")},
	} {
		c.app.Desk.Directory = source
		for _, line := range []string{requestsHere, "approvals off"} {
			c.says(p, line)
			c.private(p, line, want)
		}
		c.says(p, "approvals")
		c.answer("looking asks nobody anew", "Where requests go")
	}
	for _, said := range c.written() {
		if !strings.HasPrefix(said, "denied") {
			t.Error("the log has", said)
		}
	}
	if got := c.chosen(); got != (vault.Channel{}) {
		t.Errorf("the vault has %+v", got)
	}
}

// TestApprovalsWarn: guests, other tenants, an unknown list and a lonely admin are told; the channel is set all the
// same.
func TestApprovalsWarn(t *testing.T) {
	p := bottest.Person{ID: admin, Name: "Admin"}
	for name, tt := range map[string]struct {
		roster []map[string]any
		fault  bottest.Fault
		wants  []string
		not    string
	}{
		"a guest": {roster: []map[string]any{member("An admin", botTenant, "user"),
			member("Fabrikam buyer", "", "guest")},
			wants: []string{"⚠ Requests", "Of 2 readers there, 1 is a guest or of another tenant: Fabrikam buyer."}},
		"many": {roster: []map[string]any{member("Reader 1", "other", "user"),
			member("Reader 2", "other", "user"), member("Reader 3", botTenant, "guest"),
			member("Reader 4", botTenant, "anonymous"), member("", "other", "user")},
			wants: []string{"Of 5 readers there, 5 are guests or of other tenants: ",
				"Reader 1, Reader 2, Reader 3 and 2 more."}, not: "Reader 4"},
		"nameless": {roster: []map[string]any{member("", "other", "user")},
			wants: []string{"their names are not known"}},
		"no list": {fault: bottest.Fault{Method: "GET", Status: 500}, wants: []string{"⚠ Requests",
			"did not tell me who can read there"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChannel(t)
			c.cloud.Roster(tt.roster...)
			if tt.fault.Status != 0 {
				c.cloud.Fail(tt.fault)
			}
			c.says(p, requestsHere)
			on := c.answer(name, tt.wants...)
			if tt.not != "" && strings.Contains(on.json, tt.not) {
				t.Errorf("the card has %q: %s", tt.not, on.json)
			}
			if c.chosen().Conversation != bottest.Channel {
				t.Error("the channel was not set")
			}
		})
	}
}

// TestApprovalsChannelIsGone: where the bot was removed, approvals says so.
func TestApprovalsChannelIsGone(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	c.says(p, requestsHere)
	c.answer("set")
	for _, status := range []int{403, 404} {
		c.cloud.Fail(bottest.Fault{Method: "GET", Status: status})
		c.says(p, "approvals")
		c.answer("gone", "I can't post there: I was removed", "⚠ Where requests go")
	}
	c.app.Desk.TwoPerson = true
	c.says(p, "approvals")
	if on := c.answer("two admins"); strings.Contains(on.json, "fewer than two") {
		t.Error("two are not fewer than two:", on.json)
	}
}

// lonely is a directory with one admin.
type lonely struct{ desk.Directory }

func (lonely) Members(context.Context, catalog.Role) ([]catalog.Person, error) {
	return []catalog.Person{{ID: admin, Name: "Admin"}}, nil
}

// TestApprovalsOfOneAdmin: with the two-person rule one admin is too few; without it that is told to nobody.
func TestApprovalsOfOneAdmin(t *testing.T) {
	c, p := newChannel(t), bottest.Person{ID: admin, Name: "Admin"}
	c.app.Desk.Directory = lonely{c.app.Desk.Directory}
	for _, on := range []bool{true, false} {
		c.app.Desk.TwoPerson = on
		c.says(p, requestsHere)
		if got := c.answer("set"); strings.Contains(got.json, "fewer than two admins") != on {
			t.Errorf("the rule is on: %v, and the card says %s", on, got.json)
		}
	}
}
