package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Chat is a person's own chat with the bot: where it writes to them unasked.
type Chat struct {
	Person       string `json:"person"` // Entra object id
	Tenant       string `json:"tenant,omitzero"`
	Conversation string `json:"conversation"`
	ServiceURL   string `json:"serviceUrl"`
	Dead         bool   `json:"dead,omitzero"` // the connector answered 403: the bot was removed
}

// chatRow is a chat in memory; saved says that the vault has it too.
type chatRow struct {
	Chat
	saved bool
}

// Tags of a chat. They repeat the value, so that the walk learns chats without reading each.
const (
	tagPerson       = "person"
	tagTenant       = "tenant"
	tagConversation = "conversation"
	tagService      = "service"
	tagDead         = "dead"
)

// Chat is a person's own chat, from memory.
func (s *Store) Chat(person string) (Chat, bool) {
	r, ok := s.chats.get(person)
	return r.Chat, ok
}

// SaveChat remembers a chat at once and writes it when the vault does not have it as it is. After an
// error it is known here, and the next SaveChat of it writes again.
// ErrForeign, ErrDeleted, ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) SaveChat(ctx context.Context, c Chat) error {
	if r, ok := s.chats.get(c.Person); ok && r.saved && r.Chat == c {
		return nil
	}
	if err := s.saveChat(ctx, c); err != nil {
		return fmt.Errorf("saving a chat: %w", err)
	}
	return nil
}

func (s *Store) saveChat(ctx context.Context, c Chat) error {
	name := chatName(c.Person)
	release, err := s.locks.hold(ctx, name)
	if err != nil {
		return err
	}
	defer release()
	r, known := s.chats.get(c.Person)
	if known && r.saved && r.Chat == c {
		return nil
	}
	s.chats.write(c.Person, chatRow{Chat: c})
	if !known || !r.saved {
		stored, err := s.readChat(ctx, name)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil && stored == c {
			s.chats.write(c.Person, chatRow{Chat: c, saved: true})
			return nil
		}
	}
	if err := s.setChat(ctx, name, c); err != nil {
		return err
	}
	s.chats.write(c.Person, chatRow{Chat: c, saved: true})
	return nil
}

func (s *Store) setChat(ctx context.Context, name string, c Chat) error {
	value, err := json.Marshal(c)
	if err != nil {
		return ErrBadValue
	}
	return s.put(ctx, record{name: name, content: contentChat, value: string(value), tags: chatTags(c)})
}

func (s *Store) readChat(ctx context.Context, name string) (Chat, error) {
	sec, err := s.client.get(ctx, name, "")
	if err != nil {
		return Chat{}, err
	}
	if deref(sec.ContentType) != contentChat {
		return Chat{}, ErrForeign
	}
	var c Chat
	_ = json.Unmarshal([]byte(deref(sec.Value)), &c) // a broken one is the zero Chat: nobody's
	return c, nil
}

// readChats reads those chats whose tags did not tell all. One that has gone meanwhile, or cannot
// be read as a chat, is left out.
func (s *Store) readChats(ctx context.Context, f *found) error {
	for _, name := range f.blind {
		c, err := s.readChat(ctx, name)
		switch {
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrForeign), errors.Is(err, ErrDisabled):
		case err != nil:
			return err
		case chatName(c.Person) == name:
			f.chats[c.Person] = chatRow{Chat: c, saved: true}
		}
	}
	return nil
}

// chatTags are a chat's tags, or none when one of them does not fit.
func chatTags(c Chat) tags {
	t := tags{}
	t.set(tagPerson, c.Person)
	t.set(tagTenant, c.Tenant)
	t.set(tagConversation, c.Conversation)
	t.set(tagService, c.ServiceURL)
	if c.Dead {
		t.set(tagDead, "true")
	}
	if t.check() != nil {
		return tags{}
	}
	return t
}

func chatFrom(wire map[string]*string) (Chat, bool) {
	t := fromWire(wire)
	c := Chat{
		Person: t[tagPerson], Tenant: t[tagTenant], Conversation: t[tagConversation],
		ServiceURL: t[tagService], Dead: t[tagDead] == "true",
	}
	return c, c.Person != "" && c.Conversation != ""
}
