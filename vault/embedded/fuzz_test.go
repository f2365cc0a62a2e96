package embedded_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"keydesk/vault/embedded"
)

// FuzzRoutes: whatever comes in, the answer is a success or Azure's error body, and never a 5xx except the
// 501 of backup and restore.
func FuzzRoutes(f *testing.F) {
	v := open(f, embedded.Config{Path: filepath.Join(f.TempDir(), "vault.db"), NoSync: true})
	w := inProcess(f, v)
	w.set(f, "known", "v")
	w.set(f, "gone", "v")
	w.delete(f, "gone")
	for _, seed := range [][4]string{
		{"GET", "/secrets/known", "api-version=7.4", ""},
		{"GET", "/secrets", "api-version=2026-04-01&maxresults=1&$skiptoken=AAAA", ""},
		{"GET", "/secrets/known/versions", "api-version=2026-04-01&$skiptoken=_-8", ""},
		{"PUT", "/secrets/new", "api-version=2026-04-01", `{"value":"v","tags":{"a":"b"},"attributes":{"exp":1}}`},
		{"PATCH", "/secrets/known/00000000000000000000000000000000", "api-version=2026-04-01", `{"tags":null}`},
		{"DELETE", "/secrets/known", "api-version=2026-04-01", ""},
		{"POST", "/deletedsecrets/gone/recover", "api-version=2026-04-01", ""},
		{"DELETE", "/deletedsecrets/gone", "api-version=2026-04-01", ""},
		{"GET", "/deletedsecrets", "api-version=2026-04-01", ""},
		{"POST", "/secrets/restore", "api-version=2026-04-01", `{"value":"AAAA"}`},
		{"POST", "/secrets/known/backup", "api-version=2026-04-01", ""},
		{"HEAD", "/secrets/%2e%2e%2f", "", "\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, w.base, strings.NewReader(body))
		if err != nil {
			t.Skip("no method")
		}
		req.URL = &url.URL{Scheme: "https", Host: "sandbox.vault.azure.net", RawQuery: query}
		if req.URL.Path, err = url.PathUnescape(path); err != nil {
			req.URL.Path = path
		}
		req.URL.RawPath = path
		req.Header.Set("Authorization", "Bearer "+v.Token())
		rec := &recorder{header: http.Header{}}
		v.ServeHTTP(rec, req)
		if rec.status >= 500 && rec.status != 501 {
			t.Errorf("%d %s", rec.status, rec.body.String())
		}
		if rec.status >= 300 && method != http.MethodHead {
			answer{rec.status, rec.header, []byte(rec.body.String())}.err(t)
		}
		resp, err := v.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}

type recorder struct {
	status int
	header http.Header
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
