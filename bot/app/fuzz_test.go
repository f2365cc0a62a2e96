package app_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/catalog"
)

// FuzzSubmit: whatever a card is made to send, by whoever: no panic, no value in the answer, no change by somebody who may
// not, and an answer that says something.
func FuzzSubmit(f *testing.F) {
	cfg := app.Config{PerMinute: 1 << 20, Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: f.TempDir(), LinkTTL: time.Minute}}
	a, stop := runWith(f, cfg)
	f.Cleanup(stop)
	c := connect(f, a)
	add(f, c, good)
	op := strings.Repeat("A", 26)
	for _, seed := range []string{
		"add\nkey=ninjaone\nstep=save\nop=" + op + "\npart.client_id=x\npart.client_secret=y\nlabel=a\ninterval=1\nexpiry=2030-01-01\nnote=n\nendpoint.region=eu",
		"rotate\nkey=ninjaone\nstep=save\nop=" + op + "\nopened=x\npart.client_secret=y", "rotate\nkey=ninjaone\nstep=page",
		"edit\nkey=ninjaone\nstep=save\nop=" + op + "\nlabel=b\nowner=me\nnote=\ninterval=\nexpiry=\nendpoint.region=",
		"delete\nkey=ninjaone\nstep=save\nop=" + op, "recover\nkey=ninjaone", "purge\nkey=ninjaone\nstep=save",
		"reveal\nkey=ninjaone\nfor=" + l1 + "\nop=" + op + "\nreason=r", "get\nkey=ninjaone\nreason=r", "adopt\nkey=meraki\nfrom=x\nstep=save",
		"vendor\ndo=add\nstep=save\nname=Contoso\ncategory=RMM\nparts=a public\\nb\naddress=https://x.contoso.com\ninterval=3",
		"vendor\ndo=remove\nvendor=contoso\nstep=save", "import\nstep=page", "demo\ndo=remove", "keys\nfilter=x\npage=2", "history\nkey=ninjaone\npage=-1",
		"audit\nfilter=a\npage=99999999999", "key\nkey=", "key\nvendor=ninja/", "cancel", "help\nverb=add", "nonsense\n=\n=x",
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
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		reply := a.Desk.Handle(ctx, desk.Turn{Person: catalog.Person{ID: id, Name: names[id]}, Chat: catalog.Chat{Kind: catalog.Personal},
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

// state is all that a change would show in.
func state(a *app.App) string {
	all, err := json.Marshal(map[string]any{"keys": a.Vault.Keys(), "vendors": a.Catalog.Owns()})
	if err != nil {
		return err.Error()
	}
	return string(all)
}
