package sandbox_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// draw posts a card and answers how it is drawn for the chat's person.
func draw(t testing.TB, w *world, body string) string {
	t.Helper()
	id := w.post(w.chat(admin), cardMessage(body))
	html := w.stream(w.browser(), admin, "").until(byID(id)).HTML
	return strings.Join(strings.Fields(html), " ")
}

func block(text string) string {
	raw, _ := json.Marshal(text)
	return `{"type":"AdaptiveCard","body":[{"type":"TextBlock","wrap":true,"text":` + string(raw) + `}]}`
}

var textForm = regexp.MustCompile(`(?s)<div class="text [^"]*">(.*?)</div>`)

func TestMarkdown(t *testing.T) {
	w := newWorld(t)
	tests := map[string]string{
		"plain":                        "<p>plain</p>",
		"**bold** and *thin* and _so_": "<p><strong>bold</strong> and <em>thin</em> and <em>so</em></p>",
		"**a *b* c**":                  "<p><strong>a <em>b</em> c</strong></p>",
		"client_id and client_secret":  "<p>client_id and client_secret</p>",
		"2 * 3 * 4":                    "<p>2 * 3 * 4</p>",
		`\*not\* \[a\](b) \_c\_ \\`:    `<p>*not* [a](b) _c_ \</p>`,
		"**open":                       "<p>**open</p>",
		"- a\n- b\r\n* c":              "<ul><li>a</li><li>b</li><li>c</li></ul>",
		"1. a\n2. b":                   "<ol><li>a</li><li>b</li></ol>",
		"a\n\nb":                       "<p>a</p><p>b</p>",
		"# no heading":                 "<p># no heading</p>",
		"a & b &amp; c &lt;b&gt;":      "<p>a &amp; b &amp; c &lt;b&gt;</p>",
		"<script>alert(1)</script>":    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
		"<img src=x onerror=alert(1)>": "<p>&lt;img src=x onerror=alert(1)&gt;</p>",
		"[docs](https://example.com/a_b?c=1&d)": `<p><a href="https://example.com/a_b?c=1&amp;d" target="_blank" ` +
			`rel="noopener noreferrer">docs</a></p>`,
		"[x](javascript:alert(1))":         "<p>x</p>",
		"[x](data:text/html,y)":            "<p>x</p>",
		"[x](/r/relative)":                 "<p>x</p>",
		`[x](https://a"onclick="alert(1))`: `<p>x</p>`,
		"[**b**](https://example.com)": `<p><a ` +
			`href="https://example.com" target="_blank" rel="noopener noreferrer"><strong>b</strong></a></p>`,
		"{{DATE(2026-11-23T10:00:00Z,SHORT)}}": `<p><time ` +
			`datetime="2026-11-23T10:00:00Z" data-form="short">2026-11-23</time></p>`,
		"{{TIME(2026-11-23T10:00:00+01:00)}}": `<p><time ` +
			`datetime="2026-11-23T09:00:00Z" data-form="time">09:00 UTC</time></p>`,
		"{{DATE(2026-99-99T10:00:00Z)}}": `<p>{{DATE(2026-99-99T10:00:00Z)}}</p>`,
		"{{DATE(<script>)}}":             `<p>{{DATE(&lt;script&gt;)}}</p>`,
		"ninja_••••••••••••5f2a":         "<p>ninja_••••••••••••5f2a</p>",
	}
	for text, want := range tests {
		html := draw(t, w, block(text))
		m := textForm.FindStringSubmatch(html)
		if m == nil || m[1] != want {
			t.Errorf("%q\n got %q\nwant %q", text, m, want)
		}
	}
}

