package catalog

import (
	"strings"
	"unicode/utf8"
)

// Person is somebody known by their Entra object id; the name is for showing only.
type Person struct{ ID, Name string }

// maxTag is the longest tag value that every Key Vault takes, in bytes.
const maxTag = 256

// Encode is the form of a person in a tag: "<id> <name>", cut to 256 bytes.
func (p Person) Encode() string {
	s := strings.TrimSpace(p.ID + " " + p.Name)
	if len(s) <= maxTag {
		return s
	}
	s = s[:maxTag]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

// ParsePerson reads what Encode wrote.
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
