package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keydesk/bot/app"
)

// The people of the sandbox's first people.yaml.
const (
	admin       = "00000000-0000-4000-8000-00000000a001"
	secondAdmin = "00000000-0000-4000-8000-00000000a002"
	l1          = "00000000-0000-4000-8000-00000000b001"
	noc         = "00000000-0000-4000-8000-00000000b000"
	newcomer    = "00000000-0000-4000-8000-00000000f000"
)

var names = map[string]string{admin: "Admin", secondAdmin: "Second Admin", l1: "L1 technician", l2: "L2 technician",
	noc: "NOC analyst", newcomer: "Newcomer"}

// client is a Teams-like client of its own, not the sandbox's page: it has a connector and sends activities.
type client struct {
	t         testing.TB
	app       *app.App
	connector *httptest.Server
	count     atomic.Int64

	mu    sync.Mutex
	cards map[string]card // by activity id
	last  string
	lasts map[string]string // the newest by conversation
	where map[string]string // the conversation of each card
	log   bytes.Buffer      // everything the bot sent to the connector
}

// card is what a client draws: the text of everything, and the buttons.
type card struct {
	id   string
	json string
	data map[string]map[string]string // by button title
	urls map[string]string
}

func connect(t testing.TB, a *app.App) *client {
	c := &client{t: t, app: a, cards: map[string]card{}, lasts: map[string]string{}, where: map[string]string{}}
	c.connector = httptest.NewServer(http.HandlerFunc(c.connect))
	t.Cleanup(c.connector.Close)
	return c
}

// connect is the connector's side: it takes cards in and edits them.
func (c *client) connect(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log.Write(body)
	id := fmt.Sprint(c.count.Add(1))
	if r.Method == http.MethodPut {
		id = r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	}
	var in struct {
		Type, Text  string
		Attachments []struct{ Content json.RawMessage }
	}
	if json.Unmarshal(body, &in) == nil && in.Type == "message" {
		got := card{id: id, json: in.Text}
		if len(in.Attachments) > 0 {
			got = read(id, in.Attachments[0].Content)
		}
		c.cards[id] = got
		if in := strings.Split(r.URL.Path, "/"); len(in) > 3 {
			c.where[id] = in[3]
			if r.Method == http.MethodPost {
				c.lasts[in[3]] = id
			}
		}
		if r.Method == http.MethodPost { // an edit of an earlier card answers nobody
			c.last = id
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":%q}`, id)
}

// read finds the buttons of a card.
func read(id string, raw json.RawMessage) card {
	c := card{id: id, json: string(raw), data: map[string]map[string]string{}, urls: map[string]string{}}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if title, ok := v["title"].(string); ok && strings.HasPrefix(fmt.Sprint(v["type"]), "Action.") {
				c.data[title] = map[string]string{}
				for k, x := range mapOf(v["data"]) {
					c.data[title][k] = fmt.Sprint(x)
				}
				c.urls[title], _ = v["url"].(string)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	var all any
	if err := json.Unmarshal(raw, &all); err == nil {
		walk(all)
	}
	return c
}

func mapOf(v any) map[string]any { m, _ := v.(map[string]any); return m }

// activity is what every client sends along.
func (c *client) activity(person, kind string) map[string]any {
	n := fmt.Sprint("a", c.count.Add(1))
	return map[string]any{"type": kind, "id": n, "channelId": "msteams", "serviceUrl": c.connector.URL,
		"from":         map[string]any{"id": "29:" + person, "name": names[person], "aadObjectId": person},
		"recipient":    map[string]any{"id": "28:bot", "name": "Keydesk"},
		"conversation": map[string]any{"id": "chat-" + person, "conversationType": "personal"},
		"channelData":  map[string]any{"tenant": map[string]any{"id": sandboxTenant}}, "localTimezone": "Europe/Berlin"}
}

const sandboxTenant = "00000000-aaaa-4000-8000-00000000c0de"

func (c *client) send(a map[string]any) (status int, body []byte) {
	c.t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := http.Post(c.app.Base()+"/api/messages", "application/json", bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ = io.ReadAll(res.Body)
	return res.StatusCode, body
}

// say types a line and returns the card that answers.
func (c *client) say(person, text string) card {
	c.t.Helper()
	a := c.activity(person, "message")
	a["text"] = text
	if status, body := c.send(a); status != http.StatusOK {
		c.t.Fatalf("%q: %d %s", text, status, body)
	}
	return c.newest()
}

func (c *client) newest() card {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cards[c.last]
}

// answer is what an invoke gets.
type answer struct {
	StatusCode int
	Type       string
	Value      json.RawMessage
}

// press presses a button with some inputs, and returns the card that is there afterwards, in the card's place or
// as a new one, or the line that was shown.
func (c *client) press(person string, on card, title string, inputs map[string]string) (card, string) {
	c.t.Helper()
	data, ok := on.data[title]
	if !ok {
		c.t.Fatalf("no button %q on the card %s", title, on.json)
	}
	all := map[string]string{}
	for k, v := range data {
		all[k] = v
	}
	for k, v := range inputs {
		all[k] = v
	}
	return c.invoke(person, on, data["verb"], all)
}

func (c *client) invoke(person string, on card, verb string, data map[string]string) (card, string) {
	c.t.Helper()
	a := c.activity(person, "invoke")
	a["name"], a["replyToId"] = "adaptiveCard/action", on.id
	a["value"] = map[string]any{"trigger": "manual",
		"action": map[string]any{"type": "Action.Execute", "verb": verb, "data": data}}
	status, body := c.send(a)
	var ans answer
	if err := json.Unmarshal(body, &ans); err != nil || status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", verb, status, body)
	}
	switch ans.Type {
	case "application/vnd.microsoft.card.adaptive":
		got := read(on.id, ans.Value)
		c.mu.Lock()
		c.cards[on.id] = got
		c.mu.Unlock()
		return got, ""
	case "application/vnd.microsoft.error":
		var fault struct{ Message string }
		_ = json.Unmarshal(ans.Value, &fault)
		return on, fault.Message
	}
	return c.newest(), string(ans.Value)
}

// await waits until the card with that id has been edited to hold a text.
func (c *client) await(t testing.TB, id, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		got := c.cards[id].json
		c.mu.Unlock()
		if strings.Contains(got, text) {
			return
		}
	}
	t.Errorf("the card never said %q", text)
}
