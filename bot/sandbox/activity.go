package sandbox

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"time"
)

// activity is what a Teams client sends to a bot. The field names are Bot Framework's.
type activity struct {
	Type           string         `json:"type"`
	ID             string         `json:"id"`
	Name           string         `json:"name,omitempty"`
	Action         string         `json:"action,omitempty"`
	Timestamp      string         `json:"timestamp"`
	LocalTimestamp string         `json:"localTimestamp"`
	LocalTimezone  string         `json:"localTimezone"`
	ServiceURL     string         `json:"serviceUrl"`
	ChannelID      string         `json:"channelId"`
	From           account        `json:"from"`
	Recipient      account        `json:"recipient"`
	Conversation   conversation   `json:"conversation"`
	MembersAdded   []account      `json:"membersAdded,omitempty"`
	Text           string         `json:"text,omitempty"`
	TextFormat     string         `json:"textFormat,omitempty"`
	Attachments    []contentPart  `json:"attachments,omitempty"`
	Entities       []any          `json:"entities,omitempty"`
	Locale         string         `json:"locale"`
	ReplyToID      string         `json:"replyToId,omitempty"`
	Value          any            `json:"value,omitempty"`
	ChannelData    map[string]any `json:"channelData"`
}

type account struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	AADObjectID string `json:"aadObjectId,omitempty"`
}

type conversation struct {
	ID       string `json:"id"`
	Type     string `json:"conversationType"`
	TenantID string `json:"tenantId"`
	IsGroup  bool   `json:"isGroup,omitempty"`
	Name     string `json:"name,omitempty"`
}

type contentPart struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// client is what a browser tells about itself.
type client struct {
	Zone   string `json:"zone"`   // IANA name
	Locale string `json:"locale"` // BCP 47
}

var (
	zoneForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*$`)
	localeForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
)

// sane replaces what no browser would say: both end in activities.
func (c client) sane() client {
	if len(c.Zone) > 64 || !zoneForm.MatchString(c.Zone) {
		c.Zone = "UTC"
	}
	if len(c.Locale) > 35 || !localeForm.MatchString(c.Locale) {
		c.Locale = "en-US"
	}
	return c
}

// activity begins what p sends from at; kind is its type.
func (t *Teams) activity(kind string, p Person, at place, c client) activity {
	c, now := c.sane(), time.Now().UTC()
	local := now
	if zone, err := time.LoadLocation(c.Zone); err == nil {
		local = now.In(zone)
	}
	const millis = "2006-01-02T15:04:05.000Z07:00"
	country := "US"
	if _, tail, ok := strings.Cut(c.Locale, "-"); ok && len(tail) == 2 {
		country = strings.ToUpper(tail)
	}
	a := activity{
		Type: kind, ID: newID(), Timestamp: now.Format(millis),
		LocalTimestamp: local.Format(millis), LocalTimezone: c.Zone,
		ServiceURL: t.base + "/", ChannelID: "msteams", Locale: c.Locale,
		From:         account{ID: t.mri(p), Name: p.Name, AADObjectID: p.ID},
		Recipient:    account{ID: t.botID(), Name: BotName},
		Conversation: conversation{ID: at.conversation(), Type: "personal", TenantID: t.tenant},
		Entities: []any{map[string]string{
			"type": "clientInfo", "platform": "Web", "locale": c.Locale, "country": country,
			"timezone": c.Zone,
		}},
		ChannelData: map[string]any{"tenant": map[string]string{"id": t.tenant}},
	}
	if at.Person == nil {
		a.Conversation.Type, a.Conversation.IsGroup = "channel", true
		a.Conversation.Name = at.Name
		a.ChannelData["team"] = map[string]string{"id": teamID, "name": "Sandbox"}
		a.ChannelData["channel"] = map[string]string{"id": at.Chat, "name": at.Name}
		a.ChannelData["teamsTeamId"], a.ChannelData["teamsChannelId"] = teamID, at.Chat
	}
	return a
}

// mentionForm is how a person writes the bot's name in a channel.
var mentionForm = regexp.MustCompile(`(?i)@` + BotName + `\b`)

func mentions(text string) bool { return mentionForm.MatchString(text) }

// say fills a message as Teams does: mentions as <at> and entity, an HTML twin beside the text.
func (t *Teams) say(a activity, text string) activity {
	const tag = "<at>" + BotName + "</at>"
	markup := html.EscapeString(text)
	if a.Conversation.IsGroup && mentions(text) {
		text = mentionForm.ReplaceAllLiteralString(text, tag)
		const span = `<span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0">` +
			BotName + `</span>`
		markup = mentionForm.ReplaceAllLiteralString(markup, span)
		a.Entities = append(a.Entities, map[string]any{
			"type": "mention", "text": tag,
			"mentioned": account{ID: t.botID(), Name: BotName},
		})
	}
	markup = "<p>" + strings.ReplaceAll(markup, "\n", "<br>") + "</p>"
	a.Text, a.TextFormat = text, "plain"
	a.Attachments = []contentPart{{ContentType: "text/html", Content: markup}}
	return a
}

// opened are the two activities of a first opening.
func (t *Teams) opened(p Person, at place, c client) []activity {
	installed := t.activity("installationUpdate", p, at, c)
	installed.Action = "add"
	joined := t.activity("conversationUpdate", p, at, c)
	joined.MembersAdded = []account{
		{ID: t.mri(p), Name: p.Name, AADObjectID: p.ID}, {ID: t.botID(), Name: BotName},
	}
	return []activity{installed, joined}
}

// pressed is the activity of a card's button: an invoke for Action.Execute, a message with a
// value for Action.Submit. Inputs join the button's data; data that is no object is lost, as in
// Teams.
func (t *Teams) pressed(a activity, card message, b action, inputs map[string]string) activity {
	data := make(map[string]any)
	var fixed map[string]json.RawMessage
	if json.Unmarshal(b.Data, &fixed) == nil {
		for k, v := range fixed {
			data[k] = v
		}
	}
	for k, v := range inputs {
		if v != "" { // Teams leaves empty inputs out
			data[k] = v
		}
	}
	a.ReplyToID = card.ID
	if b.Type == "Action.Submit" {
		a.Type, a.Value = "message", data
		return a
	}
	act := map[string]any{"type": b.Type, "title": b.Title, "verb": b.Verb, "data": data}
	if b.ID != "" {
		act["id"] = b.ID
	}
	a.Type, a.Name = "invoke", "adaptiveCard/action"
	a.Value = map[string]any{"action": act, "trigger": "manual"}
	return a
}
