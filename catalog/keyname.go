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

var namePart = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ParseKeyName reads "vendor" or "vendor/label" in any case. Errors: ErrBadName, ErrReservedName.
func ParseKeyName(s string) (KeyName, error) {
	vendor, label, has := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
	if !validPart(vendor) || has && !validPart(label) {
		return KeyName{}, ErrBadName
	}
	if strings.HasPrefix(vendor, "keydesk") {
		return KeyName{}, ErrReservedName
	}
	return KeyName{Vendor: vendor, Label: label}, nil
}

func validPart(s string) bool { return len(s) <= 40 && namePart.MatchString(s) }

// String is the name as people write it: "fortigate/acme-hq".
func (n KeyName) String() string {
	if n.Label == "" {
		return n.Vendor
	}
	return n.Vendor + "/" + n.Label
}

// SecretName is the name of the key's secret in Key Vault: "fortigate--acme-hq".
func (n KeyName) SecretName() string {
	if n.Label == "" {
		return n.Vendor
	}
	return n.Vendor + "--" + n.Label
}

// KeyNameFromSecret reads what SecretName wrote.
func KeyNameFromSecret(name string) (KeyName, bool) {
	vendor, label, has := strings.Cut(name, "--")
	if has {
		vendor += "/" + label
	}
	n, err := ParseKeyName(vendor)
	return n, err == nil
}
