package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/web"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// unhurried is a Key Vault whose every call takes one tick, so that what runs side by side shows.
type unhurried struct{ next policy.Transporter }

const tick = 10 * time.Millisecond

func (u unhurried) Do(r *http.Request) (*http.Response, error) {
	time.Sleep(tick)
	return u.next.Do(r)
}

// upstream is what one command costs.
type upstream struct {
	vault     string // calls to Key Vault, in order
	ticks     int    // how many of them one after the other
	directory int64
	connector string // methods of the calls to the connector
}

// counting runs one command and looks at what it cost, also after its answer.
type counting struct {
	*inTeams
	s     *stage
	pages *http.Client
	admin bottest.Person
}

func (c *counting) costs(what string, want upstream, act func()) {
	c.t.Helper()
	time.Sleep(10 * time.Second) // the chat's own limits leave room again
	c.s.vault.set(0, 0, harm{})
	c.asked.Store(0)
	before, began := len(c.cloud.Calls()), time.Now()
	act()
	took := time.Since(began)
	time.Sleep(20 * tick) // what follows the answer
	synctest.Wait()
	calls := c.s.vault.seenKinds()
	if want.ticks < len(calls) { // some of them ran side by side, in any order
		slices.Sort(calls)
	}
	var posted []string
	for _, call := range c.cloud.Calls()[before:] {
		posted = append(posted, call.Method)
	}
	slices.Sort(posted) // cards are edited side by side
	got := upstream{strings.Join(calls, ", "), int(took / tick), c.asked.Load(), strings.Join(posted, ", ")}
	if got != want {
		c.t.Errorf("%s costs %+v,\nwant %+v", what, got, want)
	}
}

// typed types a line and returns the card that was posted.
func (c *counting) typed(line string) (on card) {
	c.t.Helper()
	c.send(c.signer.Message(c.admin, line))
	all := c.cloud.Calls()
	last := all[len(all)-1]
	return read(last.Activity, last.Body.Card())
}

// TestCallsUpstream: what each command of the budget costs with warm caches, counted at the azsecrets
// client's transport, the connector and the directory's source.
func TestCallsUpstream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emptyStage(t)
		defer s.end()
		s.have()
		c := &counting{inTeams: newInTeams(t, s.a, false), s: s, admin: bottest.Person{ID: admin, Name: "Admin"}}
		defer func() { _ = c.endpoint.Shutdown(t.Context()) }()
		c.pages = &http.Client{Transport: bottest.Direct(web.New(web.Config{Desk: s.a.Desk}))}
		c.typed("help") // the chat is known from now on, and so are the roles
		s.vault.server = unhurried{s.file}.Do

		one := upstream{connector: "POST"}
		for _, line := range []string{"help", "keys", "keys meraki", "key meraki", "get meraki ticket 4711"} {
			c.costs(line, one, func() { c.typed(line) })
		}
		c.links(t)
		c.passes(t)
		c.rotations(t)
		c.approvals(t)
	})
}

// approvals counts what an admin's approval of a technician's rotation costs: the answer brings the pressed card
// along; the cards of both admins and of who asked are edited, and who asked gets one more.
func (c *counting) approvals(t *testing.T) {
	c.admin = bottest.Person{ID: l2, Name: "L2 technician"}
	on := c.typed("rotate meraki")
	c.send(c.signer.Execute(c.admin, on.id, "rotate", pressed(on, "Save to Vault", "part.api_key", secondKey,
		"reason", "rotated at the vendor")))
	c.admin = bottest.Person{ID: admin, Name: "Admin"}
	list := c.typed("requests")
	data := pressed(list, "Open")
	data["verb"] = "approve"
	want := upstream{ticks: 7, directory: 1, connector: "POST, PUT, PUT, PUT",
		vault: "DELETE request, DELETE ticket, GET key, GET key, GET request, PUT audit, PUT audit, PUT key"}
	c.costs("an approval", want, func() {
		ans := c.send(c.signer.Execute(c.admin, list.id, "approve", data))
		if !strings.Contains(string(ans.Value), "Approved by Admin") {
			t.Errorf("the approval: %s", ans.Value)
		}
	})
}

