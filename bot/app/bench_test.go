package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// many is how many keys the budgets are for.
const many = 5000

// filled makes a vault file with n keys and returns its folder.
func filled(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(dir, "vault.db"),
		URL: "https://sandbox.vault.localhost", NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	cat, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	store, err := vault.Open(b.Context(), vault.Config{URL: "https://sandbox.vault.localhost",
		Credential: token(file.Token()), Transport: file, OutsideMicrosoft: true, Catalog: cat})
	if err != nil {
		b.Fatal(err)
	}
	vendors := cat.Vendors()
	for i := range n {
		v := vendors[i%len(vendors)]
		parts := vault.Parts{}
		for _, p := range v.Parts {
			parts[p.Name] = vault.NewSecret("obviously-fake-value-" + strconv.Itoa(i))
		}
		k := catalog.Key{Name: catalog.KeyName{Vendor: v.ID, Label: fmt.Sprintf("customer-%d", i)},
			IntervalDays: 1 + i%365, Rotated: time.Now(), Op: "BENCH",
			Owner: catalog.Person{ID: admin, Name: "Admin"}}
		if _, err := store.Create(b.Context(), k, parts); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// stopwatch sums the time in which calls to Key Vault are under way: the embedded one is quick, not instant.
type stopwatch struct {
	next policy.Transporter

	mu    sync.Mutex
	open  int
	since time.Time
	sum   time.Duration
}

func (s *stopwatch) Do(r *http.Request) (*http.Response, error) {
	s.count(1)
	defer s.count(-1)
	return s.next.Do(r)
}

func (s *stopwatch) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.open > 0 {
		s.sum += now.Sub(s.since)
	}
	s.open, s.since = s.open+n, now
}

func (s *stopwatch) total() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum
}

// instant runs an App over the embedded vault, which does not wait for the disk, with a watch on its calls.
func instant(b *testing.B, n, perMinute int) (*app.App, *stopwatch) {
	b.Helper()
	dir := filled(b, n)
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(dir, "vault.db"),
		URL: "https://sandbox.vault.localhost", NoSync: true, Authorize: func(string) bool { return true }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = file.Close() })
	watch := &stopwatch{next: file}
	a, err := app.New(b.Context(), app.Config{PerMinute: perMinute,
		Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: b.TempDir(),
			LinkTTL: 5 * time.Minute},
		Transport: func(policy.Transporter) policy.Transporter { return watch }})
	if err != nil {
		b.Fatal(err)
	}
	return a, watch
}

