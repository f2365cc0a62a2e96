package desk

import (
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// Turn is one thing a person did in a chat: a line they typed (Text) or a button they pressed
// (Verb and Data). The channel has already proved who they are; nothing else in it is trusted.
type Turn struct {
	Person catalog.Person // Entra object id and display name
	Tenant string         // Entra tenant id
	Chat   catalog.Chat   // where it happened
	Text   string         // what was typed, the mention of the bot removed
	Edited bool           // Text is what an earlier message was changed to: looked at, never run
	Verb   string         // the pressed button's command; "" for a typed line
	Data   map[string]string
	Card   string // activity id of the pressed card; "" when unknown
	// Channel is where the bot can post to all who read there; zero in a person's own chat.
	Channel vault.Channel
	Zone    *time.Location // the person's time zone; nil means UTC
}

// Reply is the answer to one Turn. The zero Reply says nothing.
type Reply struct {
	Card cards.Card
	// Public: the card may be shown in a channel. All else goes to the person's own chat.
	Public bool
	// New: although a button was pressed, the pressed card stays and the answer is a new message.
	New bool
	// InPlace: although it stands in a channel, the pressed card is replaced by Card, which all may see. Teams
	// shows it to who pressed; for the others the desk edits the card.
	InPlace bool
	// Error keeps the pressed card with what was typed into it and shows this one sentence.
	Error string
	// Silent: there is nothing to say.
	Silent bool
}