// Two cards on one page must not share the ids that tie labels and messages to inputs.
func TestCardsShareNoIDs(t *testing.T) {
	w := newWorld(t)
	ids := regexp.MustCompile(` id="([^"]*)"`)
	seen := map[string]bool{}
	for range 2 {
		for _, m := range ids.FindAllStringSubmatch(draw(t, w, formCard), -1) {
			if seen[m[1]] || !strings.HasPrefix(m[1], "m") {
				t.Errorf("id %q is there twice, or names no message", m[1])
			}
			seen[m[1]] = true
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %v", seen)
	}
}

func TestElements(t *testing.T) {
	w := newWorld(t)
	one := func(element string) string { return `{"type":"AdaptiveCard","body":[` + element + `]}` }
	tests := []struct {
		name, card string
		has        []string
		not        []string
	}{
		{"text", one(`{"type":"TextBlock","text":"a","size":"Large","weight":"bolder","color":"Attention",
			"isSubtle":true,
			"spacing":"none","separator":true,"horizontalAlignment":"right","style":"heading","maxLines":2}`),
			[]string{"sz-large", "we-bolder", "co-attention", "subtle", "sp-none", "sep", "al-right", "ml-2",
				`role="heading"`}, nil},
		{"a class that is none", one(`{"type":"TextBlock","text":"a","color":"x\" onclick=\"y"}`), nil,
			[]string{"onclick"}},
		{"rich text", one(`{"type":"RichTextBlock","inlines":["plain",{"type":"TextRun","text":"<b>",
			"fontType":"Monospace"}]}`),
			[]string{"plain", "mono", "&lt;b&gt;"}, []string{"<b>"}},
		{"container", one(`{"type":"Container","style":"attention","bleed":true,"items":[{"type":"TextBlock",
			"text":"in"}]}`),
			[]string{"st-attention", "bleed", "in"}, nil},
		{"columns", one(`{"type":"ColumnSet","columns":[{"type":"Column","width":"auto","items":[]},{"width":2,
			"items":[]},
			{"width":"48px","items":[]},{"width":"expression(1)","items":[]},{"items":[]}]}`),
			[]string{`data-width="auto"`, `data-width="2"`, `data-width="48px"`, `data-width="stretch"`},
			[]string{"expression"}},
		{"facts", one(`{"type":"FactSet","facts":[{"title":"Key","value":"**v**"}]}`),
			[]string{"<dt>Key</dt>", "<dd><strong>v</strong></dd>"}, nil},
		{"table", one(`{"type":"Table","columns":[{"width":1}],"rows":[{"type":"TableRow",
			"cells":[{"type":"TableCell",
			"items":[{"type":"TextBlock","text":"head"}]}]},{"type":"TableRow","cells":[{"type":"TableCell","items":[
			{"type":"TextBlock","text":"cell"}]}]}]}`), []string{`<th scope="col">`, "<td", "head", "cell"}, nil},
		{"unknown elements vanish", one(`{"type":"Fancy","items":[{"type":"TextBlock","text":"gone"}]}`), nil,
			[]string{"gone"}},
		{"hidden", one(`{"type":"TextBlock","id":"h","isVisible":false,"text":"a"}`),
			[]string{`data-el="h" hidden`}, nil},
		{"password", one(`{"type":"Input.Text","id":"part.key","label":"Key","style":"Password",
			"value":"never","isRequired":true,
			"errorMessage":"Needed.","maxLength":99}`),
			[]string{`type="password"`, `name="part.key"`, `required`, `data-message="Needed."`, `maxlength="99"`,
				"<label for="},
			[]string{"never"}},
		{"text input", one(`{"type":"Input.Text","id":"a","placeholder":"p","value":"v\"w"}`),
			[]string{`value="v&#34;w"`, `aria-label="p"`}, nil},
		{"many lines", one(`{"type":"Input.Text","id":"a","label":"A","isMultiline":true,
			"value":"</textarea><b>"}`),
			[]string{"<textarea", "&lt;/textarea&gt;"}, []string{"<b>"}},
		{"number", one(`{"type":"Input.Number","id":"n","label":"N","value":7,"min":1,"max":90}`),
			[]string{`type="number"`, `value="7"`, `min="1"`, `max="90"`}, nil},
		{"date", one(`{"type":"Input.Date","id":"d","label":"D","value":"2027-02-03"}`),
			[]string{`type="date"`, `value="2027-02-03"`}, nil},
		{"toggle", one(`{"type":"Input.Toggle","id":"t","title":"T","value":"on","valueOn":"on","valueOff":"off"}`),
			[]string{`type="checkbox"`, "checked", `data-yes="on"`, `data-no="off"`}, nil},
		{"choice", one(`{"type":"Input.ChoiceSet","id":"c","label":"C","value":"b","choices":[{"title":"A",
			"value":"a"},
			{"title":"B","value":"b"}]}`), []string{"<select", `value="b" selected`}, nil},
		{"several choices", one(`{"type":"Input.ChoiceSet","id":"c","label":"C","isMultiSelect":true,
			"value":"a,b","choices":[
			{"title":"A","value":"a"},{"title":"B",
				"value":"b"}]}`), []string{"<fieldset", `value="a" checked`, `value="b" checked`}, nil},
		{"filtered", one(`{"type":"Input.ChoiceSet","id":"vendor","label":"V","style":"filtered","choices":[
			{"title":"NinjaOne",
				"value":"ninja"}]}`), []string{`role="combobox"`, `role="option"`, `data-value="ninja"`}, nil},
		{"open a page", one(`{"type":"ActionSet","actions":[{"type":"Action.OpenUrl","title":"Open",
			"url":"http://127.0.0.1/r/x"}]}`),
			[]string{`href="http://127.0.0.1/r/x"`, `rel="noopener noreferrer"`, `target="_blank"`}, nil},
		{"open no page", one(`{"type":"ActionSet","actions":[{"type":"Action.OpenUrl","title":"Open",
			"url":"javascript:x"}]}`),
			nil, []string{"javascript", "Open"}},
		{"six buttons", `{"type":"AdaptiveCard","actions":[` +
			strings.Repeat(`{"type":"Action.Submit","title":"b"},`, 5) +
			`{"type":"Action.Submit","title":"b"}]}`, nil, []string{"More actions"}},
		{"seven buttons", `{"type":"AdaptiveCard","actions":[` +
			strings.Repeat(`{"type":"Action.Submit","title":"b"},`, 6) +
			`{"type":"Action.Submit","title":"b"}]}`, []string{"More actions"}, nil},
		{"show a card", `{"type":"AdaptiveCard","actions":[{"type":"Action.ShowCard","title":"More","card":{"body":[
			{"type":"TextBlock","text":"inside"}]}}]}`, []string{`aria-expanded="false"`, "inside"}, nil},
		{"toggle visibility", `{"type":"AdaptiveCard","actions":[{"type":"Action.ToggleVisibility","title":"T",
			"targetElements":[
			"a",{"elementId":"b c","isVisible":true}]}]}`, []string{`data-targets="a &#43;b%20c"`}, nil},
		{"unknown actions vanish", `{"type":"AdaptiveCard","actions":[{"type":"Action.Magic","title":"gone"}]}`,
			nil, []string{"gone"}},
		{"null and odd values", `{"type":"AdaptiveCard","body":[{"type":"Input.Number","id":"n","value":null}],
			"actions":[null]}`, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			html := draw(t, w, tt.card)
			for _, want := range tt.has {
				if !strings.Contains(html, want) {
					t.Errorf("lacks %s:\n%s", want, html)
				}
			}
			for _, never := range tt.not {
				if strings.Contains(html, never) {
					t.Errorf("has %s:\n%s", never, html)
				}
			}
		})
	}
}

