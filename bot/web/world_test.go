package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/desk"
	"keydesk/bot/web"
	"keydesk/catalog"
	"keydesk/vault"
)

// The token of the fake's one link, and the value behind it.
const (
	token  = "AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456789AbCdE"
	secret = "obviously-fake-secret-<&>-0001"
)

var holder = catalog.Person{ID: "00000000-0000-4000-8000-00000000b001", Name: "An L1 technician"}

// links is a desk with one link. It counts what reaches it.
type links struct {
	intakes
	lookErr, claimErr error
	claiming          func(context.Context) // if set, called by Claim

	mu     sync.Mutex
	once   bool // the link can be claimed once
	spent  bool
	looks  []string
	claims []string
	who    []*catalog.Actor

	attempts   []desk.Attempt
	attemptErr error
}

func (l *links) Attempted(_ context.Context, a desk.Attempt) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts = append(l.attempts, a)
	return l.attemptErr
}

func (l *links) tries() []desk.Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.attempts)
}

func (l *links) LookLink(_ context.Context, token string) (desk.LinkInfo, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks = append(l.looks, token)
	return desk.LinkInfo{Key: "ninjaone/<acme>", Vendor: `Ninja"One`, Holder: holder,
		Until: time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)}, l.lookErr
}

func (l *links) Claim(ctx context.Context, token string, who *catalog.Actor) (desk.Revealed, error) {
	if l.claiming != nil {
		l.claiming(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims, l.who = append(l.claims, token), append(l.who, who)
	switch {
	case l.claimErr != nil:
		return desk.Revealed{}, l.claimErr
	case l.spent:
		return desk.Revealed{}, desk.ErrGone
	case who != nil && who.ID != holder.ID:
		return desk.Revealed{}, desk.ErrNotYours
	}
	l.spent = l.once
	return desk.Revealed{Key: "ninjaone", Parts: []desk.RevealedPart{
		{Name: "client_id", Value: vault.NewSecret("obviously-fake-client-id"), Secret: false},
		{Name: "client_secret", Value: vault.NewSecret(secret), Secret: true}}}, nil
}

func (l *links) claimed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.claims)
}

func (l *links) reached() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.claims) + len(l.looks)
}

// world is the pages behind a real server.
type world struct {
	t    testing.TB
	url  string
	desk *links
	logs *bytes.Buffer // read it when the server has answered
}

func start(t testing.TB, l *links, signIn web.SignIn, ready error) *world {
	t.Helper()
	logs := &bytes.Buffer{}
	s := httptest.NewServer(web.New(web.Config{Desk: l, SignIn: signIn, Template: []byte("vendor,value\r\n"),
		Ready:  func(context.Context) error { return ready },
		Logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}))
	t.Cleanup(s.Close)
	return &world{t, s.URL, l, logs}
}

// client follows nothing: where a page sends the browser is what the tests look at.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request; headers are "Name: value".
func (w *world) ask(method, path string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	var body io.Reader
	if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		body = strings.NewReader("{}")
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(b)
}

const jsonType = "Content-Type: application/json"
