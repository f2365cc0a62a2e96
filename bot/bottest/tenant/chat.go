package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
)

// Via is Teams in front of one process: what people do there reaches the bot at Base.
type Via struct {
	*Tenant
	t    testing.TB
	Base string // of the process, http://host:port
	HTTP *http.Client
}

// Via is Teams in front of the process with that address.
func (c *Tenant) Via(t testing.TB, base string) *Via {
	return &Via{Tenant: c, t: t, Base: base, HTTP: &http.Client{Timeout: 20 * time.Second}}
}

// Card is a message of the bot as a chat shows it now.
type Card struct {
	Chat, ID string
	Text     string                       // the JSON of the card, or the line
	Data     map[string]map[string]string // of the buttons, by title
	URLs     map[string]string
	Edits    int // how often the bot has edited it
}

// Answer is what an invoke got.
type Answer struct {
	Card
	Line   string // the message or the error in place of a card
	Status int    // of the HTTP answer
	Took   time.Duration
}

// Send posts an activity with a good token.
func (v *Via) Send(a bottest.Activity) bottest.Answer {
	v.t.Helper()
	return v.SendAs("Bearer "+v.Signer.Token(), a)
}

// SendAs posts an activity with any Authorization header.
func (v *Via) SendAs(authorization string, a bottest.Activity) bottest.Answer {
	v.t.Helper()
	client := bottest.Client{Signer: v.Signer, URL: v.Base + "/api/messages", HTTP: v.HTTP}
	ans, err := client.SendAs(context.Background(), authorization, a)
	if err != nil {
		v.t.Fatal(err)
	}
	return ans
}

// Say types a line into the person's own chat and waits for a new card there with all of wants.
func (v *Via) Say(p bottest.Person, line string, wants ...string) Card {
	v.t.Helper()
	since := len(v.Connector.Calls())
	if ans := v.Send(v.Signer.Message(p, line)); ans.Status != http.StatusOK {
		v.t.Fatalf("%q of %s: %d %s", line, p.Name, ans.Status, ans.Body)
	}
	return v.Await(v.Signer.OwnChat(p), since, wants...)
}

// SayInChannel posts a line with the bot's mention into the channel and waits for a card there.
func (v *Via) SayInChannel(p bottest.Person, line string, wants ...string) Card {
	v.t.Helper()
	since := len(v.Connector.Calls())
	a := v.Signer.InChannel(v.Signer.Message(p, bottest.Mention+" "+line))
	if ans := v.Send(v.Signer.Mentioned(a, bottest.Mention)); ans.Status != http.StatusOK {
		v.t.Fatalf("%q of %s: %d %s", line, p.Name, ans.Status, ans.Body)
	}
	return v.Await(bottest.Channel, since, wants...)
}

// Press presses a button of a card with what was entered. What the answer shows takes the card's place.
func (v *Via) Press(p bottest.Person, on Card, title string, inputs ...string) Answer {
	v.t.Helper()
	a := v.Pressed(p, on, title, inputs...)
	began := time.Now()
	ans := v.Send(a)
	got := Answer{Card: on, Status: ans.Status, Took: time.Since(began)}
	e := ans.Envelope()
	if e.Type == "application/vnd.microsoft.card.adaptive" {
		got.Card = read(on.Chat, on.ID, e.Value)
	} else {
		got.Line = e.Line()
	}
	return got
}

// Pressed is the activity of a pressed button, for who sends it themselves.
func (v *Via) Pressed(p bottest.Person, on Card, title string, inputs ...string) bottest.Activity {
	v.t.Helper()
	button, ok := on.Data[title]
	if !ok {
		v.t.Fatalf("no button %q on %s", title, on.Text)
	}
	data := map[string]any{}
	for name, value := range button {
		data[name] = value
	}
	for pair := range slices.Chunk(inputs, 2) {
		data[pair[0]] = pair[1]
	}
	a := v.Signer.Execute(p, on.ID, button["verb"], data)
	if strings.HasPrefix(on.Chat, bottest.Channel) {
		a = v.Signer.InChannel(a)
	}
	return a
}

// Cards are the messages of a chat as they stand there now, in their order; of a channel those of all threads.
// since leaves out what was posted in earlier calls to the connector.
func (c *Tenant) Cards(chat string, since int) (all []Card) {
	at := map[string]int{}
	for n, call := range c.Connector.Calls() {
		if call.Status/100 != 2 || !strings.HasPrefix(call.Conversation, chat) || call.Body.Type != "message" {
			continue
		}
		got := read(call.Conversation, call.Activity, call.Body.Card())
		if call.Body.Card() == nil {
			got.Text = call.Body.Text
		}
		switch i, known := at[call.Activity]; {
		case known:
			got.Edits = all[i].Edits + 1
			all[i] = got
		case n >= since && call.Method == http.MethodPost:
			at[call.Activity] = len(all)
			all = append(all, got)
		}
	}
	return all
}

// patience is how long a card is waited for.
const patience = 15 * time.Second

// Await waits for a card in a chat that has all of wants, posted since so many calls to the connector.
func (v *Via) Await(chat string, since int, wants ...string) Card {
	v.t.Helper()
	var all []Card
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		all = v.Cards(chat, since)
		for _, c := range slices.Backward(all) {
			if c.Has(wants...) {
				return c
			}
		}
	}
	v.t.Fatalf("no card in %s has %q; there are %v", chat, wants, all)
	return Card{}
}

// Now waits until a card that was seen shows all of wants.
func (v *Via) Now(on Card, wants ...string) Card {
	v.t.Helper()
	var now Card
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, now = range v.Cards(on.Chat, 0) {
			if now.ID == on.ID && now.Has(wants...) {
				return now
			}
		}
	}
	v.t.Fatalf("the card %s in %s never had %q", on.ID, on.Chat, wants)
	return Card{}
}

// Has says whether the card shows all of wants.
func (c Card) Has(wants ...string) bool {
	return !slices.ContainsFunc(wants, func(want string) bool { return !strings.Contains(c.Text, want) })
}

// Token is the token of the card's link; "" where there is none.
func (c Card) Token() string {
	address := c.URLs["Open"]
	return address[strings.LastIndex(address, "/")+1:]
}

// read finds the buttons of a card.
func read(chat, id string, raw json.RawMessage) Card {
	c := Card{Chat: chat, ID: id, Text: strings.ReplaceAll(string(raw), `\\`, ""),
		Data: map[string]map[string]string{}, URLs: map[string]string{}}
	var all any
	if json.Unmarshal(raw, &all) == nil {
		c.walk(all)
	}
	return c
}

func (c Card) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			c.walk(x)
		}
	case map[string]any:
		if title, ok := v["title"].(string); ok && strings.HasPrefix(fmt.Sprint(v["type"]), "Action.") {
			data, _ := v["data"].(map[string]any)
			c.Data[title] = map[string]string{}
			for name, value := range data {
				c.Data[title][name] = fmt.Sprint(value)
			}
			c.URLs[title], _ = v["url"].(string)
		}
		for _, x := range v {
			c.walk(x)
		}
	}
}
