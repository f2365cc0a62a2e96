package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// What a secret of ours is, as its content type says.
const (
	contentPrefix  = "application/vnd.keydesk."
	contentKey     = contentPrefix + "key"
	contentLink    = contentPrefix + "link"
	contentTicket  = contentPrefix + "ticket"
	contentVendor  = contentPrefix + "vendor"
	contentRequest = contentPrefix + "request"
	contentStaged  = contentPrefix + "staged"
	contentPass    = contentPrefix + "pass"
	contentChat    = contentPrefix + "chat"
	contentSetting = contentPrefix + "settings"
	contentNoteKey = contentPrefix + "note-key"
	contentAudit   = contentPrefix + "audit"
)

// Names of what is no key. The prefix "keydesk" is reserved, so no key can have one of these.
const (
	linkPrefix    = "keydesk-link-"
	ticketPrefix  = "keydesk-ticket-"
	vendorPrefix  = "keydesk-vendor-"
	chatPrefix    = "keydesk-chat-"
	auditPrefix   = "keydesk-audit-"
	requestPrefix = "keydesk-request-"
	passPrefix    = "keydesk-pass-"
	settingsName  = "keydesk-settings"
	noteKeyName   = "keydesk-note-key"
)

// empty is the value of secrets that are only their name and tags; Key Vault wants one.
const empty = "-"

var (
	linkIDRE = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// A request, and its pass, has an operation id in lower case.
	requestIDRE = regexp.MustCompile(`^[a-z2-7]{26}$`)
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

func requestName(id string) (string, error) { return nameOf(requestPrefix, id) }
func passName(id string) (string, error)    { return nameOf(passPrefix, id) }

func nameOf(prefix, id string) (string, error) {
	if !requestIDRE.MatchString(id) {
		return "", fmt.Errorf("no id of a request: %w", ErrBadValue)
	}
	return prefix + id, nil
}

// pieceName is where the n-th piece of what is staged for a request lies.
func pieceName(id string, n int) string { return requestPrefix + id + "-" + strconv.Itoa(n) }

// requestOfPiece is the id of the request that a piece belongs to.
func requestOfPiece(name string) (string, bool) {
	id, n, _ := strings.Cut(strings.TrimPrefix(name, requestPrefix), "-")
	i, err := strconv.Atoi(n)
	return id, err == nil && requestIDRE.MatchString(id) && name == pieceName(id, i)
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
