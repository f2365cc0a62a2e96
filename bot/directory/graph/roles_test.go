package graph_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/directory"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

var _ directory.Resolver = (*graph.Graph)(nil)

func TestRolesComeFromGroups(t *testing.T) {
	w := served(t)
	tests := []struct {
		name, person string
		want         catalog.Roles
		calls        int
	}{
		{"several groups", admin, roles(catalog.Admin, catalog.L1, catalog.NOC), 1},
		{"one group that gives two roles", tech, roles(catalog.L1, catalog.NOC), 1},
		{"a guest in a group within a group", guest, roles(catalog.L1, catalog.NOC), 1},
		{"in capitals", strings.ToUpper(admin), roles(catalog.Admin, catalog.L1, catalog.NOC), 1},
		{"a person Graph does not know", nobody, 0, 2},
		{"no id", "", 0, 0},
		{"an id that is none", "29:1abc", 0, 0},
		{"a path for an id", admin + "/../" + tech, 0, 0},
		{"a group for a person", admins, 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(w.fake.Calls())
			w.wants(t, tt.person, tt.want)
			if n := w.since(before); n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
	for _, call := range w.fake.Calls() {
		if call.Authorization != "Bearer obviously-fake-token" {
			t.Errorf("%s %s came with %q", call.Method, call.Path, call.Authorization)
		}
	}
}

func TestAMembershipThatEndsEndsTheRole(t *testing.T) {
	w := served(t)
	w.wants(t, tech, roles(catalog.L1, catalog.NOC))
	w.fake.Group(techs, admin)
	w.wants(t, tech, 0)
}

func TestTwentyGroupsACallSideBySide(t *testing.T) {
	fake := bottest.NewGraph()
	defer fake.Close()
	fill(fake)
	groups := map[catalog.Role][]string{catalog.Admin: {admins}}
	for n := range 44 {
		fake.Group(id(200 + n))
		groups[catalog.L2] = append(groups[catalog.L2], id(200+n))
	}
	fake.Group(id(243), admin)
	w := onto(t, fake, groups)
	w.wants(t, admin, roles(catalog.Admin, catalog.L2))
	asked := map[string]bool{}
	for _, call := range fake.Calls() {
		if len(call.Groups) > 20 {
			t.Errorf("%d groups in a call", len(call.Groups))
		}
		for _, g := range call.Groups {
			asked[g] = true
		}
	}
	if n := w.since(0); n != 3 || len(asked) != 45 {
		t.Errorf("%d calls for %d groups", n, len(asked))
	}
}

func TestNoGroupsNoQuestion(t *testing.T) {
	fake := bottest.NewGraph()
	defer fake.Close()
	w := onto(t, fill(fake), nil)
	w.wants(t, admin, 0)
	if n := w.since(0); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestADeletedGroupEmptiesItsOwnRoleOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		w.fake.Delete(admins)
		rest := roles(catalog.L1, catalog.NOC)
		steps := []struct {
			name  string
			wait  time.Duration
			calls int
			logs  int
		}{
			// refused, the person asked about, three groups alone, the person again for the refused one
			{"the first call", 0, 6, 1},
			{"remembered", 0, 1, 1},
			{"still remembered", graph.GoneFor - time.Second, 1, 1},
			{"asked about again, not logged again", 2 * time.Second, 6, 1},
			{"and remembered again", time.Minute, 1, 1},
		}
		for _, s := range steps {
			time.Sleep(s.wait)
			before := len(w.fake.Calls())
			w.wants(t, admin, rest)
			if calls, logs := w.since(before), w.log.lines(admins); calls != s.calls || logs != s.logs {
				t.Errorf("%s: %d calls, %d lines; want %d, %d", s.name, calls, logs, s.calls, s.logs)
			}
		}
		w.fake.Group(admins, admin)
		time.Sleep(graph.GoneFor)
		w.wants(t, admin, rest.With(catalog.Admin))
		w.fake.Delete(admins)
		w.wants(t, admin, rest)
		if n := w.log.lines("does not know a role group"); n != 2 {
			t.Errorf("gone, back and gone again: %d lines", n)
		}
	})
}

func TestEveryGroupDeleted(t *testing.T) {
	w := served(t)
	w.fake.Delete(admins, techs, noc)
	w.wants(t, admin, 0)
	before := len(w.fake.Calls())
	w.wants(t, admin, 0)
	if n := w.since(before); n != 0 {
		t.Errorf("%d calls about groups that are all gone", n)
	}
}

// hook does something before the call with a number.
type hook struct {
	next http.RoundTripper
	n    int
	do   func(n int)
}

func (h *hook) RoundTrip(r *http.Request) (*http.Response, error) {
	h.n++
	h.do(h.n)
	return h.next.RoundTrip(r)
}

// A person who is deleted while the groups are asked one by one looks like groups that are gone. They must
// not be called gone: everybody else would lose their roles.
func TestAPersonDeletedMeanwhileTakesNoGroupAlong(t *testing.T) {
	for at := 1; at <= 5; at++ {
		t.Run(fmt.Sprint("before call ", at), func(t *testing.T) {
			w := inProcess(t)
			client := w.fake.Client()
			h := &hook{next: client.Transport, do: func(n int) {
				if n == at {
					w.fake.Delete(tech)
				}
			}}
			var err error
			w.Graph, err = graph.New(graph.Config{Credential: w.tokens, URL: w.fake.URL(),
				Client: &http.Client{Transport: oneByOne(h)}, Groups: roleGroups(),
				Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			w.fake.Delete(admins)
			w.wants(t, tech, 0)
			w.wants(t, guest, roles(catalog.L1, catalog.NOC))
		})
	}
}

// oneByOne lets one call through at a time.
func oneByOne(next http.RoundTripper) http.RoundTripper {
	turn := make(chan struct{}, 1)
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		turn <- struct{}{}
		defer func() { <-turn }()
		return next.RoundTrip(r)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOnlyGroupsThatWereAskedAboutCount(t *testing.T) {
	w := served(t)
	w.fake.Delete(admins)
	w.wants(t, tech, roles(catalog.L1, catalog.NOC)) // admins is left out from now on
	w.fake.Fail(bottest.Fault{Status: 200, Body: fmt.Sprintf(`{"value":[%q,%q,%q,"",null]}`, admins, id(7),
		strings.ToUpper(noc))})
	w.wants(t, nobody, roles(catalog.NOC))
}

func TestAGroupThatHidesItsMembers(t *testing.T) {
	w := served(t)
	w.fake.Hide(admins)
	w.wants(t, admin, roles(catalog.L1, catalog.NOC))
	w.fake.Grant(bottest.UsersBasic, bottest.GroupMembers, bottest.HiddenMembers)
	w.wants(t, admin, roles(catalog.Admin, catalog.L1, catalog.NOC))
}
