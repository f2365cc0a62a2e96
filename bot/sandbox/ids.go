package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A channel's chat id, what people call it, and a command to try there. The ids look like Teams' and
// are fixed, so that what the bot remembers about a channel holds over a restart.
type channel struct{ ID, Name, What, Try string }

const teamID = "19:keydesk-sandbox@thread.tacv2"

func channels() []channel {
	return []channel{
		{"19:approvals@thread.tacv2", "approvals", "Where admins decide requests", "approvals here"},
		{"19:general@thread.tacv2", "general", "The team's own channel", "help"},
	}
}

// place is a conversation as the connector names it: a 1:1 chat, or a channel with perhaps the
// post whose thread is meant.
type place struct {
	Chat   string
	Root   string
	Person *Person // of a 1:1 chat; nil in channels
	Name   string  // of a channel
}

// conversation is the id that activities carry.
func (p place) conversation() string {
	if p.Root == "" {
		return p.Chat
	}
	return p.Chat + ";messageid=" + p.Root
}

// place finds the conversation with this id.
func (t *Teams) place(id string) (place, bool) {
	chat, root, _ := strings.Cut(id, ";messageid=")
	for _, c := range channels() {
		if c.ID == chat {
			return place{Chat: chat, Root: root, Name: c.Name}, true
		}
	}
	for _, p := range t.cfg.People() {
		if t.chatOf(p) == chat {
			return place{Chat: chat, Person: &p}, true
		}
	}
	return place{}, false
}

// person finds one of the people by Entra id, or by the id the bot knows (29:...).
func (t *Teams) person(id string) (Person, bool) {
	if id == "" {
		return Person{}, false
	}
	for _, p := range t.cfg.People() {
		if strings.EqualFold(p.ID, id) || t.mri(p) == id {
			return p, true
		}
	}
	return Person{}, false
}

func (t *Teams) botID() string { return "28:" + t.cfg.AppID }

// mri is a person's id between this bot and Teams. It is another one for every bot.
func (t *Teams) mri(p Person) string { return "29:1" + t.digest("person", p.ID) }

// chatOf is the id of a person's own chat with the bot, always the same.
func (t *Teams) chatOf(p Person) string { return "a:1" + t.digest("chat", p.ID) }

func (t *Teams) digest(what, id string) string {
	sum := sha256.Sum256([]byte(what + "\x00" + t.cfg.AppID + "\x00" + strings.ToLower(id)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sees are the chats that a person is in: their own first, then the channels.
func (t *Teams) sees(p Person) []string {
	out := []string{t.chatOf(p)}
	for _, c := range channels() {
		out = append(out, c.ID)
	}
	return out
}
