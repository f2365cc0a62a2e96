package bottest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"strconv"
	"sync/atomic"
	"time"
)

// Person is somebody who uses Teams.
type Person struct{ ID, Name string } // Entra object id, display name

// MRI is the person's id in Teams.
func (p Person) MRI() string { return "29:1" + p.ID }

// Activity is one as JSON. Its nested objects are its own: a test may change them.
type Activity map[string]any

// ID is the activity's id.
func (a Activity) ID() string { id, _ := a["id"].(string); return id }

// With is a copy with one field changed; nil takes it away.
func (a Activity) With(name string, value any) Activity {
	a = maps.Clone(a)
	a[name] = value
	if value == nil {
		delete(a, name)
	}
	return a
}

// In changes a field of a nested object, as in In("channelData", "tenant", ...).
func (a Activity) In(object, name string, value any) Activity {
	inner, _ := a[object].(map[string]any)
	return a.With(object, map[string]any(Activity(inner).With(name, value)))
}

// lastID makes ids that look like Teams': milliseconds, never twice.
var lastID atomic.Int64

func newID() string {
	now := time.Now().UnixMilli()
	for {
		last := lastID.Load()
		next := max(now, last+1)
		if lastID.CompareAndSwap(last, next) {
			return strconv.FormatInt(next, 10)
		}
	}
}

const botName = "Keydesk"

// OwnChat is the id of a person's own chat with the bot.
func (s *Signer) OwnChat(p Person) string { return "a:1own-" + p.ID }

// base is what all activities of a person's own chat have.
func (s *Signer) base(kind string, p Person) Activity {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	return Activity{
		"type": kind, "id": newID(), "timestamp": now, "localTimestamp": now, "localTimezone": "Europe/Berlin",
		"channelId": "msteams", "serviceUrl": s.ServiceURL, "locale": "en-US",
		"from":      map[string]any{"id": p.MRI(), "name": p.Name, "aadObjectId": p.ID},
		"recipient": map[string]any{"id": "28:" + s.AppID, "name": botName},
		"conversation": map[string]any{"id": s.OwnChat(p), "conversationType": "personal",
			"tenantId": s.Tenant},
		"entities": []any{map[string]any{"type": "clientInfo", "locale": "en-US", "country": "US",
			"platform": "Windows", "timezone": "Europe/Berlin"}},
		"channelData": map[string]any{"tenant": map[string]any{"id": s.Tenant}},
	}
}

// Message is a line typed in the person's own chat.
func (s *Signer) Message(p Person, text string) Activity {
	a := s.base("message", p)
	a["text"], a["textFormat"] = text, "plain"
	a["attachments"] = []any{map[string]any{"contentType": "text/html", "content": "<p>" + text + "</p>"}}
	return a
}

// Channel is the id of the channel that InChannel moves to; the thread is part of a conversation's id.
const Channel = "19:0123456789abcdef@thread.tacv2"

// InChannel moves an activity into a thread of a channel.
func (s *Signer) InChannel(a Activity) Activity {
	a = a.With("conversation", map[string]any{"id": Channel + ";messageid=1700000000000", "isGroup": true,
		"conversationType": "channel", "tenantId": s.Tenant})
	return a.With("channelData", map[string]any{"tenant": map[string]any{"id": s.Tenant},
		"team":           map[string]any{"id": Channel, "name": "Contoso"},
		"channel":        map[string]any{"id": Channel, "name": "Approvals"},
		"teamsChannelId": Channel, "teamsTeamId": Channel})
}

// Mention is how a client writes the bot's name.
const Mention = "<at>" + botName + "</at>"

// Mentioned adds the entity that says that Mention, or what is in its place, is the bot.
func (s *Signer) Mentioned(a Activity, text string) Activity {
	entities, _ := a["entities"].([]any)
	return a.With("entities", append(entities[:len(entities):len(entities)], map[string]any{"type": "mention",
		"text":      text,
		"mentioned": map[string]any{"id": "28:" + s.AppID, "name": botName}}))
}

// Submit is a pressed Action.Submit on the card with that id.
func (s *Signer) Submit(p Person, card string, data map[string]any) Activity {
	return s.base("message", p).With("value", data).With("replyToId", card)
}

// Execute is a pressed Action.Execute on the card with that id.
func (s *Signer) Execute(p Person, card, verb string, data map[string]any) Activity {
	value := map[string]any{"action": map[string]any{"type": "Action.Execute", "title": "A button",
		"verb": verb, "data": data},
		"trigger": "manual"}
	return s.base("invoke", p).With("name", "adaptiveCard/action").With("value", value).With("replyToId", card)
}

// Opened are the two activities of a chat that is opened for the first time; Teams sends them side by side.
func (s *Signer) Opened(p Person) (installed, added Activity) {
	installed = s.base("installationUpdate", p).With("action", "add")
	added = s.base("conversationUpdate", p).With("membersAdded", []any{
		map[string]any{"id": p.MRI(), "aadObjectId": p.ID}, map[string]any{"id": "28:" + s.AppID}})
	return installed, added
}

// Event is an activity of another kind, as messageReaction, with nothing of its own.
func (s *Signer) Event(kind string, p Person) Activity { return s.base(kind, p) }

// NewPerson is somebody nobody has met.
func NewPerson(name string) Person {
	b := make([]byte, 6)
	_, _ = rand.Read(b)
	return Person{ID: "0a1b2c3d-0000-4000-8000-" + hex.EncodeToString(b), Name: name}
}
