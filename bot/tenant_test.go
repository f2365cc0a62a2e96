//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

// TestDeploy overlaps two processes as a deploy does: what is begun at one goes on at the other, of two who
// decide at once one decides, and neither a kill nor a stop loses what somebody was told.
func TestDeploy(t *testing.T) {
	d := newDeploy(t)
	old := d.start()
	old.setUp(t)
	young := d.start()
	t.Run("a request", func(t *testing.T) { d.across(t, old, young) })
	t.Run("both decide", func(t *testing.T) { d.bothDecide(t, old, young) })
	t.Run("signing in", func(t *testing.T) { d.signIn(t, old, young) })
	t.Run("access", func(t *testing.T) { d.access(t, old, young) })
	t.Run("killed", func(t *testing.T) { d.killed(t, old, young) })
	next := d.start()
	t.Run("stopped", func(t *testing.T) { d.stopped(t, young, next) })
	if err := next.stop(); err != nil {
		t.Errorf("the last one ended with %v", err)
	}
	if out, code := d.run(nil, "audit", "verify"); code != 0 {
		t.Errorf("the log: %d\n%s", code, out)
	}
	d.discreet()
}

// across makes a request at one process, approves it at the other, and uses the pass at the first.
func (d *deploy) across(t *testing.T, old, young *node) {
	own := old.Signer.OwnChat(tenant.Technician)
	posted := old.asks(t, tenant.Technician)
	since := len(d.Connector.Calls())
	if done := young.Press(tenant.Admin, posted, "Approve"); !done.Has("Approved by An admin") {
		t.Fatal(done.Text, done.Line)
	}
	old.Now(posted, "Approved by An admin")
	told := old.Await(own, since, "Approved by An admin", "Get")
	link := old.reveals(t, tenant.Technician, told)
	status, value, words := d.opens(t, young, tenant.Technician, link)
	if status != http.StatusOK || value != agentToken {
		t.Errorf("a link of the other: %d %s", status, words)
	}
	if status, _, _ := d.opens(t, old, tenant.Technician, link); status != http.StatusGone {
		t.Errorf("and again at its own: %d", status)
	}
	young.Now(link, "Revealed")
	if again := old.Press(tenant.SecondAdmin, posted, "Approve"); !strings.Contains(again.Line+again.Text,
		"Approved by An admin") {
		t.Error("the other admin, at the other process, reads", again.Text, again.Line)
	}
}

// bothDecide has two admins press at once, each at another process.
func (d *deploy) bothDecide(t *testing.T, old, young *node) {
	for round := range 6 {
		posted := old.asks(t, tenant.Colleague)
		since := len(d.Connector.Calls())
		second, title := "Approved", "Approve"
		if round%2 == 1 {
			second, title = "Denied", "Deny"
		}
		var one, two tenant.Answer
		var wg sync.WaitGroup
		wg.Go(func() { one = old.Press(tenant.Admin, posted, "Approve") })
		wg.Go(func() { two = young.Press(tenant.SecondAdmin, posted, title, "reason", "not now, ask tomorrow") })
		wg.Wait()
		first := one.Has("Approved by An admin") && one.Line == ""
		other := two.Has(second+" by A second admin") && two.Line == ""
		if first == other {
			t.Fatalf("%v %v: one reads %s %s\nthe other %s %s", first, other, one.Line, one.Text, two.Line, two.Text)
		}
		end := "Approved by An admin"
		if other {
			end = second + " by A second admin"
		}
		old.Now(posted, end)
		told := old.Await(old.Signer.OwnChat(tenant.Colleague), since, end)
		if told.Data["Get"] == nil {
			continue
		}
		link := young.reveals(t, tenant.Colleague, told) // the pass is for once
		status, value, words := d.opens(t, old, tenant.Colleague, link)
		if status != http.StatusOK || value != agentToken {
			t.Errorf("the pass: %d %s", status, words)
		}
	}
}

// signIn loads a link's page from one process and presses its button when the other has come in its place: the
// page is to be loaded again, and the link is whole.
func (d *deploy) signIn(t *testing.T, old, young *node) {
	link := old.presses(t, tenant.Analyst, old.Say(tenant.Analyst, "get sentinelone", "Reveal"))
	b, at := d.Browser(t, tenant.Analyst), link.URLs["Open"]
	d.Serves(old.base)
	if status, page := b.Get(at); status != http.StatusOK {
		t.Errorf("the page: %d %s", status, page)
	}
	d.Serves(young.base)
	if status, parts, words := b.Claim(at); status != http.StatusUnauthorized || len(parts) > 0 ||
		!strings.Contains(words, "Your sign-in has ended. Load the page again.") {
		t.Errorf("signed in at the other: %d %s", status, words)
	}
	if status, page := b.Get(at); status != http.StatusOK {
		t.Errorf("the page again: %d %s", status, page)
	}
	if status, parts, words := b.Claim(at); status != http.StatusOK || parts["api_token"] != agentToken {
		t.Errorf("the claim: %d %s", status, words)
	}
}

