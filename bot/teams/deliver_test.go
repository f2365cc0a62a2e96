package teams_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
)

const (
	isCard  = "application/vnd.microsoft.card.adaptive"
	isLine  = "application/vnd.microsoft.activity.message"
	isFault = "application/vnd.microsoft.error"
)

func TestAnswersToExecute(t *testing.T) {
	for name, tt := range map[string]struct {
		reply  desk.Reply
		code   int
		kind   string
		value  string
		posted string
	}{
		"a card":         {desk.Reply{Card: card("Saved")}, 200, isCard, "Saved", ""},
		"a new card":     {desk.Reply{Card: card("Saved"), New: true}, 200, isLine, "Opened below.", "Saved"},
		"a public card":  {desk.Reply{Card: card("Saved"), Public: true}, 200, isCard, "Saved", ""},
		"an error":       {desk.Reply{Error: "The value is empty."}, 400, isFault, "The value is empty.", ""},
		"error and card": {desk.Reply{Error: "No.", Card: card("Saved"), New: true}, 400, isFault, "No.", ""},
		"nothing":        {desk.Reply{}, 200, isLine, "Done.", ""},
		"silence":        {desk.Reply{Silent: true, Card: card("Saved")}, 200, isLine, "Done.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(context.Context, desk.Turn) desk.Reply { return tt.reply })
			ans := w.ok(w.signer.Execute(w.person, "1700", "save", map[string]any{"verb": "save"}))
			e := ans.Envelope()
			if e.StatusCode != tt.code || e.Type != tt.kind || !strings.Contains(string(e.Value), tt.value) {
				t.Errorf("%s", ans.Body)
			}
			if got := ans.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Error(got)
			}
			if tt.posted == "" {
				w.noMore(0)
				return
			}
			w.shows(w.sent(), "POST", w.own(), tt.posted)
		})
	}
}

