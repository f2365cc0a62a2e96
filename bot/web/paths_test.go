package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestOnlyTheRightPostClaims walks methods, content types and paths: a claim is a POST of application/json to
// a link's own address, and nothing else is.
func TestOnlyTheRightPostClaims(t *testing.T) {
	methods := []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"}
	kinds := map[string]bool{"": false, "application/json": true, "application/json; charset=utf-8": true,
		"Application/JSON": true,
		"text/plain":       false, "text/json": false, "application/x-www-form-urlencoded": false,
		"multipart/form-data; boundary=x": false,
		"application/json-patch+json":     false, "application/json, text/plain": false,
		"application/json; =": false}
	link := "/r/" + token
	paths := map[string]map[string]int{ // path -> method -> status; what is missing is refused
		link:                    {"GET": 200, "HEAD": 200, "POST": 200},
		link + "/":              {},
		link + "/claim":         {},
		"/r/":                   {},
		"/r/assets/reveal.js":   {"GET": 200, "HEAD": 200},
		"/r/assets/reveal.css":  {"GET": 200, "HEAD": 200},
		"/r/assets/key.svg":     {"GET": 200, "HEAD": 200},
		"/r/assets/reveal.html": {},
		"/r/assets/%2e%2e":      {},
		"/r/assets/..%2fweb.go": {},
		"/healthz":              {"GET": 200, "HEAD": 200},
		"/readyz":               {"GET": 200, "HEAD": 200},
		"/nothing":              {},
	}
	for path, fine := range paths {
		for _, method := range methods {
			for kind, isJSON := range kinds {
				w := start(t, &links{}, nil, nil)
				res, body := w.ask(method, path, "Content-Type: "+kind)
				claims, want := 0, fine[method]
				if path == link && method == "POST" {
					if claims = 1; !isJSON {
						claims, want = 0, http.StatusUnsupportedMediaType
					}
				}
				if got := res.StatusCode; got != want && (want != 0 || got < 300) {
					t.Errorf("%s %s %q: %d, want %d", method, path, kind, got, want)
				}
				if w.desk.claimed() != claims {
					t.Errorf("%s %s %q: %d claims", method, path, kind, w.desk.claimed())
				}
				if strings.Contains(body, "obviously-fake") != (claims == 1) {
					t.Errorf("%s %s %q: a value where none belongs, or none where it belongs", method, path, kind)
				}
				hasHeaders(t, method+" "+path, res)
			}
		}
	}
}

// hasHeaders wants what every answer has, errors too.
func hasHeaders(t *testing.T, what string, res *http.Response) {
	t.Helper()
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Robots-Tag":           "noindex, nofollow",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	csp := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "form-action 'none'",
		"frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%s: the policy misses %s: %s", what, want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || res.Header.Get("Access-Control-Allow-Origin") != "" ||
		len(res.Cookies()) > 0 {
		t.Errorf("%s: headers that loosen it: %v", what, res.Header)
	}
}

// TestOtherSitesCannotClaim: neither a page of another site nor one of a sibling name may send the claim.
func TestOtherSitesCannotClaim(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"a program", nil, 200},
		{"our page", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"}, 200},
		{"another site", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a sibling", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"an old browser on another site", []string{"Origin: https://fabrikam.example"}, 403},
		{"a sandboxed frame", []string{"Origin: null"}, 403},
		{"another scheme's page on another port", []string{"Origin: http://127.0.0.1:1"}, 403},
	} {
		w := start(t, &links{}, nil, nil)
		res, body := w.ask("POST", "/r/"+token, append(tt.headers, jsonType)...)
		if res.StatusCode != tt.want || (w.desk.claimed() == 1) != (tt.want == 200) {
			t.Errorf("%s: %d with %d claims, want %d", tt.name, res.StatusCode, w.desk.claimed(), tt.want)
		}
		if tt.want == 403 && !strings.Contains(body, `"error":"Only Keydesk's own page may do this."`) {
			t.Errorf("%s: answered %q", tt.name, body)
		}
		hasHeaders(t, tt.name, res)
	}
}

// TestMalformedTokensReachNobody: what does not look like a token costs no call to the vault.
func TestMalformedTokensReachNobody(t *testing.T) {
	for _, bad := range []string{"x", token[1:], token + "A", token[1:] + "=", token[1:] + "+", token[1:] + ".",
		token[1:] + "%2F",
		token[1:] + "%00", token + "%0a", token[1:] + "%C3%A4", "%2e%2e", "assets", "favicon.ico",
		strings.Repeat("A", 8000)} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			w := start(t, &links{}, nil, nil)
			res, _ := w.ask(method, "/r/"+bad, jsonType)
			if n := w.desk.reached(); n > 0 || res.StatusCode != http.StatusGone {
				t.Errorf("%s /r/%.60s: %d with %d calls of the desk, want 410 and none", method, bad, res.StatusCode, n)
			}
		}
	}
}

// TestOnlyWholeRequestsClaim: a body that is too long, or that breaks off, claims nothing.
func TestOnlyWholeRequestsClaim(t *testing.T) {
	w := start(t, &links{}, nil, nil)
	res, err := client.Post(w.url+"/r/"+token, "application/json", strings.NewReader(strings.Repeat(" ", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || w.desk.reached() > 0 {
		t.Errorf("too long: %d with %d calls of the desk", res.StatusCode, w.desk.reached())
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /r/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "+
		"2\r\n\r\n{", token)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || w.desk.reached() > 0 || strings.Contains(string(answer), " 200 ") {
		t.Errorf("broken off: %q, %v, with %d calls of the desk", answer, err, w.desk.reached())
	}
}
