package teams

import (
	"bytes"
	"encoding/json"
	"html"
	"maps"
	"slices"
	"strings"

	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/infracloudio/msbotbuilder-go/schema"
)

// activity is what a Teams client sends: what msbotbuilder-go's schema has of it, and what that schema drops
// or takes in one form only.
type activity struct {
	schema.Activity
	Value    json.RawMessage // any JSON; the schema knows objects only
	Entities json.RawMessage // of many kinds; only mentions are read, in line
	Data     channelData
}

// channelData is what Teams adds of its own. The team's first channel has no name, and older clients tell none.
type channelData struct {
	Tenant  struct{ ID string }   `json:"tenant"`
	Team    struct{ Name string } `json:"team"`
	Channel struct{ Name string } `json:"channel"`
}

type entity struct {
	Type      string                `json:"type"`
	Text      string                `json:"text"`
	Mentioned schema.ChannelAccount `json:"mentioned"`
}

// decode reads what is ours to read; an error has nothing of the body in it.
func decode(body []byte) (*activity, error) {
	var own struct {
		Value       json.RawMessage `json:"value"`
		Entities    json.RawMessage `json:"entities"`
		ChannelData channelData     `json:"channelData"`
	}
	if err := json.Unmarshal(body, &own); err != nil {
		return nil, errNotAnActivity
	}
	return &activity{Value: own.Value, Entities: own.Entities, Data: own.ChannelData}, nil
}

// used are the fields that we take from the schema.
var used = [...]string{"type", "id", "name", "action", "channelId", "serviceUrl", "text", "replyToId",
	"localTimezone", "from", "recipient", "conversation", "membersAdded"}

// lenient is the body with only what is used of the schema. The schema takes times and values in one form and
// refuses the whole activity for another; clients other than Microsoft's do send others.
func lenient(body []byte) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return nil
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(used[:], name) })
	out, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return out
}

// conversation is where an answer goes.
func (a *activity) conversation() Conversation {
	c := Conversation{ID: a.Conversation.ID, ServiceURL: a.ServiceURL, Tenant: a.tenant(), Kind: catalog.Channel,
		Bot: a.Recipient.ID, User: a.From.ID}
	if a.Conversation.ConversationType == "personal" {
		c.Kind, c.Person = catalog.Personal, strings.ToLower(a.From.AadObjectID)
	}
	return c
}

func (a *activity) tenant() string {
	if a.Data.Tenant.ID != "" {
		return a.Data.Tenant.ID
	}
	return a.Conversation.TenantID
}

// turn is the activity in the desk's words.
func (a *activity) turn(zones *zones) desk.Turn {
	t := desk.Turn{
		Person: catalog.Person{ID: strings.ToLower(a.From.AadObjectID), Name: a.From.Name}, Tenant: a.tenant(),
		Chat: catalog.Chat{ID: root(a.Conversation.ID), Kind: a.conversation().Kind}, Card: a.ReplyToID,
		Zone: zones.get(a.LocalTimezone),
	}
	if t.Chat.Kind == catalog.Channel {
		t.Channel = vault.Channel{Conversation: t.Chat.ID, ServiceURL: a.ServiceURL, Tenant: t.Tenant,
			Name: a.place()}
	}
	return t
}

// place is what people call a channel: "Contoso / Approvals", as far as Teams tells it.
func (a *activity) place() string {
	names := []string{a.Data.Team.Name, a.Data.Channel.Name}
	if a.Data.Channel.Name == "" && a.Data.Team.Name == "" {
		names = []string{a.Conversation.Name}
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	return strings.Join(names, " / ")
}

// line is the typed text without the mention of the bot, which Teams marks by entity, with HTML's entities
// and no-break spaces undone.
func (a *activity) line() string {
	text := a.Text
	for _, mention := range a.mentions() {
		text = strings.ReplaceAll(text, mention, " ")
	}
	return strings.TrimSpace(strings.ReplaceAll(html.UnescapeString(text), "\u00a0", " "))
}

// mentions are the places in the text that mean the bot. Entities of other kinds, and broken ones, count for
// nothing.
func (a *activity) mentions() (places []string) {
	var all []json.RawMessage
	if !bytes.Contains(a.Entities, []byte(`mention`)) || json.Unmarshal(a.Entities, &all) != nil {
		return nil
	}
	for _, raw := range all {
		var e entity
		if json.Unmarshal(raw, &e) == nil && e.Type == "mention" && e.Text != "" &&
			e.Mentioned.ID == a.Recipient.ID {
			places = append(places, e.Text)
		}
	}
	return places
}

// maxFields is how many fields a submit may have; our largest form has under 20.
const maxFields = 64

// flatten makes strings of a submit's value: clients send text, but some send numbers and toggles as such.
// What is nested is none of ours and is left out.
func flatten(raw json.RawMessage) map[string]string {
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if d.Decode(&fields) != nil || len(fields) > maxFields {
		return map[string]string{}
	}
	out := make(map[string]string, len(fields))
	for name, v := range fields {
		switch v := v.(type) {
		case string:
			out[name] = v
		case json.Number:
			out[name] = v.String()
		case bool:
			out[name] = "false"
			if v {
				out[name] = "true"
			}
		}
	}
	return out
}

// pressed is the action of an adaptiveCard/action invoke.
func (a *activity) pressed() (verb string, data map[string]string) {
	var v struct {
		Action struct {
			Verb string          `json:"verb"`
			Data json.RawMessage `json:"data"`
		} `json:"action"`
	}
	if json.Unmarshal(a.Value, &v) != nil {
		return "", map[string]string{}
	}
	data = flatten(v.Action.Data)
	if v.Action.Verb == "" {
		v.Action.Verb = data["verb"]
	}
	return v.Action.Verb, data
}

// submitted is the verb and data of a message that is an Action.Submit.
func (a *activity) submitted() (verb string, data map[string]string) {
	if len(a.Value) == 0 || string(a.Value) == "null" {
		return "", nil
	}
	data = flatten(a.Value)
	return data["verb"], data
}
