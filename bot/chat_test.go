package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// admin is a person of the sandbox's first people.yaml.
const admin = "00000000-0000-4000-8000-00000000a001"

// chat is the admin's chat in a small Teams-like client: it has a connector, sends activities, and knows the
// newest card.
type chat struct {
	connector *httptest.Server

	mu    sync.Mutex
	count int
	id    string // of the newest card
	card  any    // decoded JSON
}

func chatOf(ts *testscript.TestScript) *chat {
	w := worldOf(ts)
	if w.chat == nil {
		w.chat = &chat{}
		w.chat.connector = httptest.NewServer(http.HandlerFunc(w.chat.connect))
	}
	return w.chat
}

// connect is what the bot calls to post into the chat.
func (c *chat) connect(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Type, Text  string
		Attachments []struct{ Content any }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	id := fmt.Sprint("card-", c.count)
	if in.Type == "message" && r.Method == http.MethodPost {
		c.id, c.card = id, in.Text
		if len(in.Attachments) > 0 {
			c.card = in.Attachments[0].Content
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]string{"id": id})
}

// send sends an activity and gives the body of the answer.
func (c *chat) send(ts *testscript.TestScript, kind string, more map[string]any) []byte {
	c.mu.Lock()
	c.count++
	a := map[string]any{"type": kind, "id": fmt.Sprint("activity-", c.count), "channelId": "msteams",
		"serviceUrl":   c.connector.URL,
		"from":         map[string]any{"id": "29:" + admin, "name": "Admin", "aadObjectId": admin},
		"recipient":    map[string]any{"id": "28:bot", "name": "Keydesk"},
		"conversation": map[string]any{"id": "chat-" + admin, "conversationType": "personal"},
		"channelData":  map[string]any{"tenant": map[string]any{"id": "00000000-aaaa-4000-8000-00000000c0de"}}}
	c.mu.Unlock()
	for k, v := range more {
		a[k] = v
	}
	raw, err := json.Marshal(a)
	ts.Check(err)
	res, err := http.Post(ts.Getenv("URL")+"/api/messages", "application/json", bytes.NewReader(raw))
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("the bot answered %s: %s", res.Status, body)
	}
	return body
}

// show prints the newest card.
func (c *chat) show(ts *testscript.TestScript) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := json.NewEncoder(ts.Stdout())
	e.SetEscapeHTML(false)
	ts.Check(e.Encode(c.card))
}

func say(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: say TEXT")
	}
	c := chatOf(ts)
	c.send(ts, "message", map[string]any{"text": strings.Join(args, " ")})
	c.show(ts)
}

func press(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: press TITLE [INPUT=value ...]")
	}
	c := chatOf(ts)
	button := c.button(args[0])
	if button == nil {
		ts.Fatalf("no button %q on the card", args[0])
	}
	data, _ := button["data"].(map[string]any)
	for _, in := range args[1:] {
		id, value, _ := strings.Cut(in, "=")
		data[id] = value
	}
	action := map[string]any{"type": "Action.Execute", "verb": button["verb"], "data": data}
	body := c.send(ts, "invoke", map[string]any{"name": "adaptiveCard/action", "replyToId": c.newest(),
		"value": map[string]any{"trigger": "manual", "action": action}})
	var answer struct {
		Type  string
		Value any
	}
	ts.Check(json.Unmarshal(body, &answer))
	if answer.Type == "application/vnd.microsoft.card.adaptive" {
		c.mu.Lock()
		c.card = answer.Value
		c.mu.Unlock()
	}
	c.show(ts)
}

func claim(ts *testscript.TestScript, neg bool, args []string) {
	open := chatOf(ts).button("Open")
	if neg || len(args) > 0 || open == nil {
		ts.Fatalf("usage: claim, after press Reveal")
	}
	res, err := http.Post(fmt.Sprint(open["url"]), "application/json", strings.NewReader("{}"))
	ts.Check(err)
	printAnswer(ts, res)
}

func (c *chat) newest() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.id
}

// button finds a button of the newest card by its title.
func (c *chat) button(title string) (found map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			kind, _ := v["type"].(string)
			if found == nil && v["title"] == title && strings.HasPrefix(kind, "Action.") {
				found = v
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(c.card)
	return found
}
