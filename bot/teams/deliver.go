package teams

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/catalog"
)

const (
	inOwnChat = "I've answered in your own chat with me."
	openAChat = "I can't reach you in a chat of your own. Open one with me first, then ask again."
	below     = "Opened below."
	working   = "Still working on it. This card will follow."
	nothing   = "Done."
	noVerb    = "Keydesk does not know this button."
)

// edited looks at what a message was changed to: a key may have come into it. It is run as no command.
func (e *Endpoint) edited(ctx context.Context, a *activity) answer {
	t := a.turn(&e.zones)
	t.Text, t.Edited, t.Card = a.line(), true, ""
	if t.Text != "" {
		e.undelivered(ctx, e.deliver(ctx, a, t, e.Desk.Handle(ctx, t)))
	}
	return answer{status: http.StatusOK}
}

// metTime bounds how long remembering a chat may hold up an answer.
const metTime = 2 * time.Second

// message runs a typed line, or an Action.Submit of a client that knows no Action.Execute.
func (e *Endpoint) message(ctx context.Context, a *activity) answer {
	in := a.conversation()
	stop := e.typing(ctx, in)
	defer stop()
	t := a.turn(&e.zones)
	if t.Verb, t.Data = a.submitted(); t.Verb == "" {
		t.Card, t.Data, t.Text = "", nil, a.line()
	}
	met := e.meet(ctx, t.Person.ID, in)
	reply := e.Desk.Handle(ctx, t)
	stop()
	met()
	e.undelivered(ctx, e.deliver(ctx, a, t, reply))
	return answer{status: http.StatusOK}
}

// meet remembers where the person is while their turn runs. Wait before anything is posted: a 403 then marks
// a chat that was just found alive, not the other way round.
func (e *Endpoint) meet(ctx context.Context, person string, in Conversation) (wait func()) {
	ctx, cancel := context.WithTimeout(ctx, metTime)
	return e.beside(ctx, func() {
		defer cancel()
		e.Connector.Met(ctx, person, in)
	})
}

// silent says that there is nothing to post.
func silent(r desk.Reply) bool { return r.Silent || r.Error == "" && r.Card.IsZero() }

// inPlace says whether an answer takes the pressed card's place. In a channel that card is everybody's: only what
// the desk says may stand there, and an error is for who pressed.
func inPlace(t desk.Turn, r desk.Reply) bool {
	return t.Verb != "" && !r.New && r.Error == "" && (t.Chat.Kind == catalog.Personal || r.InPlace)
}

// deliver posts the answer to a message: where it was asked if it may be seen there, else in the person's own
// chat.
func (e *Endpoint) deliver(ctx context.Context, a *activity, t desk.Turn, reply desk.Reply) error {
	in := a.conversation()
	switch {
	case silent(reply):
		return nil
	case inPlace(t, reply) && t.Card != "":
		return e.replace(ctx, in, t.Card, reply.Card)
	case in.Kind != catalog.Personal && (!reply.Public || reply.Error != ""):
		return e.private(ctx, in, t.Person.ID, reply)
	case reply.Error != "":
		return e.Connector.Say(ctx, in, reply.Error)
	}
	_, err := e.Connector.Reply(ctx, in, reply.Card)
	return err
}

// replace edits a card, or posts the new one where the old one can't be edited.
func (e *Endpoint) replace(ctx context.Context, in Conversation, id string, card cards.Card) error {
	err := e.Connector.Replace(ctx, in, id, card)
	if !errors.Is(err, ErrNotSent) {
		return err
	}
	_, err = e.Connector.Reply(ctx, in, card)
	return err
}

// private answers in the person's own chat and says so where they asked. What is said there is the same for
// every answer, so it tells the others nothing.
func (e *Endpoint) private(ctx context.Context, in Conversation, person string, reply desk.Reply) error {
	line := inOwnChat
	err := e.own(ctx, person, reply)
	if err != nil {
		line = openAChat
	}
	return errors.Join(err, e.Connector.Say(ctx, in, line))
}

// own posts an answer, or its one sentence, to the person's own chat.
func (e *Endpoint) own(ctx context.Context, person string, reply desk.Reply) error {
	if reply.Error != "" {
		return e.Connector.Tell(ctx, person, reply.Error)
	}
	_, err := e.Connector.Post(ctx, person, reply.Card)
	if errors.Is(err, ErrUnknownDelivery) {
		return nil // it is most likely there, and said so it is found
	}
	return err
}

func (e *Endpoint) undelivered(ctx context.Context, err error) {
	if err != nil {
		e.Logger.LogAttrs(ctx, slog.LevelWarn, "an answer could not be delivered", slog.Any("error", err))
	}
}

// invoke runs a pressed button.
func (e *Endpoint) invoke(ctx context.Context, a *activity) answer {
	in := a.conversation()
	ans := answer{status: http.StatusOK, invoke: true}
	t := a.turn(&e.zones)
	if t.Verb, t.Data = a.pressed(); t.Verb == "" {
		ans.fault = noVerb
		return ans
	}
	met := e.meet(ctx, t.Person.ID, in)
	reply := e.Desk.Handle(ctx, t)
	switch {
	case reply.Error != "":
		ans.fault = reply.Error
	case silent(reply):
		ans.line = nothing
	case in.Kind != catalog.Personal && !inPlace(t, reply):
		// A channel card is everybody's: what one person pressed is answered to them alone.
		met()
		ans.line = inOwnChat
		if err := e.own(ctx, t.Person.ID, reply); err != nil {
			e.undelivered(ctx, err)
			ans.line, ans.fault = "", openAChat
		}
	case reply.New:
		met()
		ans.line = below
		if _, err := e.Connector.Reply(ctx, in, reply.Card); err != nil {
			ans.line, ans.reply = "", reply
		}
	default:
		ans.reply = reply
	}
	return ans
}

// follow brings what came too late for the answer of an invoke: the card is edited, a sentence is posted.
func (e *Endpoint) follow(ctx context.Context, a *activity, ans answer) {
	in := a.conversation()
	switch {
	case ans.fault != "" && in.Kind != catalog.Personal:
		e.undelivered(ctx, e.private(ctx, in, a.turn(&e.zones).Person.ID, desk.Reply{Error: ans.fault}))
	case ans.fault != "":
		e.undelivered(ctx, e.Connector.Say(ctx, in, ans.fault))
	case ans.reply.Card.IsZero():
	case a.ReplyToID == "":
		_, err := e.Connector.Reply(ctx, in, ans.reply.Card)
		e.undelivered(ctx, err)
	default:
		e.undelivered(ctx, e.replace(ctx, in, a.ReplyToID, ans.reply.Card))
	}
}
