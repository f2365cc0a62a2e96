package teams

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"

	"keydesk/bot/desk"
	"keydesk/catalog"

	"github.com/infracloudio/msbotbuilder-go/schema"
)

// activity is what a Teams client sends, with what msbotbuilder-go's schema drops: mentions, the action of an
// installation, and a value that is no object.
type activity struct {
	Type          string          `json:"type"`
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Action        string          `json:"action"`
	ChannelID     string          `json:"channelId"`
	ServiceURL    string          `json:"serviceUrl"`
	Text          string          `json:"text"`
	ReplyToID     string          `json:"replyToId"`
	LocalTimezone string          `json:"localTimezone"`
	From          account         `json:"from"`
	Recipient     account         `json:"recipient"`
	Value         json.RawMessage `json:"value"`
	MembersAdded  []account       `json:"membersAdded"`
	Entities      json.RawMessage `json:"entities"` // of many kinds; only mentions are read, in line
	Conversation  struct {
		ID       string `json:"id"`
		Kind     string `json:"conversationType"`
		TenantID string `json:"tenantId"`
	} `json:"conversation"`
	ChannelData channelData `json:"channelData"`
}

type account struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	AadObjectID string `json:"aadObjectId"`
	Role        string `json:"role"`
}

type entity struct {
	Type      string  `json:"type"`
	Text      string  `json:"text"`
	Mentioned account `json:"mentioned"`
}

type channelData struct {
	Tenant struct {
		ID string `json:"id"`
	} `json:"tenant"`
}

// decode reads one activity; an error has nothing of the body in it.
func decode(body []byte) (*activity, error) {
	var a activity
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, errNotAnActivity
	}
	if a.Type == "" {
		return nil, errNotAnActivity
	}
	return &a, nil
}

// schema is the activity in msbotbuilder-go's words, for its adapter.
func (a *activity) schema() schema.Activity {
	return schema.Activity{
		Type: schema.ActivityTypes(a.Type), ID: a.ID, Name: a.Name, ChannelID: a.ChannelID, ServiceURL: a.ServiceURL,
		From: schema.ChannelAccount{ID: a.From.ID, Name: a.From.Name}, ReplyToID: a.ReplyToID,
		Conversation: schema.ConversationAccount{ID: a.Conversation.ID},
	}
}

// conversation is where an answer goes.
func (a *activity) conversation() Conversation {
	c := Conversation{ID: a.Conversation.ID, ServiceURL: a.ServiceURL, Tenant: a.tenant(), Kind: catalog.Channel,
		Bot: a.Recipient.ID, User: a.From.ID}
	if a.Conversation.Kind == "personal" {
		c.Kind, c.Person = catalog.Personal, strings.ToLower(a.From.AadObjectID)
	}
	return c
}

func (a *activity) tenant() string {
	if a.ChannelData.Tenant.ID != "" {
		return a.ChannelData.Tenant.ID
	}
	return a.Conversation.TenantID
}

// turn is the activity in the desk's words.
func (a *activity) turn(zones *zones) desk.Turn {
	id, _, _ := strings.Cut(a.Conversation.ID, ";messageid=")
	return desk.Turn{
		Person: catalog.Person{ID: strings.ToLower(a.From.AadObjectID), Name: a.From.Name}, Tenant: a.tenant(),
		Chat: catalog.Chat{ID: id, Kind: a.conversation().Kind}, Card: a.ReplyToID, Zone: zones.get(a.LocalTimezone),
	}
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

// mentions are the places in the text that mean the bot. Entities of other kinds, and broken ones, count for nothing.
func (a *activity) mentions() (places []string) {
	var all []json.RawMessage
	if !bytes.Contains(a.Entities, []byte(`mention`)) || json.Unmarshal(a.Entities, &all) != nil {
		return nil
	}
	for _, raw := range all {
		var e entity
		if json.Unmarshal(raw, &e) == nil && e.Type == "mention" && e.Text != "" && e.Mentioned.ID == a.Recipient.ID {
			places = append(places, e.Text)
		}
	}
	return places
}

// maxFields is how many fields a submit may have; our largest form has under 20.
const maxFields = 64

// flatten makes strings of a submit's value: clients send text, but some send numbers and toggles as such. What is
// nested is none of ours and is left out.
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
