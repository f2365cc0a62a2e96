package teams_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/teams"
	"keydesk/catalog"
	"keydesk/vault"
)

func TestOwnChats(t *testing.T) {
	w := newWorld(t, echo)
	if _, err := w.post.Post(t.Context(), w.person.ID, card("Hello")); !errors.Is(err, teams.ErrNoChat) {
		t.Error("before anybody was met:", err)
	}
	w.post.Met(t.Context(), "", teams.Conversation{ID: bottest.Channel, ServiceURL: w.cloud.URL(),
		Kind: catalog.Channel})
	id, err := w.post.Post(t.Context(), w.person.ID, card("Hello"))
	if made := w.sent(); err != nil || !strings.Contains(string(made.Raw), tenant) ||
		!strings.Contains(string(made.Raw), "28:"+appID) {
		t.Errorf("%v %s", err, made.Raw)
	}
	w.shows(w.sent(), "POST", w.own(), "Hello")
	if err := w.post.Edit(t.Context(), w.person.ID, id, card("Changed")); err != nil {
		t.Error(err)
	}
	c := w.sent()
	if w.shows(c, "PUT", w.own(), "Changed"); c.Activity != id {
		t.Error(c.Activity, id)
	}
	w.cloud.Fail(bottest.Fault{Status: 201, Body: "{}"})
	if _, err := w.post.Post(t.Context(), bottest.NewPerson("x").ID, card("Hello")); !errors.Is(err,
		teams.ErrNoChat) {
		t.Error("a chat without an id:", err)
	}
}

func TestDeadChatsComeBack(t *testing.T) {
	w := newWorld(t, echo)
	w.ok(w.signer.Message(w.person, "keys"))
	w.cloud.Fail(bottest.Fault{Status: 403})
	for range 2 { // the second one is not even tried
		if _, err := w.post.Post(t.Context(), w.person.ID, card("Hello")); !errors.Is(err, teams.ErrChatDead) {
			t.Fatal(err)
		}
	}
	w.noMore(2)
	w.cloud.Fail(bottest.Fault{Status: 403})
	w.ok(w.signer.Message(w.person, "keys"))
	if chat, _ := w.chats.Chat(w.person.ID); !chat.Dead {
		t.Error("the 403 was the last word, and the chat counts as alive")
	}
	w.ok(w.signer.Message(w.person, "keys"))
	if _, err := w.post.Post(t.Context(), w.person.ID, card("Hello")); err != nil {
		t.Error(err)
	}
	other := vaultChat(w)
	other.Conversation = "a:1elsewhere"
	_ = w.chats.SaveChat(t.Context(), other)
	w.cloud.Fail(bottest.Fault{Status: 403})
	_, _ = w.post.Reply(t.Context(), w.chat(), card("Hello"))
	if chat, _ := w.chats.Chat(w.person.ID); chat != (vault.Chat{Person: w.person.ID, Tenant: tenant,
		Conversation: "a:1elsewhere", ServiceURL: w.cloud.URL()}) {
		t.Error("a 403 of another chat counted:", chat)
	}
}

// TestBothOpeningEventsRemember: of the two events that tell of a new chat only one is answered, and neither gives
// up remembering it.
func TestBothOpeningEventsRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.chats.slow = time.Second
		installed, added := w.signer.Opened(w.person)
		var all sync.WaitGroup
		all.Go(func() { w.ok(installed) })
		all.Go(func() { w.ok(added) })
		all.Wait()
		if err := w.endpoint.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if said := w.log.String(); strings.Contains(said, "could not be remembered") {
			t.Error(said)
		}
	})
}
