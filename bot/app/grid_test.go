package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// harm is what happens to a call to Key Vault.
type harm struct {
	name   string
	status int
	after  string // Retry-After
	effect bool   // it happens all the same, and the answer is lost
	hangs  bool   // no answer before the caller gives up
}

var harms = []harm{
	{name: "403", status: 403}, {name: "404", status: 404}, {name: "409", status: 409}, {name: "429", status: 429},
	{name: "429 in 1 s", status: 429, after: "1"}, {name: "429 in an hour", status: 429, after: "3600"},
	{name: "500", status: 500}, {name: "503", status: 503}, {name: "503 in 1 s", status: 503, after: "1"},
	{name: "time-out", hangs: true}, {name: "cut before", status: 0}, {name: "cut after the effect", effect: true},
	{name: "late, with the effect", effect: true, hangs: true},
}

// harmful stands before the vault: from call number from to number to, each comes to harm.
type harmful struct {
	vault policy.Transporter

	mu       sync.Mutex
	calls    []string
	from, to int
	harm     harm
}

func (h *harmful) set(from, to int, how harm) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls, h.from, h.to, h.harm = nil, from, to, how
}

func (h *harmful) Do(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" {
		return h.vault.Do(r) // the challenge
	}
	h.mu.Lock()
	h.calls = append(h.calls, kindOf(r))
	n, how := len(h.calls), h.harm
	hit := h.from <= n && n <= h.to
	h.mu.Unlock()
	if !hit {
		return h.vault.Do(r)
	}
	if how.effect {
		if res, err := h.vault.Do(r.Clone(context.WithoutCancel(r.Context()))); err == nil {
			res.Body.Close()
		}
	}
	switch {
	case how.hangs:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case how.status == 0:
		return nil, errors.New("the connection was cut (a test's fault)")
	}
	res := &http.Response{StatusCode: how.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Test","message":"caller 1111 in vault secret-place"}}`))}
	if how.after != "" {
		res.Header.Set("Retry-After", how.after)
	}
	return res, nil
}

// stage is one whole Keydesk without its network, and what a flow works with.
type stage struct {
	t      *testing.T
	a      *app.App
	harm   *harmful
	file   *embedded.Vault
	client *azsecrets.Client
	card   desk.Reply // that is acted on
	token  string
	given  int // how often a value came out
}

func newStage(t *testing.T) *stage {
	t.Helper()
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, file: file, harm: &harmful{vault: file}}
	s.a, err = app.New(t.Context(), app.Config{PerMinute: 1000,
		Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(), LinkTTL: 15 * time.Minute},
		Vault:    &vault.Config{URL: "https://vault.localhost", Credential: s, OutsideMicrosoft: true, Transport: s.harm}})
	if err != nil {
		t.Fatal(err)
	}
	s.client, err = azsecrets.NewClient("https://vault.localhost", s, &azsecrets.ClientOptions{DisableChallengeResourceVerification: true,
		ClientOptions: azcore.ClientOptions{Transport: file}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// end lets go of everything that a bubble must not leave behind.
func (s *stage) end() {
	s.a.Desk.Close(s.t.Context())
	s.a.Abandon()
	_ = s.file.Close()
}

// GetToken is the credential of the vault.
func (s *stage) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.file.Token(), ExpiresOn: time.Now().Add(240 * time.Hour)}, nil
}

func (s *stage) turn(t desk.Turn) desk.Reply {
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute) // as a turn has
	defer cancel()
	t.Person, t.Chat = catalog.Person{ID: admin, Name: "Admin"}, catalog.Chat{ID: "c", Kind: catalog.Personal}
	return s.a.Desk.Handle(ctx, t)
}

// say types a line and keeps the card that answers.
func (s *stage) say(line string) { s.card = s.turn(desk.Turn{Text: line}) }

// press presses a button of the kept card, and returns what is said then.
func (s *stage) press(title string, inputs ...string) desk.Reply {
	s.t.Helper()
	raw, err := json.Marshal(s.card.Card)
	if err != nil {
		s.t.Fatal(err)
	}
	c := read("1", raw)
	data, ok := c.data[title]
	if !ok {
		s.t.Fatalf("no button %q on %s %s", title, s.card.Error, raw)
	}
	for i := 0; i < len(inputs); i += 2 {
		data[inputs[i]] = inputs[i+1]
	}
	return s.turn(desk.Turn{Verb: data["verb"], Data: data, Card: "1"})
}

func said(r desk.Reply) string {
	raw, err := json.Marshal(r.Card)
	if err != nil {
		return err.Error()
	}
	return r.Error + strings.NewReplacer(`\\`, "").Replace(string(raw))
}

// link presses a button whose card leads to a page, and keeps the page's token.
func (s *stage) link(title string) {
	s.t.Helper()
	if !s.follows(said(s.press(title))) {
		s.t.Fatal("no link")
	}
}

// follows keeps the token of the link on a card, if there is one.
func (s *stage) follows(card string) bool {
	url := read("1", []byte(card)).urls["Open"]
	if len(url) < 43 {
		return false
	}
	s.token = url[len(url)-43:]
	return true
}

