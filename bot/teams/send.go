package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"keydesk/cards"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// message is an activity as we send it: what it needs and nothing else. msbotbuilder-go's schema would send
// zero times and empty objects along.
type message struct {
	Type         string       `json:"type"`
	ID           string       `json:"id,omitempty"`
	From         *party       `json:"from,omitempty"`
	Recipient    *party       `json:"recipient,omitempty"`
	Conversation *party       `json:"conversation,omitempty"`
	Text         string       `json:"text,omitempty"`
	TextFormat   string       `json:"textFormat,omitempty"`
	Summary      string       `json:"summary,omitempty"`
	Attachments  []attachment `json:"attachments,omitempty"`
}

type party struct {
	ID string `json:"id"`
}

type attachment struct {
	ContentType string     `json:"contentType"`
	Content     cards.Card `json:"content"`
}

func attach(c cards.Card) []attachment {
	return []attachment{{"application/vnd.microsoft.card.adaptive", c}}
}

// fill adds who sends to whom.
func (c *Connector) fill(to Conversation, m message) message {
	if m.Type == "" {
		m.Type = "message"
	}
	m.From, m.Conversation = &party{"28:" + c.cfg.AppID}, &party{to.ID}
	if to.User != "" {
		m.Recipient = &party{to.User}
	}
	return m
}

// request is one call to the connector.
type request struct {
	method, path string
	body         any
	into         any
	hasty        bool // now or never: no waiting, no second try
}

const (
	tries       = 4
	tokenTime   = 10 * time.Second
	maxAnswer   = 1 << 20
	longestWait = time.Minute // more than Teams asks for; who waits longer has no use for the answer
)

// call makes the request within the chat's limits and repeats it where that is safe: 429 and 412 always, 502,
// 503 and 504 never for a POST, which may have been delivered.
func (c *Connector) call(ctx context.Context, to Conversation, r request) error {
	base, err := serviceURL(to.ServiceURL, c.cfg.Hosts, c.cfg.Credential == nil)
	if err != nil {
		return err
	}
	if to.ID == "" || to.ID == "." || to.ID == ".." {
		return fmt.Errorf("%w: no conversation", ErrNotSent)
	}
	var body []byte
	if r.body != nil {
		if body, err = json.Marshal(r.body); err != nil {
			return fmt.Errorf("writing an activity: %w", err)
		}
	}
	for try := 1; ; try++ {
		if err := c.place(ctx, to.ID, r.hasty); err != nil {
			return fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		status, after, err := c.once(ctx, base, r, body)
		switch {
		case err == nil && status < 300, r.method == http.MethodDelete && status == http.StatusNotFound:
			return nil
		case status == http.StatusForbidden:
			c.dead(ctx, to)
			return ErrChatDead
		case try == tries, r.hasty, after > longestWait, !repeatable(r.method, status, err):
			return failure(r.method, status, err)
		}
		if err := pause(ctx, try, after); err != nil {
			return fmt.Errorf("%w: %w", failure(r.method, status, nil), err)
		}
	}
}

// errBusy: the chat's limits leave no room for something that is for show only.
var errBusy = errors.New("the chat's limits are used up")

// place waits until the chat's limits let one more call through; the hasty don't wait.
func (c *Connector) place(ctx context.Context, chat string, hasty bool) error {
	if !hasty {
		return c.limits.wait(ctx, chat)
	}
	if !c.limits.free(chat, time.Now()) {
		return errBusy
	}
	return nil
}

func (c *Connector) once(ctx context.Context, base string, r request, body []byte) (status int,
	after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, r.method, base+r.path, bytes.NewReader(body))
	if err != nil {
		return 0, 0, ErrHost
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Credential != nil {
		token, err := c.token(ctx)
		if err != nil {
			return 0, 0, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	answer := io.LimitReader(res.Body, maxAnswer)
	if res.StatusCode < 300 && r.into != nil {
		_ = json.NewDecoder(answer).Decode(r.into) // 202 has no id, and that is fine
	}
	_, _ = io.Copy(io.Discard, answer) // so that the connection is used again
	return res.StatusCode, retryAfter(res.Header.Get("Retry-After")), nil
}

// errToken: the bot's own token could not be had; its cause may name ids, so it is in the log and not
// wrapped.
var errToken = errors.New("no token for the connector")

// token is the bot's own. The credential keeps it while it lives and renews it behind the calls, so this
// waits for Entra only when there is none.
func (c *Connector) token(ctx context.Context) (string, error) {
	within, cancel := context.WithTimeout(ctx, tokenTime)
	defer cancel()
	token, err := c.cfg.Credential.GetToken(within, policy.TokenRequestOptions{Scopes: []string{c.cfg.Scope}})
	if err != nil {
		c.cfg.Logger.LogAttrs(ctx, slog.LevelError, "the bot's own token could not be had", slog.Any("error",
			err))
		return "", errToken
	}
	return token.Token, nil
}

// dead marks a person's chat, so that nothing is posted into it until the person writes again.
func (c *Connector) dead(ctx context.Context, to Conversation) {
	if chat, ok := c.cfg.Chats.Chat(to.Person); ok && chat.Conversation == to.ID {
		chat.Dead = true
		_ = c.cfg.Chats.SaveChat(ctx, chat) // in memory it is known in any case
	}
}
