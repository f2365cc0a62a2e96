package tenant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"keydesk/bot/bottest"
)

// Browser is somebody's, with cookies of its own. It picks the person's account where Entra asks.
type Browser struct {
	t      testing.TB
	who    string
	client *http.Client
	Asked  []string // addresses, in order
}

// Browser is a new one, before which the person sits.
func (c *Tenant) Browser(t testing.TB, p bottest.Person) *Browser {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.Entra.CertPEM())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t: t, who: p.ID}
	next := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(next.CloseIdleConnections)
	b.client = &http.Client{Jar: jar, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/authorize") { // they click on their name
			r = r.Clone(r.Context())
			q := r.URL.Query()
			q.Set("person", p.ID)
			r.URL.RawQuery = q.Encode()
		}
		b.Asked = append(b.Asked, r.URL.String())
		return next.RoundTrip(r)
	})}
	return b
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Get opens a page, through signing in where that is asked for.
func (b *Browser) Get(address string) (status int, page string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// Claim is what the page of a link does when its button is pressed: the parts of the key, or why there are
// none.
func (b *Browser) Claim(address string) (status int, parts map[string]string, words string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		b.t.Fatal(err)
	}
	at, _ := url.Parse(address)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "https://"+at.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	status, words = b.do(req)
	var got struct {
		Parts []struct{ Name, Value string }
	}
	if status != http.StatusOK || json.Unmarshal([]byte(words), &got) != nil {
		return status, nil, words
	}
	parts = map[string]string{}
	for _, p := range got.Parts {
		parts[p.Name] = p.Value
	}
	return status, parts, ""
}

func (b *Browser) do(req *http.Request) (status int, body string) {
	b.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(all)
}
