//go:build unix

package main_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/bottest/tenant"
)

const (
	agentToken = "obviously-fake-sentinelone-token-0123456789abcdef0001"
	why        = "agent offline, ticket 4711"
)

// deploy is a tenant with processes that serve it, configured by the environment alone.
type deploy struct {
	*tenant.Tenant
	t       *testing.T
	program string
	ca      string
	all     []*node
}

// node is one process.
type node struct {
	*process
	*tenant.Via
}

func newDeploy(t *testing.T) *deploy {
	t.Helper()
	d := &deploy{Tenant: tenant.New(t), t: t, program: install(t), ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(d.ca, d.Entra.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// command is the program with the tenant's settings and nobody else's; more replaces some.
func (d *deploy) command(more []string, args ...string) *exec.Cmd {
	cmd := exec.Command(d.program, args...)
	cmd.Dir = filepath.Dir(d.program)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + d.ca}, append(d.Env(), more...)...)
	return cmd
}

// run runs the program to its end.
func (d *deploy) run(more []string, args ...string) (out string, code int) {
	d.t.Helper()
	cmd := d.command(more, args...)
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return string(said), cmd.ProcessState.ExitCode()
}

// start starts a process and waits until it is ready.
func (d *deploy) start() *node {
	d.t.Helper()
	listen := freePort(d.t)
	p := &process{cmd: d.command([]string{"KEYDESK_LISTEN=" + listen}, "serve"), base: "http://" + listen,
		said: new(locked), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() { p.endedBy = p.cmd.Wait(); close(p.ended) }()
	d.t.Cleanup(func() {
		if p.alive() {
			p.kill()
		}
	})
	n := &node{process: p, Via: d.Via(d.t, p.base)}
	d.all = append(d.all, n)
	for end := time.Now().Add(startWithin); time.Now().Before(end) && p.alive(); time.Sleep(10 * time.Millisecond) {
		if res, err := http.Get(p.base + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return n
			}
		}
	}
	d.t.Fatalf("the process did not come up:\n%s", p.said)
	return nil
}

// setUp sets the approvals channel and stores the key.
func (n *node) setUp(t *testing.T) {
	t.Helper()
	n.SayInChannel(tenant.Admin, "approvals here", "Requests are decided here")
	form := n.Say(tenant.Admin, "add sentinelone", "part.api_token")
	saved := n.Press(tenant.Admin, form, "Save to Vault", "part.api_token", agentToken, "endpoint.console",
		"usea1-contoso", "interval", "90")
	if !saved.Has("✓ Stored") {
		t.Fatal(saved.Text, saved.Line)
	}
}

// asks has somebody ask for the key, and gives the card in the channel.
func (n *node) asks(t *testing.T, p bottest.Person) tenant.Card {
	t.Helper()
	form := n.Say(p, "ask sentinelone", "For how long")
	since := len(n.Connector.Calls())
	waits := n.Press(p, form, "Ask", "reason", why, "duration", "once")
	if !waits.Has("Access to sentinelone") {
		t.Fatal(waits.Text, waits.Line)
	}
	return n.Await(bottest.Channel, since, "Access to sentinelone", p.Name)
}

// reveals presses Get on a card and Reveal on the next.
func (n *node) reveals(t *testing.T, p bottest.Person, told tenant.Card) tenant.Card {
	t.Helper()
	since := len(n.Connector.Calls())
	n.Press(p, told, "Get")
	return n.presses(t, p, n.Await(n.Signer.OwnChat(p), since, "Reveal"))
}

// presses presses Reveal.
func (n *node) presses(t *testing.T, p bottest.Person, offer tenant.Card) tenant.Card {
	t.Helper()
	link := n.Press(p, offer, "Reveal")
	if len(link.Token()) != 43 {
		t.Fatal(link.Text, link.Line)
	}
	return link.Card
}

// opens signs in, opens a link through a process, and claims.
func (d *deploy) opens(
	t *testing.T, through *node, p bottest.Person, link tenant.Card,
) (status int, value, words string) {
	t.Helper()
	d.Serves(through.base)
	b := d.Browser(t, p)
	if status, page := b.Get(link.URLs["Open"]); status != http.StatusOK {
		return status, "", page
	}
	status, parts, words := b.Claim(link.URLs["Open"])
	return status, parts["api_token"], words
}

// discreet looks for what must not be told in all that was posted and said.
func (d *deploy) discreet() {
	d.t.Helper()
	var all strings.Builder
	for _, n := range d.all {
		all.WriteString(n.said.String())
	}
	for _, c := range d.Connector.Calls() {
		all.Write(c.Raw)
	}
	for _, never := range []string{agentToken, tenant.Secret, "eyJ", "/r/", "panic", "level=ERROR"} {
		if i := strings.Index(all.String(), never); i >= 0 {
			d.t.Errorf("%q is told: …%s…", never, all.String()[max(0, i-200):min(all.Len(), i+100)])
		}
	}
}

// again posts an activity to one process and, where that gave no answer, to the next, as Teams does. which of them
// took it is counted from 0.
func again(t *testing.T, a bottest.Activity, nodes ...*node) (ans bottest.Answer, which int) {
	t.Helper()
	for which, n := range nodes {
		client := bottest.Client{Signer: n.Signer, URL: n.base + "/api/messages", HTTP: n.HTTP}
		var err error
		if ans, err = client.Send(context.Background(), a); err == nil && ans.Status == http.StatusOK {
			return ans, which
		}
	}
	t.Errorf("no process took it: %d", ans.Status)
	return ans, 0
}
