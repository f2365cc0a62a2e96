package graph_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

// names are the members' names in order.
func names(people []catalog.Person) string {
	var out []string
	for _, p := range people {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}

func TestMembersOfARole(t *testing.T) {
	w := served(t)
	w.fake.Page(1)
	tests := []struct {
		role catalog.Role
		want string
	}{
		{catalog.Admin, "Admin of Contoso"},
		{catalog.L1, "Admin of Contoso, Guest of Fabrikam, Technician"},
		{catalog.NOC, "Admin of Contoso, Guest of Fabrikam, Technician"}, // two groups share a guest
		{catalog.L2, ""},
	}
	for _, tt := range tests {
		people, err := w.Members(t.Context(), tt.role)
		if err != nil || names(people) != tt.want {
			t.Errorf("%v: %s, %v", tt.role, names(people), err)
		}
		for _, p := range people {
			if p.ID != strings.ToLower(p.ID) || len(p.ID) != 36 {
				t.Errorf("%s has the id %q", p.Name, p.ID)
			}
		}
	}
}

func TestNamesThatMayNotBeRead(t *testing.T) {
	w := served(t)
	w.fake.Grant(bottest.GroupMembers)
	people, err := w.Members(t.Context(), catalog.Admin)
	if err != nil || len(people) != 1 || people[0] != (catalog.Person{ID: admin, Name: admin}) {
		t.Errorf("%v %v", people, err)
	}
}

func TestAMemberWithoutAnIDIsNobody(t *testing.T) {
	w := served(t)
	w.fake.Fail(bottest.Fault{Status: 200, Body: `{"value":[{"displayName":"x"},null,{"id":null},{"id":"` + tech +
		`"}]}`})
	people, err := w.Members(t.Context(), catalog.Admin)
	if err != nil || len(people) != 1 || people[0].ID != tech {
		t.Errorf("%v %v", people, err)
	}
}

func TestManyMembersTakeFewCalls(t *testing.T) {
	w := served(t)
	var all []string
	for n := range 2000 {
		all = append(all, id(1000+n))
		w.fake.Person(bottest.Person{ID: id(1000 + n), Name: fmt.Sprintf("Person %04d", n)})
	}
	w.fake.Group(admins, all...)
	people, err := w.Members(t.Context(), catalog.Admin)
	if err != nil || len(people) != 2000 || w.since(0) != 3 {
		t.Errorf("%d people, %v, %d calls", len(people), err, w.since(0))
	}
}

func TestMembersAreKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		for _, step := range []struct {
			wait  time.Duration
			calls int
		}{{0, 1}, {0, 1}, {graph.KeepFor - time.Second, 1}, {time.Second, 2}, {0, 2}} {
			time.Sleep(step.wait)
			people, err := w.Members(t.Context(), catalog.Admin)
			if err != nil || len(people) != 1 || w.since(0) != step.calls {
				t.Errorf("%v %v, %d calls, want %d", people, err, w.since(0), step.calls)
			}
			people[0].Name = "changed by a caller"
		}
		if people, _ := w.Members(t.Context(), catalog.Admin); names(people) != "Admin of Contoso" {
			t.Errorf("a caller changed what is kept: %s", names(people))
		}
	})
}

func TestManyAtOnceAskForMembersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inProcess(t)
		gate := make(chan struct{})
		w.fake.Fail(bottest.Fault{Wait: gate})
		impatient, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := w.Members(impatient, catalog.Admin); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who gave up got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if people, err := w.Members(t.Context(), catalog.Admin); err != nil || len(people) != 1 {
					t.Errorf("%v %v", people, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		wg.Wait()
		if n := w.since(0); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAGroupThatDoesNotExistAddsNobody(t *testing.T) {
	w := served(t)
	w.fake.Delete(noc)
	people, err := w.Members(t.Context(), catalog.NOC)
	if err != nil || len(people) != 3 {
		t.Errorf("%v %v", people, err)
	}
	w.fake.Delete(admins)
	if people, err := w.Members(t.Context(), catalog.Admin); err != nil || len(people) != 0 {
		t.Errorf("%v %v", people, err)
	}
	// The list's index may lag: what it does not know is still asked about for roles.
	w.fake.Group(admins, admin)
	w.wants(t, admin, roles(catalog.Admin, catalog.L1, catalog.NOC))
}

func TestNoAnswerNoMembers(t *testing.T) {
	elsewhere, visits := visited()
	defer elsewhere.Close()
	next := func(at string) bottest.Fault {
		body := fmt.Sprintf(`{"value":[{"id":%q}],"@odata.nextLink":%q}`, tech, at)
		return bottest.Fault{Status: 200, Body: body}
	}
	tests := []struct {
		name  string
		fault bottest.Fault
		want  error
	}{
		{"forbidden", bottest.Fault{Status: 403}, graph.ErrForbidden},
		{"no token", bottest.Fault{Status: 401}, graph.ErrToken},
		{"throttled", bottest.Fault{Status: 429, RetryAfter: "3600"}, graph.ErrThrottled},
		{"a bad request", bottest.Fault{Status: 400, Body: `{"error":{"code":"Request_BadRequest"}}`}, nil},
		{"no value", bottest.Fault{Status: 200, Body: `{}`}, graph.ErrUnavailable},
		{"a value that is no list", bottest.Fault{Status: 200, Body: `{"value":{"id":"x"}}`},
			graph.ErrUnavailable},
		{"the next page is elsewhere", next(elsewhere.URL + "/v1.0/groups/x"), graph.ErrUnavailable},
		{"the next page is in the clear", next("http://127.0.0.1/v1.0/groups/x"), graph.ErrUnavailable},
		{"the next page is no address", next("://"), graph.ErrUnavailable},
		{"the next page is a path", next("/v1.0/groups/x"), graph.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := served(t)
			w.fake.Fail(tt.fault)
			people, err := w.Members(t.Context(), catalog.Admin)
			if len(people) != 0 || err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v %v, want %v", people, err, tt.want)
			}
			silent(t, err, w)
			if people, err := w.Members(t.Context(), catalog.Admin); err != nil || len(people) != 1 {
				t.Errorf("an error was kept: %v %v", people, err)
			}
		})
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d visits elsewhere", n)
	}
}

func TestAListWithoutAnEnd(t *testing.T) {
	w := served(t)
	round := fmt.Sprintf(`{"value":[{"id":%q}],"@odata.nextLink":"%s/v1.0/groups/x"}`, tech, w.fake.URL())
	for range 99 {
		w.fake.Fail(bottest.Fault{Status: 200, Body: round})
	}
	people, err := w.Members(t.Context(), catalog.Admin)
	if people != nil || !errors.Is(err, graph.ErrUnavailable) {
		t.Errorf("%v %v", people, err)
	}
	if n := w.since(0); n != 50 {
		t.Errorf("%d pages", n)
	}
}
