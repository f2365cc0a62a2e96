package cards_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"keydesk/catalog"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the goldens anew")

const maxSize = 28 << 10 // bytes; the safe size of a Teams message with a card

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ninja(t testing.TB) *catalog.Vendor {
	t.Helper()
	v, ok := load(t).Vendor("ninjaone")
	if !ok {
		t.Fatal("no ninjaone")
	}
	return v
}

func TestGoldens(t *testing.T) {
	for name, card := range views(func(limit int) string { return "for Contoso"[:min(limit, 11)] }, ninja(t)) {
		got, err := json.MarshalIndent(card, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if s := card.Summary(); s == "" || strings.Contains(s, "\n") {
			t.Errorf("%s has the summary %q", name, s)
		}
	}
}

// known is every element and action we may send: those of Adaptive Cards 1.5 that Teams draws on all clients.
var known = map[string]bool{"AdaptiveCard": true, "TextBlock": true, "RichTextBlock": true, "TextRun": true,
	"Container": true, "ColumnSet": true, "Column": true, "ActionSet": true, "Input.Text": true,
	"Input.Number": true, "Input.Date": true, "Input.ChoiceSet": true, "Input.Toggle": true, "Action.Execute": true,
	"Action.Submit": true, "Action.OpenUrl": true}

// TestStructure holds every card, of every vendor, to the rules of the package doc.
func TestStructure(t *testing.T) {
	for _, v := range append(load(t).Vendors(), nil) {
		for name, card := range views(func(limit int) string { return strings.Repeat("Ж", limit) }, v) {
			raw, err := json.Marshal(card)
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > maxSize {
				t.Errorf("%s: %d bytes, more than 28 KB", name, len(raw))
			}
			c := checker{t: t, card: name, ids: map[string]bool{}}
			c.walk(decode(t, raw))
		}
	}
}

func decode(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

type checker struct {
	t    testing.TB
	card string
	ids  map[string]bool
}

func (c checker) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			c.walk(x)
		}
	case map[string]any:
		kind, typed := v["type"].(string)
		if typed && !known[kind] {
			c.t.Errorf("%s: a %s", c.card, kind)
		}
		switch {
		case strings.HasPrefix(kind, "Input."):
			c.input(v)
		case kind == "Action.Execute":
			c.execute(v)
		case kind == "ActionSet" && len(v["actions"].([]any)) > 6:
			c.t.Errorf("%s: more than 6 buttons in a row", c.card)
		}
		for name, x := range v {
			if name != "data" && name != "fallback" {
				c.walk(x)
			}
		}
	}
}

func (c checker) input(in map[string]any) {
	id, _ := in["id"].(string)
	if id == "" || c.ids[id] {
		c.t.Errorf("%s: the input id %q is missing or twice", c.card, id)
	}
	c.ids[id] = true
	words := "label"
	if in["type"] == "Input.Toggle" { // has them beside it
		words = "title"
	}
	if in[words] == nil || in[words] == "" {
		c.t.Errorf("%s: the input %s has no %s", c.card, id, words)
	}
	if in["isRequired"] == true && in["errorMessage"] == nil {
		c.t.Errorf("%s: the required input %s has no error message", c.card, id)
	}
}

func (c checker) execute(a map[string]any) {
	fallback, _ := a["fallback"].(map[string]any)
	data, _ := a["data"].(map[string]any)
	if fallback["type"] != "Action.Submit" || !reflect.DeepEqual(fallback["data"], a["data"]) ||
		fallback["title"] != a["title"] {
		c.t.Errorf("%s: %v has no Submit of the same data as its fallback", c.card, a["title"])
	}
	if a["verb"] == nil || data["verb"] != a["verb"] {
		c.t.Errorf("%s: %v: verb %v, in its data %v", c.card, a["title"], a["verb"], data["verb"])
	}
}

// TestSecretsAreMasked: every secret part of every vendor is a password input without a value.
func TestSecretsAreMasked(t *testing.T) {
	for _, v := range load(t).Vendors() {
		raw, err := json.Marshal(views(func(int) string { return "x" }, v)["form"])
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range decode(t, raw)["body"].([]any) {
			in := e.(map[string]any)
			name, isPart := strings.CutPrefix(fmt.Sprint(in["id"]), "part.")
			p, _ := v.Part(name)
			if isPart && p.Secret && (in["style"] != "password" || in["value"] != nil) {
				t.Errorf("%s: %s is not masked", v.ID, name)
			}
		}
	}
}

// marks are what a TextBlock would make something of.
var (
	link     = regexp.MustCompile(`(^|[^\\])\[[^\]]*[^\\]\]\(`)
	function = regexp.MustCompile(`\{\{(DATE|TIME)\(`)
	ours     = regexp.MustCompile(`\{\{(DATE|TIME)\(2026-11-2[34]T1[01]:00:00Z(,SHORT)?\)\}\}`)
)

// TestHostileText: whatever people write into a name, note or reason stays text: no link, no date function, one line.
func TestHostileText(t *testing.T) {
	v := ninja(t)
	bits := []string{"[x](https://evil.example)", "{{DATE(2026-01-01T00:00:00Z)}}", "**b**", "`c`", "\n# h",
		"\n- l", "1. n", "\\", "]", "(", "_i_", "<at>all</at>", "\u202e", "\u2028", "Ж", "🔑", "{", "{{",
		"{{{TIME(2026-01-01T00:00:00Z)}}", "plain"}
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(bits), 1, 12).Draw(rt, "text")
		text := strings.Join(words, rapid.SampledFrom([]string{"", " "}).Draw(rt, "gap"))
		some := func(limit int) string { r := []rune(text); return string(r[:min(len(r), limit)]) }
		for name, card := range views(some, v) {
			raw, err := json.Marshal(card)
			if err != nil {
				rt.Fatal(err)
			}
			if len(raw) > maxSize {
				rt.Fatalf("%s: %d bytes", name, len(raw))
			}
			for _, s := range shown(decode(t, raw)) {
				if link.MatchString(s) || function.MatchString(ours.ReplaceAllString(s, "")) ||
					strings.ContainsAny(s, "\n\u202e\u2028") {
					rt.Fatalf("%s shows %q", name, s)
				}
			}
		}
	})
}

// shown is every text that Teams would format.
func shown(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, shown(x)...)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok {
			out = append(out, s)
		}
		if facts, ok := v["facts"].([]any); ok {
			for _, f := range facts {
				m := f.(map[string]any)
				out = append(out, fmt.Sprint(m["title"]), fmt.Sprint(m["value"]))
			}
		}
		for name, x := range v {
			if name != "data" {
				out = append(out, shown(x)...)
			}
		}
	}
	return out
}
