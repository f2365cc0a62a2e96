package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

// crowd is how many people write: Teams' limits leave each of their chats two cards a second.
const crowd = 4000

// technicians is a directory in which everybody is L2.
type technicians struct{ desk.Directory }

func (technicians) FreshRoles(context.Context, string) (catalog.Roles, error) {
	return catalog.Roles(catalog.L2), nil
}

func inCrowd(n int64) bottest.Person {
	return bottest.Person{ID: fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", n%crowd), Name: "An L2 technician"}
}

// BenchmarkServed is a signed activity over HTTP, answered by the real desk over 5,000 keys with a card that
// is posted to a connector over TLS; the load generator and Microsoft's side are on the same cores.
// What one activity costs of a core (cpu-µs/op) tells the capacity also on a busy machine.
func BenchmarkServed(b *testing.B) {
	a, _ := instant(b, many, 1000)
	w := newInTeams(b, a, true)
	w.source = technicians{w.source}
	for n := range int64(crowd) { // they have all been here before
		p := inCrowd(n)
		if err := w.app.Vault.SaveChat(b.Context(), vault.Chat{Person: p.ID, Tenant: botTenant,
			Conversation: w.signer.OwnChat(p), ServiceURL: w.cloud.URL()}); err != nil {
			b.Fatal(err)
		}
		if _, err := w.app.Desk.Directory.Roles(b.Context(), p.ID); err != nil {
			b.Fatal(err)
		}
	}
	for line, want := range map[string]string{"help": "You can type", "keys": "5000 keys"} {
		w.send(w.signer.Message(inCrowd(0), line))
		calls := w.cloud.Calls()
		if card := string(calls[len(calls)-1].Body.Card()); !strings.Contains(card, want) {
			b.Fatalf("%s: %s", line, card)
		}
	}
	w.cloud.Quiet()
	bearer, count := "Bearer "+w.signer.Token(), new(atomic.Int64)
	for _, line := range []string{"help", "keys"} {
		next := w.lines(line, count)
		b.Run(line, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(8)
			began := cpuTime()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ans, err := w.client.SendRaw(b.Context(), bearer, next())
					if err != nil || ans.Status != http.StatusOK {
						b.Error(err, ans.Status)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "activities/s")
			b.ReportMetric(float64((cpuTime()-began).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
	if w.logs.String() != "" || w.asked.Load() != crowd {
		b.Errorf("%d questions to the directory; the log has %s", w.asked.Load(), w.logs.String())
	}
}

// cpuTime is what this process has used of all cores: other work on the machine does not count in it.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// lines gives the same line again and again, each time as another activity of the next person.
func (w *inTeams) lines(text string, count *atomic.Int64) (next func() []byte) {
	w.t.Helper()
	nobody := bottest.Person{ID: inCrowd(0).ID[:24] + "NOBODYNOBODY", Name: inCrowd(0).Name}
	body, err := json.Marshal(w.signer.Message(nobody, text).With("id", "IDID"))
	if err != nil {
		w.t.Fatal(err)
	}
	return func() []byte {
		n := count.Add(1)
		out := bytes.ReplaceAll(body, []byte(nobody.ID), []byte(inCrowd(n).ID))
		return bytes.Replace(out, []byte("IDID"), fmt.Append(nil, 1_700_000_000_000+n), 1)
	}
}