// value is what a secret holds; "" when there is none.
func (s *stage) value(name string) string {
	r, err := s.client.GetSecret(s.t.Context(), name, "", nil)
	if err != nil {
		return ""
	}
	return *r.Value
}

func (s *stage) tag(name, tag string) string {
	r, err := s.client.GetSecret(s.t.Context(), name, "", nil)
	if err != nil || r.Tags[tag] == nil {
		return ""
	}
	return *r.Tags[tag]
}

// have stores a Meraki key.
func (s *stage) have() {
	s.t.Helper()
	s.say("add meraki")
	if got := said(s.press("Save to Vault", "part.api_key", firstKey, "interval", "90")); !strings.Contains(got, "✓ Stored") {
		s.t.Fatal(got)
	}
}

// cellOf plays one square of the grid: one flow, one of its calls, one harm, once or from there on.
func cellOf(t *testing.T, f gridFlow, from, to int, how harm) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		f.prepare(s)
		before := len(s.a.Log.Recent(1000, nil))
		s.harm.set(from, to, how)
		first := f.act(s)
		s.harm.set(0, 0, harm{})
		time.Sleep(3 * time.Minute) // what is late arrives; then somebody looks
		synctest.Wait()
		s.truth(f, first)
		s.a.Desk.Tend(t.Context(), time.Now())
		s.events(f, before, first)
		if err := s.a.Vault.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
		s.next(f, first)
		s.quiet(first)
	})
}

// truth: what the person was told is what the vault has.
func (s *stage) truth(f gridFlow, told string) {
	s.t.Helper()
	worked := strings.Contains(told, f.done)
	unsure := slices.ContainsFunc([]string{"not known", "The change was made", "changed again"}, func(w string) bool { return strings.Contains(told, w) })
	switch {
	case told == "":
		s.t.Error("nothing was said")
	case f.did == nil:
	case worked && !f.did(s):
		s.t.Errorf("told that it is done, and it is not: %.300s", told)
	case !worked && !unsure && f.did(s):
		s.t.Errorf("it is done, and this was told: %.300s", told)
	}
}

// events: an effect has its intent and exactly one end, which is true.
func (s *stage) events(f gridFlow, before int, told string) {
	s.t.Helper()
	if f.did == nil {
		return
	}
	all := s.a.Log.Recent(1000, nil)
	all = all[:len(all)-before]
	intents, ends := 0, []audit.Event{}
	for _, e := range all {
		switch {
		case e.Action != f.action || f.key != "" && e.Key != f.key:
		case e.Outcome == audit.Intent:
			intents++
		default:
			ends = append(ends, e)
		}
	}
	did := f.did(s)
	if open := s.a.Log.Unfinished(time.Now().Add(time.Hour)); len(open) > 0 {
		s.t.Errorf("intents without an end after reconciliation: %v (%.200s)", open, told)
	}
	if did && intents == 0 && !f.noIntent {
		s.t.Errorf("an effect without an intent: %v", all)
	}
	good := slices.ContainsFunc(ends, func(e audit.Event) bool {
		return e.Outcome == audit.OK || e.Outcome == audit.Found && (e.Note == "it was done" || strings.Contains(e.Note, "both names"))
	})
	if did != good {
		s.t.Errorf("done: %v, but the log has %v (%.200s)", did, ends, told)
	}
}

// next: with the vault back, the same press works or is answered as done, and the effect is there once.
func (s *stage) next(f gridFlow, first string) {
	s.t.Helper()
	again := f.act(s)
	if !strings.Contains(again, f.done) && !slices.ContainsFunc(f.over, func(w string) bool { return strings.Contains(again, w) }) {
		s.t.Errorf("after %.200s\nthe next try says %.300s", first, again)
	}
	if f.did != nil && !f.did(s) {
		s.t.Errorf("after the next try it is not done: %.300s", again)
	}
	if f.check != nil {
		f.check(s)
	}
}

// quiet: no value, and nothing of Azure's words, is told or written down.
func (s *stage) quiet(told string) {
	s.t.Helper()
	for _, e := range s.a.Log.Recent(1000, nil) {
		told += e.Note + e.Key
	}
	for _, no := range []string{firstKey, secondKey, "1111", "secret-place", s.token + "!"} {
		if strings.Contains(told, no) {
			s.t.Errorf("%q came out", no)
		}
	}
}

// TestGrid is every flow x every call to Key Vault in it x every harm, once and from there on.
func TestGrid(t *testing.T) {
	if testing.Short() {
		t.Skip("plays some thousand cells")
	}
	for _, f := range gridFlows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			synctest.Test(t, func(t *testing.T) { // learns how many calls there are
				s := newStage(t)
				defer s.end()
				f.prepare(s)
				s.harm.set(0, 0, harm{})
				if got := f.act(s); !strings.Contains(got, f.done) {
					t.Fatalf("without harm: %s", got)
				}
				calls = len(s.harm.calls)
			})
			for n := 1; n <= calls; n++ {
				for _, how := range harms {
					t.Run(fmt.Sprintf("call %d %s", n, how.name), func(t *testing.T) { cellOf(t, f, n, n, how) })
					t.Run(fmt.Sprintf("from call %d on %s", n, how.name), func(t *testing.T) { cellOf(t, f, n, 1e6, how) })
				}
			}
		})
	}
}
