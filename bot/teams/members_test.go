package teams_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
	"keydesk/catalog"
)

func TestMembers(t *testing.T) {
	w := newWorld(t, echo)
	const id, guest = "0a1b2c3d-0000-4000-8000-00000000000a", "0a1b2c3d-0000-4000-8000-00000000000b"
	w.cloud.Roster(
		map[string]any{"id": "29:1", "name": "An L2 technician", "aadObjectId": strings.ToUpper(id),
			"tenantId": tenant,
			"userRole": "user"},
		map[string]any{"id": "29:2", "name": "A guest", "objectId": guest, "tenantId": "other",
			"userRole": "guest"},
		map[string]any{"id": "29:3", "userRole": "anonymous"})
	in := w.chat()
	in.ID, in.Kind = inTheChannel, catalog.Channel
	got, err := w.post.Members(t.Context(), in)
	want := []teams.Member{
		{ID: "29:1", Person: catalog.Person{ID: id, Name: "An L2 technician"}, Tenant: tenant},
		{ID: "29:2", Person: catalog.Person{ID: guest, Name: "A guest"}, Tenant: "other", Guest: true},
		{ID: "29:3", Guest: true}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %+v", err, got)
	}
	w.noMore(2)
	for _, call := range w.cloud.Calls() {
		if call.Conversation != bottest.Channel || call.Authorization != "Bearer "+ownToken || len(call.Raw) != 0 {
			t.Errorf("%+v", call)
		}
	}
	w.cloud.Roster()
	if got, err := w.post.Members(t.Context(), in); err != nil || len(got) != 0 {
		t.Error("nobody:", got, err)
	}
}

func TestMembersAreAllOrNone(t *testing.T) {
	w := newWorld(t, echo)
	w.cloud.Roster(make([]map[string]any, 3)...)
	for name, f := range map[string]bottest.Fault{
		"no JSON": {Body: "<html>"}, "cut short": {Body: `{"members":[{"id":"29:1"}`}, "no list": {Body: `{}`},
		"another kind": {Body: `{"members":"29:1"}`}, "not found": {Status: 404},
		"accepted": {Status: 202, Body: "{}"},
		"endless":  {Body: `{"members":[],"continuationToken":"0"}`},
	} {
		w.cloud.Fail(bottest.Fault{Method: "GET"}, f) // the first page is well, the second is not
		if name == "endless" {
			w.cloud.Fail(f)
		}
		if got, err := w.on(t).members(name); !errors.Is(err, teams.ErrNoMembers) || got != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	w.cloud.Fail(bottest.Fault{Status: 503}, bottest.Fault{Status: 429}) // safe to ask again
	if got, err := w.members("a retry"); err != nil || len(got) != 3 {
		t.Error(got, err)
	}
}

func (w *world) members(chat string) ([]teams.Member, error) {
	in := w.chat()
	in.ID += chat // each has its own limits
	return w.post.Members(w.t.Context(), in)
}

// TestReaders: all pages, with guests and people of other tenants.
func TestReaders(t *testing.T) {
	w := newWorld(t, echo)
	const id = "0a1b2c3d-0000-4000-8000-00000000000a"
	w.cloud.Roster(map[string]any{"id": "29:1", "name": "An admin", "aadObjectId": strings.ToUpper(id),
		"tenantId": tenant, "userRole": "user"},
		map[string]any{"id": "29:2", "name": "A guest", "objectId": id, "tenantId": tenant, "userRole": "guest"},
		map[string]any{"id": "29:3", "name": "Fabrikam buyer", "tenantId": "other"},
		map[string]any{"id": "29:4", "userRole": "anonymous"}, map[string]any{"id": "29:5"})
	got, err := w.post.Readers(t.Context(), w.channel())
	want := []desk.Reader{{Person: catalog.Person{ID: id, Name: "An admin"}, Tenant: tenant},
		{Person: catalog.Person{ID: id, Name: "A guest"}, Tenant: tenant, Guest: true},
		{Person: catalog.Person{Name: "Fabrikam buyer"}, Tenant: "other"}, {Guest: true}, {}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %+v", err, got)
	}
	w.noMore(3)
	w.cloud.Fail(bottest.Fault{Method: "GET"}, bottest.Fault{Method: "GET", Status: http.StatusNotFound})
	if got, err := w.post.Readers(t.Context(), w.channel()); !errors.Is(err, teams.ErrNoMembers) || got != nil {
		t.Errorf("half of a list: %v %v", got, err)
	}
}
