package web_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/bot/web"
	"keydesk/bot/web/signin"
)

const (
	ourTenant    = "00000000-0000-4000-8000-00000000a001"
	otherTenant  = "00000000-0000-4000-8000-00000000a002"
	signInApp    = "00000000-0000-4000-8000-00000000c001"
	signInSecret = "obviously-fake-client-secret-of-the-app"
	stranger     = "00000000-0000-4000-8000-00000000f000"
	otherToken   = "ZyXwVuTsRqPoNmLkJiHgFeDcBa_-9876543210ZyXwV"
)

// signWorld is the pages with the real sign-in, and Entra, both over a network.
type signWorld struct {
	t     testing.TB
	entra *bottest.Entra
	desk  *links
	flow  *signin.Flow
	url   string
	logs  locked
	pool  *x509.CertPool
}

type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newEntra(t testing.TB) *bottest.Entra {
	e := bottest.NewEntra(ourTenant, otherTenant)
	t.Cleanup(e.Close)
	enrol(e)
	return e
}

func enrol(e *bottest.Entra) {
	e.Enrol(bottest.EntraPerson{Tenant: ourTenant, ID: holder.ID, Name: holder.Name},
		bottest.EntraPerson{Tenant: ourTenant, ID: stranger, Name: "A <newcomer>"},
		bottest.EntraPerson{Tenant: otherTenant, ID: "00000000-0000-4000-8000-00000000f001", Name: "Fabrikam"})
	e.SignedIn(holder.ID)
}

func register(e *bottest.Entra, public string) {
	e.Register(bottest.EntraApp{Tenant: ourTenant, ID: signInApp, Secrets: []string{signInSecret},
		Redirects: []string{public + "/signin/callback"}})
}

func flowOf(t testing.TB, e *bottest.Entra, public string) *signin.Flow {
	t.Helper()
	f, err := signin.New(signin.Config{Authority: e.URL(), Tenant: ourTenant, ClientID: signInApp,
		ClientSecret: signInSecret, PublicURL: public, Client: e.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// signing starts the pages, with https or, as for who develops on their machine, without.
func signing(t testing.TB, secure bool) *signWorld {
	t.Helper()
	w := &signWorld{t: t, entra: newEntra(t), desk: &links{}, pool: x509.NewCertPool()}
	s := httptest.NewUnstartedServer(nil)
	w.url = "http://" + s.Listener.Addr().String()
	if secure {
		w.url = "https" + strings.TrimPrefix(w.url, "http")
	}
	register(w.entra, w.url)
	w.flow = flowOf(t, w.entra, w.url)
	s.Config.Handler = web.New(web.Config{Desk: w.desk, SignIn: w.flow, Template: []byte("vendor,value\r\n"),
		Ready:  func(context.Context) error { return nil },
		Logger: slog.New(slog.NewTextHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if secure {
		s.StartTLS()
		w.pool.AddCert(s.Certificate())
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	w.pool.AppendCertsFromPEM(w.entra.CertPEM())
	return w
}

// surfer is a browser of its own: cookies, and what it asked for and was given.
type surfer struct {
	t       testing.TB
	url     string
	client  *http.Client
	asked   []string // addresses, in order
	cookies []*http.Cookie
	stopAt  string // an address that begins so is not followed
	next    http.RoundTripper
}

func (w *signWorld) surfer() *surfer {
	s := &surfer{t: w.t, url: w.url, next: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool}}}
	s.begin()
	w.t.Cleanup(s.next.(*http.Transport).CloseIdleConnections)
	return s
}

func (s *surfer) begin() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = &http.Client{Jar: jar, Transport: s, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if s.stopAt != "" && strings.HasPrefix(r.URL.String(), s.stopAt) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// RoundTrip notes what goes and what comes.
func (s *surfer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL.String())
	res, err := s.next.RoundTrip(r)
	if err == nil {
		s.cookies = append(s.cookies, res.Cookies()...)
	}
	return res, err
}

func (s *surfer) get(at string) (*http.Response, string) {
	s.t.Helper()
	if strings.HasPrefix(at, "/") {
		at = s.url + at
	}
	res, err := s.client.Get(at)
	return s.read(res, err)
}

func (s *surfer) claim(token string) (*http.Response, string) {
	s.t.Helper()
	res, err := s.client.Post(s.url+"/r/"+token, "application/json", strings.NewReader("{}"))
	return s.read(res, err)
}

func (s *surfer) read(res *http.Response, err error) (*http.Response, string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(body)
}

// begun goes to Entra and gives the address that it sends the browser back to.
func (s *surfer) begun(path string) *url.URL {
	s.t.Helper()
	s.stopAt = s.url + "/signin/callback"
	defer func() { s.stopAt = "" }()
	res, _ := s.get(path)
	back, err := res.Location()
	if err != nil {
		s.t.Fatal(err)
	}
	return back
}

// jar is what the browser sends to the pages.
func (s *surfer) jar() []*http.Cookie {
	u, _ := url.Parse(s.url)
	return s.client.Jar.Cookies(u)
}

func (s *surfer) put(cookies ...*http.Cookie) {
	u, _ := url.Parse(s.url)
	for _, c := range cookies {
		c.Path = "/"
	}
	s.client.Jar.SetCookies(u, cookies)
}
