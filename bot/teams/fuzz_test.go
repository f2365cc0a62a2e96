package teams_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"keydesk/bot/bottest"
	"keydesk/bot/teams"
)

// FuzzDecode feeds the decoder with activities as Teams sends them, and what becomes of them.
func FuzzDecode(f *testing.F) {
	s := bottest.SignerInProcess(appID, tenant, "https://smba.trafficmanager.net/emea/")
	p := bottest.Person{ID: "0a1b2c3d-0000-4000-8000-000000000001", Name: "An L2 technician"}
	installed, added := s.Opened(p)
	for _, a := range []bottest.Activity{
		s.Message(p, "get ninja"), s.Message(p, "get&nbsp;ninja &amp; more"), installed, added,
		s.Event("messageReaction", p),
		s.InChannel(s.Mentioned(s.Message(p, bottest.Mention+" keys"), bottest.Mention)),
		s.Submit(p, "1700", map[string]any{"verb": "save", "interval": 7, "on": true,
			"nested": map[string]any{"a": []int{1}}}),
		s.Execute(p, "1700", "save", map[string]any{"verb": "save", "part.api_key": "obviously-fake-value"}),
		s.Execute(p, "1700", "", nil).With("value", "text"), s.Message(p, "x").With("entities", []any{1, nil,
			"x", map[string]any{"type": 1}}),
		s.Message(p, "x").With("localTimezone", "../../etc/passwd"),
		s.Message(p, "x").With("localTimezone", "Local"),
	} {
		body, err := json.Marshal(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, text := range []string{`{}`, `null`, `[]`, `{"type":"message","value":null}`,
		`{"type":"invoke","value":{"action":null}}`,
		`{"type":"message","TYPE":"invoke","text":"\ud800","conversation":null,"channelData":null}`,
		`{"type":"message","value":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text, _, data, err := teams.Read(body)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(text) || text != strings.TrimSpace(text) || strings.Contains(text, "\u00a0") {
			t.Errorf("a line of %q", text)
		}
		for name, value := range data {
			if !utf8.ValidString(name) || !utf8.ValidString(value) {
				t.Errorf("%q: %q", name, value)
			}
		}
	})
}