func TestExecuteWithoutAVerb(t *testing.T) {
	w := newWorld(t, untouchable(t))
	press := w.signer.Execute(w.person, "1700", "", nil)
	for name, a := range map[string]bottest.Activity{
		"no verb": press, "no value": press.With("value", nil), "value is text": press.With("value", "save"),
		"action is a list": press.With("value", map[string]any{"action": []any{}}),
		"too many fields":  w.signer.Execute(w.person, "1700", "", many(65)),
	} {
		if e := w.ok(a.With("id", name)).Envelope(); e.StatusCode != 400 ||
			e.Line() != "Keydesk does not know this button." {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func many(n int) map[string]any {
	m := map[string]any{"verb": "save"}
	for i := range n {
		m["field"+string(rune('0'+i%10))+string(rune('a'+i/10))] = "x"
	}
	return m
}

func TestVerbFromTheData(t *testing.T) {
	w := newWorld(t, echo)
	e := w.ok(w.signer.Execute(w.person, "1700", "", map[string]any{"verb": "save"})).Envelope()
	if !strings.Contains(string(e.Value), "Heard save") {
		t.Errorf("%s", e.Value)
	}
}

func TestSubmitIsTheSameAsExecute(t *testing.T) {
	for name, tt := range map[string]struct {
		reply                   desk.Reply
		method, activity, shows string
	}{
		"a card":     {desk.Reply{Card: card("Saved")}, "PUT", "1700", "Saved"},
		"a new card": {desk.Reply{Card: card("Saved"), New: true}, "POST", "", "Saved"},
		"an error":   {desk.Reply{Error: "The value is empty."}, "POST", "", "The value is empty."},
	} {
		t.Run(name, func(t *testing.T) {
			turns := make(chan desk.Turn, 1)
			w := newWorld(t, func(_ context.Context, turn desk.Turn) desk.Reply { turns <- turn; return tt.reply })
			if ans := w.ok(w.signer.Submit(w.person, "1700", map[string]any{"verb": "save",
				"op": "X"})); len(ans.Body) != 0 {
				t.Errorf("%s", ans.Body)
			}
			if turn := <-turns; turn.Verb != "save" || turn.Data["op"] != "X" || turn.Card != "1700" ||
				turn.Text != "" {
				t.Errorf("%+v", turn)
			}
			c := w.sent()
			w.shows(c, tt.method, w.own(), tt.shows)
			if tt.activity != "" && c.Activity != tt.activity {
				t.Error(c.Activity)
			}
			w.noMore(1)
		})
	}
}

func TestASubmitOnACardThatIsGone(t *testing.T) {
	w := newWorld(t, echo)
	w.cloud.Fail(bottest.Fault{Method: "PUT", Status: 404})
	w.ok(w.signer.Submit(w.person, "1700", map[string]any{"verb": "save"}))
	w.shows(w.sent(), "PUT", w.own(), "Heard save")
	w.shows(w.sent(), "POST", w.own(), "Heard save")
}

func TestAnEmptySubmitIsALine(t *testing.T) {
	w := newWorld(t, echo)
	for i, value := range []any{map[string]any{}, map[string]any{"x": "y"}, "text", []any{"x"}, 7} {
		w.ok(w.signer.Message(w.person, "keys").With("value", value))
		w.shows(w.sent(), "POST", w.own(), "Heard keys")
		w.noMore(i + 1)
	}
}

const inTheChannel = bottest.Channel + ";messageid=1700000000000"

func TestChannelPrivacy(t *testing.T) {
	secretive := "Only for their eyes"
	for name, tt := range map[string]struct {
		reply   desk.Reply
		channel string // what the channel gets
		own     string // what the person's own chat gets
	}{
		"public":           {desk.Reply{Card: card("Hello all"), Public: true}, "Hello all", ""},
		"not public":       {desk.Reply{Card: card(secretive)}, "in your own chat", secretive},
		"an error":         {desk.Reply{Error: secretive}, "in your own chat", secretive},
		"a public's error": {desk.Reply{Error: secretive, Public: true}, "in your own chat", secretive},
		"silence":          {desk.Reply{Silent: true}, "", ""},
		"nothing":          {desk.Reply{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(context.Context, desk.Turn) desk.Reply { return tt.reply })
			_ = w.chats.SaveChat(t.Context(), vaultChat(w))
			w.ok(w.signer.InChannel(w.signer.Message(w.person, "keys")))
			w.channelAndOwn(tt.channel, tt.own)
		})
	}
}

// channelAndOwn fails unless the channel and the person's own chat got exactly this, each at most once.
func (w *world) channelAndOwn(channel, own string) {
	w.t.Helper()
	n := 0
	for where, text := range map[string]string{inTheChannel: channel, w.own(): own} {
		found := ""
		for _, c := range w.cloud.Calls() {
			if c.Conversation == where {
				found += string(c.Raw)
			}
		}
		if text != "" {
			n++
		}
		if (text == "") != (found == "") || !strings.Contains(found, text) {
			w.t.Errorf("%s got %q, want %q", where, found, text)
		}
		if where == inTheChannel && own != "" && strings.Contains(found, own) {
			w.t.Error("the channel saw what was not for it")
		}
	}
	w.noMore(n)
}

func TestChannelPresses(t *testing.T) {
	w := newWorld(t, func(_ context.Context, turn desk.Turn) desk.Reply {
		if turn.Verb == "fail" {
			return desk.Reply{Error: "Not yours."}
		}
		return desk.Reply{Card: card("Only for their eyes"), Public: true}
	})
	_ = w.chats.SaveChat(t.Context(), vaultChat(w))
	press := w.signer.InChannel(w.signer.Execute(w.person, "1700", "keys", nil))
	if e := w.ok(press).Envelope(); e.Type != isLine || e.Line() != "I've answered in your own chat with me." {
		t.Errorf("%+v", e)
	}
	w.shows(w.sent(), "POST", w.own(), "Only for their eyes")
	fail := w.signer.InChannel(w.signer.Execute(w.person, "1700", "fail", nil))
	if e := w.ok(fail).Envelope(); e.Line() != "Not yours." {
		t.Errorf("%+v", e)
	}
	submit := w.signer.InChannel(w.signer.Submit(w.person, "1700", map[string]any{"verb": "keys"}))
	w.ok(submit) // public, so it is posted; the card of everybody stays as it is
	w.shows(w.sent(), "POST", inTheChannel, "Only for their eyes")
	w.noMore(2)
}

// TestInPlaceInAChannel: what the desk says may stand in a channel takes the pressed card's place; all else goes
// to who pressed.
func TestInPlaceInAChannel(t *testing.T) {
	const told, secret = "I've answered in your own chat with me.", "Only for their eyes"
	for name, tt := range map[string]struct {
		reply          desk.Reply
		kind, value    string // the answer to Action.Execute
		private        string // what the own chat gets, by both
		method, submit string // what the channel gets by Action.Submit
	}{
		"in place": {desk.Reply{Card: card("Approved"), Public: true, InPlace: true}, isCard, "Approved", "", "PUT",
			"Approved"},
		"in place, not public elsewhere": {desk.Reply{Card: card("Approved"), InPlace: true}, isCard, "Approved", "",
			"PUT", "Approved"},
		"new": {desk.Reply{Card: card(secret), InPlace: true, New: true}, isLine, told, secret, "POST", told},
		"a refusal": {desk.Reply{Error: secret, InPlace: true, Public: true}, isFault, secret, secret, "POST",
			told},
		"not in place": {desk.Reply{Card: card(secret)}, isLine, told, secret, "POST", told},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(context.Context, desk.Turn) desk.Reply { return tt.reply })
			_ = w.chats.SaveChat(t.Context(), vaultChat(w))
			press := w.signer.InChannel(w.signer.Execute(w.person, "1700", "approve", nil))
			if e := w.ok(press).Envelope(); e.Type != tt.kind || !strings.Contains(string(e.Value), tt.value) {
				t.Errorf("%s %s", e.Type, e.Value)
			}
			n := 0
			if tt.private != "" && tt.kind != isFault {
				w.shows(w.sent(), "POST", w.own(), tt.private)
				n++
			}
			w.noMore(n)
			w.ok(w.signer.InChannel(w.signer.Submit(w.person, "1700", map[string]any{"verb": "approve"})))
			if tt.private != "" {
				w.shows(w.sent(), "POST", w.own(), tt.private)
				n++
			}
			c := w.sent()
			if w.shows(c, tt.method, inTheChannel, tt.submit); tt.method == "PUT" && c.Activity != "1700" {
				t.Error("another card was edited:", c.Activity)
			}
			w.noMore(n + 1)
		})
	}
}

