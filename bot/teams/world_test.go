package teams_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
	"keydesk/cards"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID  = "0a0a0a0a-1111-4222-8333-444444444444"
	tenant = "0b0b0b0b-1111-4222-8333-444444444444"
	// ownToken is what the connector gets from the bot.
	ownToken = "obviously-fake-token-of-the-bot"
)

// world is a bot in Teams: the real endpoint and connector client against Microsoft's side.
type world struct {
	t        testing.TB
	signer   *bottest.Signer
	cloud    *bottest.Connector
	chats    *chats
	endpoint *teams.Endpoint
	post     *teams.Connector
	client   *bottest.Client
	log      *buffer
	person   bottest.Person
}

type handler func(ctx context.Context, t desk.Turn) desk.Reply

func (h handler) Handle(ctx context.Context, t desk.Turn) desk.Reply { return h(ctx, t) }

// newWorld runs a bot over real HTTP.
func newWorld(t testing.TB, h handler) *world {
	t.Helper()
	cloud := bottest.NewConnector()
	t.Cleanup(cloud.Close)
	signer := bottest.NewSigner(appID, tenant, cloud.URL())
	t.Cleanup(signer.Close)
	w := build(t, h, signer, cloud)
	server := httptest.NewServer(w.endpoint)
	t.Cleanup(server.Close)
	server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	w.client = &bottest.Client{Signer: signer, URL: server.URL + "/api/messages", HTTP: server.Client()}
	return w
}

// timeless runs a bot without a network, for the clock of a synctest bubble.
func timeless(t testing.TB, h handler) *world {
	t.Helper()
	cloud := bottest.ConnectorInProcess()
	signer := bottest.SignerInProcess(appID, tenant, cloud.URL())
	w := build(t, h, signer, cloud)
	w.client = &bottest.Client{Signer: signer, URL: "http://bot.test/api/messages",
		HTTP: &http.Client{Transport: bottest.Direct(w.endpoint)}}
	return w
}

func build(t testing.TB, h handler, signer *bottest.Signer, cloud *bottest.Connector) *world {
	w := &world{t: t, signer: signer, cloud: cloud, chats: &chats{}, log: &buffer{},
		person: bottest.NewPerson("An L2 technician")}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.post = teams.NewConnector(teams.ConnectorConfig{AppID: appID, Tenant: tenant, Credential: token{},
		Hosts:  thisMachine,
		Client: cloud.Client(), Chats: w.chats, Logger: log})
	inbound := teams.RequireTokens(teams.TokenConfig{AppID: appID, Tenant: tenant,
		MetadataURL: signer.MetadataURL(),
		Hosts:       thisMachine, Client: signer.Client()})
	w.endpoint = teams.New(teams.Config{Desk: h, Inbound: inbound, Connector: w.post, AppID: appID, Logger: log})
	t.Cleanup(func() {
		if err := w.endpoint.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{ownToken, "eyJ"} {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log has a token in it: %s", w.log.String())
			}
		}
	})
	return w
}

func thisMachine(host string) bool { return host == "127.0.0.1" }

// on is the world in a subtest.
func (w *world) on(t testing.TB) *world {
	sub := *w
	sub.t = t
	return &sub
}

// send posts an activity with a good token.
func (w *world) send(a bottest.Activity) bottest.Answer {
	w.t.Helper()
	return w.sendAs("Bearer "+w.signer.Token(), a)
}

func (w *world) sendAs(authorization string, a bottest.Activity) bottest.Answer {
	w.t.Helper()
	ans, err := w.client.SendAs(w.t.Context(), authorization, a)
	if err != nil {
		w.t.Fatal(err)
	}
	return ans
}

// ok posts an activity that must be answered with 200.
func (w *world) ok(a bottest.Activity) bottest.Answer {
	w.t.Helper()
	ans := w.send(a)
	if ans.Status != http.StatusOK {
		w.t.Fatalf("%d %s; log: %s", ans.Status, ans.Body, w.log)
	}
	return ans
}

// sent is the next call to the connector.
func (w *world) sent() bottest.Call {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	c, err := w.cloud.Next(ctx)
	if err != nil {
		w.t.Fatalf("%v; log: %s", err, w.log)
	}
	return c
}

// shows fails unless a call carries a card or a line with the text.
func (w *world) shows(c bottest.Call, method, conversation, text string) {
	w.t.Helper()
	if c.Method != method || c.Conversation != conversation || !strings.Contains(string(c.Raw), text) {
		w.t.Fatalf("got %s in %q: %s; want %s in %q with %q", c.Method, c.Conversation, c.Raw, method, conversation,
			text)
	}
}

// noMore fails when the connector was called more often than n times.
func (w *world) noMore(n int) {
	w.t.Helper()
	if calls := w.cloud.Calls(); len(calls) != n {
		w.t.Fatalf("%d calls, want %d: the last %s %s", len(calls), n, calls[len(calls)-1].Method,
			calls[len(calls)-1].Raw)
	}
}

func (w *world) own() string { return w.signer.OwnChat(w.person) }

func card(text string) cards.Card {
	return cards.Notice(cards.NoticeView{Title: text, Text: "A sentence."})
}

// echo answers with a card that has what came.
func echo(_ context.Context, t desk.Turn) desk.Reply {
	return desk.Reply{Card: card("Heard " + t.Text + t.Verb)}
}

// chats is a ChatStore in memory.
type chats struct {
	mu   sync.Mutex
	all  map[string]vault.Chat
	hang bool
	slow time.Duration // how long saving takes
}

func (c *chats) Chat(person string) (vault.Chat, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat, ok := c.all[person]
	return chat, ok
}

func (c *chats) SaveChat(ctx context.Context, chat vault.Chat) error {
	if c.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-time.After(c.slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]vault.Chat{}
	}
	c.all[chat.Person] = chat
	return nil
}

// token is the bot's credential.
type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: ownToken, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// buffer is a log that tests may read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// vaultChat is the person's own chat as it is kept.
func vaultChat(w *world) vault.Chat {
	return vault.Chat{Person: w.person.ID, Tenant: tenant, Conversation: w.own(), ServiceURL: w.cloud.URL()}
}
