package web_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"keydesk/bot/desk"
)

const entryBody = `{"parts":{"client_id":"obviously-fake-id","private_key":"` + secret +
	`"},"fields":{"label":"acme","note":"n"}}`

// send posts a body to a path of the pages.
func (w *world) send(path, kind, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(b)
}

// TestIntakePage: looking consumes nothing, shows what is known, escaped, and never a token.
func TestIntakePage(t *testing.T) {
	l := &links{}
	w := start(t, l, nil, nil)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		res, body := w.ask(method, "/i/"+token)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" ||
			strings.Contains(body, token) {
			t.Errorf("%s: %d %s", method, res.StatusCode, body)
		}
		for _, want := range []string{`Add a key of Ninja&#34;One`, `value="for &lt;Contoso&gt;"`,
			`<option selected>eu</option>`, "Client ID",
			`type="password"`, "Administration &gt; Apps", `value="2027-06-30"`, "Format: 40 letters"} {
			if method == http.MethodGet && !strings.Contains(body, want) {
				t.Errorf("the page misses %q", want)
			}
		}
		if strings.Contains(body, "<form") || strings.Contains(body, "<script>") {
			t.Error("the page has a form or an inline script")
		}
	}
	if len(l.entries)+len(l.sheets) > 0 {
		t.Error("looking took something in")
	}
	for name, tt := range map[string]struct {
		err    error
		path   string
		status int
	}{
		"gone":      {desk.ErrGone, "/i/" + token, http.StatusGone},
		"busy":      {desk.ErrUnavailable, "/i/" + token, http.StatusServiceUnavailable},
		"malformed": {nil, "/i/short", http.StatusGone},
	} {
		l.lookIn = tt.err
		if res, body := w.ask(http.MethodGet, tt.path); res.StatusCode != tt.status ||
			!strings.Contains(body, "<h1>") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if res, body := w.ask(http.MethodGet, "/i/template.csv"); res.StatusCode != http.StatusOK ||
		!strings.HasPrefix(body, "vendor,") ||
		!strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the template: %d %q", res.StatusCode, body)
	}
}

// TestIntakeEntry: what is entered reaches the desk once; every refusal has its status and words, and no
// value in it.
func TestIntakeEntry(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"stored": {nil, http.StatusOK, `"preview":"ninja_••••0001"`},
		"a mistake": {fmt.Errorf("%w: %w", desk.ErrMistake, errors.New("x")), http.StatusUnprocessableEntity,
			`"again":"next-token"`},
		"gone":        {desk.ErrGone, http.StatusGone, "has expired"},
		"not yours":   {desk.ErrNotYours, http.StatusForbidden, "somebody else"},
		"denied":      {desk.ErrDenied, http.StatusForbidden, "no access"},
		"unavailable": {desk.ErrUnavailable, http.StatusServiceUnavailable, `"again":"next-token"`},
	} {
		l := &links{intakes: intakes{takeErr: tt.err, again: "next-token"}}
		w := start(t, l, nil, nil)
		res, body := w.send("/i/"+token, "application/json", entryBody)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) ||
			strings.Contains(body+w.logs.String(), "obviously") {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
		if len(l.entries) != 1 || l.tokens[0] != token || l.entries[0].Parts["private_key"].Expose() != secret ||
			l.entries[0].Fields["label"] != "acme" {
			t.Errorf("%s: the desk got %d entries", name, len(l.entries))
		}
	}
}

// TestIntakeThatWaits: the page asks why only where somebody decides, and the answer says that it waits.
func TestIntakeThatWaits(t *testing.T) {
	for _, asks := range []bool{false, true} {
		w := start(t, &links{intakes: intakes{asks: asks}}, nil, nil)
		_, page := w.ask(http.MethodGet, "/i/"+token)
		if strings.Contains(page, `data-field="reason"`) != asks ||
			strings.Contains(page, "goes straight into the vault") == asks {
			t.Errorf("asks %v: %s", asks, page)
		}
		_, body := w.send("/i/"+token, "application/json", entryBody)
		if !strings.Contains(body, fmt.Sprintf(`"waits":%v`, asks)) {
			t.Errorf("asks %v: %s", asks, body)
		}
	}
}

