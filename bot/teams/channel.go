package teams

import (
	"context"
	"strings"

	"keydesk/bot/desk"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// threadMark stands between a channel's id and the post whose thread a conversation is.
const threadMark = ";messageid="

// root is a channel without the thread: what is sent there becomes a post of its own (learn.microsoft.com,
// Teams SDK: a thread is the channel's id with ";messageid=" and the post's id behind it).
func root(conversation string) string {
	id, _, _ := strings.Cut(conversation, threadMark)
	return id
}

// to is the channel as a conversation. It is nobody's own chat: a 403 there marks none as dead.
func (c *Connector) to(ch vault.Channel) Conversation {
	tenant := ch.Tenant
	if tenant == "" {
		tenant = c.cfg.Tenant
	}
	return Conversation{ID: root(ch.Conversation), ServiceURL: ch.ServiceURL, Tenant: tenant, Kind: catalog.Channel}
}

// PostIn makes a new post in a channel. ErrChatDead, desk.ErrUnreachable (the channel is gone), ErrNotSent,
// ErrUnknownDelivery, ErrHost.
func (c *Connector) PostIn(ctx context.Context, ch vault.Channel, card cards.Card) (id string, err error) {
	return c.Reply(ctx, c.to(ch), card)
}

// EditIn replaces the card of a post in a channel. Errors as PostIn; what is not there any more is ErrNotSent.
func (c *Connector) EditIn(ctx context.Context, ch vault.Channel, id string, card cards.Card) error {
	return c.Replace(ctx, c.to(ch), id, card)
}

// Readers lists who can read in a channel. ErrNoMembers where any part of the list is missing.
func (c *Connector) Readers(ctx context.Context, ch vault.Channel) ([]desk.Reader, error) {
	members, err := c.Members(ctx, c.to(ch))
	if err != nil {
		return nil, err
	}
	out := make([]desk.Reader, 0, len(members))
	for _, m := range members {
		out = append(out, desk.Reader{Person: m.Person, Tenant: m.Tenant, Guest: m.Guest})
	}
	return out, nil
}
