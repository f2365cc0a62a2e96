package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"keydesk/bot/bottest"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

// id is an object id; n tells them apart. The letters show when case is mistaken.
func id(n int) string { return fmt.Sprintf("abcdef00-0000-4000-8000-%012d", n) }

// The people and groups of these tests.
var (
	admin, tech, guest, nobody = id(1), id(2), id(3), id(9)
	admins, techs, inner, noc  = id(101), id(102), id(103), id(104)
)

// tokens is a credential that counts.
type tokens struct {
	asked  atomic.Int32
	scopes sync.Map
	err    error
}

func (c *tokens) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked.Add(1)
	c.scopes.Store(strings.Join(o.Scopes, " "), o.EnableCAE)
	return azcore.AccessToken{Token: "obviously-fake-token", ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

// journal is a log that several goroutines write.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) lines(about string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.buf.String(), about)
}

type world struct {
	*graph.Graph
	fake   *bottest.Graph
	tokens *tokens
	log    *journal
}

// fill gives a fake Graph its people: techs holds inner, inner holds a guest, and itself.
func fill(g *bottest.Graph) *bottest.Graph {
	g.Person(bottest.Person{ID: admin, Name: "Admin of Contoso"},
		bottest.Person{ID: tech, Name: "Technician"}, bottest.Person{ID: guest, Name: "Guest of Fabrikam"})
	g.Group(admins, admin)
	g.Group(inner, guest, inner)
	g.Group(techs, strings.ToUpper(tech), inner, admin)
	g.Group(noc, inner)
	return g
}

func roleGroups() map[catalog.Role][]string {
	return map[catalog.Role][]string{catalog.Admin: {admins}, catalog.L1: {strings.ToUpper(techs)},
		catalog.NOC: {noc, techs}}
}

func onto(t *testing.T, fake *bottest.Graph, groups map[catalog.Role][]string) *world {
	t.Helper()
	w := &world{fake: fake, tokens: &tokens{}, log: &journal{}}
	var err error
	w.Graph, err = graph.New(graph.Config{Credential: w.tokens, URL: fake.URL(), Client: fake.Client(),
		Groups: groups, Logger: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// served is a world over TLS.
func served(t *testing.T) *world {
	t.Helper()
	fake := bottest.NewGraph()
	t.Cleanup(fake.Close)
	return onto(t, fill(fake), roleGroups())
}

// inProcess is a world for tests with a clock of their own.
func inProcess(t *testing.T) *world {
	t.Helper()
	return onto(t, fill(bottest.GraphInProcess()), roleGroups())
}

func roles(r ...catalog.Role) catalog.Roles { return catalog.RolesOf(r...) }

// wants asks for a person's roles.
func (w *world) wants(t *testing.T, person string, want catalog.Roles) {
	t.Helper()
	if got, err := w.Roles(t.Context(), person); got != want || err != nil {
		t.Errorf("roles of %s: %v %v, want %v", person, got, err, want)
	}
}

// since counts the calls after the first n.
func (w *world) since(n int) int { return len(w.fake.Calls()) - n }