// links counts Reveal and the claim, whose card is edited after the answer.
func (c *counting) links(t *testing.T) {
	on := c.typed("get meraki")
	var url string
	c.costs("Reveal", upstream{vault: "PUT audit, PUT link", ticks: 1}, func() {
		ans := c.send(c.signer.Execute(c.admin, on.id, "reveal", pressed(on, "Reveal")))
		url = read(on.id, ans.Value).urls["Open"]
	})
	claim := upstream{vault: "DELETE link, GET key, PUT audit", ticks: 3, directory: 1, connector: "PUT"}
	c.costs("the claim", claim, func() {
		hold := make(chan struct{})
		defer close(hold)
		c.cloud.Fail(bottest.Fault{Method: http.MethodPut, Wait: hold}) // the answer does not wait for the card
		res, err := c.pages.Post(url, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("the claim: %d", res.StatusCode)
		}
	})
}

// passes counts what is got by a pass: one call more. A pass for one look is used up by its call.
func (c *counting) passes(t *testing.T) {
	c.admin = bottest.Person{ID: noc, Name: "NOC analyst"}
	defer func(p bottest.Person) { c.admin = p }(bottest.Person{ID: admin, Name: "Admin"})
	c.typed("help") // as before
	timed := c.s.approved(aPass("a", time.Hour))
	reveal := upstream{vault: "PUT audit, PUT link", ticks: 1}
	claim := upstream{vault: "DELETE link, GET key, GET pass, PUT audit", ticks: 3, directory: 1, connector: "PUT"}
	c.claimed(t, "by a pass", reveal, claim)
	if err := c.s.a.Vault.EndPass(t.Context(), timed.ID); err != nil {
		t.Fatal(err)
	}
	c.s.approved(once(aPass("b", time.Hour)))
	claim.vault, claim.ticks = "DELETE link, GET key, DELETE pass, PUT audit", 4
	c.claimed(t, "by a pass for one look", reveal, claim)
	c.costs("passes", upstream{connector: "POST"}, func() { c.typed("passes") })
}

// claimed counts Reveal and the claim of one link.
func (c *counting) claimed(t *testing.T, how string, reveal, claim upstream) {
	var on card
	c.costs("get "+how, upstream{connector: "POST"}, func() { on = c.typed("get meraki") })
	var url string
	c.costs("Reveal "+how, reveal, func() {
		ans := c.send(c.signer.Execute(c.admin, on.id, "reveal", pressed(on, "Reveal")))
		url = read(on.id, ans.Value).urls["Open"]
	})
	c.costs("the claim "+how, claim, func() {
		res, err := c.pages.Post(url, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("the claim %s: %d", how, res.StatusCode)
		}
	})
}

// rotations counts an admin's rotation. The answer of an Action.Execute brings its card along; an
// Action.Submit has its card edited.
func (c *counting) rotations(t *testing.T) {
	rotate := upstream{vault: "PUT audit, GET key, PUT key, GET key, PUT audit", ticks: 5}
	on := c.typed("rotate meraki")
	c.costs("rotate", rotate, func() {
		data := pressed(on, "Save to Vault", "part.api_key", secondKey)
		ans := c.send(c.signer.Execute(c.admin, on.id, "rotate", data))
		if !strings.Contains(string(ans.Value), "Rotated") {
			t.Errorf("rotate: %s", ans.Value)
		}
	})
	on = c.typed("rotate meraki")
	rotate.connector = "PUT"
	c.costs("rotate by Action.Submit", rotate, func() {
		c.send(c.signer.Submit(c.admin, on.id, pressed(on, "Save to Vault", "part.api_key", firstKey)))
	})
	if c.s.held()["meraki"]["value"] != "(first)" {
		t.Error("the second rotation was not stored")
	}
}
