package vault

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"keydesk/catalog"
)

// Tag names of keys and of what belongs to them.
const (
	tagVendor    = "vendor"
	tagLabel     = "label"
	tagEndpoint  = "endpoint"
	tagPreview   = "preview"
	tagInterval  = "interval"
	tagRotated   = "rotated"
	tagRotatedBy = "rotated-by"
	tagRoles     = "roles"
	tagNote      = "note"
	tagOwner     = "owner"
	tagOp        = "op"
	tagKey       = "key"
	tagVersion   = "version"
	tagHolder    = "holder"
	tagUntil     = "until"
	tagCard      = "card"
	tagIntake    = "intake"
	tagOpened    = "opened"
	tagEdited    = "edited"
	tagSource    = "source"
	tagKind      = "kind"
	tagBy        = "by"
	tagState     = "state"
	tagFrom      = "from"
	tagOnce      = "once"
	tagPass      = "pass"
	tagPieces    = "pieces"
)

// Key Vault takes 15 tags. Newer pages allow 512 characters a tag, older ones 256; 256 it is.
const (
	maxTags = 15
	maxTag  = 256
)

// timeFormat is RFC 3339 with as many of three decimals as there are.
const timeFormat = "2006-01-02T15:04:05.999Z07:00"

// tags are a secret's tags. Setting "" removes one: Key Vault keeps no empty tags for us.
type tags map[string]string

func (t tags) set(name, value string) {
	if value == "" {
		delete(t, name)
		return
	}
	t[name] = value
}

// flagged is the value of a tag that says yes; no is no tag.
const flagged = "true"

func (t tags) setFlag(name string, yes bool) {
	delete(t, name)
	if yes {
		t[name] = flagged
	}
}

func (t tags) setTime(name string, at time.Time) {
	if at.IsZero() {
		delete(t, name)
		return
	}
	t[name] = at.UTC().Format(timeFormat)
}

func (t tags) time(name string) time.Time {
	at, err := time.Parse(time.RFC3339, t[name])
	if err != nil {
		return time.Time{}
	}
	return at
}

// check refuses what Key Vault would, before a value travels.
func (t tags) check() error {
	if len(t) > maxTags {
		return fmt.Errorf("%d tags, at most %d: %w", len(t), maxTags, ErrBadValue)
	}
	for name, value := range t {
		if !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxTag {
			return fmt.Errorf("tag %s is over %d characters: %w", name, maxTag, ErrBadValue)
		}
	}
	return nil
}

// wire is the SDK's form.
func (t tags) wire() map[string]*string {
	m := make(map[string]*string, len(t))
	for k, v := range t {
		m[k] = &v
	}
	return m
}

// fromWire is a copy of the SDK's form.
func fromWire(m map[string]*string) tags {
	t := make(tags, len(m))
	for k, v := range m {
		if v != nil {
			t[k] = *v
		}
	}
	return t
}

// millis cuts a time to what a tag keeps.
func millis(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// keyTags is what a new key says of itself.
func keyTags(k catalog.Key) tags {
	t := tags{}
	t.set(tagVendor, k.Name.Vendor)
	t.set(tagLabel, k.Name.Label)
	t.set(tagEndpoint, encodeEndpoint(k.Endpoint))
	t.set(tagPreview, k.Preview)
	t.setInterval(k.IntervalDays)
	t.setTime(tagRotated, k.Rotated)
	t.set(tagRotatedBy, encodePerson(k.RotatedBy))
	t.set(tagOwner, encodePerson(k.Owner))
	t.set(tagRoles, k.Roles.String())
	t.set(tagNote, k.Note)
	t.set(tagOp, k.Op)
	return t
}

func (t tags) setInterval(days int) {
	if days > 0 {
		t.set(tagInterval, strconv.Itoa(days))
		return
	}
	t.set(tagInterval, "")
}

// readKey fills a key from its tags. Tags can be edited by hand in the Azure portal, so nothing
// here fails: what cannot be read is left out, and an access list that cannot be read lets only
// admins in, since the category's default might be wider than what was meant.
func readKey(k *catalog.Key, t tags) {
	k.Endpoint = decodeEndpoint(t[tagEndpoint])
	k.Preview = t[tagPreview]
	if n, err := strconv.Atoi(t[tagInterval]); err == nil && n > 0 {
		k.IntervalDays = n
	}
	k.Rotated = t.time(tagRotated)
	k.RotatedBy = parsePerson(t[tagRotatedBy])
	k.Owner = parsePerson(t[tagOwner])
	k.Note, k.Made = t[tagNote], t[tagOp]
	k.Op = cmp.Or(t[tagEdited], k.Made)
	roles, err := catalog.ParseRoles(t[tagRoles])
	if err != nil || roles == 0 && t[tagRoles] != "" {
		roles = catalog.RolesOf(catalog.Admin)
	}
	k.Roles = roles
}

func encodePerson(p catalog.Person) string {
	if p == (catalog.Person{}) {
		return ""
	}
	return p.Encode()
}

func parsePerson(s string) catalog.Person {
	if s == "" {
		return catalog.Person{}
	}
	return catalog.ParsePerson(s)
}

func encodeEndpoint(values map[string]string) string {
	v := url.Values{}
	for name, value := range values {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

func decodeEndpoint(s string) map[string]string {
	v, err := url.ParseQuery(s)
	if err != nil || len(v) == 0 {
		return nil
	}
	m := make(map[string]string, len(v))
	for name := range v {
		m[name] = v.Get(name)
	}
	return m
}
