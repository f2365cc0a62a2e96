package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keydesk/audit"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n got %s\nwant %s", name, got, want)
	}
}

var moment = time.Date(2026, 11, 23, 9, 5, 7, 42_000_000, time.UTC)

func TestEventBytes(t *testing.T) {
	e := event("9f8e7d6c5b4a3210")
	e.Time, e.Prev = moment, strings.Repeat("0a", 32)
	odd := audit.Event{
		Time: moment.In(time.FixedZone("", 3600)), Action: "get", Outcome: audit.Denied, Prev: e.Prev,
		Actor: audit.Actor{Name: "Zoë <b>\"\\"},
		Note:  "tab\tnewline\nnul\x00 del\x7f separators\u2028\u2029 & é 漢 🔑",
	}
	golden(t, "event.jsonl", string(e.AppendLine(nil))+"\n"+string(odd.AppendLine(nil))+"\n")
}

func TestHeaderBytes(t *testing.T) {
	h := audit.Header{Writer: "0123456789abcdef", Number: 7, Began: moment}
	first := string(h.AppendLine(nil))
	h.Parents = []audit.Head{
		{Segment: "keydesk-audit-00000005-fedcba9876543210", Count: 12, Hash: strings.Repeat("1b", 32)},
		{Segment: "keydesk-audit-00000006-0123456789abcdef", Count: 0, Hash: strings.Repeat("2c", 32)},
	}
	golden(t, "header.jsonl", first+"\n"+string(h.AppendLine(nil))+"\n")
	if got := h.Name(); got != "keydesk-audit-00000007-0123456789abcdef" {
		t.Error(got)
	}
}

// text draws strings with everything in them that JSON treats specially.
var text = rapid.OneOf(
	rapid.String(),
	rapid.StringOfN(rapid.SampledFrom([]rune("ab\"\\\n\r\t\b\f\x00\x1f\x7f\u2028\u2029\uFFFD<>&é漢🔑")),
		0, 40, -1),
)

func drawEvent(t *rapid.T) audit.Event {
	outcomes := []audit.Outcome{audit.Intent, audit.OK, audit.Denied, audit.Failed, audit.Found}
	ms := rapid.Int64Range(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()).Draw(t, "ms")
	return audit.Event{
		Time: time.UnixMilli(ms).UTC(), Op: text.Draw(t, "op"), Action: text.Draw(t, "action"),
		Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"),
		Actor:   audit.Actor{ID: text.Draw(t, "id"), Name: text.Draw(t, "name")},
		Key:     text.Draw(t, "key"), Version: text.Draw(t, "version"),
		Chat: rapid.SampledFrom([]string{"", "personal", "channel", "page", "system"}).Draw(t, "chat"),
		Note: text.Draw(t, "note"), Prev: strings.Repeat("0f", 32),
	}
}

func TestEventReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		line := e.AppendLine(nil)
		got, err := audit.ParseEvent(string(line))
		if err != nil || got != e {
			t.Fatalf("%q: %+v, %v", line, got, err)
		}
		sameAsJSON(t, line, e)
	})
}

// sameAsJSON checks a line against Go's own encoder: same keys, same order, same escapes.
func sameAsJSON(t rapid.TB, line []byte, e audit.Event) {
	type actor struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Time    string `json:"time"`
		Op      string `json:"op"`
		Action  string `json:"action"`
		Outcome string `json:"outcome"`
		Actor   actor  `json:"actor"`
		Key     string `json:"key"`
		Version string `json:"version"`
		Chat    string `json:"chat"`
		Note    string `json:"note"`
		Prev    string `json:"prev"`
	}{
		e.Time.Format("2006-01-02T15:04:05.000Z"), e.Op, e.Action, string(e.Outcome), actor(e.Actor),
		e.Key, e.Version, e.Chat, e.Note, e.Prev,
	})
	if err != nil || b.String() != string(line)+"\n" {
		t.Fatalf("encoding/json writes\n%s where the log writes\n%s", b.String(), line)
	}
}

