package app_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// faulty lets calls to Key Vault through, counts them, and does to one kind of them what it was told.
type faulty struct {
	next policy.Transporter

	mu    sync.Mutex
	calls []string // method and kind of name
	kind  string   // the calls that fail; "" none
	cut   string   // calls that get no answer once one of kind was made
	made  bool     // one of kind was
	how   fault
}

// fault answers in the vault's place. after says that the effect happens all the same.
type fault struct {
	status int
	header string // Retry-After
	after  bool
}

func (f *faulty) Do(r *http.Request) (*http.Response, error) {
	kind := kindOf(r)
	f.mu.Lock()
	f.calls = append(f.calls, kind)
	fails, how := f.kind == kind, f.how
	f.made = f.made || fails
	if f.made && f.cut == kind {
		fails, how = true, fault{}
	}
	f.mu.Unlock()
	if !fails || r.Header.Get("Authorization") == "" { // the challenge is no call
		return f.next.Do(r)
	}
	if how.after {
		res, err := f.next.Do(r)
		if err == nil {
			res.Body.Close()
		}
	}
	if how.status == 0 {
		return nil, errors.New("the connection was cut (a test's fault)")
	}
	res := &http.Response{StatusCode: how.status, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(
			`{"error":{"code":"Test","message":"caller 1111 in vault secret-place"}}`))}
	if how.header != "" {
		res.Header.Set("Retry-After", how.header)
	}
	return res, nil
}

// kindOf is "PUT key", "DELETE link", ...
func kindOf(r *http.Request) string {
	name := strings.TrimPrefix(r.URL.Path, "/secrets/")
	for _, own := range []string{"link", "audit", "chat", "ticket", "note", "settings", "pass", "request"} {
		if strings.HasPrefix(name, "keydesk-"+own) {
			return r.Method + " " + own
		}
	}
	if strings.HasPrefix(name, "/deletedsecrets/") {
		return r.Method + " deleted"
	}
	if strings.HasSuffix(r.URL.Path, "/versions") {
		return r.Method + " versions"
	}
	return r.Method + " key"
}

func (f *faulty) set(kind string, how fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kind, f.how, f.calls, f.cut, f.made = kind, how, nil, "", false
}

// heal lets all calls through again.
func (f *faulty) heal() { f.set("", fault{}) }

// also lets calls of another kind end without an answer after the first that fails.
func (f *faulty) also(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = kind
}
