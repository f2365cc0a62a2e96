package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/desk"
	"keydesk/catalog"
)

// FuzzSubmit: whatever a card is made to send, by whoever: no panic, no value in the answer, no change by somebody who
// may not, and an answer that says something. It goes through the channel as an invoke, and then to the desk itself.
func FuzzSubmit(f *testing.F) {
	a, stop := runWith(f, app.Config{PerMinute: 1 << 20, Settings: settingsOf(f)})
	f.Cleanup(stop)
	c := connect(f, a)
	add(f, c, good)
	op := strings.Repeat("A", 26)
	for _, seed := range []string{
		"add\nkey=ninjaone\nstep=save\nop=" + op + "\npart.client_id=x\npart.client_secret=y\n" +
			"label=a\ninterval=1\nexpiry=2030-01-01\nnote=n\nendpoint.region=eu",
		"rotate\nkey=ninjaone\nstep=save\nop=" + op + "\nopened=x\npart.client_secret=y",
		"rotate\nkey=ninjaone\nstep=page",
		"edit\nkey=ninjaone\nstep=save\nop=" + op + "\n" +
			"label=b\nowner=me\nnote=\ninterval=\nexpiry=\nendpoint.region=",
		"delete\nkey=ninjaone\nstep=save\nop=" + op, "recover\nkey=ninjaone", "purge\nkey=ninjaone\nstep=save",
		"reveal\nkey=ninjaone\nfor=" + l1 + "\nop=" + op + "\nreason=r",
		"get\nkey=ninjaone\nreason=r", "adopt\nkey=meraki\nfrom=x\nstep=save",
		"vendor\ndo=add\nstep=save\nname=Contoso\ncategory=RMM\nparts=a public\\nb\n" +
			"address=https://x.contoso.com\ninterval=3",
		"vendor\ndo=remove\nvendor=contoso\nstep=save", "import\nstep=page", "demo\ndo=remove",
		"keys\nfilter=x\npage=2", "history\nkey=ninjaone\npage=-1",
		"audit\nfilter=a\npage=99999999999", "key\nkey=",
		"key\nvendor=ninja/", "cancel", "help\nverb=add", "nonsense\n=\n=x",
	} {
		for who := range byte(3) {
			f.Add(who, seed)
		}
	}
	f.Fuzz(func(t *testing.T, who byte, submitted string) {
		verb, rest, _ := strings.Cut(submitted, "\n")
		data := map[string]string{}
		for pair := range strings.SplitSeq(rest, "\n") {
			name, value, _ := strings.Cut(pair, "=")
			data[name] = strings.ReplaceAll(value, `\n`, "\n")
		}
		id := []string{admin, l1, newcomer}[int(who)%3]
		before := state(a)
		invoked(t, c, id, verb, data)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		reply := a.Desk.Handle(ctx, desk.Turn{Person: catalog.Person{ID: id, Name: names[id]},
			Chat: catalog.Chat{Kind: catalog.Personal},
			Verb: verb, Data: data, Card: "1"})
		said, err := json.Marshal(reply.Card)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(said)+reply.Error, firstKey) {
			t.Error("a value came out")
		}
		if reply.Card.IsZero() && reply.Error == "" && !reply.Silent {
			t.Error("no answer")
		}
		if id != admin && state(a) != before {
			t.Error("somebody who may not has changed something")
		}
	})
}

// invoked sends the same as a Teams client does, each time from a chat of its own: a chat takes few posts at a time.
func invoked(t *testing.T, c *client, id, verb string, data map[string]string) {
	t.Helper()
	in := c.activity(id, "invoke")
	in["conversation"] = map[string]any{"id": fmt.Sprint("chat-", in["id"]), "conversationType": "personal"}
	in["name"], in["replyToId"] = "adaptiveCard/action", "1"
	in["value"] = map[string]any{"action": map[string]any{"type": "Action.Execute", "verb": verb, "data": data}}
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.log.Reset() // else it grows for as long as the fuzzer runs
	clear(c.cards)
	c.mu.Unlock()
	req := httptest.NewRequest(http.MethodPost, c.app.Base()+"/api/messages", bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	c.app.Handler().ServeHTTP(answer, req)
	body := answer.Body.String()
	if answer.Code != http.StatusOK || !json.Valid([]byte(body)) {
		t.Errorf("an invoke is answered with %d %.300s", answer.Code, body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(body+c.log.String(), firstKey) {
		t.Error("a value came out through the channel")
	}
}

// state is all that a change would show in.
func state(a *app.App) string {
	all, err := json.Marshal(map[string]any{"keys": a.Vault.Keys(), "vendors": a.Catalog.Owns()})
	if err != nil {
		return err.Error()
	}
	return string(all)
}
