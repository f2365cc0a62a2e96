package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/vault"
)

// typedValue looks like no key by itself: only where it stands tells.
const typedValue = "hunter2pass"

// limited starts a Keydesk that takes so many commands a minute.
func limited(t *testing.T, perMinute int) (*app.App, func()) {
	return runWith(t, app.Config{PerMinute: perMinute, Settings: config.Config{Listen: "127.0.0.1:0",
		MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 300e9}})
}

func exposures(a *app.App) []audit.Event {
	return a.Log.Recent(1000, func(e audit.Event) bool { return e.Action == "expose" })
}

// TestTypedBehindTheKey: what stands behind the key of add or rotate is taken for a value, whoever types it
// and whatever the key; it is recorded under the key's name where that is one, and repeated nowhere.
func TestTypedBehindTheKey(t *testing.T) {
	for _, tt := range []struct{ who, line, key string }{
		{admin, "add ninja hunter2pass", "ninjaone"},
		{admin, "add ninja/contoso hunter2pass", "ninjaone"}, // no such key: the label may be a value too
		{admin, "add hunter2pass hunter2pass", ""},
		{admin, "add datto hunter2pass", ""},
		{admin, "add datto rmm hunter2pass", "datto-rmm"},
		{admin, "add ninjaonee hunter2pass", ""},
		{admin, "add nosuch hunter2pass", ""},
		{admin, "add meraki interval=30 hunter2pass", "meraki"},
		{admin, "add meraki api_key=hunter2pass", "meraki"},
		{admin, "rotate meraki hunter2pass", "meraki"},
		{admin, "rotate ninja hunter2pass", "ninjaone"},
		{admin, "rotate ninja/acme hunter2pass", "ninjaone/acme"},
		{l1, "add ninja hunter2pass", "ninjaone"},
		{newcomer, "rotate nosuch hunter2pass", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			a := start(t, t.TempDir())
			c := connect(t, a)
			add(t, c, with("label", "acme"))
			got := c.say(tt.who, tt.line)
			wants(t, "the answer", got, "Don't type a key into the chat", "delete your message", "revoke")
			c.edit(tt.who, tt.line)
			wants(t, "the answer to an edited message", c.newest(), "Don't type a key into the chat")
			events := exposures(a)
			if len(events) != 2 || !strings.Contains(events[0].Note, "changed message") ||
				!strings.Contains(events[1].Note, "typed in the person's own chat") {
				t.Errorf("the log has %+v", events)
			}
			for _, e := range events {
				if e.Key != tt.key || e.Actor.ID != tt.who || e.Outcome != audit.Found {
					t.Errorf("the log has %+v", e)
				}
			}
			for _, e := range a.Log.Recent(1000, nil) {
				if strings.Contains(e.Note+e.Key, typedValue) {
					t.Error("the log has the value")
				}
			}
			if strings.Contains(c.log.String(), typedValue) {
				t.Error("an answer repeats the value")
			}
			_, offered := c.newest().data["Add"]
			if _, rotate := c.newest().data["Rotate"]; offered || rotate {
				if tt.who == newcomer || tt.key == "" {
					t.Error("a button that the person may not press, or that names no key")
				}
			}
		})
	}
}

// edit changes a message that the person sent before.
func (c *client) edit(person, text string) {
	c.t.Helper()
	changed := c.activity(person, "messageUpdate")
	changed["text"] = text
	if status, body := c.send(changed); status != http.StatusOK {
		c.t.Errorf("an edited message: %d %s", status, body)
	}
}

// TestVendorsOfSeveralWords: a vendor's name of several words is a name, no value.
func TestVendorsOfSeveralWords(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	for line, want := range map[string]string{
		"add datto rmm":                     "Datto RMM",
		"add Cisco Meraki interval=30":      "Cisco Meraki",
		"add microsoft graph":               "Entra App Secret",
		"add IT Glue/contoso":               "itglue/contoso",
		"add veeam service provider consol": "Don't type a key",
		"add ConnectWise PSA (Manage)":      "ConnectWise PSA",
		"rotate cw manage":                  "No key of ConnectWise PSA",
		"get cw manage":                     "2 vendors fit",
	} {
		wants(t, line, c.say(admin, line), want)
	}
	c.edit(admin, "add datto rmm")
	if n := len(exposures(a)); n != 1 {
		t.Errorf("%d exposures, want 1", n)
	}
}

// TestTypedTooFast: a key is told and recorded over the limit as well, and equal ones within a minute are one
// event and a count.
func TestTypedTooFast(t *testing.T) {
	a, stop := limited(t, 3)
	defer stop()
	c := connect(t, a)
	for range 5 {
		c.say(l1, "whoami")
	}
	for range 4 {
		wants(t, "the answer", c.say(l1, fakeKey), "Don't type a key into the chat")
	}
	if events := exposures(a); len(events) != 1 {
		t.Errorf("%d events, want 1", len(events))
	}
	a.Desk.Count(t.Context())
	if events := exposures(a); len(events) != 2 || !strings.Contains(events[0].Note, "3 more times") {
		t.Errorf("%+v, want the count", events)
	}
}