// The bot's own cards, where they are kept as goldens, are drawn whole: every text, input and
// button of theirs is on the page.
func TestTheBotsOwnCards(t *testing.T) {
	w := newWorld(t)
	files, err := filepath.Glob("../../cards/testdata/*.json")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d cards, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w.t = t
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var tree map[string]any
			if json.Unmarshal(raw, &tree) != nil || tree["type"] != "AdaptiveCard" {
				t.Fatal("no card")
			}
			html := draw(t, w, string(raw))
			each(tree, func(node map[string]any) {
				kind, _ := node["type"].(string)
				id, _ := node["id"].(string)
				title, _ := node["title"].(string)
				if strings.HasPrefix(kind, "Input.") && !strings.Contains(html, `="`+id+`"`) {
					t.Errorf("%s %s is not drawn", kind, id)
				}
				if strings.HasPrefix(kind, "Action.") && !strings.Contains(html, title) {
					t.Errorf("%s %s is not drawn", kind, title)
				}
				if strings.Contains(kind, ".") || known[kind] {
					return
				}
				t.Errorf("element %s is not known here", kind)
			})
		})
	}
}

var known = map[string]bool{
	"": true, "AdaptiveCard": true, "TextBlock": true, "RichTextBlock": true, "TextRun": true, "Container": true,
	"ColumnSet": true, "Column": true, "FactSet": true, "Table": true, "TableRow": true, "TableCell": true,
	"ActionSet": true,
}

// each visits what is drawn: elements and actions, but no fallbacks and no data.
func each(node any, visit func(map[string]any)) {
	switch v := node.(type) {
	case []any:
		for _, n := range v {
			each(n, visit)
		}
	case map[string]any:
		visit(v)
		for k, n := range v {
			if k != "fallback" && k != "data" && k != "msteams" {
				each(n, visit)
			}
		}
	}
}

func FuzzCard(f *testing.F) {
	f.Add(formCard)
	f.Add(block("**a** [b](https://example.com) {{DATE(2026-11-23T10:00:00Z,SHORT)}} <script>"))
	f.Add(`{"type":"AdaptiveCard","body":[{"type":"Input.ChoiceSet","id":"\"><script>","choices":[{}]}]}`)
	w := newWorld(f)
	c, chat, last := w.browser(), w.chat(admin), ""
	f.Fuzz(func(t *testing.T, content string) {
		if !json.Valid([]byte(content)) {
			return // no card
		}
		w.t = t
		r := w.call("POST", "/v3/conversations/"+chat+"/activities", cardMessage(content))
		if r.status != http.StatusCreated {
			return
		}
		n := w.stream(c, admin, last).next()
		last = n.id
		if len(n.Messages) != 1 {
			t.Fatalf("%d messages for one card", len(n.Messages))
		}
		html := strings.ToLower(n.Messages[0].HTML)
		if strings.Contains(html, "<script") || strings.Contains(html, "<img") {
			t.Errorf("markup got through: %s", html)
		}
	})
}
