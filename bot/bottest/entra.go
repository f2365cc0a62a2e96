package bottest

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// The kinds of calls that Entra counts and that Fail names.
const (
	EntraInstances   = "instances" // which clouds there are, as MSAL asks
	EntraMetadata    = "metadata"  // OpenID metadata of a tenant
	EntraKeys        = "keys"
	EntraAuthorize   = "authorize"
	EntraCredentials = "client_credentials" // a token for an application
	EntraCode        = "authorization_code" // a token for a person who signed in
	EntraIdentity    = "managed_identity"
)

// Entra is Microsoft Entra ID: tokens for applications and for managed identities, and sign-in of people with
// the authorization code flow. It speaks TLS. Safe for concurrent use.
type Entra struct {
	Signer *Signer // its keys: Rotate, Retire, and the ways to forge

	server *httptest.Server // nil: in process
	origin string

	mu      sync.Mutex
	tenants map[string]bool
	apps    map[string]EntraApp
	people  []EntraPerson
	chosen  string // the person whom authorize signs in; "" shows the page where one chooses
	codes   map[string]entraCode
	life    time.Duration
	codeFor time.Duration
	idToken func(Claims) string
	faults  map[string][]Fault
	counts  map[string]int
}

// EntraApp is an application registered in a tenant.
type EntraApp struct {
	Tenant, ID   string
	Secrets      []string // that are good
	Expired      []string // that were
	Certificates [][]byte // DER of those that may sign a client assertion
	Federated    []string // tokens that are taken as a client assertion, as with workload identity
	Redirects    []string // where people may be sent after they signed in
	Header       string   // X-IDENTITY-HEADER, where the app is a managed identity of App Service
}

// EntraPerson is somebody who can sign in.
type EntraPerson struct{ Tenant, ID, Name string }

// NewEntra starts an Entra that knows these tenants. Close ends it.
func NewEntra(tenants ...string) *Entra {
	e := EntraInProcess(tenants...)
	e.server = httptest.NewTLSServer(e)
	e.origin = e.server.URL
	return e
}

// EntraInProcess is an Entra without a network, for tests with a clock of their own: only Client reaches it.
func EntraInProcess(tenants ...string) *Entra {
	e := &Entra{Signer: SignerInProcess("", "", ""), origin: "https://127.0.0.1", tenants: map[string]bool{},
		apps: map[string]EntraApp{}, codes: map[string]entraCode{}, life: time.Hour, codeFor: 10 * time.Minute,
		faults: map[string][]Fault{}, counts: map[string]int{}}
	for _, t := range tenants {
		e.tenants[t] = true
	}
	return e
}

// Close stops it.
func (e *Entra) Close() {
	if e.server != nil {
		e.server.Close()
	}
}

// URL is the authority: what AZURE_AUTHORITY_HOST names.
func (e *Entra) URL() string { return e.origin }

// Issuer is the issuer of a tenant's ID tokens.
func (e *Entra) Issuer(tenant string) string { return e.origin + "/" + tenant + "/v2.0" }

// Client is an HTTP client that trusts it.
func (e *Entra) Client() *http.Client {
	if e.server == nil {
		return &http.Client{Transport: Direct(e)}
	}
	return e.server.Client()
}

// CertPEM is its certificate, for programs that are told whom to trust with a file; nil in process.
func (e *Entra) CertPEM() []byte {
	if e.server == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.server.Certificate().Raw})
}

// begin counts a call and takes the fault that is meant for it.
func (e *Entra) begin(kind string) (f Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts[kind]++
	if all := e.faults[kind]; len(all) > 0 {
		f, e.faults[kind] = all[0], all[1:]
	}
	return f
}

// ServeHTTP answers as Entra, and as the endpoints of managed identities.
func (e *Entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/common/discovery/instance":
		e.answer(w, r, EntraInstances, e.instances)
	case r.URL.Path == "/msi/token", r.URL.Path == "/metadata/identity/oauth2/token":
		e.answer(w, r, EntraIdentity, e.identity)
	case rest == "discovery/v2.0/keys":
		e.answer(w, r, EntraKeys, func(*http.Request) (int, any) { return http.StatusOK, e.Signer.keySet() })
	case rest == "v2.0/.well-known/openid-configuration":
		e.answer(w, r, EntraMetadata, func(*http.Request) (int, any) { return e.metadata(tenant) })
	case rest == "oauth2/v2.0/authorize" && r.Method == http.MethodGet:
		e.authorize(w, r, tenant)
	case rest == "oauth2/v2.0/token" && r.Method == http.MethodPost:
		e.answer(w, r, r.PostFormValue("grant_type"),
			func(r *http.Request) (int, any) { return e.token(r, tenant) })
	default:
		http.NotFound(w, r)
	}
}

// answer answers a call with JSON, or with the fault that is meant for it.
func (e *Entra) answer(w http.ResponseWriter, r *http.Request, kind string, do func(*http.Request) (int, any)) {
	f := e.begin(kind)
	if !f.happens(w, r) {
		return
	}
	status, body := do(r)
	if f.Cut {
		panic(http.ErrAbortHandler)
	}
	respond(w, f, status, body)
}

// happens plays the part of a fault that comes before the answer; false where that is all.
func (f Fault) happens(w http.ResponseWriter, r *http.Request) bool {
	if f.Wait != nil {
		select {
		case <-f.Wait:
		case <-r.Context().Done():
			return false
		}
	}
	if f.Status != 0 {
		respond(w, f, f.Status, map[string]any{"error": "temporarily_unavailable",
			"error_description": "AADSTS90033: A transient error has occurred. Please try again."})
		return false
	}
	return true
}
