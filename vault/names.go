package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// What a secret of ours is, as its content type says.
const (
	contentPrefix  = "application/vnd.keydesk."
	contentKey     = contentPrefix + "key"
	contentLink    = contentPrefix + "link"
	contentTicket  = contentPrefix + "ticket"
	contentVendor  = contentPrefix + "vendor"
	contentChat    = contentPrefix + "chat"
	contentSetting = contentPrefix + "settings"
	contentNoteKey = contentPrefix + "note-key"
	contentAudit   = contentPrefix + "audit"
)

// Names of what is no key. The prefix "keydesk" is reserved, so no key can have one of these.
const (
	linkPrefix   = "keydesk-link-"
	ticketPrefix = "keydesk-ticket-"
	vendorPrefix = "keydesk-vendor-"
	chatPrefix   = "keydesk-chat-"
	auditPrefix  = "keydesk-audit-"
	settingsName = "keydesk-settings"
	noteKeyName  = "keydesk-note-key"
)

// empty is the value of secrets that are only their name and tags; Key Vault wants one.
const empty = "-"

var (
	linkIDRE = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// Key Vault names are [0-9a-zA-Z-] and 127 at most.
	ticketRE  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	segmentRE = regexp.MustCompile(`^keydesk-audit-[0-9a-z]+(-[0-9a-z]+)*$`)
)

const maxName = 127

func linkName(id string) (string, bool) { return linkPrefix + id, linkIDRE.MatchString(id) }

func ticketName(what string) (string, error) {
	name := ticketPrefix + what
	if !ticketRE.MatchString(what) || len(name) > maxName {
		return "", fmt.Errorf("naming a ticket: %w", ErrBadValue)
	}
	return name, nil
}

func segmentName(name string) error {
	if !segmentRE.MatchString(name) || len(name) > maxName {
		return fmt.Errorf("naming a segment: %w", ErrBadValue)
	}
	return nil
}

// chatName hides the person: Key Vault's names may be copied globally, and stand in its logs.
func chatName(person string) string {
	sum := sha256.Sum256([]byte(person))
	return chatPrefix + hex.EncodeToString(sum[:])[:32]
}

// idOf splits a secret's id (https://host/secrets/name[/version]) into name and version.
func idOf(id string) (name, version string) {
	_, rest, ok := strings.Cut(id, "/secrets/")
	if !ok {
		return "", ""
	}
	name, version, _ = strings.Cut(rest, "/")
	return name, version
}
