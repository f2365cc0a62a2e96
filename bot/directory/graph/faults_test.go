package graph_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

// notFound is a 404 in Graph's words about somebody.
const notFound = `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'Oslo' does not exist."}}`

// Whatever goes wrong, there is an error of ours and no role, and nobody reads what Graph said.
func TestNoAnswerNoRole(t *testing.T) {
	st := func(status int) bottest.Fault { return bottest.Fault{Status: status} }
	says := func(status int, body string) bottest.Fault { return bottest.Fault{Status: status, Body: body} }
	tests := []struct {
		name   string
		faults []bottest.Fault
		want   error
		calls  int
	}{
		{"the token is refused", []bottest.Fault{st(401)}, graph.ErrToken, 1},
		{"a permission is missing", []bottest.Fault{st(403)}, graph.ErrForbidden, 1},
		{"throttled for an hour", []bottest.Fault{{Status: 429, RetryAfter: "3600"}}, graph.ErrThrottled, 1},
		{"throttled for ages", []bottest.Fault{{Status: 429, RetryAfter: "9000000000000000000"}},
			graph.ErrThrottled, 1},
		{"throttled until next year", []bottest.Fault{{Status: 429,
			RetryAfter: time.Now().AddDate(1, 0, 0).UTC().Format(http.TimeFormat)}}, graph.ErrThrottled, 1},
		{"down for an hour", []bottest.Fault{{Status: 503, RetryAfter: "3600"}}, graph.ErrUnavailable, 1},
		{"moved", []bottest.Fault{{Status: 302, Location: "/elsewhere"}}, graph.ErrUnavailable, 1},
		{"moved with its body", []bottest.Fault{{Status: 307, Location: "/elsewhere"}},
			graph.ErrUnavailable, 1},
		{"a 404 that is not Graph's", []bottest.Fault{says(404, "<html>no such page</html>")},
			graph.ErrUnavailable, 1},
		{"a 404 with another code", []bottest.Fault{st(404)}, graph.ErrUnavailable, 1},
		{"a 400 with another code", []bottest.Fault{st(400)}, graph.ErrUnavailable, 1},
		{"an odd success", []bottest.Fault{st(202)}, graph.ErrUnavailable, 1},
		{"a page of somebody else's", []bottest.Fault{says(200, "<html>sign in</html>")},
			graph.ErrUnavailable, 1},
		{"no value", []bottest.Fault{says(200, `{}`)}, graph.ErrUnavailable, 1},
		{"a value that is null", []bottest.Fault{says(200, `{"value":null}`)}, graph.ErrUnavailable, 1},
		{"a value that is no list", []bottest.Fault{says(200, `{"value":"`+admins+`"}`)},
			graph.ErrUnavailable, 1},
		{"a list of something else", []bottest.Fault{says(200, `{"value":[{"id":"`+admins+`"}]}`)},
			graph.ErrUnavailable, 1},
		{"a list", []bottest.Fault{says(200, `["`+admins+`"]`)}, graph.ErrUnavailable, 1},
		{"null", []bottest.Fault{says(200, `null`)}, graph.ErrUnavailable, 1},
		{"half of it", []bottest.Fault{says(200, `{"value":["`+admins+`"`)}, graph.ErrUnavailable, 1},
		{"too much", []bottest.Fault{says(200, `{"value":["`+admins+`"]}`+
			strings.Repeat(" ", graph.MaxAnswer))}, graph.ErrUnavailable, 1},
		{"nobody knows whether the person exists", []bottest.Fault{says(404, notFound), st(403)},
			graph.ErrForbidden, 2},
		{"the answer is about another person", []bottest.Fault{says(404, notFound),
			says(200, `{"id":"`+tech+`"}`)}, graph.ErrUnavailable, 2},
		{"one of the groups gets no answer", []bottest.Fault{says(404, notFound),
			says(200, `{"id":"`+admin+`"}`), st(403)}, graph.ErrForbidden, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := served(t)
			w.fake.Fail(tt.faults...)
			got, err := w.Roles(t.Context(), admin)
			if got != 0 || !errors.Is(err, tt.want) {
				t.Errorf("%v %v, want %v", got, err, tt.want)
			}
			if n := w.since(0); n > tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
			silent(t, err, w)
			// and nothing is held against anybody
			w.wants(t, admin, roles(catalog.Admin, catalog.L1, catalog.NOC))
		})
	}
}

// silent checks that an error names no id, no place and no word of Graph's.
func silent(t *testing.T, err error, w *world) {
	t.Helper()
	for _, no := range []string{admin, admins, "abcdef", "Oslo", "as the test asked", "UnknownError",
		strings.TrimPrefix(w.fake.URL(), "https://"), "http", "token-", "obviously"} {
		if err != nil && strings.Contains(err.Error(), no) {
			t.Errorf("%q says %q", err, no)
		}
	}
}

// A moment's trouble is not shown to anybody.
func TestTroubleThatPasses(t *testing.T) {
	tests := map[string][]bottest.Fault{
		"throttled":           {{Status: 429, RetryAfter: "0"}},
		"throttled, no word":  {{Status: 429}},
		"an error":            {{Status: 500}},
		"a bad gateway":       {{Status: 502, Body: "<html>"}},
		"unavailable":         {{Status: 503}},
		"a gateway too slow":  {{Status: 504}},
		"the connection ends": {{Cut: true}},
		"again and again":     {{Status: 503}, {Cut: true}, {Status: 429}},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { passes(t, inProcess(t), faults) })
		})
	}
	passes(t, served(t), []bottest.Fault{{Cut: true}})
}

