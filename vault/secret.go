package vault

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is all that any formatter ever prints of a Secret.
const redacted = "[redacted]"

// errSealed is what encoders that would carry a value off in binary get.
var errSealed = errors.New("vault: a secret is not encoded")

// Secret holds a value that must not be printed. It is immutable, and Expose is the only way out:
// every fmt verb, JSON, text, slog and GoString say [redacted], gob and binary encoding fail.
//
// The value lives in a closure, so reflection finds nothing either: fmt cannot call methods on
// the unexported fields of somebody else's struct and prints the raw fields instead, which here
// is the address of a function. It also makes == on two Secrets a compile error; use Equal.
type Secret struct {
	expose func() string
}

// NewSecret hides v.
func NewSecret(v string) Secret {
	if v == "" {
		return Secret{}
	}
	return Secret{expose: func() string { return v }}
}

// Expose gives the value out. Whoever calls it is responsible for where it goes.
func (s Secret) Expose() string {
	if s.expose == nil {
		return ""
	}
	return s.expose()
}

// IsZero says that there is no value: the zero Secret, or one of the empty string.
func (s Secret) IsZero() bool { return s.expose == nil }

// Equal compares in a time that does not depend on where the two differ.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Expose()), []byte(o.Expose())) == 1
}

// String is [redacted].
func (Secret) String() string { return redacted }

// GoString is [redacted].
func (Secret) GoString() string { return redacted }

// Format writes [redacted] for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON is the string "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText is [redacted]; XML and YAML encoders use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode always fails: a gob is read back by programs, so [redacted] would pass for a value.
func (Secret) GobEncode() ([]byte, error) { return nil, errSealed }

// MarshalBinary always fails, for the same reason.
func (Secret) MarshalBinary() ([]byte, error) { return nil, errSealed }

// Parts are the pieces of one key by part name, public ones included.
type Parts map[string]Secret
