package sandbox_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/sandbox"
)

const (
	token  = "fake-token-0123456789"
	appID  = "00000000-0000-4000-8000-0000000b0700"
	admin  = "00000000-0000-4000-8000-00000000a001"
	tech   = "00000000-0000-4000-8000-00000000b001"
	tenant = "00000000-aaaa-4000-8000-00000000beef"

	approvals = "19:approvals@thread.tacv2"
	card      = "application/vnd.microsoft.card.adaptive"
)

// act is an activity as the fake bot got it.
type act map[string]any

// at reads along a path of keys.
func (a act) at(path ...string) any {
	var v any = map[string]any(a)
	for _, k := range path {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// world is a whole sandbox behind its guard on a real port, with a tiny bot in it.
type world struct {
	t      testing.TB
	teams  *sandbox.Teams
	server *httptest.Server
	base   string
	logs   *bytes.Buffer
	file   string
	seal   cipher.AEAD

	mu     sync.Mutex
	acts   []act
	bodies bytes.Buffer
	came   chan struct{}
	answer func(act) (int, string)
}

func people() []sandbox.Person {
	return []sandbox.Person{
		{ID: admin, Name: "Admin", Roles: "Admin"},
		{ID: tech, Name: "L1 technician", Roles: "L1"},
	}
}

func newSeal(t testing.TB, b byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

func newWorld(t testing.TB, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, logs: new(bytes.Buffer), seal: newSeal(t, 7), came: make(chan struct{}, 100)}
	w.answer = func(act) (int, string) { return http.StatusOK, "" }
	for _, f := range change {
		f(w)
	}
	w.start()
	t.Cleanup(w.stop)
	return w
}

func (w *world) start() {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	addr := listener.Addr().String()
	w.base = "http://" + addr
	w.teams, err = sandbox.New(sandbox.Config{
		BaseURL: w.base, BotURL: w.base + "/api/messages", AppID: appID, Tenant: tenant,
		People: people, Transcript: w.file, Seal: w.seal, Token: token,
		Logger: slog.New(slog.NewTextHandler(&locked{w: w.logs}, nil)),
	})
	if err != nil {
		_ = listener.Close()
		w.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/messages", w.bot)
	mux.Handle("/", w.teams.Handler())
	w.server = &httptest.Server{
		Listener: listener, Config: &http.Server{Handler: sandbox.Guard(addr, mux)},
	}
	w.server.Start()
}

func (w *world) stop() {
	w.teams.Close()
	w.server.Close()
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (w *world) bot(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var a act
	_ = json.Unmarshal(body, &a)
	w.mu.Lock()
	w.acts = append(w.acts, a)
	w.bodies.Write(body)
	answer := w.answer
	w.mu.Unlock()
	status, text := answer(a)
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, text)
	w.came <- struct{}{}
}

// got waits until the bot had n activities and answers them.
func (w *world) got(n int) []act {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	for {
		w.mu.Lock()
		acts := slices.Clone(w.acts)
		w.mu.Unlock()
		if len(acts) >= n {
			return acts
		}
		select {
		case <-w.came:
		case <-ctx.Done():
			w.t.Fatalf("the bot got %d activities, want %d", len(acts), n)
		}
	}
}

// reply is an answer read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) json(t testing.TB) act {
	t.Helper()
	var a act
	if err := json.Unmarshal([]byte(r.body), &a); err != nil {
		t.Fatalf("%d %q: %v", r.status, r.body, err)
	}
	return a
}

func do(t testing.TB, c *http.Client, req *http.Request) reply {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

func request(t testing.TB, method, target, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// call is the bot calling the connector.
func (w *world) call(method, path, body string) reply {
	w.t.Helper()
	return do(w.t, http.DefaultClient, request(w.t, method, w.base+path, body))
}

// post puts an activity into a chat and answers its id.
func (w *world) post(chat, body string) string {
	w.t.Helper()
	r := w.call("POST", "/v3/conversations/"+url.PathEscape(chat)+"/activities", body)
	if r.status != http.StatusCreated {
		w.t.Fatalf("posting: %d %s", r.status, r.body)
	}
	return r.json(w.t).at("id").(string)
}

func cardMessage(content string) string {
	return `{"type":"message","attachments":[{"contentType":"` + card + `","content":` + content + `}]}`
}

// chat is a person's own chat.
func (w *world) chat(person string) string {
	w.t.Helper()
	r := w.call("POST", "/v3/conversations", `{"members":[{"id":"`+person+`"}]}`)
	return r.json(w.t).at("id").(string)
}

// browser is a signed-in browser.
func (w *world) browser() *http.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Transport: w.server.Client().Transport}
	if r := do(w.t, c, request(w.t, "GET", w.teams.Address(), "")); r.status != http.StatusOK {
		w.t.Fatalf("signing in: %d %s", r.status, r.body)
	}
	return c
}

func (w *world) page(c *http.Client, what string, body map[string]any) reply {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return do(w.t, c, request(w.t, "POST", w.base+"/page/"+what, string(raw)))
}