func passes(t *testing.T, w *world, faults []bottest.Fault) {
	t.Helper()
	w.fake.Fail(faults...)
	w.wants(t, admin, roles(catalog.Admin, catalog.L1, catalog.NOC))
	if n := w.since(0); n != len(faults)+1 {
		t.Errorf("%d calls", n)
	}
	for _, call := range w.fake.Calls() {
		if len(call.Groups) != 3 {
			t.Errorf("a repeated call asked about %v", call.Groups)
		}
	}
}

func TestTroubleThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		for range 20 {
			w.fake.Fail(bottest.Fault{Status: 503})
		}
		begun := time.Now()
		got, err := w.Roles(t.Context(), admin)
		if got != 0 || !errors.Is(err, graph.ErrUnavailable) || w.since(0) != 5 {
			t.Errorf("%v %v after %d tries", got, err, w.since(0))
		}
		if took := time.Since(begun); took > 5*time.Second { // an invoke's time
			t.Errorf("took %v", took)
		}
	})
}

// An invoke has 5 seconds.
func TestTheCallersTimeIsKept(t *testing.T) {
	never := func() bottest.Fault { return bottest.Fault{Wait: make(chan struct{})} }
	slow := func(d time.Duration) bottest.Fault {
		c := make(chan struct{})
		time.AfterFunc(d, func() { close(c) })
		return bottest.Fault{Wait: c}
	}
	wait := func(seconds string) func() []bottest.Fault {
		return func() []bottest.Fault { return []bottest.Fault{{Status: 429, RetryAfter: seconds}} }
	}
	tests := []struct {
		name   string
		faults func() []bottest.Fault
		want   error // nil: the roles
		took   time.Duration
		about  time.Duration // how much longer it may take
	}{
		{"Retry-After within it", wait("2"), nil, 2 * time.Second, 0},
		{"Retry-After as a date", func() []bottest.Fault {
			at := time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat)
			return []bottest.Fault{{Status: 503, RetryAfter: at}}
		}, nil, 3 * time.Second, 0},
		{"Retry-After beyond it", wait("30"), graph.ErrThrottled, 0, 0},
		{"two that only together are beyond it", func() []bottest.Fault {
			return []bottest.Fault{{Status: 429, RetryAfter: "3"}, {Status: 429, RetryAfter: "3"}}
		}, graph.ErrThrottled, 3 * time.Second, 0},
		{"slow", func() []bottest.Fault { return []bottest.Fault{slow(2 * time.Second)} }, nil,
			2 * time.Second, 0},
		{"hangs once", func() []bottest.Fault { return []bottest.Fault{never()} }, nil,
			2500 * time.Millisecond, time.Second},
		{"hangs", func() []bottest.Fault { return []bottest.Fault{never(), never()} },
			context.DeadlineExceeded, 5 * time.Second, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := inProcess(t)
				w.fake.Fail(tt.faults()...)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				begun := time.Now()
				got, err := w.Roles(ctx, admin)
				took := time.Since(begun)
				if !errors.Is(err, tt.want) || (err == nil) != got.Has(catalog.Admin) ||
					err != nil && got != 0 {
					t.Errorf("%v %v, want %v", got, err, tt.want)
				}
				if took < tt.took || took > tt.took+tt.about {
					t.Errorf("took %v, want %v and %v at most", took, tt.took, tt.about)
				}
				silent(t, err, w)
			})
		})
	}
}

func TestACallerWithoutADeadlineIsAnsweredToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		for range 9 {
			w.fake.Fail(bottest.Fault{Wait: make(chan struct{})})
		}
		begun := time.Now()
		_, err := w.Roles(t.Context(), admin)
		if !errors.Is(err, graph.ErrUnavailable) || time.Since(begun) != graph.AskFor {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestGraphIsNotThere(t *testing.T) {
	w := served(t)
	w.fake.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	got, err := w.Roles(ctx, admin)
	if got != 0 || !errors.Is(err, graph.ErrUnavailable) {
		t.Errorf("%v %v", got, err)
	}
	silent(t, err, w)
}

// visited is a server that counts who comes.
func visited() (*httptest.Server, *atomic.Int32) {
	var visits atomic.Int32
	return httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		visits.Add(1)
	})), &visits
}

// The token goes nowhere else.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, visits := visited()
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := served(t)
		w.fake.Fail(bottest.Fault{Status: status, Location: elsewhere.URL})
		if got, err := w.Roles(t.Context(), admin); got != 0 || !errors.Is(err, graph.ErrUnavailable) {
			t.Errorf("%d: %v %v", status, got, err)
		}
		w.fake.Fail(bottest.Fault{Status: status, Location: elsewhere.URL})
		people, err := w.Members(t.Context(), catalog.Admin)
		if people != nil || !errors.Is(err, graph.ErrUnavailable) {
			t.Errorf("%d: %v %v", status, people, err)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d visits elsewhere", n)
	}
}
