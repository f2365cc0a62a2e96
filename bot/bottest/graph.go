package bottest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// The application permissions that Graph looks at.
const (
	UsersBasic    = "User.ReadBasic.All"
	GroupMembers  = "GroupMember.Read.All"
	HiddenMembers = "Member.Read.Hidden"
)

// Graph is Microsoft Graph: people, groups within groups, and the calls that ask about them. Its failures
// come from the test. It speaks TLS. Safe for concurrent use.
type Graph struct {
	server *httptest.Server // nil: in process

	mu      sync.Mutex
	people  map[string]Person // by folded id
	groups  map[string]*group
	granted []string
	admits  func(authorization string) bool
	page    int
	calls   []GraphCall
	faults  []Fault
}

type group struct {
	id      string
	members []string // folded ids of people and groups
	hidden  bool
}

// GraphCall is one request that has arrived, with what became of it.
type GraphCall struct {
	Method, Path, Query string
	Authorization       string
	Groups              []string // those a checkMemberGroups asked about
	Status              int      // what was answered; 0 when the answer was cut
	At                  time.Time
}

// NewGraph starts a Graph without people, which grants what Keydesk asks for. Close ends it.
func NewGraph() *Graph {
	g := GraphInProcess()
	g.server = httptest.NewTLSServer(g)
	g.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	return g
}

// GraphInProcess is a Graph without a network, for tests with a clock of their own: only Client reaches it.
func GraphInProcess() *Graph {
	return &Graph{people: map[string]Person{}, groups: map[string]*group{},
		granted: []string{UsersBasic, GroupMembers}}
}

// Close stops it.
func (g *Graph) Close() {
	if g.server != nil {
		g.server.Close()
	}
}

// URL is its address, without a slash at the end.
func (g *Graph) URL() string {
	if g.server == nil {
		return "https://127.0.0.1"
	}
	return g.server.URL
}

// Client is an HTTP client that trusts it.
func (g *Graph) Client() *http.Client {
	if g.server == nil {
		return &http.Client{Transport: Direct(g)}
	}
	return g.server.Client()
}

// Person adds people, or changes their names.
func (g *Graph) Person(people ...Person) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range people {
		g.people[strings.ToLower(p.ID)] = p
	}
}

// Group makes a group, or gives it other members: the ids of people and of groups.
func (g *Graph) Group(id string, members ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := &group{id: id}
	for _, m := range members {
		one.members = append(one.members, strings.ToLower(m))
	}
	g.groups[strings.ToLower(id)] = one
}

// Hide lets a group keep its members to itself, until HiddenMembers is granted.
func (g *Graph) Hide(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups[strings.ToLower(id)].hidden = true
}

// Delete takes people or groups away.
func (g *Graph) Delete(ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		delete(g.people, strings.ToLower(id))
		delete(g.groups, strings.ToLower(id))
	}
}

// Grant is all the application may do from now on.
func (g *Graph) Grant(permissions ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.granted = permissions
}

// Admit judges the Authorization header; without it any bearer token will do.
func (g *Graph) Admit(judge func(authorization string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admits = judge
}

// Page is the most members on a page from now on; 0 is what the caller asks for.
func (g *Graph) Page(most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.page = most
}

// Fail lets the next calls go wrong, one fault each, in order. A fault for another method waits for its
// own.
func (g *Graph) Fail(f ...Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, f...)
}

// Recover forgets the faults that did not come to pass.
func (g *Graph) Recover() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// Calls are all calls so far, in the order in which they arrived.
func (g *Graph) Calls() []GraphCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.calls)
}

// ServeHTTP answers as Graph.
func (g *Graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f, status, answer := g.take(r, raw)
	if f.Wait != nil {
		select {
		case <-f.Wait:
		case <-r.Context().Done():
		}
	}
	if f.Cut {
		panic(http.ErrAbortHandler)
	}
	respond(w, f, status, answer)
}

// take works out the answer to a call and remembers the call.
func (g *Graph) take(r *http.Request, raw []byte) (f Fault, status int, answer any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, next := range g.faults {
		if next.Method == "" || next.Method == r.Method {
			f = next
			g.faults = slices.Delete(g.faults, i, i+1)
			break
		}
	}
	call := GraphCall{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		Authorization: r.Header.Get("Authorization"), At: time.Now()}
	status, answer = g.route(r, raw, &call)
	if f.Status != 0 {
		status, answer = f.Status, graphError("UnknownError", "as the test asked")
	}
	call.Status = status
	if f.Cut {
		call.Status = 0
	}
	g.calls = append(g.calls, call)
	return f, status, answer
}
