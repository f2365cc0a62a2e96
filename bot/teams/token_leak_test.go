package teams_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/teams"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// TestOurTokenStaysWithTeams tries every way to have it sent elsewhere.
func TestOurTokenStaysWithTeams(t *testing.T) {
	var got atomic.Int32
	evil := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	defer evil.Close()
	plain := httptest.NewServer(evil.Config.Handler)
	defer plain.Close()
	w := newWorld(t, echo)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			w.cloud.Fail(bottest.Fault{Status: status, Location: evil.URL})
			if err := w.do(t.Context(), method); err == nil {
				t.Errorf("%s %d was followed or ignored", method, status)
			}
		}
	}
	strict := teams.NewConnector(teams.ConnectorConfig{AppID: appID, Credential: token{},
		Hosts: teams.TeamsHost, Client: evil.Client(),
		Chats: w.chats, Logger: discard()})
	to := w.chat()
	for _, url := range []string{evil.URL, plain.URL,
		"https://smba.trafficmanager.net@" + evil.Listener.Addr().String(), evil.URL + "/smba.trafficmanager.net",
		"http://smba.trafficmanager.net/", "https://smba.trafficmanager.net:8443/",
		"https://smba.trafficmanager.net/?to=", "", "https://evil.trafficmanager.net"} {
		to.ServiceURL = url
		if err := strict.Say(t.Context(), to, "x"); !errors.Is(err, teams.ErrHost) {
			t.Errorf("%s: %v", url, err)
		}
		_ = w.chats.SaveChat(t.Context(), vault.Chat{Person: w.person.ID, Conversation: "x", ServiceURL: url})
		if _, err := strict.Post(t.Context(), w.person.ID, card("x")); !errors.Is(err, teams.ErrHost) {
			t.Errorf("%s, from the vault: %v", url, err)
		}
	}
	to.ServiceURL = plain.URL
	if err := w.post.Say(t.Context(), to, "x"); !errors.Is(err, teams.ErrHost) {
		t.Error("a token over http:", err)
	}
	if got.Load() != 0 {
		t.Error("somebody else was called", got.Load(), "times")
	}
}

// noToken is a credential that fails with words that are for the log only.
type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("AADSTS7000215: the client secret is wrong")
}

func TestNoTokenNoCall(t *testing.T) {
	w := newWorld(t, echo)
	c := teams.NewConnector(teams.ConnectorConfig{AppID: appID, Credential: noToken{}, Hosts: thisMachine,
		Client: w.cloud.Client(), Chats: w.chats, Logger: slog.New(slog.NewTextHandler(w.log, nil))})
	for _, err := range []error{c.Say(t.Context(), w.chat(), "x"),
		c.Replace(t.Context(), w.chat(), "1", card("x"))} {
		if !errors.Is(err, teams.ErrNotSent) ||
			err.Error() != "the message was not sent: no token for the connector" {
			t.Error(err)
		}
	}
	w.noMore(0)
	if !strings.Contains(w.log.String(), "AADSTS7000215") {
		t.Error("the log does not say why:", w.log)
	}
}

// slowToken is a credential whose authority does not answer.
type slowToken struct{}

func (slowToken) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	<-ctx.Done()
	return azcore.AccessToken{}, ctx.Err()
}

func TestATokenIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := teams.NewConnector(teams.ConnectorConfig{AppID: appID, Credential: slowToken{}, Hosts: thisMachine,
			Chats: &chats{}, Logger: discard()})
		began := time.Now()
		to := teams.Conversation{ID: "a:1", ServiceURL: "https://127.0.0.1/"}
		if err := c.Say(t.Context(), to, "x"); !errors.Is(err, teams.ErrNotSent) ||
			time.Since(began) != 10*time.Second {
			t.Error(err, time.Since(began))
		}
	})
}

func TestTheSandboxSendsNoToken(t *testing.T) {
	var header atomic.Value
	cloud := bottest.ConnectorInProcess()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Get("Authorization"))
		cloud.ServeHTTP(w, r)
	}))
	defer server.Close()
	s := bottest.SignerInProcess(appID, tenant, server.URL)
	w := build(t, echo, s, cloud)
	post := teams.NewConnector(teams.ConnectorConfig{AppID: appID, Hosts: thisMachine, Client: server.Client(),
		Chats: w.chats, Logger: discard()})
	e := teams.New(teams.Config{Desk: handler(echo),
		Inbound: teams.TrustLoopback(func() string { return tenant }), Connector: post, AppID: appID,
		Logger: discard()})
	w.client = &bottest.Client{Signer: s, URL: "http://bot.test/",
		HTTP: &http.Client{Transport: bottest.Direct(e)}}
	good := s.Message(w.person, "keys")
	if ans := w.sendAs("", good); ans.Status != 200 || header.Load() != "" {
		t.Error(ans.Status, header.Load())
	}
	for name, a := range map[string]bottest.Activity{
		"another host": good.With("serviceUrl", "http://10.0.0.1/"), "Teams": good.With("serviceUrl",
			"https://smba.trafficmanager.net/emea/"),
		"user info":      good.With("serviceUrl", "http://127.0.0.1@evil.example/"),
		"another tenant": good.In("conversation", "tenantId", "other"),
		"a bot":          good.In("from", "id", "28:"+appID), "nobody": good.In("from", "aadObjectId", nil),
	} {
		if ans := w.sendAs("", a); ans.Status != 401 {
			t.Error(name, ans.Status)
		}
	}
}