// TestIntakeRefuses: what our page would not send reaches nobody.
func TestIntakeRefuses(t *testing.T) {
	l := &links{}
	w := start(t, l, nil, nil)
	for name, tt := range map[string]struct {
		path, kind, body string
		headers          []string
		status           int
	}{
		"a form": {"/i/" + token, "application/x-www-form-urlencoded", "a=b", nil,
			http.StatusUnsupportedMediaType},
		"text":    {"/i/" + token, "text/plain", entryBody, nil, http.StatusUnsupportedMediaType},
		"no type": {"/i/" + token, "", entryBody, nil, http.StatusUnsupportedMediaType},
		"a form to check": {"/i/" + token + "/check", "application/json", "{}", nil,
			http.StatusUnsupportedMediaType},
		"no JSON": {"/i/" + token, "application/json", "{", nil, http.StatusBadRequest},
		"too long": {"/i/" + token, "application/json", strings.Repeat(" ", 257<<10), nil,
			http.StatusRequestEntityTooLarge},
		"a sheet too long": {"/i/" + token, "text/csv", strings.Repeat("a", 2<<20+1), nil,
			http.StatusRequestEntityTooLarge},
		"a check too long": {"/i/" + token + "/check", "text/csv", strings.Repeat("a", 2<<20+1), nil,
			http.StatusRequestEntityTooLarge},
		"a malformed token": {"/i/short", "application/json", entryBody, nil, http.StatusGone},
		"from another site": {"/i/" + token, "application/json", entryBody, []string{"Sec-Fetch-Site: cross-site"},
			http.StatusForbidden},
		"of another origin": {"/i/" + token, "text/csv", "a", []string{"Origin: https://evil.example"},
			http.StatusForbidden},
		"a check from there": {"/i/" + token + "/check", "text/csv", "a", []string{"Sec-Fetch-Site: cross-site"},
			http.StatusForbidden},
	} {
		res, body := w.send(tt.path, tt.kind, tt.body, tt.headers...)
		if res.StatusCode != tt.status || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: %d %.100s", name, res.StatusCode, body)
		}
	}
	if len(l.entries)+len(l.sheets) > 0 {
		t.Errorf("%d entries and %d sheets reached the desk", len(l.entries), len(l.sheets))
	}
}

func sheetReport() desk.SheetReport {
	return desk.SheetReport{Columns: []desk.SheetColumn{{Name: "Vendor", Means: "vendor"},
		{Name: "API key", Means: "value"}, {Name: "Colour"}},
		Rows: []desk.SheetRow{{Line: 2, Key: "meraki/contoso", Result: desk.RowNew},
			{Line: 3, Key: "meraki/fails", Result: desk.RowNew},
			{Line: 4, Key: "ninjaone", Result: desk.RowTaken,
				Note: "A key of this name is stored with another value."},
			{Line: 5, Result: desk.RowWrong, Note: "=The vendor is not known."},
			{Line: 6, Key: "unifi", Result: desk.RowSame, Note: "Stored already."}}}
}

// TestSheets: the preview, then a line for each row as it ends and one at the end of all.
func TestSheets(t *testing.T) {
	l := &links{intakes: intakes{kind: "import", report: sheetReport()}}
	w := start(t, l, nil, nil)
	if res, body := w.ask(http.MethodGet, "/i/"+token); res.StatusCode != http.StatusOK ||
		!strings.Contains(body, "Choose a CSV file") {
		t.Errorf("the page: %d", res.StatusCode)
	}
	res, body := w.send("/i/"+token+"/check", "text/csv; charset=utf-8", "a,b\r\n")
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `{"name":"Colour","means":""}`) ||
		!strings.Contains(body, `{"line":4,"key":"ninjaone","result":"taken"`) {
		t.Errorf("the preview: %d %s", res.StatusCode, body)
	}
	res, body = w.send("/i/"+token, "text/csv", "a,b\r\n")
	got := strings.Split(strings.TrimSpace(body), "\n")
	if res.StatusCode != http.StatusOK || len(got) != 3 || !strings.Contains(got[0], `"stored"`) ||
		!strings.Contains(got[1], `"failed"`) ||
		!strings.Contains(got[2], `"done":true`) || !strings.Contains(res.Header.Get("Content-Type"), "ndjson") {
		t.Errorf("the import: %d\n%s", res.StatusCode, body)
	}
	if len(l.sheets) != 2 || l.sheets[1] != "a,b\r\n" {
		t.Errorf("the desk got %q", l.sheets)
	}
	l.takeErr = fmt.Errorf("%w: x", desk.ErrMistake)
	for _, path := range []string{"/i/" + token, "/i/" + token + "/check"} {
		if res, body := w.send(path, "text/csv", "x"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a file that can't be read: %d %s", res.StatusCode, body)
		}
	}
}

// TestBodyThatDoesNotArrive: a connection that is cut is not told to have sent too much.
func TestBodyThatDoesNotArrive(t *testing.T) {
	l := &links{}
	w := start(t, l, nil, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /i/%s HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\n"+
		"vendor,value\r\n", token)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") ||
		!strings.Contains(string(answer), "did not arrive whole") {
		t.Errorf("%v\n%s", err, answer)
	}
	if len(l.sheets) > 0 {
		t.Error("half a file reached the desk")
	}
}
