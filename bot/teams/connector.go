package teams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

var (
	// ErrNoChat: the bot has no chat with this person yet and nobody to ask for one.
	ErrNoChat = fmt.Errorf("no chat with this person yet: %w", desk.ErrUnreachable)
	// ErrChatDead: Teams refuses the bot in this chat or channel (403); it was removed or blocked.
	ErrChatDead = fmt.Errorf("refused: %w", desk.ErrUnreachable)
	// ErrNotSent: Teams did not take the message; nothing was posted.
	ErrNotSent = errors.New("the message was not sent")
	// ErrUnknownDelivery: the answer to a post got lost; it may have been posted, so it is not sent again.
	ErrUnknownDelivery = errors.New("it is not known whether the message was sent")
	// ErrHost: the service URL is no host that may get our token.
	ErrHost = errors.New("the service url is not on the list of hosts")
)

// ChatStore remembers people's own chats; vault.Store is one.
type ChatStore interface {
	Chat(person string) (vault.Chat, bool)
	SaveChat(ctx context.Context, c vault.Chat) error
}

// ConnectorConfig is what a Connector needs. AppID, Hosts, Chats and Logger must be set.
type ConnectorConfig struct {
	AppID, Tenant string
	// Credential gives the bot's token; nil sends none, for the sandbox.
	Credential azcore.TokenCredential
	// Scope of the token; "https://api.botframework.com/.default" when empty.
	Scope string
	// Hosts says which hosts (without a port) get requests, and the token.
	Hosts func(host string) bool
	// Client carries the calls; nil means one with a time-out of 10 seconds. Redirects are never followed.
	Client *http.Client
	Chats  ChatStore
	Logger *slog.Logger
}

// Connector posts to Teams and edits what it has posted. Safe for concurrent use.
type Connector struct {
	cfg    ConnectorConfig
	client *http.Client
	limits limiter

	mu      sync.Mutex
	service string // the service URL that was last seen, for chats that are not made yet
}

// NewConnector builds a Connector.
func NewConnector(cfg ConnectorConfig) *Connector {
	if cfg.Scope == "" {
		cfg.Scope = "https://api.botframework.com/.default"
	}
	client := cfg.Client
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 64
		client = &http.Client{Timeout: 10 * time.Second, Transport: transport}
	}
	return &Connector{cfg: cfg, client: unredirected(client)}
}

// Reply posts a card and returns its activity id.
func (c *Connector) Reply(ctx context.Context, to Conversation, card cards.Card) (id string, err error) {
	return c.post(ctx, to, message{Attachments: attach(card), Summary: card.Summary()})
}

// Say posts a line of text.
func (c *Connector) Say(ctx context.Context, to Conversation, text string) error {
	_, err := c.post(ctx, to, message{Text: text, TextFormat: "plain"})
	return err
}

// Typing shows that the bot is at it, if that can be done at once: one that comes late would follow the
// answer, and may empty a form that the person fills in by then.
func (c *Connector) Typing(ctx context.Context, to Conversation) error {
	return c.call(ctx, to, request{method: http.MethodPost, path: activities(to.ID), body: c.fill(to,
		message{Type: "typing"}),
		hasty: true})
}

// Replace puts another card in the place of a posted one.
func (c *Connector) Replace(ctx context.Context, to Conversation, id string, card cards.Card) error {
	m := c.fill(to, message{Attachments: attach(card), Summary: card.Summary(), ID: id})
	return c.call(ctx, to, request{method: http.MethodPut, path: activities(to.ID) + "/" + url.PathEscape(id),
		body: m})
}

// Delete removes a posted activity.
func (c *Connector) Delete(ctx context.Context, to Conversation, id string) error {
	return c.call(ctx, to, request{method: http.MethodDelete,
		path: activities(to.ID) + "/" + url.PathEscape(id)})
}

// Post sends a card to a person's own chat.
func (c *Connector) Post(ctx context.Context, person string, card cards.Card) (string, error) {
	to, err := c.own(ctx, person)
	if err != nil {
		return "", err
	}
	return c.Reply(ctx, to, card)
}

// Tell sends a line of text to a person's own chat.
func (c *Connector) Tell(ctx context.Context, person, text string) error {
	to, err := c.own(ctx, person)
	if err != nil {
		return err
	}
	return c.Say(ctx, to, text)
}

// Edit replaces a card in a person's own chat.
func (c *Connector) Edit(ctx context.Context, person, id string, card cards.Card) error {
	to, err := c.own(ctx, person)
	if err != nil {
		return err
	}
	return c.Replace(ctx, to, id, card)
}

// Knows says whether a person's own chat is this one, and takes messages.
func (c *Connector) Knows(person string, in Conversation) bool {
	chat, ok := c.cfg.Chats.Chat(person)
	return ok && !chat.Dead && chat.Conversation == in.ID
}

// Met remembers where a person's own chat is, and that it lives. It never fails what it is part of: the next
// turn tries again.
func (c *Connector) Met(ctx context.Context, person string, in Conversation) {
	c.mu.Lock()
	c.service = in.ServiceURL
	c.mu.Unlock()
	if in.Kind != catalog.Personal || person == "" {
		return
	}
	chat := vault.Chat{Person: person, Tenant: in.Tenant, Conversation: in.ID, ServiceURL: in.ServiceURL}
	if err := c.cfg.Chats.SaveChat(ctx, chat); err != nil {
		c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a chat could not be remembered", slog.Any("error", err))
	}
}

// own is the person's own chat, made if there is none yet.
func (c *Connector) own(ctx context.Context, person string) (Conversation, error) {
	if chat, ok := c.cfg.Chats.Chat(person); ok {
		if chat.Dead {
			return Conversation{}, ErrChatDead
		}
		return Conversation{ID: chat.Conversation, ServiceURL: chat.ServiceURL, Tenant: chat.Tenant,
			Kind:   catalog.Personal,
			Person: person}, nil
	}
	c.mu.Lock()
	service := c.service
	c.mu.Unlock()
	if service == "" {
		return Conversation{}, ErrNoChat
	}
	return c.create(ctx, person, service)
}

// create makes the 1:1 chat; Teams gives the existing one where there is one.
func (c *Connector) create(ctx context.Context, person, service string) (Conversation, error) {
	to := Conversation{ID: "new:" + person, ServiceURL: service, Tenant: c.cfg.Tenant, Kind: catalog.Personal,
		Person: person}
	var made struct {
		ID string `json:"id"`
	}
	body := map[string]any{"bot": map[string]string{"id": "28:" + c.cfg.AppID},
		"members":  []map[string]string{{"id": person}},
		"tenantId": c.cfg.Tenant, "channelData": map[string]any{"tenant": map[string]string{"id": c.cfg.Tenant}}}
	if err := c.call(ctx, to, request{method: http.MethodPost, path: "/v3/conversations", body: body,
		into: &made}); err != nil {
		return to, err
	}
	if made.ID == "" {
		return to, ErrNoChat
	}
	to.ID = made.ID
	c.Met(ctx, person, to)
	return to, nil
}

func (c *Connector) post(ctx context.Context, to Conversation, m message) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	err := c.call(ctx, to, request{method: http.MethodPost, path: activities(to.ID), body: c.fill(to, m),
		into: &made})
	return made.ID, err
}

func activities(conversation string) string {
	return "/v3/conversations/" + url.PathEscape(conversation) + "/activities"
}