func TestParseEventRefuses(t *testing.T) {
	e := event("op")
	e.Time, e.Prev = moment, strings.Repeat("0a", 32)
	good := string(e.AppendLine(nil))
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, line := range map[string]string{
		"empty":              "",
		"not JSON":           "hello",
		"cut":                good[:len(good)-1],
		"text after":         good + " ",
		"space":              change(`,"op"`, `, "op"`),
		"another order":      change(`"op":"op","action":"rotate"`, `"action":"rotate","op":"op"`),
		"unknown key":        change(`,"prev"`, `,"extra":"","prev"`),
		"missing key":        change(`,"version":"`+e.Version+`"`, ``),
		"null":               change(`"op":"op"`, `"op":null`),
		"number":             change(`"op":"op"`, `"op":1`),
		"other escape":       change(`"op":"op"`, `"op":"\u006fp"`),
		"escaped slash":      change(`ninja/acme`, `ninja\/acme`),
		"upper hex escape":   change(`"op":"op"`, `"op":"\u001F"`),
		"lone surrogate":     change(`"op":"op"`, `"op":"\ud800"`),
		"raw control":        change(`"op":"op"`, "\"op\":\"\x01\""),
		"raw separator":      change(`"op":"op"`, "\"op\":\"\u2028\""),
		"not UTF-8":          change(`"op":"op"`, "\"op\":\"\xff\""),
		"no milliseconds":    change(`07.042Z`, `07Z`),
		"microseconds":       change(`07.042Z`, `07.042000Z`),
		"comma":              change(`07.042Z`, `07,042Z`),
		"offset":             change(`07.042Z`, `07.042+00:00`),
		"no such day":        change(`2026-11-23`, `2026-02-30`),
		"unknown outcome":    change(`"ok"`, `"okay"`),
		"unknown chat":       change(`"personal"`, `"group"`),
		"short prev":         change(`0a"}`, `"}`),
		"upper prev":         change(`0a"}`, `0A"}`),
		"escape at the end":  good[:len(good)-2] + `\`,
		"quote never closed": good[:60],
	} {
		if _, err := audit.ParseEvent(line); err == nil {
			t.Errorf("%s: accepted %s", name, line)
		}
	}
}

func TestParseHeaderRefuses(t *testing.T) {
	hash := strings.Repeat("1b", 32)
	h := audit.Header{Writer: "0123456789abcdef", Number: 7, Began: moment, Parents: []audit.Head{
		{Segment: "keydesk-audit-00000005-fedcba9876543210", Count: 12, Hash: hash},
		{Segment: "keydesk-audit-00000006-0123456789abcdef", Count: 3, Hash: hash},
	}}
	good := string(h.AppendLine(nil))
	if got, err := audit.ParseHeader(good); err != nil || string(got.AppendLine(nil)) != good {
		t.Fatal(got, err)
	}
	for _, c := range [][2]string{
		{`"format":1`, `"format":2`}, {`"format":1`, `"format":1.0`}, {`0123456789abcdef","number`, `0123","number`},
		{`"number":7`, `"number":07`}, {`"number":7`, `"number":-7`}, {`"number":7`, `"number":0`},
		{`"number":7`, `"number":6`}, {`"number":7`, `"number":99999999999`}, {`"number":7`, `"number":"7"`},
		{`"number":7`, `"number":100000000`}, {`00000005`, `00000006-`}, {`00000005-f`, `00000006-f`},
		{`"count":12`, `"count":`}, {`},{`, `}, {`}, {`}],`, `},],`}, {`[{`, `[`}, {`042Z"}`, `042Z"} `},
		{`"began"`, `"begun"`}, {`keydesk-audit-00000006`, `other-00000006`},
	} {
		line := strings.Replace(good, c[0], c[1], 1)
		if _, err := audit.ParseHeader(line); err == nil || line == good {
			t.Errorf("accepted %s", line)
		}
	}
}

func TestParseName(t *testing.T) {
	for name, ok := range map[string]bool{
		"keydesk-audit-00000001-0123456789abcdef":  true,
		"keydesk-audit-1-0123456789abcdef":         false,
		"keydesk-audit-00000001-0123456789ABCDEF":  false,
		"keydesk-audit-0000000a-0123456789abcdef":  false,
		"keydesk-audit-00000001_0123456789abcdef":  false,
		"keydesk-audit-00000001-0123456789abcdef0": false,
		"keydesk-audit-+0000001-0123456789abcdef":  false,
		"ninja--acme": false,
		"":            false,
	} {
		if _, _, got := audit.ParseName(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestDecodeSegmentRefuses(t *testing.T) {
	whole := audit.EncodeSegment("a line\n")
	for name, body := range map[string]string{
		"empty": "", "not base64": "a line", "not gzip": "YSBsaW5lCg==", "cut": whole[:len(whole)-8],
		"a bomb": audit.EncodeSegment(strings.Repeat("a", 5<<20)),
	} {
		if lines, err := audit.DecodeSegment(body); err == nil {
			t.Errorf("%s: %d bytes", name, len(lines))
		}
	}
}

func FuzzEvent(f *testing.F) {
	e := event("op")
	e.Time, e.Prev = moment, strings.Repeat("0a", 32)
	f.Add(string(e.AppendLine(nil)))
	e.Note = "\x00\n\u2028\"\\é"
	f.Add(string(e.AppendLine(nil)))
	f.Fuzz(func(t *testing.T, line string) {
		e, err := audit.ParseEvent(line)
		if err != nil {
			return
		}
		if got := e.AppendLine(nil); string(got) != line {
			t.Fatalf("read %q, wrote %q", line, got)
		}
		sameAsJSON(t, []byte(line), e)
	})
}

func FuzzHeader(f *testing.F) {
	data, err := os.ReadFile("testdata/header.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f.Add(strings.TrimSuffix(line, "\n"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		h, err := audit.ParseHeader(line)
		if err != nil {
			return
		}
		if got := h.AppendLine(nil); string(got) != line {
			t.Fatalf("read %q, wrote %q", line, got)
		}
		if _, _, ok := audit.ParseName(h.Name()); !ok {
			t.Fatalf("%q is no name", h.Name())
		}
	})
}

// FuzzSegment reads whatever somebody may put into the vault or a file.
func FuzzSegment(f *testing.F) {
	s := newStore()
	l := open(f, s)
	if err := l.Append(f.Context(), event("1"), event("2")); err != nil {
		f.Fatal(err)
	}
	lines := s.lines(s.names()[0])
	f.Add(lines, false)
	f.Add(lines+lines, false)
	f.Add(strings.Replace(lines, "rotate", "get", 1), false)
	f.Add(audit.EncodeSegment(lines), true)
	f.Fuzz(func(t *testing.T, data string, packed bool) {
		lines := data
		if packed {
			var err error
			if lines, err = audit.DecodeSegment(data); err != nil {
				return
			}
		} else if got, err := audit.DecodeSegment(audit.EncodeSegment(lines)); err != nil || got != lines {
			t.Fatal("packing changed the lines", err)
		}
		r, err := audit.VerifyReader(strings.NewReader(lines), audit.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _ = r.String(); !r.OK() {
			return
		}
		if n := strings.Count(lines, "\n"); r.Events+r.Segments != n && r.Events+r.Segments != n+1 {
			t.Fatalf("%d events and %d segments in %d lines pass", r.Events, r.Segments, n)
		}
	})
}
