package web_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"keydesk/bot/desk"
)

// address finds what a page or a style loads.
var address = regexp.MustCompile(
	`(?:src|href|action|srcset|poster)="([^"]*)"|url\(([^)]*)\)|@import|https?://[^\s"']+`)

// inline is what a strict policy refuses: script, style or handlers in the page itself.
var inline = regexp.MustCompile(
	`(?i)<style|<script[^>]*>[^<]|\sstyle=|\son[a-z]+=|javascript:|<form|<iframe|<base`)

// TestPagesKeepToThemselves: pages load from their own folder only, hold no token and no value, and escape
// names.
func TestPagesKeepToThemselves(t *testing.T) {
	for name, l := range map[string]*links{
		"ready": {}, "gone": {lookErr: desk.ErrGone}, "busy": {lookErr: desk.ErrUnavailable},
	} {
		w := start(t, l, nil, nil)
		res, page := w.ask("GET", "/r/"+token)
		if res.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(page, `data-state="`+name+`"`) {
			t.Errorf("%s: %s %s", name, res.Header.Get("Content-Type"), page)
		}
		for _, m := range address.FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "assets/") {
				t.Errorf("%s: the page loads %s", name, m[0])
			} else if res, _ := w.ask("GET", "/r/"+m[1]); res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %d", name, m[1], res.StatusCode)
			}
		}
		if found := inline.FindString(page); found != "" {
			t.Errorf("%s: the page has %q", name, found)
		}
		for _, never := range []string{token, "obviously-fake", "<acme>", `Ninja"One`} {
			if strings.Contains(page, never) {
				t.Errorf("%s: the page has %s", name, never)
			}
		}
		if !strings.Contains(page, `translate="no"`) {
			t.Errorf("%s: a browser may send the page to a translator", name)
		}
		if w.desk.claimed() > 0 {
			t.Errorf("%s: looking claimed", name)
		}
	}
}

func TestAssetsLoadNothingElse(t *testing.T) {
	w := start(t, &links{}, nil, nil)
	const script, style = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
	for path, kind := range map[string]string{"reveal.js": script, "intake.js": script, "import.js": script,
		"page.js": script, "rows.js": script, "reveal.css": style, "intake.css": style, "key.svg": "image/svg+xml"} {
		res, body := w.ask("GET", "/r/assets/"+path)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		for _, m := range address.FindAllString(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", ""), -1) {
			t.Errorf("%s loads %s", path, m)
		}
		for _, never := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage",
			"sessionStorage", "console."} {
			if strings.Contains(body, never) {
				t.Errorf("%s has %s", path, never)
			}
		}
	}
}

// TestHealth: alive as long as it answers; ready as the vault and the log are, without a word about them.
func TestHealth(t *testing.T) {
	down := errors.New("https://contoso.vault.azure.net does not answer")
	for _, tt := range []struct {
		path  string
		ready error
		want  int
		body  string
	}{
		{"/healthz", nil, 200, "ok\n"},
		{"/healthz", down, 200, "ok\n"},
		{"/readyz", nil, 200, `{"ready":true}` + "\n"},
		{"/readyz", down, 503, `{"ready":false}` + "\n"},
	} {
		w := start(t, &links{}, nil, tt.ready)
		res, body := w.ask("GET", tt.path)
		if res.StatusCode != tt.want || body != tt.body {
			t.Errorf("%s, ready %v: %d %q", tt.path, tt.ready, res.StatusCode, body)
		}
	}
}
