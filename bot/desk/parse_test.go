package desk_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"keydesk/bot/desk"

	"github.com/google/go-cmp/cmp"
)

func options(verb, name string) bool { return verb == "add" && (name == "note" || name == "interval") }

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		line    string
		verb    string
		words   []string
		options map[string]string
	}{
		{"", "", nil, nil},
		{"   ", "", nil, nil},
		{"HELP", "help", nil, nil},
		{"/help", "help", nil, nil},
		{"get ninja ticket 4711", "get", []string{"ninja", "ticket", "4711"}, nil},
		{"get ninja can't log in", "get", []string{"ninja", "can't", "log", "in"}, nil},
		{`get ninja "two words" x`, "get", []string{"ninja", "two words", "x"}, nil},
		{`get ninja "not closed`, "get", []string{"ninja", `"not`, "closed"}, nil},
		{`add ninja note="for Contoso" interval=30`, "add", []string{"ninja"},
			map[string]string{"note": "for Contoso", "interval": "30"}},
		{`add ninja NOTE='a=b'`, "add", []string{"ninja"}, map[string]string{"note": "a=b"}},
		{`add ninja note=`, "add", []string{"ninja"}, map[string]string{"note": ""}},
		{"get ninja note=x", "get", []string{"ninja", "note=x"}, nil},
		{"add ninja client_secret=x", "add", []string{"ninja", "client_secret=x"}, nil},
		{"add ninja =x", "add", []string{"ninja", "=x"}, nil},
		{"add ninja note=“for Contoso” interval=30", "add", []string{"ninja"},
			map[string]string{"note": "for Contoso", "interval": "30"}},
		{"add ninja note=”for Contoso” x", "add", []string{"ninja", "x"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=„für Contoso“", "add", []string{"ninja"}, map[string]string{"note": "für Contoso"}},
		{"add ninja note=„for Contoso”", "add", []string{"ninja"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=‘for Contoso’", "add", []string{"ninja"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=‚for Contoso‘", "add", []string{"ninja"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=«for Contoso»", "add", []string{"ninja"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=»for Contoso«", "add", []string{"ninja"}, map[string]string{"note": "for Contoso"}},
		{"add ninja note=“”", "add", []string{"ninja"}, map[string]string{"note": ""}},
		{"get ninja “two words” x", "get", []string{"ninja", "two words", "x"}, nil},
		{"add ninja note=‘can’t wait’ x", "add", []string{"ninja", "x"}, map[string]string{"note": "can’t wait"}},
		{`add ninja note='can't wait' x`, "add", []string{"ninja", "x"}, map[string]string{"note": "can't wait"}},
		{"get ninja “not closed", "get", []string{"ninja", "“not", "closed"}, nil},
		{"get ninja can’t log in, it’s down", "get", []string{"ninja", "can’t", "log", "in,", "it’s", "down"}, nil},
		{`get ninja "the “new” one" x`, "get", []string{"ninja", "the “new” one", "x"}, nil},
		{"keys\u00a0rmm\n", "keys", []string{"rmm"}, nil},
	} {
		verb, words, opts := desk.Parse(tt.line, options)
		if tt.options == nil {
			tt.options = map[string]string{}
		}
		if verb != tt.verb || !cmp.Equal(words, tt.words) || !cmp.Equal(opts, tt.options) {
			t.Errorf("Parse(%q) = %q %q %q, want %q %q %q", tt.line, verb, words, opts, tt.verb, tt.words, tt.options)
		}
	}
}

// FuzzParse: whatever is typed, no word is empty unless it was quoted, none holds a line's end that was not quoted, and
// a valid text stays valid.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"help", `add ninja note="a b"`, "get x can't", "=", `"`, "add a=b=c 'x",
		"\u2003keys", "add ninja note=“a b”", "get „x y“ it’s", "add n note=«a»",
		"add note=‘a’b’ “”", "\xff“\xe2\x80”"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		verb, words, opts := desk.Parse(s, options)
		if utf8.ValidString(s) && !utf8.ValidString(verb+strings.Join(words, "")) {
			t.Errorf("%q became invalid", s)
		}
		for name := range opts {
			if name != "note" && name != "interval" {
				t.Errorf("%q has the unknown option %q", s, name)
			}
		}
		if !strings.ContainsAny(s, `"'“”„‘’‚«»`) {
			for _, w := range words {
				if len(strings.Fields(w)) != 1 {
					t.Errorf("%q has the word %q", s, w)
				}
			}
		}
	})
}
