package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/bottest/renderer"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// gallery is a desk at work, and every card that came out of it.
type gallery struct {
	*stage // its harm and its vault
	c      *client
	cards  []drawn
	seen   map[string]bool
	read   int  // how much of the connector's log was looked at
	harmed bool // refusals are awaited
}

// drawn is a card, what it came of, and the sandbox's drawing of it.
type drawn struct{ name, json, html string }

func newGallery(t *testing.T) *gallery {
	t.Helper()
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	s := &stage{t: t, file: file, vault: &harmful{server: file.Do, challenge: true}}
	a, stop := runWith(t, app.Config{Settings: settingsOf(t), Vault: &vault.Config{URL: "https://vault.localhost",
		Credential: s, OutsideMicrosoft: true, Transport: s.vault}})
	t.Cleanup(stop)
	s.a = a
	s.client, err = azsecrets.NewClient("https://vault.localhost", s, &azsecrets.ClientOptions{
		DisableChallengeResourceVerification: true, ClientOptions: azcore.ClientOptions{Transport: file}})
	if err != nil {
		t.Fatal(err)
	}
	return &gallery{stage: s, c: connect(t, a), seen: map[string]bool{}}
}

// random is what differs between two cards that look the same: operations, tokens, versions and times.
var random = regexp.MustCompile(`[A-Z2-7]{26}|[A-Za-z0-9_-]{43}|[0-9a-f]{32}|\d{4}-\d\d-\d\dT[0-9:.]*Z|bad-\d-\d|` +
	`[A-Z2-7]{4}-?[A-Z2-7]{4}`)

// keep takes a card in, unless one that looks the same is there.
func (g *gallery) keep(name, raw string) {
	same := random.ReplaceAllString(raw, "")
	if strings.HasPrefix(raw, "{") && !g.seen[same] {
		g.seen[same] = true
		name = strings.NewReplacer("/", "-", " ", "-").Replace(fmt.Sprintf("%.50s", name))
		g.cards = append(g.cards, drawn{name: fmt.Sprintf("%03d-%s", len(g.cards), name), json: raw})
	}
}

// posted takes in what the bot has posted and edited since the last look.
func (g *gallery) posted(name string) {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	d := json.NewDecoder(strings.NewReader(g.c.log.String()[g.read:]))
	for {
		var in struct {
			Attachments []struct{ Content json.RawMessage }
		}
		if err := d.Decode(&in); err != nil {
			break
		}
		for _, at := range in.Attachments {
			g.keep(name, string(at.Content))
		}
	}
	g.read = g.c.log.Len()
}

// say types a line and takes the answer in. It asks the desk itself: a chat takes 60 posts within 30 s.
func (g *gallery) say(who, line string) card {
	g.t.Helper()
	return g.turn(who, line, desk.Turn{Text: line})
}

// press presses a button and takes in what comes of it, which is no refusal.
func (g *gallery) press(who string, on card, title string, inputs ...string) card {
	g.t.Helper()
	data := maps.Clone(on.data[title])
	if data == nil {
		g.t.Fatalf("no button %q on %s", title, on.json)
	}
	for i := 0; i < len(inputs); i += 2 {
		data[inputs[i]] = inputs[i+1]
	}
	return g.turn(who, title, desk.Turn{Verb: data["verb"], Data: data, Card: "1"})
}

func (g *gallery) turn(who, name string, t desk.Turn) card {
	g.t.Helper()
	t.Person = catalog.Person{ID: who, Name: names[who]}
	t.Chat = catalog.Chat{ID: "gallery-" + who, Kind: catalog.Personal}
	reply := g.a.Desk.Handle(g.t.Context(), t)
	if reply.Card.IsZero() {
		if !g.harmed {
			g.t.Errorf("%s: %s", name, reply.Error)
		}
		return card{}
	}
	raw, err := json.Marshal(reply.Card)
	if err != nil {
		g.t.Fatal(err)
	}
	g.keep(name, string(raw))
	return read("1", raw)
}

// hang lets the sandbox draw every card for the admin.
func (g *gallery) hang() {
	g.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	g.call(browser, "GET", g.a.Address(), "", nil)
	var made struct{ ID string }
	g.call(browser, "POST", g.a.Base()+"/v3/conversations", `{"members":[{"id":"`+admin+`"}]}`, &made)
	at := map[string]int{}
	chat := g.a.Base() + "/v3/conversations/" + made.ID + "/activities"
	for i, d := range g.cards {
		var posted struct{ ID string }
		g.call(browser, "POST", chat, `{"type":"message","attachments":[{"contentType":`+
			`"application/vnd.microsoft.card.adaptive","content":`+d.json+`}]}`, &posted)
		at[posted.ID] = i
	}
	res, err := browser.Get(g.a.Base() + "/page/events?as=" + admin)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	line := ""
	for !strings.HasPrefix(line, "data: ") {
		if line, err = lines.ReadString('\n'); err != nil {
			g.t.Fatal(err)
		}
	}
	var news struct{ Messages []struct{ ID, HTML string } }
	if err := json.Unmarshal([]byte(line[len("data: "):]), &news); err != nil {
		g.t.Fatal(err)
	}
	for _, m := range news.Messages {
		if i, ok := at[m.ID]; ok {
			g.cards[i].html = m.HTML
		}
	}
}

func (g *gallery) call(c *http.Client, method, url, body string, into any) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		g.t.Fatalf("%s: %d %s", url, res.StatusCode, raw)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			g.t.Fatal(err)
		}
	}
}

// TestEveryCardAsMicrosoftDrawsIt: the cards of every command, with every vendor's forms, for every role, long
// texts and bad ends, are drawn well by Microsoft's renderer and by the sandbox.
func TestEveryCardAsMicrosoftDrawsIt(t *testing.T) {
	r := renderer.Open(t)
	g := newGallery(t)
	g.everyVendor()
	g.everyCommand()
	g.everyRequest()
	g.longTexts()
	g.badEnds()
	g.hang()
	if len(g.cards) < 200 {
		t.Errorf("only %d cards came out", len(g.cards))
	}
	for _, d := range g.cards {
		if d.html == "" {
			t.Errorf("%s is not drawn by the sandbox", d.name)
		}
		for _, fault := range r.Faults(t, d.json, d.html) {
			t.Errorf("%s: %s", d.name, fault)
		}
		r.Pictures(t, "desk-"+d.name, d.json, d.html)
	}
	t.Logf("%d cards", len(g.cards))
}
