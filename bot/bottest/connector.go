package bottest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Connector is Teams' connector: it takes what a bot posts, edits and deletes, and remembers it. Its limits
// and failures come from the test. It speaks TLS. Safe for concurrent use.
type Connector struct {
	server *httptest.Server // nil: in process

	mu     sync.Mutex
	calls  []Call
	read   int           // how many of them Next has given
	more   chan struct{} // closed when a call arrives
	faults []Fault
	roster []map[string]any
	quiet  bool
	admits func(authorization string) bool
}

// NewConnector starts a connector. Close ends it.
func NewConnector() *Connector {
	c := ConnectorInProcess()
	c.server = httptest.NewTLSServer(c)
	c.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	return c
}

// ConnectorInProcess is a connector without a network, for tests with a clock of their own: only Client
// reaches it.
func ConnectorInProcess() *Connector { return &Connector{more: make(chan struct{})} }

// Close stops the connector.
func (c *Connector) Close() {
	if c.server != nil {
		c.server.Close()
	}
}

// URL is the service URL; it has a region's path and a slash at its end, as Teams' have.
func (c *Connector) URL() string {
	if c.server == nil {
		return "https://127.0.0.1/emea/"
	}
	return c.server.URL + "/emea/"
}

// Client is an HTTP client that trusts the connector, and another one made with NewConnector.
func (c *Connector) Client() *http.Client {
	if c.server == nil {
		return &http.Client{Transport: Direct(c)}
	}
	return c.server.Client()
}

// Fail lets the next calls go wrong, one fault each, in order. A fault for another method waits for its own.
func (c *Connector) Fail(f ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, f...)
}

// Quiet stops remembering calls, for benchmarks.
func (c *Connector) Quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quiet = true
}

// Admit judges the Authorization header from now on; without it any will do.
func (c *Connector) Admit(judge func(authorization string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.admits = judge
}

func (c *Connector) admitted(authorization string) bool {
	c.mu.Lock()
	judge := c.admits
	c.mu.Unlock()
	return judge == nil || judge(authorization)
}

// Calls are all calls so far, in the order in which they were answered.
func (c *Connector) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Call(nil), c.calls...)
}

// Next waits for the next call that Next has not given yet.
func (c *Connector) Next(ctx context.Context) (Call, error) {
	for {
		c.mu.Lock()
		if c.read < len(c.calls) {
			c.read++
			call := c.calls[c.read-1]
			c.mu.Unlock()
			return call, nil
		}
		more := c.more
		c.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return Call{}, fmt.Errorf("waiting for a call to the connector: %w", ctx.Err())
		}
	}
}

// fault takes the fault that is meant for a call.
func (c *Connector) fault(method string) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range c.faults {
		if f.Method == "" || f.Method == method {
			c.faults = append(c.faults[:i:i], c.faults[i+1:]...)
			return f
		}
	}
	return Fault{}
}

func (c *Connector) record(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet {
		return
	}
	c.calls = append(c.calls, call)
	close(c.more)
	c.more = make(chan struct{})
}

// ServeHTTP answers as the connector.
func (c *Connector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	call := Call{Method: r.Method, Path: r.URL.EscapedPath(), Authorization: r.Header.Get("Authorization"),
		Raw: raw, At: time.Now()}
	_ = json.Unmarshal(raw, &call.Body)
	f := c.fault(r.Method)
	if !c.admitted(call.Authorization) && f.Status == 0 {
		f.Status = http.StatusUnauthorized
	}
	answer := c.route(r, &call)
	if f.Status != 0 {
		call.Status, answer = f.Status, map[string]any{"error": map[string]string{"code": "Fault",
			"message": "as the test asked"}}
	}
	if f.Cut {
		call.Status = 0
	}
	c.record(call)
	if f.Wait != nil {
		select {
		case <-f.Wait:
		case <-r.Context().Done():
		}
	}
	if f.Cut {
		panic(http.ErrAbortHandler)
	}
	respond(w, f, call.Status, answer)
}

func respond(w http.ResponseWriter, f Fault, status int, answer any) {
	for name, value := range map[string]string{"Retry-After": f.RetryAfter, "Location": f.Location} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if f.Body != "" {
		_, _ = io.WriteString(w, f.Body)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// route does what the connector would: it gives ids, and knows only the paths of its reference.
func (c *Connector) route(r *http.Request, call *Call) any {
	path := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.EscapedPath(), "/emea"), "/"), "/")
	for i := range path { // an escaped slash is part of an id
		path[i], _ = url.PathUnescape(path[i])
	}
	switch n := len(path); {
	case n == 2 && r.Method == http.MethodPost && path[1] == "conversations":
		call.Status = http.StatusCreated
		if len(call.Body.Members) != 1 {
			call.Status = http.StatusBadRequest
			return nil
		}
		return map[string]string{"id": "a:1own-" + call.Body.Members[0].ID}
	case n == 4 && r.Method == http.MethodGet && path[1] == "conversations" && path[3] == "pagedmembers":
		call.Conversation, call.Status = path[2], http.StatusOK
		return c.page(r.URL.Query().Get("continuationToken"))
	case n >= 4 && path[1] == "conversations" && path[3] == "activities":
		call.Conversation, call.Status = path[2], http.StatusOK
		switch {
		case n == 4 && r.Method == http.MethodPost:
			call.Status, call.Activity = http.StatusCreated, newID()
		case n == 5 && (r.Method == http.MethodPut || r.Method == http.MethodDelete):
			call.Activity = path[4]
		default:
			call.Status = http.StatusMethodNotAllowed
		}
		return map[string]string{"id": call.Activity}
	}
	call.Status = http.StatusNotFound
	return nil
}
