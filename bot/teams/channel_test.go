package teams_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
	"keydesk/vault"
)

// channel is the channel of inTheChannel as it is kept.
func (w *world) channel() vault.Channel {
	return vault.Channel{Conversation: bottest.Channel, ServiceURL: w.cloud.URL(), Tenant: tenant}
}

// TestChannelPosts: a post begins a thread of its own, and an edit goes to where it was posted; a channel that was
// kept with a thread counts as the channel.
func TestChannelPosts(t *testing.T) {
	w := newWorld(t, echo)
	for _, conversation := range []string{bottest.Channel, inTheChannel} {
		ch := w.channel()
		ch.Conversation = conversation
		id, err := w.post.PostIn(t.Context(), ch, card("Wants meraki"))
		c := w.sent()
		if w.shows(c, "POST", bottest.Channel, "Wants meraki"); err != nil || id == "" || id != c.Activity {
			t.Error(id, err)
		}
		if strings.Contains(c.Path, "messageid") || c.Body.Recipient.ID != "" ||
			c.Authorization != "Bearer "+ownToken {
			t.Errorf("%+v", c)
		}
		if err := w.post.EditIn(t.Context(), ch, id, card("Approved")); err != nil {
			t.Error(err)
		}
		c = w.sent()
		if w.shows(c, "PUT", bottest.Channel, "Approved"); c.Activity != id {
			t.Error("another post was edited:", c.Activity)
		}
	}
	elsewhere := w.channel()
	elsewhere.ServiceURL = "https://evil.example/"
	if _, err := w.post.PostIn(t.Context(), elsewhere, card("x")); !errors.Is(err, teams.ErrHost) {
		t.Error("another host got the card:", err)
	}
	if _, err := w.post.PostIn(t.Context(), vault.Channel{ServiceURL: w.cloud.URL()}, card("x")); err == nil {
		t.Error("there is no channel, and it was posted to")
	}
	w.noMore(4)
}

// TestChannelFaults over HTTP: what may have been delivered is not posted again, edits are repeated, and what can't
// be reached says so.
func TestChannelFaults(t *testing.T) {
	for _, tt := range []struct {
		method string
		fault  bottest.Fault
		calls  int
		want   error
		gone   bool // desk.ErrUnreachable
	}{
		{"POST", bottest.Fault{Status: 403}, 1, teams.ErrChatDead, true},
		{"POST", bottest.Fault{Status: 404}, 1, teams.ErrNotSent, true},
		{"POST", bottest.Fault{Status: 429, RetryAfter: "0.2"}, 2, nil, false},
		{"POST", bottest.Fault{Status: 429, RetryAfter: "3600"}, 1, teams.ErrNotSent, false},
		{"POST", bottest.Fault{Status: 502}, 1, teams.ErrUnknownDelivery, false},
		{"POST", bottest.Fault{Status: 500}, 1, teams.ErrUnknownDelivery, false},
		{"POST", bottest.Fault{Cut: true}, 1, teams.ErrUnknownDelivery, false},
		{"PUT", bottest.Fault{Status: 403}, 1, teams.ErrChatDead, true},
		{"PUT", bottest.Fault{Status: 404}, 1, teams.ErrNotSent, false}, // the post is gone, perhaps not the channel
		{"PUT", bottest.Fault{Status: 429, RetryAfter: "0.2"}, 2, nil, false},
		{"PUT", bottest.Fault{Status: 503}, 2, nil, false},
		{"PUT", bottest.Fault{Cut: true}, 2, nil, false},
		{"GET", bottest.Fault{Status: 403}, 1, teams.ErrNoMembers, true},
		{"GET", bottest.Fault{Status: 404}, 1, teams.ErrNoMembers, true},
		{"GET", bottest.Fault{Status: 500}, 1, teams.ErrNoMembers, false},
		{"GET", bottest.Fault{Status: 503}, 2, nil, false},
	} {
		t.Run(fmt.Sprint(tt.method, tt.fault.Status, tt.fault.RetryAfter), func(t *testing.T) {
			w := newWorld(t, echo)
			_ = w.chats.SaveChat(t.Context(), vaultChat(w))
			w.cloud.Fail(tt.fault)
			err := w.inChannel(tt.method)
			if !errors.Is(err, tt.want) || errors.Is(err, desk.ErrUnreachable) != tt.gone {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), bottest.Channel) {
				t.Error("the error names the channel:", err)
			}
			w.noMore(tt.calls)
			if _, err := w.post.Post(t.Context(), w.person.ID, card("Hello")); err != nil {
				t.Error("somebody's own chat suffered from it:", err)
			}
			if err := w.inChannel("POST"); err != nil {
				t.Error("the channel is not tried again:", err)
			}
		})
	}
}

