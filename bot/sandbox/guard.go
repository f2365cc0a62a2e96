package sandbox

import (
	"mime"
	"net"
	"net/http"
	"strings"
)

// forwarding are the headers that proxies add besides X-Forwarded-*. Behind a proxy, "only this
// machine" is no longer true.
var forwarding = [...]string{"Forwarded", "Via", "X-Real-Ip"}

// Guard lets through only what a program or a page on this machine means to send to addr
// (host:port, ours). It wraps everything that the sandbox serves:
//
//   - Host must be 127.0.0.1, localhost or [::1] with our port, else 421: a foreign name that
//     resolves to this machine does not get in;
//   - a forwarding header is 403;
//   - a foreign Origin or a cross-site request is 403, except that a person may follow a link
//     from elsewhere to a page;
//   - what is sent to /api/messages, /v3 and the page's own API must be application/json, else 415.
func Guard(addr string, next http.Handler) http.Handler {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, "80"
	}
	// CrossOriginProtection judges the methods that change something; sameOrigin below the rest.
	changing := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !ourHost(r.Host, host, port):
			refuse(w, http.StatusMisdirectedRequest, "this address does not lead here")
		case forwarded(r.Header):
			refuse(w, http.StatusForbidden, "the sandbox does not stand behind a proxy")
		case safe(r.Method) && !sameOrigin(r):
			refuse(w, http.StatusForbidden, "another site may not read this")
		case needsJSON(r) && !isJSON(r.Header.Get("Content-Type")):
			refuse(w, http.StatusUnsupportedMediaType, "application/json is needed")
		default:
			changing.ServeHTTP(w, r)
		}
	})
}

func ourHost(got, listen, port string) bool {
	host, gotPort, err := net.SplitHostPort(got)
	if err != nil {
		host, gotPort = strings.Trim(got, "[]"), "80"
	}
	if gotPort != port {
		return false
	}
	switch strings.ToLower(host) {
	case "127.0.0.1", "localhost", "::1":
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() && host == listen
}

func forwarded(h http.Header) bool {
	for _, name := range forwarding {
		if len(h.Values(name)) > 0 {
			return true
		}
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameOrigin judges reads. Other origins on this machine count as foreign too: cookies do not
// know ports. A browser that follows a link to a page as a whole is let through; what the page
// then needs is a cookie or a token.
func sameOrigin(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Fetch-Dest") == "document"
}

func needsJSON(r *http.Request) bool {
	if safe(r.Method) || r.Method == http.MethodDelete {
		return false
	}
	return r.URL.Path == "/api/messages" || strings.HasPrefix(r.URL.Path, "/v3/") ||
		strings.HasPrefix(r.URL.Path, apiPath)
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.Error(w, why, status)
}
