package catalog

import (
	"errors"
	"regexp"
	"strings"
)

var (
	// ErrBadName: a vendor id or label has other characters than a-z, 0-9 and single dashes, or over 40 of them.
	ErrBadName = errors.New("a name has letters a-z, digits and single dashes between them, 40 at most")
	// ErrReservedName: names that begin with "keydesk" are Keydesk's own.
	ErrReservedName = errors.New(`names that begin with "keydesk" are reserved`)
)

// KeyName names a key: a vendor id and, where there are several keys of a vendor, a label.
type KeyName struct{ Vendor, Label string }

const (
	maxNamePart = 40
	// labelMark stands between vendor and label in a secret's name. Neither has two dashes in a row, so the
	// first pair of dashes is always this one.
	labelMark = "--"
)

var namePart = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ParseKeyName reads "vendor" or "vendor/label" in any case. Only ASCII letters are folded: another alphabet's
// look-alikes are refused, not translated. Errors: ErrBadName, ErrReservedName.
func ParseKeyName(s string) (KeyName, error) {
	vendor, label, has := strings.Cut(lowerASCII(strings.TrimSpace(s)), "/")
	if !validPart(vendor) || has && !validPart(label) {
		return KeyName{}, ErrBadName
	}
	if strings.HasPrefix(vendor, "keydesk") {
		return KeyName{}, ErrReservedName
	}
	return KeyName{Vendor: vendor, Label: label}, nil
}

func validPart(s string) bool { return len(s) <= maxNamePart && namePart.MatchString(s) }

// String is the name as people write it: "fortigate/acme-hq".
func (n KeyName) String() string { return n.join("/") }

// SecretName is the name of the key's secret in Key Vault: "fortigate--acme-hq".
func (n KeyName) SecretName() string { return n.join(labelMark) }

func (n KeyName) join(mark string) string {
	if n.Label == "" {
		return n.Vendor
	}
	return n.Vendor + mark + n.Label
}

// KeyNameFromSecret reads what SecretName wrote, and nothing else: names that Keydesk would not have written
// are somebody else's.
func KeyNameFromSecret(name string) (KeyName, bool) {
	n, err := ParseKeyName(strings.Replace(name, labelMark, "/", 1))
	if err != nil || n.SecretName() != name {
		return KeyName{}, false
	}
	return n, true
}

// lowerASCII folds A to Z and leaves everything else, where strings.ToLower would turn the Kelvin sign into k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