// inChannel is one call about the channel.
func (w *world) inChannel(method string) error {
	switch method {
	case "POST":
		_, err := w.post.PostIn(w.t.Context(), w.channel(), card("Wants meraki"))
		return err
	case "PUT":
		return w.post.EditIn(w.t.Context(), w.channel(), "1700", card("Approved"))
	}
	_, err := w.post.Readers(w.t.Context(), w.channel())
	return err
}

// TestNoChatIsUnreachable: the desk can tell without knowing this package.
func TestNoChatIsUnreachable(t *testing.T) {
	w := newWorld(t, echo)
	if _, err := w.post.Post(t.Context(), w.person.ID, card("x")); !errors.Is(err, desk.ErrUnreachable) {
		t.Error("nobody was met:", err)
	}
	dead := vaultChat(w)
	dead.Dead = true
	_ = w.chats.SaveChat(t.Context(), dead)
	if err := w.post.Edit(t.Context(), w.person.ID, "1", card("x")); !errors.Is(err, desk.ErrUnreachable) {
		t.Error("a dead chat:", err)
	}
}

// TestChannelLimits: posts to a channel keep Teams' limits, and hold up no other channel.
func TestChannelLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		for range 60 {
			if _, err := w.post.PostIn(t.Context(), w.channel(), card("x")); err != nil {
				t.Fatal(err)
			}
		}
		calls := w.cloud.Calls()
		for i := range len(calls) - 8 {
			if took := calls[i+8].At.Sub(calls[i].At); took < 2*time.Second {
				t.Fatal("9 posts within", took)
			}
		}
		began, other := time.Now(), w.channel()
		other.Conversation = "19:other@thread.tacv2"
		if _, err := w.post.PostIn(t.Context(), other, card("x")); err != nil || time.Since(began) != 0 {
			t.Error("another channel waited", time.Since(began), err)
		}
	})
}

// TestTurnsTellTheChannel: where the bot may post to all who read, as far as Teams tells it.
func TestTurnsTellTheChannel(t *testing.T) {
	turns := make(chan desk.Turn, 1)
	w := newWorld(t, func(_ context.Context, turn desk.Turn) desk.Reply { turns <- turn; return desk.Reply{} })
	in := func(data map[string]any) bottest.Activity {
		a := w.signer.InChannel(w.signer.Message(w.person, "help"))
		data["tenant"] = map[string]any{"id": tenant}
		return a.With("channelData", data)
	}
	named := func(name any) map[string]any { return map[string]any{"id": "19:x", "name": name} }
	for want, a := range map[string]bottest.Activity{
		"Contoso / Approvals": w.signer.InChannel(w.signer.Message(w.person, "help")),
		"Approvals":           in(map[string]any{"channel": named("Approvals")}),
		"Contoso":             in(map[string]any{"team": named("Contoso"), "channel": named(nil)}),
		"The four of us":      in(map[string]any{"team": nil}).In("conversation", "name", "The four of us"),
		"":                    in(map[string]any{}),
	} {
		w.ok(a)
		wanted := w.channel()
		wanted.Name = want
		if got := (<-turns).Channel; got != wanted {
			t.Errorf("%+v, want %+v", got, wanted)
		}
		w.ok(w.signer.InChannel(w.signer.Execute(w.person, "1700", "help", nil)))
		if got := (<-turns).Channel; got.Conversation != bottest.Channel {
			t.Errorf("a button: %+v", got)
		}
	}
	w.ok(w.signer.Message(w.person, "help"))
	if got := (<-turns).Channel; got != (vault.Channel{}) {
		t.Errorf("the own chat: %+v", got)
	}
}
