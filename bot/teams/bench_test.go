package teams_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
)

// BenchmarkServed is a signed activity over HTTP, checked, handled and answered by a card through the
// connector, with the load generator and Microsoft's side in the same process. Every person writes in a chat
// of their own.
func BenchmarkServed(b *testing.B) {
	answer := desk.Reply{Card: card("Here you are")}
	w := newWorld(b, func(context.Context, desk.Turn) desk.Reply { return answer })
	w.cloud.Quiet()
	bearer := "Bearer " + w.signer.Token()
	message := variants(b, w, func(p bottest.Person) bottest.Activity { return w.signer.Message(p, "help") })
	press := variants(b, w, func(p bottest.Person) bottest.Activity {
		return w.signer.Execute(p, "1700", "help", map[string]any{"verb": "help"})
	})
	for name, next := range map[string]func() []byte{"message": message, "invoke": press} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(8)
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
			b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
		})
	}
}

// variants gives the activity again and again, each time with another id and, of 20,000, another person's
// chat.
func variants(b *testing.B, w *world, of func(bottest.Person) bottest.Activity) (next func() []byte) {
	b.Helper()
	const id = "0a1b2c3d-0000-4000-8000-00000000ZZZZ"
	a := of(bottest.Person{ID: id, Name: "An L2 technician"}).With("id", "IDIDID")
	body, err := json.Marshal(a)
	if err != nil {
		b.Fatal(err)
	}
	var count atomic.Int64
	return func() []byte {
		n := count.Add(1)
		out := make([]byte, 0, len(body)+64)
		for i := 0; i < len(body); {
			switch {
			case body[i] == 'Z' && string(body[i:i+4]) == "ZZZZ":
				out, i = strconv.AppendInt(out, 100_000+n%20_000, 10), i+4
			case body[i] == 'I' && i+6 <= len(body) && string(body[i:i+6]) == "IDIDID":
				out, i = strconv.AppendInt(out, 1_700_000_000_000+n, 10), i+6
			default:
				out, i = append(out, body[i]), i+1
			}
		}
		return out
	}
}
