package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keydesk/bot/sandbox"
)

func TestGuard(t *testing.T) {
	const addr = "127.0.0.1:3978"
	type head map[string]string
	js := head{"Content-Type": "application/json"}
	with := func(h head) head {
		out := head{"Content-Type": "application/json"}
		for k, v := range h {
			out[k] = v
		}
		return out
	}
	link := head{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
	frame := head{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
	tests := []struct {
		name, method, host, path string
		head                     head
		want                     int
	}{
		{"an address", "GET", addr, "/", nil, 200},
		{"localhost", "GET", "localhost:3978", "/", nil, 200},
		{"IPv6", "GET", "[::1]:3978", "/", nil, 200},
		{"a name that was rebound", "GET", "evil.example:3978", "/", nil, 421},
		{"a name that looks like ours", "GET", "127.0.0.1.evil.example:3978", "/", nil, 421},
		{"localhost as a subdomain", "GET", "a.localhost:3978", "/", nil, 421},
		{"another port", "GET", "127.0.0.1:3979", "/", nil, 421},
		{"no port", "GET", "localhost", "/", nil, 421},
		{"any address", "GET", "0.0.0.0:3978", "/", nil, 421},
		{"another loopback address", "GET", "127.0.0.2:3978", "/", nil, 421},
		{"a dot at the end", "GET", "localhost.:3978", "/", nil, 421},
		{"rebound, to the bot", "POST", "evil.example:3978", "/api/messages", js, 421},
		{"Forwarded", "GET", addr, "/", head{"Forwarded": "for=10.0.0.1"}, 403},
		{"X-Forwarded-For", "GET", addr, "/", head{"X-Forwarded-For": "10.0.0.1"}, 403},
		{"X-Forwarded-Host", "POST", addr, "/v3/conversations", with(head{"X-Forwarded-Host": "a"}), 403},
		{"X-Forwarded-Anything", "GET", addr, "/", head{"X-Forwarded-Client-Cert": ""}, 403},
		{"Via", "GET", addr, "/", head{"Via": "1.1 proxy"}, 403},
		{"a program's activity", "POST", addr, "/api/messages", js, 200},
		{"with a charset", "POST", addr, "/api/messages", head{"Content-Type": "application/json; charset=utf-8"},
			200},
		{"a form's type", "POST", addr, "/api/messages", head{"Content-Type": "text/plain"}, 415},
		{"no type", "POST", addr, "/api/messages", nil, 415},
		{"a type with JSON in it", "POST", addr, "/v3/conversations", head{"Content-Type": "text/json+x"}, 415},
		{"an edit without a type", "PUT", addr, "/v3/conversations/a/activities/1", nil, 415},
		{"the page's call", "POST", addr, "/page/press", head{"Content-Type": "text/plain"}, 415},
		{"our own page", "POST", addr, "/page/press", with(head{
			"Origin": "http://" + addr, "Sec-Fetch-Site": "same-origin"}), 200},
		{"a foreign Origin", "POST", addr, "/api/messages", with(head{"Origin": "https://evil.example"}), 403},
		{"no Origin at all", "POST", addr, "/api/messages", with(head{"Origin": "null"}), 403},
		{"an Origin on another port", "POST", addr, "/page/send", with(head{
			"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-site"}), 403},
		{"cross-site", "POST", addr, "/v3/conversations", with(head{"Sec-Fetch-Site": "cross-site"}), 403},
		{"cross-site delete", "DELETE", addr, "/v3/conversations/a/activities/1",
			head{"Sec-Fetch-Site": "cross-site"}, 403},
		{"cross-site read", "GET", addr, "/page/events", head{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another port's read", "GET", addr, "/page/events", head{"Sec-Fetch-Site": "same-site"}, 403},
		{"a read with a foreign Origin", "GET", addr, "/v3/conversations/a/members",
			head{"Origin": "https://evil.example"}, 403},
		{"a link that a person followed", "GET", addr, "/r/some-token", link, 200},
		{"a frame around us", "GET", addr, "/", frame, 403},
		{"typed into the address bar", "GET", addr, "/", head{"Sec-Fetch-Site": "none"}, 200},
		{"a preflight", "OPTIONS", addr, "/api/messages", head{"Origin": "https://evil.example"}, 403},
		{"a health probe", "HEAD", addr, "/api/messages", nil, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reached := false
			guard := sandbox.Guard(addr, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			server := httptest.NewServer(guard)
			defer server.Close()
			req := request(t, tt.method, server.URL+tt.path, "")
			req.Host = tt.host
			for k, v := range tt.head {
				req.Header[http.CanonicalHeaderKey(k)] = []string{v}
			}
			got := do(t, server.Client(), req)
			if got.status != tt.want || reached != (tt.want == 200) {
				t.Errorf("%d (reached %v), want %d: %s", got.status, reached, tt.want, got.body)
			}
			if h := got.header.Get("Access-Control-Allow-Origin"); h != "" {
				t.Errorf("CORS was granted: %s", h)
			}
		})
	}
}

func TestTheTokenBuysACookie(t *testing.T) {
	w := newWorld(t)
	bare := &http.Client{CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}
	get := func(path, cookie string) reply {
		req := request(t, "GET", w.base+path, "")
		if cookie != "" {
			req.Header.Set("Cookie", cookie)
		}
		return do(t, bare, req)
	}
	for _, path := range []string{"/", "/?as=" + admin, "/?token=", "/?token=wrong", "/page/events?as=" +
		admin} {
		if r := get(path, ""); r.status != 403 || len(r.header.Values("Set-Cookie")) > 0 ||
			strings.Contains(r.body, "L1 technician") {
			t.Errorf("GET %s: %d %s", path, r.status, r.body)
		}
	}
	r := get("/?as="+admin+"&token="+token, "")
	cookie := r.header.Get("Set-Cookie")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/?as="+admin {
		t.Fatalf("%d to %q", r.status, r.header.Get("Location"))
	}
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, token) {
		t.Errorf("the cookie holds the token")
	}
	value, _, _ := strings.Cut(cookie, ";")
	if r := get("/", value); r.status != 200 || !strings.Contains(r.body, "L1 technician") {
		t.Errorf("with the cookie: %d", r.status)
	}
	if r := get("/", value[:len(value)-1]+"x"); r.status != 403 {
		t.Errorf("with another cookie: %d", r.status)
	}
	for _, call := range []string{"open", "send", "press", "delete"} {
		r := do(t, bare, request(t, "POST", w.base+"/page/"+call, `{"as":"`+admin+`"}`))
		if r.status != 403 {
			t.Errorf("%s without a cookie: %d", call, r.status)
		}
	}
}