// TestInPlaceWhereTheCardIsGone: the decision is shown all the same, in the thread.
func TestInPlaceWhereTheCardIsGone(t *testing.T) {
	w := newWorld(t, func(context.Context, desk.Turn) desk.Reply {
		return desk.Reply{Card: card("Approved"), InPlace: true}
	})
	w.cloud.Fail(bottest.Fault{Method: "PUT", Status: 404})
	w.ok(w.signer.InChannel(w.signer.Submit(w.person, "1700", map[string]any{"verb": "approve"})))
	w.shows(w.sent(), "PUT", inTheChannel, "Approved")
	w.shows(w.sent(), "POST", inTheChannel, "Approved")
}

func TestChannelAnswerForSomebodyWithoutAChat(t *testing.T) {
	w := newWorld(t, func(context.Context, desk.Turn) desk.Reply {
		return desk.Reply{Card: card("Only for their eyes")}
	})
	w.ok(w.signer.InChannel(w.signer.Message(w.person, "keys")))
	made := w.sent()
	if made.Path != "/emea/v3/conversations" || len(made.Body.Members) != 1 ||
		made.Body.Members[0].ID != w.person.ID {
		t.Fatalf("%+v", made)
	}
	w.shows(w.sent(), "POST", w.own(), "Only for their eyes")
	w.shows(w.sent(), "POST", inTheChannel, "in your own chat")

	other := bottest.NewPerson("Somebody who has blocked the bot")
	w.cloud.Fail(bottest.Fault{Method: "POST", Status: http.StatusForbidden})
	w.ok(w.signer.InChannel(w.signer.Message(other, "keys")))
	w.sent()
	w.shows(w.sent(), "POST", inTheChannel, "Open one with me first")
	if e := w.failing(other); e.Line() == "" || !strings.Contains(e.Line(), "Open one with me first") {
		t.Errorf("%+v", e)
	}
}

// failing presses a button in the channel for somebody whose own chat can't be made.
func (w *world) failing(p bottest.Person) bottest.Envelope {
	w.t.Helper()
	w.cloud.Fail(bottest.Fault{Method: "POST", Status: http.StatusForbidden})
	return w.ok(w.signer.InChannel(w.signer.Execute(p, "1700", "keys", nil))).Envelope()
}
