package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/bot/directory"
	"keydesk/bot/teams"
	"keydesk/catalog"
)

const (
	botID     = "0a0a0a0a-1111-4222-8333-444444444444"
	botTenant = "0b0b0b0b-1111-4222-8333-444444444444"
)

// inTeams is an App behind the endpoint that Teams would reach: signed activities come in, a connector takes
// what is posted, and the questions to the directory are counted.
type inTeams struct {
	t        testing.TB
	app      *app.App
	signer   *bottest.Signer
	cloud    *bottest.Connector
	endpoint *teams.Endpoint
	client   *bottest.Client
	asked    atomic.Int64
	source   desk.Directory
	logs     syncBuffer // empty unless something went wrong
}

// newInTeams puts Microsoft's side around an App: over HTTP, or in process for the clock of a bubble.
func newInTeams(t testing.TB, a *app.App, overHTTP bool) *inTeams {
	t.Helper()
	w := &inTeams{t: t, app: a, source: a.Desk.Directory}
	if overHTTP {
		w.cloud = bottest.NewConnector()
		t.Cleanup(w.cloud.Close)
		w.signer = bottest.NewSigner(botID, botTenant, w.cloud.URL())
		t.Cleanup(w.signer.Close)
	} else {
		w.cloud = bottest.ConnectorInProcess()
		w.signer = bottest.SignerInProcess(botID, botTenant, w.cloud.URL())
	}
	logger := slog.New(slog.NewTextHandler(&w.logs, nil))
	hosts := func(host string) bool { return host == "127.0.0.1" }
	connector := teams.NewConnector(teams.ConnectorConfig{AppID: botID, Tenant: botTenant, Hosts: hosts,
		Credential: token("obviously-fake-token"), Client: w.cloud.Client(), Chats: a.Vault,
		Logger: logger})
	a.Desk.Poster = connector
	a.Desk.Directory = counted{w.source, directory.New(w)}
	w.endpoint = teams.New(teams.Config{Desk: a.Desk, Connector: connector, AppID: botID, Logger: logger,
		Inbound: teams.RequireTokens(teams.TokenConfig{AppID: botID, Tenant: botTenant, Hosts: hosts,
			MetadataURL: w.signer.MetadataURL(), Client: w.signer.Client()})})
	w.client = &bottest.Client{Signer: w.signer, URL: "http://bot.test/api/messages",
		HTTP: &http.Client{Transport: bottest.Direct(w.endpoint)}}
	if overHTTP {
		server := httptest.NewServer(w.endpoint)
		t.Cleanup(server.Close)
		w.client.URL, w.client.HTTP = server.URL+"/api/messages", server.Client()
		server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	}
	return w
}

// Roles is the source behind the directory's cache.
func (w *inTeams) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	w.asked.Add(1)
	return w.source.FreshRoles(ctx, id)
}

// counted answers from the cache, as in Azure.
type counted struct {
	desk.Directory
	cache *directory.Cache
}

func (d counted) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	return d.cache.Roles(ctx, id)
}

func (d counted) FreshRoles(ctx context.Context, id string) (catalog.Roles, error) {
	return d.cache.FreshRoles(ctx, id)
}

// send posts a signed activity, which must be taken, and returns what the HTTP answer says.
func (w *inTeams) send(a bottest.Activity) bottest.Envelope {
	w.t.Helper()
	ans, err := w.client.Send(w.t.Context(), a)
	if err != nil || ans.Status != http.StatusOK {
		w.t.Fatalf("%v %d %s", err, ans.Status, ans.Body)
	}
	return ans.Envelope()
}

// pressed makes the data of a button with what was entered.
func pressed(c card, title string, inputs ...string) map[string]any {
	data := map[string]any{}
	for name, v := range c.data[title] {
		data[name] = v
	}
	for i := 0; i < len(inputs); i += 2 {
		data[inputs[i]] = inputs[i+1]
	}
	return data
}