// BenchmarkOwnTime is the time of each command with 5,000 keys, with the embedded vault's part and without it
// (own): the budget is for the own time. It ends where the connector's or the page's part begins.
func BenchmarkOwnTime(b *testing.B) {
	a, watch := instant(b, many, 1_000_000)
	turn := func(text string) desk.Turn {
		return desk.Turn{Person: catalog.Person{ID: admin, Name: "Admin"},
			Chat: catalog.Chat{ID: "c", Kind: catalog.Personal}, Text: text}
	}
	press := func(on desk.Reply, verb string, inputs map[string]string) desk.Reply {
		raw, err := json.Marshal(on.Card)
		if err != nil {
			b.Fatal(err)
		}
		c := read("1", raw)
		for _, data := range c.data {
			if data["verb"] == verb && (data["step"] != "page" || verb == "import") {
				t := turn("")
				t.Verb, t.Data, t.Card = verb, data, "1"
				for k, v := range inputs {
					t.Data[k] = v
				}
				return a.Desk.Handle(b.Context(), t)
			}
		}
		b.Fatalf("no button %s on %s", verb, raw)
		return desk.Reply{}
	}
	for line, want := range map[string]string{"help": "You can type", "keys": "5000 keys",
		"keys rmm": "942 keys", "vendors": "32 in all", "key ninja/customer-0": "ninjaone--customer-0",
		"get ninja/customer-0 ticket 4711": "ticket 4711"} {
		b.Run(line, func(b *testing.B) {
			timed(b, watch, nil, func() { draw(b, a.Desk.Handle(b.Context(), turn(line)), want) })
		})
	}
	var on desk.Reply
	offer := func() { on = a.Desk.Handle(b.Context(), turn("get ninja/customer-0")) }
	var url string
	b.Run("reveal", func(b *testing.B) {
		timed(b, watch, func() {
			if url != "" { // as in life: few links are open at a time
				_, _ = a.Desk.Claim(b.Context(), url[len(url)-43:], nil)
			}
			offer()
		}, func() {
			on = press(on, "reveal", nil)
			url = address(b, on)
		})
	})
	b.Run("claim", func(b *testing.B) {
		timed(b, watch, func() { offer(); url = address(b, press(on, "reveal", nil)) }, func() {
			if _, err := a.Desk.Claim(b.Context(), url[len(url)-43:], nil); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("edit", func(b *testing.B) {
		days := 0
		timed(b, watch, nil, func() {
			days = days%365 + 1
			line := fmt.Sprint("edit sentinelone/customer-11 interval=", days)
			draw(b, a.Desk.Handle(b.Context(), turn(line)), "Changed")
		})
	})
	b.Run("import of 200", func(b *testing.B) {
		n := 0
		var file strings.Builder
		timed(b, watch, func() {
			file.Reset()
			file.WriteString("vendor,label,value\n")
			for range 200 {
				n++
				fmt.Fprintf(&file, "meraki,bench-%d,obviously-fake-%d\n", n, n)
			}
			url = address(b, press(desk.Reply{Card: a.Desk.Handle(b.Context(), turn("import")).Card}, "import", nil))
		}, func() {
			_, err := a.Desk.ImportSheet(b.Context(), url[len(url)-43:], nil, []byte(file.String()),
				func(desk.SheetRow) {})
			if err != nil {
				b.Fatal(err)
			}
		})
	})
	form := func() { on = a.Desk.Handle(b.Context(), turn("rotate meraki/customer-19")) }
	b.Run("rotate", func(b *testing.B) {
		timed(b, watch, form, func() {
			draw(b, press(on, "rotate", map[string]string{"part.api_key": "obviously-fake-value-new"}), "Rotated")
		})
	})
	ask := func() {
		r := a.Desk.Handle(b.Context(), turnOf(l2, map[string]string{"verb": "rotate", "key": "meraki/customer-19",
			"step": "save", "part.api_key": "obviously-fake-value-new", "reason": "rotated at the vendor"}, ""))
		draw(b, r, "Withdraw")
	}
	b.Run("approve a rotation", func(b *testing.B) {
		timed(b, watch, ask, func() {
			all := a.Vault.Requests() // those that were decided are cleared away a moment later
			id := all[len(all)-1].ID
			r := a.Desk.Handle(b.Context(), turnOf(admin, map[string]string{"verb": "approve", "request": id}, ""))
			draw(b, r, "Approved by Admin")
		})
	})
}

// timed runs do b.N times, each after before, and reports the p99 of all its time, of its own, and of what it
// costs of the cores with the vault's part: other work on the machine does not count in that.
func timed(b *testing.B, watch *stopwatch, before, do func()) {
	b.ReportAllocs()
	var all, own, cpu []time.Duration
	for b.Loop() {
		if before != nil {
			b.StopTimer()
			before()
			b.StartTimer()
		}
		used, began, elsewhere := cpuTime(), time.Now(), watch.total()
		do()
		took := time.Since(began)
		all, own = append(all, took), append(own, took-(watch.total()-elsewhere))
		cpu = append(cpu, cpuTime()-used)
	}
	for name, times := range map[string][]time.Duration{"p99-µs": all, "own-p99-µs": own, "cpu-p99-µs": cpu} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), name)
	}
}

// draw makes the card's JSON, and checks that it is the card that was meant.
func draw(b *testing.B, r desk.Reply, want string) {
	raw, err := json.Marshal(r.Card)
	if err != nil || r.Error != "" || !strings.Contains(string(raw), want) {
		b.Fatalf("%v %s %s, want %q", err, r.Error, raw, want)
	}
}

func address(b *testing.B, r desk.Reply) string {
	raw, err := json.Marshal(r.Card)
	if err != nil {
		b.Fatal(err)
	}
	return read("1", raw).urls["Open"]
}

// BenchmarkStart is from nothing to ready, the file on disk, with the heap and stacks it then needs.
func BenchmarkStart(b *testing.B) {
	for _, n := range []int{100, many} {
		b.Run(fmt.Sprint(n, " keys"), func(b *testing.B) {
			dir := filled(b, n)
			for b.Loop() {
				a, err := app.New(b.Context(), app.Config{Settings: config.Config{
					Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: dir, LinkTTL: 5 * time.Minute}})
				if err != nil {
					b.Fatal(err)
				}
				if got := len(a.Vault.Keys()); got != n {
					b.Fatalf("%d keys, want %d", got, n)
				}
				b.StopTimer()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc+m.StackInuse)/1e6, "MB")
				a.Abandon()
				b.StartTimer()
			}
		})
	}
}

// token is the credential of a vault in this process.
type token string

func (t token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}
