package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// unreachable is what Teams says when a bot does not answer a button in a way it understands.
const unreachable = "Unable to reach app. Please try again."

// openTime bounds the telling of a first opening, and with it how long Close may take.
const openTime = 5 * time.Second

var errNoAnswer = errors.New("the bot did not take it")

// deliver posts an activity to the bot. Its bytes go nowhere else: an error names a status or a
// kind of failure, never what was sent or answered.
func (t *Teams) deliver(ctx context.Context, a activity) ([]byte, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("making an activity: %w", errNoAnswer)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.cfg.BotURL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", errNoAnswer)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)")
	res, err := t.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reaching the bot: %w", errNoAnswer)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil || len(out) > maxAnswer || res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, fmt.Errorf("the bot answered %d: %w", res.StatusCode, errNoAnswer)
	}
	if a.Type == "invoke" && res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the bot answered an invoke with %d: %w", res.StatusCode, errNoAnswer)
	}
	return out, nil
}

// outcome is what became of a press, as the page is told. Text is the bot's line, or ours.
type outcome struct {
	Result string `json:"result"` // card, message, error, unreachable, sent
	Text   string `json:"text,omitempty"`
	Live   *live  `json:"live,omitempty"` // the replaced card
}

// press sends a button and does what the bot's answer says.
func (t *Teams) press(ctx context.Context, a activity, in place, at message) (outcome, *message) {
	body, err := t.deliver(ctx, a)
	if err != nil {
		t.log.Warn("a button was not taken", "error", err)
		return outcome{Result: "unreachable", Text: unreachable}, nil
	}
	if a.Type != "invoke" {
		return outcome{Result: "sent"}, nil
	}
	var ans struct {
		StatusCode int             `json:"statusCode"`
		Type       string          `json:"type"`
		Value      json.RawMessage `json:"value"`
	}
	if json.Unmarshal(body, &ans) != nil {
		return outcome{Result: "unreachable", Text: unreachable}, nil
	}
	switch ans.Type {
	case adaptive:
		return t.replace(a.From.AADObjectID, in, at, ans.Value)
	case "application/vnd.microsoft.activity.message":
		var line string
		if json.Unmarshal(ans.Value, &line) == nil && line != "" {
			return outcome{Result: "message", Text: line}, nil
		}
	case "application/vnd.microsoft.error":
		var fault struct{ Code, Message string }
		if json.Unmarshal(ans.Value, &fault) == nil && fault.Message != "" {
			return outcome{Result: "error", Text: fault.Message}, nil
		}
	}
	return outcome{Result: "unreachable", Text: unreachable}, nil
}

// replace puts the answered card in the pressed one's place: in a person's own chat for good, in a channel for who
// pressed.
func (t *Teams) replace(person string, in place, at message, raw json.RawMessage) (outcome, *message) {
	if _, err := parseCard(raw); err != nil {
		return outcome{Result: "unreachable", Text: unreachable}, nil
	}
	var m message
	var err error
	if in.Person == nil {
		m, err = t.book.showTo(person, at.Chat, at.ID, raw)
	} else {
		m, err = t.book.change(at.Chat, at.ID, func(m *message) error {
			m.show(message{Card: raw})
			return nil
		})
	}
	if err != nil {
		t.log.Error("keeping an answered card", "error", err)
		return outcome{Result: "error", Text: "The answer could not be kept; it may have taken effect."}, nil
	}
	return outcome{Result: "card"}, &m
}

// tellOpened tells the bot that somebody opened their chat for the first time: two activities
// side by side, as Teams does. If neither is taken, the next opening tells it again.
func (t *Teams) tellOpened(p Person, c client) {
	chat := t.chatOf(p)
	first, err := t.book.open(chat)
	if err != nil {
		t.log.Error("keeping a first opening", "error", err)
	}
	if !first {
		return
	}
	at := place{Chat: chat, Person: &p}
	took := make(chan bool)
	both := t.opened(p, at, c)
	for _, a := range both {
		t.work.Go(func() {
			// Close waits for this: what the bot is just hearing must not be told again.
			ctx, cancel := context.WithTimeout(context.Background(), openTime)
			defer cancel()
			_, err := t.deliver(ctx, a)
			took <- err == nil
		})
	}
	t.work.Go(func() {
		one, two := <-took, <-took
		if !one && !two {
			t.log.Warn("the bot was not there for a first opening")
			t.book.reopen(chat)
		}
	})
}
