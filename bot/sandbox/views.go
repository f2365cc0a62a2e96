package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed assets
var assetFiles embed.FS

// views are the page's templates and files.
type views struct {
	page   *template.Template
	assets map[string]asset
}

type asset struct {
	bytes []byte
	tag   string
}

func loadViews() (*views, error) {
	funcs := template.FuncMap{
		"markdown": markdown, "buttons": rowOf,
		"inline": func(s string) template.HTML { return template.HTML(inlineMarkup(s)) },
	}
	page, err := template.New("").Funcs(funcs).ParseFS(assetFiles, "assets/*.tmpl")
	if err != nil {
		return nil, err
	}
	v := &views{page: page, assets: make(map[string]asset)}
	files, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if path.Ext(f.Name()) == ".tmpl" {
			continue
		}
		body, err := assetFiles.ReadFile("assets/" + f.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		v.assets[f.Name()] = asset{bytes: body, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	}
	return v, nil
}

type pageView struct {
	Bot    string
	Me     whoView
	People []whoView
	Chats  []chatView

	Composers []composer // one a chat
}

type composer struct {
	ID, Label, Hint, Bot string
	Personal             bool
}

type whoView struct {
	ID, Name, Initials string
	Roles              []string
	Current            bool
	Tint               int // one of the page's avatar colours
}

type chatView struct {
	ID, Name, What, Try string
	Personal            bool
}

const tints = 6

func (t *Teams) whoView(p Person, current bool) whoView {
	v := whoView{ID: p.ID, Name: p.Name, Initials: initials(p.Name), Current: current}
	v.Tint = max(0, slices.IndexFunc(t.cfg.People(), func(o Person) bool { return o.ID == p.ID })) % tints
	if p.Roles != "" {
		v.Roles = strings.Split(p.Roles, ",")
	}
	return v
}

func (t *Teams) peopleView(me string) []whoView {
	var out []whoView
	for _, p := range t.cfg.People() {
		out = append(out, t.whoView(p, p.ID == me))
	}
	return out
}

func (t *Teams) chatViews(me Person) []chatView {
	out := []chatView{{ID: t.chatOf(me), Name: BotName, What: "Your own chat", Personal: true}}
	for _, c := range channels() {
		out = append(out, chatView{ID: c.ID, Name: c.Name, What: c.What, Try: c.Try})
	}
	return out
}

// composers are where one writes, a hint in each.
func composers(chats []chatView) []composer {
	var out []composer
	for i, c := range chats {
		one := composer{
			ID: "write-" + strconv.Itoa(i), Bot: BotName, Personal: c.Personal,
			Label: "Message " + BotName, Hint: `Type "help", "keys" or "add ninja"`,
		}
		if !c.Personal {
			one.Label, one.Hint = "Post in "+c.Name, "Post: @"+BotName+" "+c.Try
		}
		out = append(out, one)
	}
	return out
}

// initials are the first letters of the first two words.
func initials(name string) string {
	var out strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		r, _ := utf8.DecodeRuneInString(word)
		out.WriteRune(r)
	}
	return strings.ToUpper(out.String())
}

// live is a message as one person's page gets it.
type live struct {
	ID     string `json:"id"`
	Chat   string `json:"chat"`
	Root   string `json:"root,omitempty"`
	Mine   bool   `json:"mine,omitempty"`
	Edited bool   `json:"edited,omitempty"`
	Say    string `json:"say"` // for screen readers
	HTML   string `json:"html"`
}

type messageView struct {
	message
	Mine, Bot bool
	Who       whoView
	Time      string
	Body      template.HTML
	Drawn     *card
	Say       string
}

// view draws a message for me.
func (t *Teams) view(m message, me Person) (live, error) {
	m = m.as(me.ID)
	v := messageView{message: m, Mine: m.From != "" && m.From == me.ID, Bot: m.From == ""}
	v.Who = t.whoView(Person{ID: m.From, Name: m.Name}, false)
	v.Time = m.At.Format(time.RFC3339)
	v.Say = sayText(m)
	switch {
	case m.Gone:
		v.Say = "message deleted"
	case m.Card != nil:
		c, err := readCard(m.Card, "m"+m.ID)
		if err != nil {
			return live{}, err
		}
		v.Drawn, v.Say = c, or(m.Summary, c.line())
	case v.Bot && !m.Plain:
		v.Body = markdown(m.Text)
	}
	var out bytes.Buffer
	if err := t.views.page.ExecuteTemplate(&out, "message", v); err != nil {
		return live{}, err
	}
	return live{
		ID: m.ID, Chat: m.Chat, Root: m.Root, Mine: v.Mine, Edited: !m.Edited.IsZero(),
		Say: m.Name + ": " + v.Say, HTML: out.String(),
	}, nil
}

// sayText shortens what is read aloud.
func sayText(m message) string {
	const most = 200
	if utf8.RuneCountInString(m.Text) <= most {
		return m.Text
	}
	return string([]rune(m.Text)[:most]) + "…"
}
