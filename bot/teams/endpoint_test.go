package teams_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

func TestBodies(t *testing.T) {
	w := newWorld(t, echo)
	good, _ := json.Marshal(w.signer.Message(w.person, "help"))
	pad := func(n int) []byte {
		return bytes.Replace(good, []byte(`"help"`), []byte(`"`+strings.Repeat("x", n)+`"`), 1)
	}
	nested := func(n int) []byte {
		value := strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
		return append(good[:len(good)-1:len(good)-1], `,"value":`+value+`}`...)
	}
	for name, tt := range map[string]struct {
		body []byte
		want int
	}{
		"300 KB": {pad(300 << 10), 413}, "just below the limit": {pad(255 << 10), 200}, "empty": {nil, 400},
		"half": {good[:len(good)/2], 400},
		"two":  {append(good[:len(good):len(good)], good...), 400}, "an array": {[]byte("[]"), 400},
		"null":    {[]byte("null"), 400},
		"no type": {[]byte("{}"), 400}, "text as number": {bytes.Replace(good, []byte(`"help"`), []byte("7"), 1),
			400},
		"deep": {nested(20000), 400}, "nested": {nested(200), 200},
		"brackets": {bytes.Repeat([]byte("["), 200<<10), 400},
		"entities no list": {bytes.Replace(good, []byte(`"entities":[`), []byte(`"entities":{"a":1},"more":[`), 1),
			200},
	} {
		ans, err := w.client.SendRaw(t.Context(), "Bearer "+w.signer.Token(), tt.body)
		if err != nil || ans.Status != tt.want {
			t.Errorf("%s: %d %v, want %d", name, ans.Status, err, tt.want)
		}
		if ans, err := w.client.SendRaw(t.Context(), "", tt.body); err == nil && ans.Status != 401 {
			t.Errorf("%s, without a token: %d", name, ans.Status)
		}
	}
}

// TestFormsTheSchemaDoesNotKnow sends what msbotbuilder-go's schema can't read, in fields that nobody needs.
func TestFormsTheSchemaDoesNotKnow(t *testing.T) {
	w := newWorld(t, echo)
	for name, value := range map[string]any{
		"timestamp": "yesterday", "localTimestamp": "2026-11-23T10:00:00", "expiration": "", "attachments": "none",
		"reactionsAdded": []any{"like"}, "value": "text", "historyDisclosed": "no", "relatesTo": 7,
	} {
		odd := w.signer.Message(w.person, "keys").With(name, value)
		w.ok(odd)
		w.shows(w.sent(), "POST", w.own(), "Heard keys")
		for _, wrong := range []bottest.Activity{odd.With("channelId", "webchat"),
			odd.In("from", "aadObjectId", nil),
			odd.In("conversation", "tenantId", "other"), odd.With("serviceUrl", "https://evil.example/")} {
			if ans := w.send(wrong); ans.Status != http.StatusUnauthorized {
				t.Errorf("%s is odd, and what proves it is wrong: %d", name, ans.Status)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t, echo)
	for method, want := range map[string]int{"HEAD": 200, "GET": 405, "PUT": 405, "OPTIONS": 405,
		"DELETE": 405} {
		req, _ := http.NewRequestWithContext(t.Context(), method, w.client.URL, nil)
		res, err := w.client.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if w.log.String() != "" {
		t.Error("a probe made noise:", w.log)
	}
}

func TestOtherKindsAreAnswered(t *testing.T) {
	w := newWorld(t, untouchable(t))
	for _, kind := range []string{"messageUpdate", "messageDelete", "messageReaction", "typing", "event",
		"somethingNew"} {
		w.ok(w.signer.Event(kind, w.person))
	}
	if ans := w.send(w.signer.Execute(w.person, "1", "x", nil).With("name", "task/fetch")); ans.Status != 501 {
		t.Error("an invoke of another kind:", ans.Status)
	}
	w.noMore(0)
}

func TestLinesAsTeamsSendsThem(t *testing.T) {
	w := newWorld(t, func(_ context.Context, t desk.Turn) desk.Reply {
		return desk.Reply{Public: true, Card: card("[" + t.Text + "] " + t.Zone.String())}
	})
	const other = `<at>Somebody</at>`
	for _, tt := range []struct{ text, mention, want string }{
		{"keys", "", "keys"}, {"  keys \n", "", "keys"}, {"get&nbsp;ninja", "", "get ninja"}, {"get\u00a0ninja",
			"", "get ninja"},
		{"a &amp; b &lt;c&gt;", "", "a \\u0026 b \\u003cc\\u003e"}, {"&amp;lt;", "", "\\u0026lt;"},
		{bottest.Mention + " keys", bottest.Mention, "keys"},
		{"keys " + bottest.Mention, bottest.Mention, "keys"},
		{bottest.Mention + "&nbsp;keys", bottest.Mention, "keys"},
		{"@Keydesk, keys", "@Keydesk,", "keys"}, {"<at>Key Desk</at> keys", "<at>Key Desk</at>", "keys"},
		{bottest.Mention + bottest.Mention + "keys", bottest.Mention, "keys"},
		{other + " keys", bottest.Mention, "\\u003cat\\u003eSomebody\\u003c/at\\u003e keys"},
	} {
		a := w.signer.InChannel(w.signer.Message(w.person, tt.text))
		if tt.mention != "" {
			a = w.signer.Mentioned(a, tt.mention)
		}
		w.ok(a)
		w.shows(w.sent(), "POST", bottest.Channel+";messageid=1700000000000", "["+tt.want+"] Europe/Berlin")
	}
}

func TestTheSameActivityIsHandledOnce(t *testing.T) {
	var handled atomic.Int32
	hold := make(chan struct{})
	w := newWorld(t, func(_ context.Context, t desk.Turn) desk.Reply {
		n := handled.Add(1)
		<-hold
		return desk.Reply{Card: card("Answer number " + string('0'+rune(n)))}
	})
	a := w.signer.Execute(w.person, "1700", "get", map[string]any{"verb": "get"})
	answers := make([]bottest.Answer, 20)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = w.ok(a) })
	}
	close(hold)
	all.Wait()
	answers = append(answers, w.ok(a))
	for _, ans := range answers {
		if e := ans.Envelope(); !strings.Contains(string(e.Value), "Answer number 1") {
			t.Fatalf("%s", ans.Body)
		}
	}
	stranger := bottest.NewPerson("Somebody else")
	again := a.With("from", map[string]any{"id": stranger.MRI(), "aadObjectId": stranger.ID})
	if e := w.ok(again).Envelope(); strings.Contains(string(e.Value), "Answer number 1") {
		t.Error("another person got the answer")
	}
	if n := handled.Load(); n != 2 {
		t.Error("handled", n)
	}
	w.noMore(0)
}

func TestARepeatIsRememberedForTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		a := w.signer.Message(w.person, "keys")
		for _, wait := range []time.Duration{0, time.Second, 9 * time.Minute} {
			time.Sleep(wait)
			w.ok(a)
		}
		w.noMore(1)
		none := a.With("id", nil) // can't be told from another
		w.ok(none)
		w.ok(none)
		w.noMore(3)
		time.Sleep(11 * time.Minute)
		w.ok(a)
		w.noMore(4)
	})
}

func TestWelcomeOnce(t *testing.T) {
	w := newWorld(t, echo)
	installed, added := w.signer.Opened(w.person)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { w.ok(installed) })
		all.Go(func() { w.ok(added) })
	}
	all.Wait()
	w.shows(w.sent(), "POST", w.own(), "Heard help")
	later, again := w.signer.Opened(w.person)
	w.ok(later)
	w.ok(again)
	w.ok(w.signer.InChannel(w.signer.Event("installationUpdate", bottest.NewPerson("Another")).With("action",
		"add")))
	gone := bottest.NewPerson("Somebody who leaves")
	w.ok(w.signer.Event("installationUpdate", gone).With("action", "remove"))
	w.ok(w.signer.Event("conversationUpdate", gone).With("membersAdded",
		[]any{map[string]any{"id": gone.MRI()}}))
	w.noMore(1)
	if chat, ok := w.chats.Chat(w.person.ID); !ok || chat.Conversation != w.own() {
		t.Error("the chat is not known:", chat)
	}
}

func TestWhoIsKnownWasWelcomedByAnEarlierProcess(t *testing.T) {
	w := newWorld(t, echo)
	_ = w.chats.SaveChat(t.Context(), vault.Chat{Person: w.person.ID, Conversation: w.own()})
	installed, added := w.signer.Opened(w.person)
	w.ok(installed)
	w.ok(added)
	w.noMore(0)
}

func TestTurnsSayWhoAndWhere(t *testing.T) {
	turns := make(chan desk.Turn, 1)
	w := newWorld(t, func(_ context.Context, t desk.Turn) desk.Reply { turns <- t; return desk.Reply{} })
	shouted := strings.ToUpper(w.person.ID)
	w.ok(w.signer.Message(w.person, "keys").In("from", "aadObjectId", shouted).With("localTimezone",
		"../etc/passwd"))
	got := <-turns
	if got.Person != (catalog.Person{ID: w.person.ID, Name: w.person.Name}) || got.Tenant != tenant ||
		got.Zone != time.UTC ||
		got.Chat != (catalog.Chat{ID: w.own(), Kind: catalog.Personal}) || got.Verb != "" || got.Card != "" {
		t.Errorf("%+v", got)
	}
	w.ok(w.signer.InChannel(w.signer.Execute(w.person, "17", "save",
		map[string]any{"n": 7, "ok": true, "label": "acme",
			"nested": map[string]any{"a": 1}, "null": nil})))
	got = <-turns
	if got.Chat != (catalog.Chat{ID: bottest.Channel, Kind: catalog.Channel}) || got.Verb != "save" ||
		got.Card != "17" ||
		len(got.Data) != 3 || got.Data["n"] != "7" || got.Data["ok"] != "true" || got.Data["label"] != "acme" {
		t.Errorf("%+v", got)
	}
	group := w.signer.Message(w.person, "keys").In("conversation", "conversationType", "groupChat")
	w.ok(group)
	if got = <-turns; got.Chat.Kind != catalog.Channel {
		t.Error("a group chat counts as", got.Chat.Kind)
	}
}

func TestWelcomeOnceThoughNothingCanBeRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.chats.hang = true
		installed, added := w.signer.Opened(w.person)
		w.ok(installed)
		w.ok(added)
		w.noMore(1)
	})
}