// TestAFalseAlarmIsHarmless: said again without that word it works.
func TestAFalseAlarmIsHarmless(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	add(t, c, good)
	commit := "3f786850e387550fdab836ed7e6dc881de23001b"
	wants(t, "a commit", c.say(l1, "get ninja commit "+commit), "Don't type a key")
	wants(t, "without it", c.say(l1, "get ninja commit 3f78685"), "NinjaOne", "Reveal")
}

// TestTypedWithoutTheLog: where an exposure can't be written down the person is warned all the same, and
// learns that.
func TestTypedWithoutTheLog(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	add(t, c, good) // the log has begun
	f.set("PUT audit", fault{status: http.StatusForbidden})
	wants(t, "the answer", c.say(l1, fakeKey), "Don't type a key into the chat", "delete your message",
		"could not be written to the log")
	f.set("", fault{})
	wants(t, "the next", c.say(l1, fakeKey), "Don't type a key into the chat")
	if events := exposures(a); len(events) == 0 {
		t.Error("the next one is not in the log")
	}
}

// TestUnknownReference: 26 letters that are no operation of ours may be a key, save right behind "audit".
func TestUnknownReference(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	add(t, c, good)
	op := a.Log.Recent(1, func(e audit.Event) bool { return e.Action == "add" })[0].Op
	wants(t, "one that is none", c.say(admin, "get ninja see JBSWY3DPEHPK3PXPJBSWY3DPEH"), "Don't type a key")
	wants(t, "one of each", c.say(admin, "audit "+op+" JBSWY3DPEHPK3PXPJBSWY3DPEH"), "Don't type a key")
	wants(t, "ours", c.say(admin, "audit "+op), "ninjaone")
	offer := c.say(l1, "get ninja see "+op)
	wants(t, "ours as a reason", offer, "Reveal", op)
	if _, fault := c.press(l1, offer, "Reveal", nil); fault != "" {
		t.Errorf("pressed: %q", fault)
	}
}

// TestKeyAsAnAddress: a key in the field of a placeholder is refused, on a card, on a page and in a file.
func TestKeyAsAnAddress(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	const meraki = "6bec40cf957de430a6f1f2baa056b99a4fac9ea0"
	_, fault := c.press(admin, c.say(admin, "add hudu"), "Save to Vault", map[string]string{
		"part.api_key": "obviously-fake", "interval": "90", "endpoint.host": meraki})
	if !strings.Contains(fault, "looks as if it held a key") || strings.Contains(fault, meraki) {
		t.Errorf("on a card: %q", fault)
	}
	_, token := c.pageFor("add hudu")
	_, err := a.Desk.Intake(t.Context(), token, nil, desk.Entry{
		Fields: map[string]string{"endpoint.host": meraki, "interval": "90"},
		Parts:  vault.Parts{"api_key": vault.NewSecret("obviously-fake")}})
	if !errors.Is(err, desk.ErrMistake) || !strings.Contains(desk.Sentence(err), "looks as if it held a key") {
		t.Errorf("on a page: %v", err)
	}
	page, _ := c.press(admin, c.say(admin, "import"), "Use a secure page", nil)
	report, err := a.Desk.CheckSheet(t.Context(), tokenOf(t, page), nil,
		[]byte("vendor,label,value,host\nhudu,acme,mymsp.huducloud.com,"+meraki+
			"\nhudu,twice,"+meraki+","+meraki+"\nhudu,good,obviously-fake,mymsp.huducloud.com\n"))
	if err != nil || len(report.Rows) != 3 {
		t.Fatal(report, err)
	}
	if r := report.Rows[0]; r.Result != desk.RowWrong || !strings.Contains(r.Note, "column of the address") {
		t.Errorf("swapped in a file: %+v", r)
	}
	if r := report.Rows[1]; r.Result != desk.RowWrong || !strings.Contains(r.Note, "looks as if it held a key") {
		t.Errorf("a key as an address in a file: %+v", r)
	}
	if r := report.Rows[2]; r.Result != desk.RowNew {
		t.Errorf("a good row: %+v", r)
	}
	if strings.Contains(c.log.String(), meraki) || len(a.Vault.Keys()) != 0 {
		t.Error("it was shown or stored")
	}
}

// TestTooFastOnAPage: posts to a page over the limit are one event, and leave the chat's one answer to the
// chat.
func TestTooFastOnAPage(t *testing.T) {
	a, stop := limited(t, 5)
	defer stop()
	c := connect(t, a)
	_, token := c.pageFor("add ninja")
	var err error
	for range 40 {
		_, err = a.Desk.Intake(t.Context(), token, nil, desk.Entry{})
	}
	if !errors.Is(err, desk.ErrMistake) || !strings.Contains(desk.Sentence(err), "more than 5 commands") {
		t.Errorf("the page says %v", err)
	}
	wants(t, "the chat", c.say(admin, "whoami"), "Too many commands", "more than 5 commands")
	events := a.Log.Recent(100, func(e audit.Event) bool { return strings.Contains(e.Note, "within a minute") })
	if len(events) != 1 || events[0].Outcome != audit.Denied || events[0].Chat != "page" {
		t.Errorf("the log has %+v, want one denial", events)
	}
}
