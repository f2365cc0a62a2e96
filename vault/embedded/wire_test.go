package embedded_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"keydesk/vault/embedded"
)

func manyTags(n, name, value int) map[string]*string {
	m := map[string]*string{}
	for i := range n {
		k := fmt.Sprintf("%02d", i)
		m[k+strings.Repeat("n", name-len(k))] = to.Ptr(strings.Repeat("v", value))
	}
	return m
}

// TestLimits: what Azure refuses is refused, what it takes is taken. The client sends all of it.
func TestLimits(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		value := to.Ptr("v")
		long := func(n int) *string { return to.Ptr(strings.Repeat("ä", n)) }
		for _, row := range []struct {
			what, name string
			in         params
			refused    bool
		}{
			{"shortest name", "a", params{Value: value}, false},
			{"longest name", strings.Repeat("a", 127), params{Value: value}, false},
			{"name too long", strings.Repeat("a", 128), params{Value: value}, true},
			{"underscore", "a_b", params{Value: value}, true},
			{"dot", "a.b", params{Value: value}, true},
			{"slash", "a/b", params{Value: value}, true},
			{"dots", "...", params{Value: value}, true},
			{"space", "a b", params{Value: value}, true},
			{"letter beyond ASCII", "schlüssel", params{Value: value}, true},
			{"line break", "a\n", params{Value: value}, true},
			{"full value", "limit", params{Value: to.Ptr(strings.Repeat("v", 25<<10))}, false},
			{"value one byte over", "limit", params{Value: to.Ptr(strings.Repeat("v", 25<<10+1))}, true},
			{"no value", "limit", params{}, true},
			{"full content type", "limit", params{Value: value, ContentType: long(255)}, false},
			{"content type over", "limit", params{Value: value, ContentType: long(256)}, true},
			{"full tags", "limit", params{Value: value, Tags: manyTags(15, 256, 256)}, false},
			{"16 tags", "limit", params{Value: value, Tags: manyTags(16, 2, 2)}, true},
			{"tag name over", "limit", params{Value: value, Tags: manyTags(1, 257, 1)}, true},
			{"tag value over", "limit", params{Value: value, Tags: manyTags(1, 2, 257)}, true},
			{"tag value over, surrogates", "limit", params{Value: value,
				Tags: map[string]*string{"a": to.Ptr(strings.Repeat("🔑", 129))}}, true},
			{"tag without name", "limit", params{Value: value, Tags: tags("", "v")}, true},
			{"tag without value", "limit", params{Value: value, Tags: map[string]*string{"a": nil}}, true},
			{"everything full", "limit", params{Value: to.Ptr(strings.Repeat("\x01", 25<<10)),
				ContentType: to.Ptr(strings.Repeat("\x01", 255)), Tags: manyTags(15, 256, 256)}, false},
		} {
			_, err := w.c.SetSecret(t.Context(), row.name, row.in, nil)
			if !row.refused && err != nil {
				t.Errorf("%s: %v", row.what, err)
			}
			if row.refused {
				t.Run(row.what, func(t *testing.T) { wantError(t, err, 400, "BadParameter", "") })
			}
		}
	})
}

