package catalog

import (
	"strings"
	"unicode/utf8"
)

// Person is somebody known by their Entra object id; the name is for showing only.
type Person struct{ ID, Name string }

// maxTag is the longest tag value that Key Vault takes; counted in bytes, the stricter reading.
const maxTag = 256

// Encode is the form of a person in a tag: "<id> <name>", cut to 256 bytes between two characters. It is ""
// without an id: a name alone would be read as one. Ids have no spaces.
func (p Person) Encode() string {
	if p.ID == "" {
		return ""
	}
	s := strings.TrimSpace(p.ID + " " + strings.ToValidUTF8(p.Name, "\uFFFD"))
	if len(s) <= maxTag {
		return s
	}
	end := maxTag
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSpace(s[:end])
}

// ParsePerson reads what Encode wrote. The id is everything before the first space.
func ParsePerson(s string) Person {
	id, name, _ := strings.Cut(s, " ")
	return Person{ID: id, Name: name}
}

// ChatKind says where something happened.
type ChatKind string

// The kinds of chat; a group chat counts as a channel.
const (
	Personal ChatKind = "personal"
	Channel  ChatKind = "channel"
	Page     ChatKind = "page"
	System   ChatKind = "system"
)

// Chat is a conversation.
type Chat struct {
	ID   string
	Kind ChatKind
}

// Actor is a person acting: who, in which tenant, in which roles, where.
type Actor struct {
	Person
	Tenant string
	Roles  Roles
	Chat   Chat
}
