package app_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// faulty lets calls to Key Vault through, counts them, and does to one kind of them what it was told.
type faulty struct {
	next policy.Transporter

	mu    sync.Mutex
	calls []string // method and kind of name
	kind  string   // the calls that fail; "" none
	cut   string   // calls that get no answer once one of kind was made
	made  bool     // one of kind was
	how   fault
}

// fault answers in the vault's place. after says that the effect happens all the same.
type fault struct {
	name   string
	status int
	header string // Retry-After
	after  bool
}

var faultKinds = []fault{
	{name: "403", status: http.StatusForbidden},
	{name: "409", status: http.StatusConflict},
	{name: "429", status: http.StatusTooManyRequests},
	{name: "429 for long", status: http.StatusTooManyRequests, header: "3600"},
	{name: "503", status: http.StatusServiceUnavailable},
	{name: "nothing"},
	{name: "cut after the effect", after: true},
}

func (f *faulty) Do(r *http.Request) (*http.Response, error) {
	kind := kindOf(r)
	f.mu.Lock()
	f.calls = append(f.calls, kind)
	fails, how := f.kind == kind, f.how
	f.made = f.made || fails
	if f.made && f.cut == kind {
		fails, how = true, fault{}
	}
	f.mu.Unlock()
	if !fails || r.Header.Get("Authorization") == "" { // the challenge is no call
		return f.next.Do(r)
	}
	if how.after {
		res, err := f.next.Do(r)
		if err == nil {
			res.Body.Close()
		}
	}
	if how.status == 0 {
		return nil, errors.New("the connection was cut (a test's fault)")
	}
	res := &http.Response{StatusCode: how.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Test","message":"caller 1111 in vault secret-place"}}`))}
	if how.header != "" {
		res.Header.Set("Retry-After", how.header)
	}
	return res, nil
}

// kindOf is "PUT key", "DELETE link", ...
func kindOf(r *http.Request) string {
	name := strings.TrimPrefix(r.URL.Path, "/secrets/")
	for _, own := range []string{"link", "audit", "chat", "ticket", "note", "settings"} {
		if strings.HasPrefix(name, "keydesk-"+own) {
			return r.Method + " " + own
		}
	}
	if strings.HasSuffix(r.URL.Path, "/versions") {
		return r.Method + " versions"
	}
	return r.Method + " key"
}

func (f *faulty) set(kind string, how fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kind, f.how, f.calls, f.cut, f.made = kind, how, nil, "", false
}

// also lets calls of another kind end without an answer after the first that fails.
func (f *faulty) also(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = kind
}

// flow is something people do; it returns the last sentence, and whether it worked.
type flow struct {
	name  string
	kinds []string // the upstream calls in it
	do    func(t *testing.T, c *client, g *grid) (text string, done bool)
}

// grid is what a flow works on.
type grid struct {
	form, offer card
	url         string
}

func (g *grid) prepare(t *testing.T, c *client, name string) {
	switch name {
	case "add":
		g.form = c.say(admin, "add meraki")
	case "rotate":
		g.form = c.say(admin, "rotate ninja")
	case "reveal":
		g.offer = c.say(l1, "get ninja")
	case "claim":
		link, fault := c.press(l1, c.say(l1, "get ninja"), "Reveal", nil)
		if g.url = link.urls["Open"]; g.url == "" {
			t.Fatal("no link: ", fault)
		}
	}
}

var flows = []flow{
	{"add", []string{"GET key", "PUT key", "PUT audit"}, func(t *testing.T, c *client, g *grid) (string, bool) {
		got, fault := c.press(admin, g.form, "Save to Vault", map[string]string{"part.api_key": strings.Repeat("a", 40)})
		return fault + got.json, strings.Contains(got.json, "Stored") && fault == ""
	}},
	{"rotate", []string{"GET key", "PUT key", "PUT audit"}, func(t *testing.T, c *client, g *grid) (string, bool) {
		got, fault := c.press(admin, g.form, "Save to Vault", with("part.client_secret", secondKey))
		return fault + got.json, strings.Contains(got.json, "Rotated") && fault == ""
	}},
	{"reveal", []string{"PUT link", "PUT audit"}, func(t *testing.T, c *client, g *grid) (string, bool) {
		got, fault := c.press(l1, g.offer, "Reveal", nil)
		return fault + got.json, got.urls["Open"] != "" && fault == ""
	}},
	{"claim", []string{"DELETE link", "GET key", "PUT audit"}, func(t *testing.T, c *client, g *grid) (string, bool) {
		res, err := http.Post(g.url, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return string(body), res.StatusCode == http.StatusOK
	}},
	{"history", []string{"GET versions"}, func(t *testing.T, c *client, g *grid) (string, bool) {
		got := c.say(l1, "history ninja")
		return got.json, strings.Contains(got.json, "current version")
	}},
}

// TestFaults: each flow, each upstream call in it, each way Key Vault can fail. People get a sentence and never
// Azure's words; nothing acknowledged is lost; the next try works (a claim's link may be burnt); the log stays whole.
func TestFaults(t *testing.T) {
	for _, fl := range flows {
		for _, kind := range fl.kinds {
			for _, how := range faultKinds {
				t.Run(fl.name+"/"+kind+"/"+how.name, func(t *testing.T) {
					t.Parallel()
					tryFault(t, fl, kind, how)
				})
			}
		}
	}
}

func tryFault(t *testing.T, fl flow, kind string, how fault) {
	f := &faulty{}
	settings := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 5 * time.Minute}
	a, stop := runWith(t, app.Config{Settings: settings, Transport: func(next policy.Transporter) policy.Transporter {
		f.next = next
		return f
	}})
	c := connect(t, a)
	add(t, c, good)
	c.say(l1, "whoami") // so that its chat is known
	var g grid
	g.prepare(t, c, fl.name)

	f.set(kind, how)
	text, done := fl.do(t, c, &g)
	for _, raw := range []string{"secret-place", "caller 1111", "a test's fault"} {
		if strings.Contains(text, raw) {
			t.Errorf("the answer shows the vault's own words: %s", text)
		}
	}
	if text == "" {
		t.Error("no answer")
	}
	if done && !how.after {
		t.Errorf("it says it worked, though %s failed: %s", kind, text)
	}
	f.set("", fault{})
	if fl.name == "claim" {
		if done && how.after && kind == "DELETE link" {
			t.Error("a claim whose delete was unclear gave the value")
		}
		g.prepare(t, c, fl.name) // the link may be burnt: ask again
	}
	if again, ok := fl.do(t, c, &g); !ok {
		t.Errorf("the next try did not work: %s; first: %s", again, text)
	}
	versions := strings.Count(c.say(admin, "history ninja").json, "version ")
	if want := map[bool]int{true: 2, false: 1}[fl.name == "rotate"]; versions < want {
		t.Errorf("%d versions are left, want at least %d", versions, want)
	}
	if fl.name == "reveal" && kind == "PUT link" && !how.after {
		wants(t, "the log", c.say(admin, "audit get"), "failed")
	}
	stop()
	report, err := app.VerifyLog(t.Context(), settings, audit.VerifyOptions{})
	if err != nil || !report.OK() {
		t.Errorf("the log: %v %v", err, report.Faults)
	}
}
