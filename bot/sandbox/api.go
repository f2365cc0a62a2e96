package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is how long a typed message may be, in characters.
const maxText = 8000

// request is what every call of the page says: who one is and on what clock.
type request struct {
	As string `json:"as"`
	client
}

// me finds who calls; on a fault it has answered.
func (t *Teams) me(w http.ResponseWriter, id string) (Person, bool) {
	p, ok := t.person(id)
	if !ok {
		fault(w, http.StatusNotFound, "NoPerson", "No such person in the people file.")
	}
	return p, ok
}

// openChat is called by the page when it shows a person's chat.
func (t *Teams) openChat(w http.ResponseWriter, r *http.Request) {
	var in request
	if !readJSON(w, r, &in) {
		return
	}
	if p, ok := t.me(w, in.As); ok {
		t.tellOpened(p, in.client)
		answer(w, http.StatusOK, struct{}{})
	}
}

// send keeps what a person typed and tells the bot; in a channel only if it is mentioned.
func (t *Teams) send(w http.ResponseWriter, r *http.Request) {
	var in struct {
		request
		Chat string `json:"chat"`
		Root string `json:"root"`
		Text string `json:"text"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	p, ok := t.me(w, in.As)
	if !ok {
		return
	}
	at, ok := t.place(in.Chat)
	if !ok || !slices.Contains(t.sees(p), at.Chat) {
		fault(w, http.StatusNotFound, "NoChat", "No such chat.")
		return
	}
	text := strings.TrimSpace(in.Text)
	if text == "" || utf8.RuneCountInString(text) > maxText {
		fault(w, http.StatusBadRequest, "BadText", fmt.Sprintf("A message has 1 to %d characters.", maxText))
		return
	}
	at.Root = in.Root
	if at.Person == nil && !t.threadOf(&at, "") {
		fault(w, http.StatusNotFound, "NoPost", "That post is not there any more.")
		return
	}
	told := at.Person != nil || mentions(text)
	m, err := t.book.add(message{
		Chat: at.Chat, Root: at.Root, From: p.ID, Name: p.Name, Text: text, Plain: true, Told: told,
	})
	if err != nil {
		t.log.Error("keeping a message", "error", err)
		fault(w, http.StatusInternalServerError, "NotKept", "The message could not be kept.")
		return
	}
	took := true
	if told {
		a := t.say(t.activity("message", p, at.inThread(m), in.client), text)
		a.ID = m.ID
		took = t.tell(r, a)
	}
	answer(w, http.StatusOK, map[string]any{"id": m.ID, "told": told, "took": took})
}

// inThread is the conversation of a message: in channels its post's.
func (at place) inThread(m message) place {
	if at.Person == nil {
		at.Root = or(m.Root, m.ID)
	}
	return at
}

// tell delivers even when the page has gone meanwhile: the message is in the chat.
func (t *Teams) tell(r *http.Request, a activity) bool {
	_, err := t.deliver(context.WithoutCancel(r.Context()), a)
	if err != nil {
		t.log.Warn("a message was not taken", "type", a.Type, "error", err)
	}
	return err == nil
}

// pressButton sends a card's button. The inputs go into the activity and nowhere else.
func (t *Teams) pressButton(w http.ResponseWriter, r *http.Request) {
	var in struct {
		request
		Chat    string            `json:"chat"`
		Message string            `json:"message"`
		Seq     string            `json:"seq"`
		Action  int               `json:"action"`
		Inputs  map[string]string `json:"inputs"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	p, ok := t.me(w, in.As)
	if !ok {
		return
	}
	at, ok := t.place(in.Chat)
	m, there := t.book.get(at.Chat, in.Message)
	m = m.as(p.ID)
	if !ok || !there || m.Card == nil || !slices.Contains(t.sees(p), at.Chat) {
		fault(w, http.StatusNotFound, "NoCard", "That card is not there any more.")
		return
	}
	// A button's number means something only on the card that the person saw.
	if in.Seq != strconv.FormatInt(m.Seq, 10) {
		fault(w, http.StatusConflict, "Changed", "The card has changed meanwhile. Look again.")
		return
	}
	button, ids, ok := findAction(m.Card, in.Action)
	if !ok {
		fault(w, http.StatusBadRequest, "NoButton", "The card has no such button.")
		return
	}
	for id := range in.Inputs {
		if button.Ignores() || !slices.Contains(ids, id) {
			delete(in.Inputs, id)
		}
	}
	a := t.activity("invoke", p, at.inThread(m), in.client)
	// Like Teams, finish what was pressed even if the page goes away.
	out, changed := t.press(context.WithoutCancel(r.Context()), t.pressed(a, m, button, in.Inputs), at, m)
	if changed != nil {
		if l, err := t.view(*changed, p); err == nil {
			out.Live = &l
		}
	}
	answer(w, http.StatusOK, out)
}

func findAction(raw json.RawMessage, index int) (action, []string, bool) {
	c, err := parseCard(raw)
	if err != nil {
		return action{}, nil, false
	}
	b, ids, ok := c.find(index)
	return b, ids, ok && (b.Type == "Action.Execute" || b.Type == "Action.Submit") && !b.Disabled()
}

// deleteMessage takes back a person's own message and tells the bot, which can do nothing more.
func (t *Teams) deleteMessage(w http.ResponseWriter, r *http.Request) {
	var in struct {
		request
		Chat    string `json:"chat"`
		Message string `json:"message"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	p, ok := t.me(w, in.As)
	if !ok {
		return
	}
	at, known := t.place(in.Chat)
	m, err := t.book.change(at.Chat, in.Message, func(m *message) error {
		if m.From == "" || m.From != p.ID {
			return errNotOwn
		}
		m.erase()
		return nil
	})
	switch {
	case !known || errors.Is(err, errUnknown):
		fault(w, http.StatusNotFound, "NoMessage", "That message is not there any more.")
		return
	case errors.Is(err, errNotOwn):
		fault(w, http.StatusForbidden, "NotOwn", "Only the sender can delete a message.")
		return
	case err != nil:
		t.log.Error("deleting a message", "error", err)
		fault(w, http.StatusInternalServerError, "NotKept", "The message could not be deleted.")
		return
	}
	if m.Told {
		a := t.activity("messageDelete", p, at.inThread(m), in.client)
		a.ID = m.ID
		a.ChannelData["eventType"] = "softDeleteMessage"
		t.tell(r, a)
	}
	answer(w, http.StatusOK, map[string]any{"id": m.ID})
}
