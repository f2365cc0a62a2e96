package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"keydesk/bot/desk"
	"keydesk/catalog"
)

const (
	inOwnChat = "I've answered in your own chat with me."
	openAChat = "I can't reach you in a chat of your own. Open one with me first, then ask again."
	below     = "Opened below."
	working   = "Still working on it. This card will follow."
)

// message runs a typed line, or an Action.Submit of a client that knows no Action.Execute.
func (e *Endpoint) message(ctx context.Context, a *activity) answer {
	in := a.conversation()
	ok := answer{status: http.StatusOK}
	stop := e.typing(ctx, in)
	defer stop()
	t := a.turn(&e.zones)
	if t.Verb, t.Data = a.submitted(); t.Verb == "" {
		t.Card, t.Data, t.Text = "", nil, a.line()
	}
	reply := e.Desk.Handle(ctx, t)
	stop()
	defer e.Connector.Met(ctx, t.Person.ID, in)
	if err := e.deliver(ctx, a, t, reply); err != nil {
		e.Logger.LogAttrs(ctx, slog.LevelWarn, "an answer could not be delivered", slog.Any("error", err))
	}
	return ok
}

// deliver posts the answer to a message: where it was asked if it may be seen there, else in the person's own chat.
func (e *Endpoint) deliver(ctx context.Context, a *activity, t desk.Turn, reply desk.Reply) error {
	in := a.conversation()
	switch {
	case reply.Silent:
		return nil
	case in.Kind != catalog.Personal && !reply.Public:
		return e.private(ctx, in, t.Person.ID, reply)
	case reply.Error != "":
		return e.Connector.Say(ctx, in, reply.Error)
	case t.Verb != "" && !reply.New && t.Card != "":
		return e.Connector.Replace(ctx, in, t.Card, reply.Card)
	}
	_, err := e.Connector.Reply(ctx, in, reply.Card)
	return err
}

// private answers in the person's own chat and says so where they asked.
func (e *Endpoint) private(ctx context.Context, in Conversation, person string, reply desk.Reply) error {
	e.Connector.Met(ctx, "", in)
	if reply.Error != "" {
		return e.Connector.Say(ctx, in, inOwnChat)
	}
	_, err := e.Connector.Post(ctx, person, reply.Card)
	if err != nil {
		return errors.Join(err, e.Connector.Say(ctx, in, openAChat))
	}
	return e.Connector.Say(ctx, in, inOwnChat)
}

// typing shows the typing indicator once a turn takes long, until it is stopped.
func (e *Endpoint) typing(ctx context.Context, in Conversation) (stop func()) {
	t := time.AfterFunc(typingAfter, func() {
		e.running.Go(func() { _ = e.Connector.Typing(ctx, in) }) // for show only
	})
	return func() { t.Stop() }
}

// invoke runs a pressed button.
func (e *Endpoint) invoke(ctx context.Context, a *activity) answer {
	in := a.conversation()
	t := a.turn(&e.zones)
	if t.Verb, t.Data = a.pressed(); t.Verb == "" {
		return answer{status: http.StatusOK, invoke: true, fault: "This button says nothing to Keydesk."}
	}
	reply := e.Desk.Handle(ctx, t)
	e.Connector.Met(ctx, t.Person.ID, in)
	ans := answer{status: http.StatusOK, invoke: true}
	switch {
	case reply.Error != "":
		ans.fault = reply.Error
	case in.Kind != catalog.Personal:
		// A channel card is everybody's: what one person pressed is answered to them alone.
		ans.line = inOwnChat
		if _, err := e.Connector.Post(ctx, t.Person.ID, reply.Card); err != nil {
			ans.line, ans.fault = "", openAChat
		}
	case reply.New:
		ans.line = below
		if _, err := e.Connector.Reply(ctx, in, reply.Card); err != nil {
			ans.line, ans.reply = "", reply
		}
	default:
		ans.reply = reply
	}
	return ans
}

// follow edits the card of an invoke whose answer came too late for Teams.
func (e *Endpoint) follow(ctx context.Context, a *activity, ans answer) {
	in := a.conversation()
	var err error
	switch {
	case !ans.reply.Card.IsZero() && a.ReplyToID != "":
		err = e.Connector.Replace(ctx, in, a.ReplyToID, ans.reply.Card)
	case !ans.reply.Card.IsZero():
		_, err = e.Connector.Reply(ctx, in, ans.reply.Card)
	case ans.fault != "":
		err = e.Connector.Say(ctx, in, ans.fault)
	}
	if err != nil {
		e.Logger.LogAttrs(ctx, slog.LevelWarn, "a late answer could not be delivered", slog.Any("error", err))
	}
}

// late is the answer while a turn goes on.
func late(a *activity) answer {
	return answer{status: http.StatusOK, invoke: a.Type == "invoke", line: working}
}

// envelope is the body of an invoke answer (learn.microsoft.com, Universal Actions: always HTTP 200).
func (a answer) envelope() []byte {
	type body struct {
		StatusCode int    `json:"statusCode"`
		Type       string `json:"type"`
		Value      any    `json:"value"`
	}
	b := body{http.StatusOK, "application/vnd.microsoft.activity.message", a.line}
	switch {
	case a.fault != "":
		b = body{http.StatusBadRequest, "application/vnd.microsoft.error", map[string]string{"code": "KeydeskRefused", "message": a.fault}}
	case !a.reply.Card.IsZero():
		b = body{http.StatusOK, "application/vnd.microsoft.card.adaptive", a.reply.Card}
	}
	out, err := json.Marshal(b)
	if err != nil {
		return []byte(`{"statusCode":500,"type":"application/vnd.microsoft.error","value":{"code":"Internal","message":"The card could not be drawn."}}`)
	}
	return out
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
