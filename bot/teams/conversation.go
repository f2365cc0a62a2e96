package teams

import "keydesk/catalog"

// Conversation is a chat as the connector knows it.
type Conversation struct {
	ID, ServiceURL, Tenant string
	Kind                   catalog.ChatKind // Personal or Channel
	Bot, User              string           // ids "28:..." and "29:..."
	Person                 string           // Entra object id, in a person's own chat
}
