package sandbox

import (
	"encoding/json"
	"maps"
	"time"
)

// answered is a card that only one person sees. In a channel the card that a bot answers to a button replaces the
// pressed one for who pressed; the others see it when the bot edits the message, which ends what each sees of their
// own (learn.microsoft.com, Universal Actions: user specific views and up to date cards).
type answered struct {
	Card json.RawMessage `json:"card"`
	At   time.Time       `json:"at"`
	Seq  int64           `json:"seq"`
}

// as is the message as a person sees it.
func (m message) as(person string) message {
	if own, ok := m.Answered[person]; ok {
		m.Card, m.Summary, m.Edited, m.Seq = own.Card, "", own.At, own.Seq
	}
	return m
}

// showTo lets one person see another card in a message's place.
func (b *book) showTo(person, chat, id string, card json.RawMessage) (message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.byID[id]
	if !ok || old.Chat != chat || old.Gone {
		return message{}, errUnknown
	}
	m := *old
	if m.Answered = maps.Clone(old.Answered); m.Answered == nil {
		m.Answered = map[string]answered{}
	}
	m.Answered[person] = answered{Card: card, At: time.Now().UTC(), Seq: b.nextSeq()}
	return b.keep(m)
}