// access is changed at one process and counts at the next claim of the other.
func (d *deploy) access(t *testing.T, old, young *node) {
	offer := young.Say(tenant.Analyst, "get sentinelone", "Reveal")
	link := young.presses(t, tenant.Analyst, offer)
	old.Say(tenant.Admin, "revoke NOC sentinelone", "NOC")
	if status, _, words := d.opens(t, young, tenant.Analyst, link); status != http.StatusForbidden ||
		!strings.Contains(words, "no access") {
		t.Errorf("revoked at the other: %d %s", status, words)
	}
	old.Say(tenant.Admin, "grant NOC sentinelone", "NOC")
	link = old.presses(t, tenant.Analyst, old.Say(tenant.Analyst, "get sentinelone", "Reveal"))
	status, value, words := d.opens(t, young, tenant.Analyst, link)
	if status != http.StatusOK || value != agentToken {
		t.Errorf("granted at the other: %d %s", status, words)
	}
	link = old.presses(t, tenant.Analyst, old.Say(tenant.Analyst, "get sentinelone", "Reveal"))
	young.Say(tenant.Admin, "revoke NOC sentinelone", "NOC")
	if status, _, _ := d.opens(t, old, tenant.Analyst, link); status != http.StatusForbidden {
		t.Errorf("revoked again, at the one: %d", status)
	}
}

// killed ends a process right after it has answered an approval.
func (d *deploy) killed(t *testing.T, old, young *node) {
	posted := young.asks(t, tenant.Technician)
	done := old.Press(tenant.Admin, posted, "Approve")
	old.kill()
	if !done.Has("Approved by An admin") {
		t.Fatal(done.Text, done.Line)
	}
	again := young.Press(tenant.SecondAdmin, posted, "Deny", "reason", "not now, ask tomorrow")
	if !strings.Contains(again.Line+again.Text, "Approved by An admin") {
		t.Error("the other admin reads", again.Text, again.Line)
	}
	offer := young.Say(tenant.Technician, "get sentinelone", "Pass until", "Reveal")
	link := young.presses(t, tenant.Technician, offer)
	status, value, words := d.opens(t, young, tenant.Technician, link)
	if status != http.StatusOK || value != agentToken {
		t.Errorf("the pass: %d %s", status, words)
	}
}

// stopped ends a process with SIGTERM while people save keys there; Teams brings to the next what it does not
// take.
func (d *deploy) stopped(t *testing.T, old, next *node) {
	const many = 10
	who := []bottest.Person{tenant.Admin, tenant.SecondAdmin} // each may run 30 commands a minute
	saves := make([]bottest.Activity, many)
	for i := range saves {
		form := old.Say(who[i%2], fmt.Sprintf("add sentinelone/client-%d", i), "part.api_token",
			fmt.Sprintf("client-%d", i))
		saves[i] = old.Pressed(who[i%2], form, "Save to Vault", "part.api_token", fmt.Sprintf("%s-%d", agentToken, i),
			"endpoint.console", "usea1-contoso", "interval", "90")
	}
	var wg sync.WaitGroup
	var second atomic.Int32
	for i, a := range saves {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 3 * time.Millisecond)
			ans, n := again(t, a, old, next)
			second.Add(int32(n))
			if !strings.Contains(string(ans.Body), "Stored") {
				t.Errorf("client-%d: %s", i, ans.Body)
			}
		})
	}
	time.Sleep(10 * time.Millisecond) // some are under way, and some are not
	if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	<-old.ended
	t.Logf("%d of %d went to the next process", second.Load(), many)
	if old.endedBy != nil {
		t.Errorf("it ended with %v\n%s", old.endedBy, old.said)
	}
	next.Say(tenant.Admin, "refresh", "keys")
	for i := range saves {
		offer := next.Say(who[i%2], fmt.Sprintf("get sentinelone/client-%d", i), "Reveal")
		link := next.presses(t, who[i%2], offer)
		_, value, words := d.opens(t, next, who[i%2], link)
		if want := fmt.Sprintf("%s-%d", agentToken, i); value != want {
			t.Errorf("client-%d has another value: %s", i, words)
		}
	}
}

// TestDoctorOfATenant: in a tenant that is set up all is well; a wrong secret is told in words, with what to do.
func TestDoctorOfATenant(t *testing.T) {
	d := newDeploy(t)
	d.Serves(d.start().base)
	out, code := d.run(nil, "doctor")
	if code != 0 || !strings.Contains(out, "All is fine.") || strings.Count(out, "✓") != 13 ||
		strings.ContainsAny(out, "!✗") {
		t.Errorf("%d\n%s", code, out)
	}
	out, code = d.run([]string{"AZURE_CLIENT_SECRET=obviously-fake-and-wrong"}, "doctor")
	for _, want := range []string{"✗ token for the vault: the client secret is not accepted by Entra (AADSTS7000215)",
		"Set AZURE_CLIENT_SECRET to the secret's Value"} {
		if code != 1 || !strings.Contains(out, want) || strings.Contains(out, "obviously-fake") {
			t.Errorf("%d, without %q:\n%s", code, want, out)
		}
	}
	d.discreet()
}
