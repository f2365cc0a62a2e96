package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"keydesk/catalog"
)

// MaxValue is the most bytes an encoded value may have. Key Vault takes 25 KB; what is left is
// room for JSON escaping and for what a later format needs.
const MaxValue = 16 << 10

// onePart names the value of a key whose vendor the catalog does not know.
const onePart = "value"

// encodeParts makes the stored value: the bare value of a one-part key, so that other tools can
// use it as it is, else a JSON object of all parts, public ones included.
func encodeParts(v *catalog.Vendor, parts Parts) (Secret, error) {
	if err := checkParts(v, parts); err != nil {
		return Secret{}, err
	}
	if len(v.Parts) == 1 {
		return sized(parts[v.Parts[0].Name].Expose())
	}
	plain := make(map[string]string, len(parts))
	for name, s := range parts {
		plain[name] = s.Expose()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain); err != nil {
		return Secret{}, fmt.Errorf("encoding the parts: %w", ErrBadValue)
	}
	return sized(string(bytes.TrimRight(b.Bytes(), "\n")))
}

func sized(value string) (Secret, error) {
	if len(value) > MaxValue {
		return Secret{}, ErrTooBig
	}
	return NewSecret(value), nil
}

// checkParts wants exactly the vendor's parts, each with a value of valid UTF-8: JSON would
// silently change anything else on its way.
func checkParts(v *catalog.Vendor, parts Parts) error {
	for _, p := range v.Parts {
		s, ok := parts[p.Name]
		if !ok || s.IsZero() {
			return fmt.Errorf("part %s is missing: %w", p.Name, ErrBadValue)
		}
		if !utf8.ValidString(s.Expose()) {
			return fmt.Errorf("part %s is not text: %w", p.Name, ErrBadValue)
		}
	}
	if len(parts) != len(v.Parts) {
		return fmt.Errorf("%d parts, not %d: %w", len(parts), len(v.Parts), ErrBadValue)
	}
	return nil
}

// decodeParts reads a stored value. A vendor may have gained parts since the value was stored;
// then the bare value is its first secret part.
func decodeParts(v *catalog.Vendor, value string) Parts {
	if v == nil {
		if parts, ok := decodeObject(nil, value); ok {
			return parts
		}
		return Parts{onePart: NewSecret(value)}
	}
	if len(v.Parts) > 1 {
		if parts, ok := decodeObject(v, value); ok {
			return parts
		}
	}
	for _, p := range v.Parts {
		if p.Secret {
			return Parts{p.Name: NewSecret(value)}
		}
	}
	return Parts{onePart: NewSecret(value)}
}

// decodeObject takes a JSON object of strings whose names are all parts of v.
func decodeObject(v *catalog.Vendor, value string) (Parts, bool) {
	var plain map[string]string
	if json.Unmarshal([]byte(value), &plain) != nil || len(plain) == 0 {
		return nil, false
	}
	parts := make(Parts, len(plain))
	for name, s := range plain {
		if v != nil {
			if _, known := v.Part(name); !known {
				return nil, false
			}
		}
		parts[name] = NewSecret(s)
	}
	return parts, true
}

// mergeParts lays what was entered over what is stored; an empty part keeps its value. It fails
// when no secret part was entered: that is no rotation.
func mergeParts(v *catalog.Vendor, stored, entered Parts) (Parts, error) {
	merged := make(Parts, len(v.Parts))
	fresh := false
	for _, p := range v.Parts {
		merged[p.Name] = stored[p.Name]
		if s := entered[p.Name]; !s.IsZero() {
			merged[p.Name] = s
			fresh = fresh || p.Secret
		}
	}
	for name := range entered {
		if _, known := v.Part(name); !known {
			return nil, fmt.Errorf("part %s is unknown: %w", safeName(name), ErrBadValue)
		}
	}
	if !fresh {
		return nil, fmt.Errorf("no new value: %w", ErrBadValue)
	}
	return merged, nil
}

// safeName keeps what came from outside out of an error's text unless it looks like a name.
func safeName(s string) string {
	if len(s) > 40 || !ticketRE.MatchString(s) {
		return "(other)"
	}
	return s
}

// previewOf is the vendor's preview of the part it previews.
func previewOf(v *catalog.Vendor, parts Parts) string {
	return v.PreviewOf(parts[v.Preview.Part].Expose())
}