// TestWire is what no honest client sends, and the shape of what it gets.
func TestWire(t *testing.T) {
	token := func(text string) map[string]string { return map[string]string{"Authorization": text} }
	kind := func(text string) map[string]string { return map[string]string{"Content-Type": text} }
	noToken, form := token(""), kind("application/x-www-form-urlencoded")
	large := `{"value":"` + strings.Repeat("x", 300<<10) + `"}`
	patch := "/secrets/known/" + strings.Repeat("0", 32) + api
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		w.set(t, "known", "v")
		for _, row := range []struct {
			method, path, body string
			header             map[string]string
			status             int
			code               string
		}{
			{"GET", "/secrets/known" + api, "", noToken, 401, "Unauthorized"},
			{"GET", "/secrets/known", "", noToken, 401, "Unauthorized"},
			{"PUT", "/secrets/known" + api, `{"value":"x"}`, noToken, 401, "Unauthorized"},
			{"GET", "/nothing" + api, "", noToken, 401, "Unauthorized"},
			{"GET", "/secrets/known" + api, "", token("Bearer wrong"), 401, "Unauthorized"},
			{"GET", "/secrets/known" + api, "", token("Basic " + w.Token()), 401, "Unauthorized"},
			{"GET", "/secrets/known" + api, "", token(w.Token()), 401, "Unauthorized"},
			{"GET", "/secrets/known" + api, "", token("bearer " + w.Token()), 200, ""},

			{"GET", "/secrets/known", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known?api-version=", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known?api-version=latest", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known?api-version=6.0", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known?api-version=2026-02-30", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known?api-version=7.4", "", nil, 200, ""},
			{"GET", "/secrets/known?api-version=7.6-preview.2", "", nil, 200, ""},
			{"GET", "/secrets/known?api-version=2025-07-01", "", nil, 200, ""},
			{"GET", "/secrets/known?api-version=2026-04-01-preview", "", nil, 200, ""},
			{"GET", "/secrets/known?%zz", "", nil, 400, "BadParameter"},

			{"GET", "/" + api, "", nil, 404, "NotFound"},
			{"GET", "/keys/known" + api, "", nil, 404, "NotFound"},
			{"GET", "//secrets/known" + api, "", nil, 404, "NotFound"},
			{"GET", "/secrets/known/a/b" + api, "", nil, 404, "NotFound"},
			{"POST", "/deletedsecrets/known/purge" + api, "", nil, 404, "NotFound"},
			{"GET", "/SECRETS/Known" + api, "", nil, 200, ""},
			{"GET", "/secrets/known/" + api, "", nil, 200, ""},
			{"GET", "/secrets/" + api, "", nil, 400, "BadParameter"},
			{"GET", "/secrets/a%2Fb" + api, "", nil, 400, "BadParameter"},
			{"GET", "/secrets/..%2f..%2fetc" + api, "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known/%3Cscript%3E" + api, "", nil, 400, "BadParameter"},
			{"GET", "/secrets/" + strings.Repeat("a", 5000) + api, "", nil, 400, "BadParameter"},

			{"POST", "/secrets" + api, "{}", nil, 405, "MethodNotAllowed"},
			{"POST", "/secrets/known" + api, "{}", nil, 405, "MethodNotAllowed"},
			{"DELETE", patch, "", nil, 405, "MethodNotAllowed"},
			{"PUT", patch, `{"value":"x"}`, nil, 405, "MethodNotAllowed"},
			{"OPTIONS", "/secrets/known" + api, "", nil, 405, "MethodNotAllowed"},
			{"BREW", "/secrets/known" + api, "", nil, 405, "MethodNotAllowed"},
			{"GET", "/deletedsecrets/known/recover" + api, "", nil, 405, "MethodNotAllowed"},

			{"GET", "/secrets" + api + "&maxresults=0", "", nil, 400, "BadParameter"},
			{"GET", "/secrets" + api + "&maxresults=26", "", nil, 400, "BadParameter"},
			{"GET", "/secrets" + api + "&maxresults=many", "", nil, 400, "BadParameter"},
			{"GET", "/secrets" + api + "&$skiptoken=%00", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known/versions" + api + "&$skiptoken=!", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known" + api + "&outContentType=text/html", "", nil, 400, "BadParameter"},
			{"GET", "/secrets/known" + api + "&outContentType=application/x-pem-file", "", nil, 200, ""},

			{"PUT", "/secrets/known" + api, "", nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":"x"} trailing`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":null}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":7}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `["value"]`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, "{\"value\":\"\xff\"}", nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":"x"}`, form, 415, "UnsupportedMediaType"},
			{"PUT", "/secrets/known" + api, `{"value":"x","attributes":{"exp":-1}}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":"x","attributes":{"exp":1.5}}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"attributes":{"nbf":999999999999}}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, `{"value":"x","attributes":{"enabled":"no"}}`, nil, 400, "BadParameter"},
			{"PUT", "/secrets/known" + api, large, nil, 413, "RequestEntityTooLarge"},
			{"PUT", "/secrets/known" + api, strings.Repeat("[", 200<<10), nil, 400, "BadParameter"},
			{"PATCH", "/secrets/known" + api, `{"tags":{"a":1}}`, nil, 400, "BadParameter"},
			{"PATCH", "/secrets/known" + api, `{"unknown":{},"attributes":{"created":1}}`, nil, 200, ""},
			{"PUT", "/secrets/other" + api, `{"value":"x"}`, kind("application/json; charset=utf-8"), 200, ""},
		} {
			a := w.raw(t, row.method, row.path, row.body, row.header)
			name := fmt.Sprintf("%s %.80s %.40s", row.method, row.path, row.body)
			if a.status != row.status {
				t.Errorf("%s: %d %.300s, want %d", name, a.status, a.body, row.status)
				continue
			}
			checkShape(t, name, a, row.code)
		}
	})
}

// checkShape: every answer has Azure's headers, every refusal Azure's body and no more than that.
func checkShape(t *testing.T, name string, a answer, code string) {
	t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("%s: content type %q", name, ct)
	}
	if a.header.Get("Cache-Control") != "no-cache" || a.header.Get("X-Ms-Request-Id") == "" {
		t.Errorf("%s: headers %v", name, a.header)
	}
	if code == "" {
		return
	}
	if e := a.err(t); e.Error.Code != code || e.Error.Message == "" || len(a.body) > 600 {
		t.Errorf("%s: %d bytes: %.700s", name, len(a.body), a.body)
	}
	challenge := a.header.Get("WWW-Authenticate")
	if a.status == 401 && challenge != `Bearer authorization="https://login.microsoftonline.com/`+
		`00000000-0000-0000-0000-000000000000", resource="https://vault.azure.net"` {
		t.Errorf("%s: challenge %q", name, challenge)
	}
	if a.status == 405 && a.header.Get("Allow") == "" {
		t.Errorf("%s: no Allow header", name)
	}
}

// TestNeverEchoed: a refusal never repeats a value, whatever is wrong with it.
func TestNeverEchoed(t *testing.T) {
	const fake = "FAKE-ninja-0123456789abcdef-NOT-A-KEY"
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		for _, body := range []string{
			`{"value":"` + fake + `","attributes":{"exp":"` + fake + `"}}`,
			`{"value":["` + fake + `"]}`, fake, `{"value":"` + fake, `{"` + fake + `":1}`,
			`{"value":"` + strings.Repeat(fake, 1000) + `"}`,
			`{"value":"v","tags":{"` + strings.Repeat(fake, 10) + `":"` + fake + `"}}`,
		} {
			a := w.raw(t, "PUT", "/secrets/echo"+api, body, nil)
			if a.status < 400 || strings.Contains(string(a.body)+fmt.Sprint(a.header), fake) {
				t.Errorf("status %d, or the value is in the answer", a.status)
			}
		}
	})
}

// TestHead: a HEAD is no GET here, and has no body.
func TestHead(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		w.set(t, "known", "v")
		if a := w.raw(t, "HEAD", "/secrets/known"+api, "", nil); a.status != 405 || len(a.body) != 0 {
			t.Errorf("%d with %d bytes", a.status, len(a.body))
		}
	})
}

// TestPatchNull: null is absent, so it keeps what there is.
func TestPatchNull(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		made := w.setWith(t, "null", params{Value: to.Ptr("v"),
			ContentType: to.Ptr("text/plain"), Tags: tags("a", "1")})
		a := w.raw(t, "PATCH", "/secrets/null/"+made.ID.Version()+api,
			`{"value":"ignored","contentType":null,"tags":null,"attributes":null}`, nil)
		var got map[string]any
		if err := json.Unmarshal(a.body, &got); err != nil || a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if _, echoed := got["value"]; echoed || got["contentType"] != "text/plain" || got["tags"] == nil {
			t.Errorf("got %v", got)
		}
		if *w.get(t, "null", "").Value != "v" {
			t.Error("a PATCH changed the value")
		}
	})
}
