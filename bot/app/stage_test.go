package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/bottest"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// stage is one whole Keydesk whose network ends in this process, and what a flow works with. Harm may come to
// its vault, its chats and its directory.
type stage struct {
	t     *testing.T
	a     *app.App
	vault *harmful
	chat  *harmful
	roles *moody
	teams *bottest.Connector
	log   logged

	file   *embedded.Vault
	client *azsecrets.Client
	who    string
	card   desk.Reply // that is acted on
	last   onCard     // what the pressed card shows
	tokens []string   // of all links; the last is acted on
	given  int        // how often a value came out
	told   []string   // what was said

	twice   bool // they pressed twice
	entered bool // they were told that a page has stored it

	side   string // where harm comes from
	how    harm
	was    held // before the flow
	known  int  // events before it
	posted int  // cards before it
}

// onCard is a card in the place of the pressed one.
type onCard struct {
	at   time.Time
	card string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := emptyStage(t)
	for _, person := range []string{admin, noc} {
		err := s.a.Vault.SaveChat(t.Context(), vault.Chat{Person: person, Conversation: "chat-" + person,
			ServiceURL: s.teams.URL()})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// emptyStage is one where nobody has a chat yet.
func emptyStage(t *testing.T) *stage {
	t.Helper()
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, file: file, who: admin, teams: bottest.ConnectorInProcess()}
	s.vault = &harmful{server: file.Do, challenge: true}
	s.chat = &harmful{server: bottest.Direct(s.teams).RoundTrip}
	if err := s.run(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	s.client, err = azsecrets.NewClient("https://vault.localhost", s, &azsecrets.ClientOptions{
		DisableChallengeResourceVerification: true, ClientOptions: azcore.ClientOptions{Transport: file}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts a Keydesk on the stage's vault.
func (s *stage) run(data string) (err error) {
	logger := slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.a, err = app.New(s.t.Context(), app.Config{PerMinute: 1000, Logger: logger,
		Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: data,
			LinkTTL: 15 * time.Minute},
		Vault: &vault.Config{URL: "https://vault.localhost", Credential: s, OutsideMicrosoft: true,
			Transport: s.vault}})
	if err != nil {
		return err
	}
	s.roles = &moody{Directory: s.a.Desk.Directory}
	s.a.Desk.Directory = s.roles
	client := s.teams.Client()
	client.Transport, client.Timeout = s.chat, 10*time.Second
	s.a.Desk.Poster = teams.NewConnector(teams.ConnectorConfig{AppID: "bot", Client: client,
		Chats: s.a.Vault, Logger: logger, Hosts: func(host string) bool { return host == "127.0.0.1" }})
	return nil
}

// end lets go of everything that a bubble must not leave behind.
func (s *stage) end() {
	s.a.Desk.Close(s.t.Context())
	s.a.Abandon()
	_ = s.file.Close()
}

// later lets time pass, and waits for what happens then.
func (s *stage) later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// GetToken is the credential of the vault.
func (s *stage) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.file.Token(), ExpiresOn: time.Now().Add(240 * time.Hour)}, nil
}

func (s *stage) turn(t desk.Turn) desk.Reply {
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute) // as a turn has
	defer cancel()
	t.Person, t.Chat = catalog.Person{ID: s.who, Name: names[s.who]}, catalog.Chat{ID: "c", Kind: catalog.Personal}
	return s.a.Desk.Handle(ctx, t)
}

// say types a line and keeps the card that answers.
func (s *stage) say(line string) {
	s.card = s.turn(desk.Turn{Text: line})
	s.last = onCard{time.Now(), said(s.card)}
}

// ask types a line and returns what is said then.
func (s *stage) ask(line string) string { return said(s.turn(desk.Turn{Text: line})) }

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
	r := s.turn(desk.Turn{Verb: data["verb"], Data: data, Card: "1"})
	if r.Error == "" && !r.New {
		s.last = onCard{time.Now(), said(r)}
	}
	return r
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
	s.tokens = append(s.tokens, url[len(url)-43:])
	return true
}

// token is of the link that is acted on.
func (s *stage) token() string { return s.tokens[len(s.tokens)-1] }

// have stores a Meraki key.
func (s *stage) have() {
	s.t.Helper()
	s.say("add meraki")
	got := said(s.press("Save to Vault", "part.api_key", firstKey, "interval", "90", "expiry", "2001-01-01"))
	if !strings.Contains(got, "✓ Stored") {
		s.t.Fatal(got)
	}
	s.later(time.Second) // what comes now comes later
}

// logged is what the process tells of itself.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
