package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"keydesk/bot/desk"
	"keydesk/catalog"
)

// harm is what happens to a call.
type harm struct {
	name   string
	status int
	after  string // Retry-After
	effect bool   // it happens all the same, and the answer is lost
	hangs  bool   // no answer before the caller gives up
}

// vaultHarms come to calls to Key Vault.
var vaultHarms = []harm{
	{name: "403", status: 403}, {name: "404", status: 404}, {name: "409", status: 409}, {name: "429", status: 429},
	{name: "429 in 1 s", status: 429, after: "1"}, {name: "429 in an hour", status: 429, after: "3600"},
	{name: "500", status: 500}, {name: "503", status: 503}, {name: "503 in 1 s", status: 503, after: "1"},
	{name: "time-out", hangs: true}, {name: "cut before"}, {name: "cut after the effect", effect: true},
	{name: "late, with the effect", effect: true, hangs: true},
}

// someHarms stand for all of them where there are many calls: a clear no, no answer, and an effect without one.
var someHarms = []harm{{name: "403", status: 403}, {name: "503", status: 503}, {name: "cut before"},
	{name: "cut after the effect", effect: true}}

// chatHarms come to cards on their way to Teams.
var chatHarms = []harm{
	{name: "403", status: 403}, {name: "404", status: 404}, {name: "412", status: 412}, {name: "429", status: 429},
	{name: "429 in 1 s", status: 429, after: "1"}, {name: "500", status: 500}, {name: "503", status: 503},
	{name: "time-out", hangs: true}, {name: "cut after the effect", effect: true},
}

// roleHarms come to questions to the directory.
var roleHarms = []harm{{name: "no answer", hangs: true}, {name: "refused", status: 403}}

// point is where harm comes to calls: from call number from to number to, each.
type point struct {
	mu       sync.Mutex
	calls    int
	from, to int
	harm     harm
	met      bool // a call came to harm
}

func (p *point) set(from, to int, how harm) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.from, p.to, p.harm, p.met = 0, from, to, how, false
}

// next counts a call, and says whether it comes to harm.
func (p *point) next() (harm, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	hit := p.from <= p.calls && p.calls <= p.to
	p.met = p.met || hit
	return p.harm, hit
}

func (p *point) seen() (calls int, met bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls, p.met
}

// harmful stands before a server.
type harmful struct {
	point
	server    func(*http.Request) (*http.Response, error)
	challenge bool // a call without a token is none

	kindMu sync.Mutex
	kinds  []string // of the calls since set, as kindOf has them
}

func (h *harmful) set(from, to int, how harm) {
	h.kindMu.Lock()
	h.kinds = nil
	h.kindMu.Unlock()
	h.point.set(from, to, how)
}

// kind is which call the n-th since set was, counted from 1.
func (h *harmful) kind(n int) string {
	h.kindMu.Lock()
	defer h.kindMu.Unlock()
	return h.kinds[n-1]
}

// seenKinds is all of them, in order.
func (h *harmful) seenKinds() []string {
	h.kindMu.Lock()
	defer h.kindMu.Unlock()
	return slices.Clone(h.kinds)
}

// lastOf is the number of the last call of a kind since set.
func (h *harmful) lastOf(kind string) int {
	h.kindMu.Lock()
	defer h.kindMu.Unlock()
	for n := len(h.kinds); n > 0; n-- {
		if h.kinds[n-1] == kind {
			return n
		}
	}
	return 0
}

// RoundTrip makes it a transport of net/http.
func (h *harmful) RoundTrip(r *http.Request) (*http.Response, error) { return h.Do(r) }

// Do makes it a transport of azcore.
func (h *harmful) Do(r *http.Request) (*http.Response, error) {
	if h.challenge && r.Header.Get("Authorization") == "" {
		return h.server(r)
	}
	h.kindMu.Lock()
	h.kinds = append(h.kinds, kindOf(r))
	h.kindMu.Unlock()
	how, hit := h.next()
	if !hit {
		return h.server(r)
	}
	if how.effect {
		if res, err := h.server(r.Clone(context.WithoutCancel(r.Context()))); err == nil {
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
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Test","message":"` + azuresWords + `"}}`))}
	if how.after != "" {
		res.Header.Set("Retry-After", how.after)
	}
	return res, nil
}

// onlyAt lets calls of one kind come to harm.
func onlyAt(kind string, how harm, server transport) transport {
	bad := &harmful{server: server}
	bad.point.set(1, 1e6, how)
	return func(r *http.Request) (*http.Response, error) {
		if kindOf(r) == kind && r.Header.Get("Authorization") != "" {
			return bad.Do(r)
		}
		return server(r)
	}
}

// transport is how a call gets to its server.
type transport = func(*http.Request) (*http.Response, error)

// azuresWords name ids and places; nobody may read them in a chat.
const azuresWords = "caller 1111-2222 in vault secret-place"

// moody is a directory that may not answer.
type moody struct {
	point
	desk.Directory
}

func (m *moody) ask(ctx context.Context) error {
	switch how, hit := m.next(); {
	case hit && how.hangs:
		<-ctx.Done()
		return ctx.Err()
	case hit:
		return errors.New("the directory did not answer")
	}
	return nil
}

func (m *moody) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	if err := m.ask(ctx); err != nil {
		return 0, err
	}
	return m.Directory.Roles(ctx, id)
}

func (m *moody) FreshRoles(ctx context.Context, id string) (catalog.Roles, error) {
	if err := m.ask(ctx); err != nil {
		return 0, err
	}
	return m.Directory.FreshRoles(ctx, id)
}

func (m *moody) Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error) {
	if err := m.ask(ctx); err != nil {
		return nil, err
	}
	return m.Directory.Members(ctx, role)
}
