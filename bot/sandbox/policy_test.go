package sandbox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestThePageKeepsToItsPolicy(t *testing.T) {
	w := newWorld(t)
	c := w.browser()
	foreign := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9]`)
	inline := regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=|javascript:`)
	asset := regexp.MustCompile(`(?:href|src)="(/page/[^"]+)"`)
	seen := map[string]bool{}
	for _, path := range []string{"/", "/?as=" + admin} {
		r := do(t, c, request(t, "GET", w.base+path, ""))
		csp := r.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'",
			"frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || r.header.Get("Referrer-Policy") != "no-referrer" ||
			r.header.Get("Cache-Control") != "no-store" || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, r.header)
		}
		if m := inline.FindString(r.body); m != "" {
			t.Errorf("%s holds %q", path, m)
		}
		if m := foreign.FindString(r.body); m != "" {
			t.Errorf("%s leads to %q", path, m)
		}
		for _, m := range asset.FindAllStringSubmatch(r.body, -1) {
			seen[m[1]] = true
		}
	}
	seen["/page/card.js"] = true // imported by a script
	if len(seen) < 6 {
		t.Errorf("assets: %v", seen)
	}
	for path := range seen {
		r := do(t, http.DefaultClient, request(t, "GET", w.base+path, ""))
		body := strings.ReplaceAll(r.body, "http://www.w3.org/2000/svg", "")
		if r.status != 200 || foreign.MatchString(strings.ReplaceAll(body, "// ", "")) {
			t.Errorf("%s: %d, leads to %q", path, r.status, foreign.FindString(body))
		}
		again := request(t, "GET", w.base+path, "")
		again.Header.Set("If-None-Match", r.header.Get("ETag"))
		if r := do(t, http.DefaultClient, again); r.status != http.StatusNotModified {
			t.Errorf("%s again: %d", path, r.status)
		}
	}
	if r := do(t, c, request(t, "GET", w.base+"/page/page.tmpl", "")); r.status != http.StatusNotFound {
		t.Errorf("a template is served: %d", r.status)
	}
}
