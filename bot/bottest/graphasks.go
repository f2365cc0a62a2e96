package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The shapes of answers and errors follow the Graph v1.0 reference on learn.microsoft.com:
// directoryobject-checkmembergroups, group-list-transitivemembers, user-get, user-list, group-get.

const (
	mostGroups = 20  // in a checkMemberGroups
	mostOnPage = 999 // $top
	usualPage  = 100
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// graphError is an error as Graph words it.
func graphError(code, message string) any {
	return map[string]any{"error": map[string]any{"code": code, "message": message,
		"innerError": map[string]string{"date": "2026-11-25T08:00:00",
			"request-id":        "0660cddc-5d4a-4f91-8f07-2dc701ec6b81",
			"client-request-id": "0660cddc-5d4a-4f91-8f07-2dc701ec6b81"}}}
}

func noResource(id string) (int, any) {
	return http.StatusNotFound, graphError("Request_ResourceNotFound", fmt.Sprintf("Resource '%s' does not "+
		"exist or one of its queried reference-property objects are not present.", id))
}

func badRequest(message string) (int, any) {
	return http.StatusBadRequest, graphError("Request_BadRequest", message)
}

// may says what is answered to a call that lacks one of the permissions; 0 when it may go on.
func (g *Graph) may(permissions ...string) (int, any) {
	for _, p := range permissions {
		if !slices.Contains(g.granted, p) {
			return http.StatusForbidden, graphError("Authorization_RequestDenied",
				"Insufficient privileges to complete the operation.")
		}
	}
	return 0, nil
}

// route knows the paths that Keydesk uses.
func (g *Graph) route(r *http.Request, raw []byte, call *GraphCall) (int, any) {
	admitted := strings.HasPrefix(call.Authorization, "Bearer ") && len(call.Authorization) > len("Bearer ")
	if g.admits != nil {
		admitted = g.admits(call.Authorization)
	}
	if !admitted {
		return http.StatusUnauthorized, graphError("InvalidAuthenticationToken", "Access token is empty.")
	}
	of, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1.0/"), "/")
	id, what, _ := strings.Cut(rest, "/")
	switch r.Method + " " + of + " " + what {
	case "POST directoryObjects checkMemberGroups", "POST users checkMemberGroups":
		return g.checkMemberGroups(id, raw, call)
	case "GET users ":
		return g.getUsers(id)
	case "GET groups ":
		return g.getGroup(id)
	case "GET groups transitiveMembers/microsoft.graph.user":
		return g.transitiveUsers(id, r)
	}
	return http.StatusBadRequest, graphError("BadRequest", "Resource not found for the segment.")
}

// checkMemberGroups is one question about all its groups: one that is not there, and none is answered.
func (g *Graph) checkMemberGroups(id string, raw []byte, call *GraphCall) (int, any) {
	var ask struct {
		GroupIDs []string `json:"groupIds"`
	}
	if json.Unmarshal(raw, &ask) != nil || len(ask.GroupIDs) == 0 {
		return badRequest("A value without a type name was found and no expected type is available.")
	}
	call.Groups = ask.GroupIDs
	if status, answer := g.may(UsersBasic, GroupMembers); status != 0 {
		return status, answer
	}
	if len(ask.GroupIDs) > mostGroups {
		return badRequest("The number of group ids exceeds the limit of 20.")
	}
	for _, one := range append([]string{id}, ask.GroupIDs...) {
		if !guid.MatchString(one) {
			return badRequest(fmt.Sprintf("Invalid object identifier '%s'.", one))
		}
	}
	id = strings.ToLower(id)
	if _, ok := g.people[id]; !ok {
		return noResource(id)
	}
	in := []string{}
	for _, one := range ask.GroupIDs {
		group, ok := g.groups[strings.ToLower(one)]
		if !ok {
			return noResource(one)
		}
		if slices.Contains(g.within(group), id) && g.shows(group) {
			in = append(in, group.id)
		}
	}
	return http.StatusOK, map[string]any{"@odata.context": g.URL() + "/v1.0/$metadata#Collection(Edm.String)",
		"value": in}
}

func (g *Graph) shows(one *group) bool {
	return !one.hidden || slices.Contains(g.granted, HiddenMembers)
}

// within are the folded ids of the people in a group and in the groups in it, in order.
func (g *Graph) within(top *group) []string {
	seen, out := map[string]bool{}, []string{}
	var walk func(*group)
	walk = func(one *group) {
		for _, id := range one.members {
			if seen[id] {
				continue
			}
			seen[id] = true
			if inner, ok := g.groups[id]; ok {
				walk(inner)
			} else if _, ok := g.people[id]; ok {
				out = append(out, id)
			}
		}
	}
	walk(top)
	slices.Sort(out)
	return out
}

// getUsers answers with one person; without an id with a list of any one, which is what $top=1 asks for.
func (g *Graph) getUsers(id string) (int, any) {
	if status, answer := g.may(UsersBasic); status != 0 {
		return status, answer
	}
	if id == "" {
		users := []any{}
		for _, p := range g.people {
			users = append(users, map[string]string{"id": p.ID})
			break
		}
		return http.StatusOK, map[string]any{"value": users}
	}
	p, ok := g.people[strings.ToLower(id)]
	if !ok {
		return noResource(id)
	}
	return http.StatusOK, map[string]string{"id": p.ID}
}

func (g *Graph) getGroup(id string) (int, any) {
	if status, answer := g.may(GroupMembers); status != 0 {
		return status, answer
	}
	one, ok := g.groups[strings.ToLower(id)]
	if !ok {
		return noResource(id)
	}
	visibility := any(nil) // of a security group
	if one.hidden {
		visibility = "HiddenMembership"
	}
	return http.StatusOK, map[string]any{"id": one.id, "visibility": visibility}
}

// transitiveUsers needs what the reference asks of a query with a cast: the header and $count.
func (g *Graph) transitiveUsers(id string, r *http.Request) (int, any) {
	if status, answer := g.may(GroupMembers); status != 0 {
		return status, answer
	}
	one, ok := g.groups[strings.ToLower(id)]
	if !ok {
		return noResource(id)
	}
	q := r.URL.Query()
	if r.Header.Get("ConsistencyLevel") != "eventual" || q.Get("$count") != "true" {
		return http.StatusBadRequest, graphError("Request_UnsupportedQuery",
			"The specified cast needs the header ConsistencyLevel and $count.")
	}
	size := usualPage
	if top := q.Get("$top"); top != "" {
		size, _ = strconv.Atoi(top)
	}
	if size < 1 || size > mostOnPage {
		return badRequest("Invalid page size specified. Must be between 1 and 999 inclusive.")
	}
	if g.page != 0 {
		size = g.page
	}
	var ids []string
	if g.shows(one) {
		ids = g.within(one)
	}
	return http.StatusOK, g.pageOf(ids, size, r.URL)
}

func (g *Graph) pageOf(ids []string, size int, at *url.URL) any {
	q := at.Query()
	from, _ := strconv.Atoi(q.Get("$skiptoken"))
	from = min(max(0, from), len(ids))
	to := min(from+size, len(ids))
	users := []any{}
	for _, id := range ids[from:to] {
		user := map[string]any{"id": g.people[id].ID, "displayName": nil} // null: may not be read
		if slices.Contains(g.granted, UsersBasic) {
			user["displayName"] = g.people[id].Name
		}
		users = append(users, user)
	}
	page := map[string]any{"@odata.count": len(ids), "value": users}
	if to < len(ids) {
		q.Set("$skiptoken", strconv.Itoa(to))
		page["@odata.nextLink"] = g.URL() + at.EscapedPath() + "?" + q.Encode()
	}
	return page
}
