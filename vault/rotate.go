package vault

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// Change is what a rotation does to a key. Everything left at its zero value stays as it is.
type Change struct {
	Parts        Parts             // an empty part keeps its value; at least one secret part is new
	Endpoint     map[string]string // placeholder values, all of them; nil keeps
	IntervalDays int               // 0 keeps
	Expiry       *catalog.Date     // nil keeps; the zero date removes
	Note         *string           // nil keeps
	By           catalog.Person
	Op           string    // this operation's id; a repeat of it changes nothing
	OpenedOn     string    // the op the form was opened on; "" for any
	At           time.Time // zero for now
}

// Rotate stores a new value as the key's new version: get, set, get. All tags that it does not own
// are carried over from the version it read. ErrMoved, with the key as it is now, when the form was
// opened on another op; nothing is written then. A repeat of Op gives the same key and no error,
// also when the key has been changed since. ErrSuperseded: stored, but another writer came right
// after. ErrUnclear only when nobody can know.
func (s *Store) Rotate(ctx context.Context, name catalog.KeyName, ch Change) (catalog.Key, error) {
	key, err := s.rotate(ctx, name, ch)
	if err != nil {
		return key, fmt.Errorf("rotating the key: %w", err)
	}
	return key, nil
}

func (s *Store) rotate(ctx context.Context, name catalog.KeyName, ch Change) (catalog.Key, error) {
	v := s.vendor(name)
	if v == nil {
		return catalog.Key{}, fmt.Errorf("the vendor is unknown: %w", ErrBadValue)
	}
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	cur, sec, err := s.readCurrent(ctx, name)
	if err != nil {
		return catalog.Key{}, err
	}
	if ch.Op != "" && cur.Made == ch.Op {
		return cur, nil
	}
	if ch.OpenedOn != "" && cur.Op != ch.OpenedOn {
		return s.moved(ctx, cur, ch.Op)
	}
	w, err := s.rotation(v, cur, sec, ch)
	if err != nil {
		return cur, err
	}
	return s.store(ctx, w)
}

// moved tells a repeat, whose own change has been followed by others, from a late form.
func (s *Store) moved(ctx context.Context, cur catalog.Key, op string) (catalog.Key, error) {
	did, ok, err := s.didBefore(ctx, cur.Name, op)
	switch {
	case err != nil:
		return cur, err
	case ok:
		return did, nil
	}
	return cur, ErrMoved
}

// rotation makes the write from the version that was read.
func (s *Store) rotation(
	v *catalog.Vendor, cur catalog.Key, sec azsecrets.Secret, ch Change,
) (write, error) {
	parts, err := mergeParts(v, decodeParts(v, deref(sec.Value)), ch.Parts)
	if err != nil {
		return write{}, err
	}
	value, err := encodeParts(v, parts)
	if err != nil {
		return write{}, err
	}
	if ch.Op == "" {
		ch.Op = rand.Text()
	}
	if ch.At.IsZero() {
		ch.At = time.Now()
	}
	w := write{name: cur.Name, value: value, tags: fromWire(sec.Tags), op: ch.Op, was: cur.Version}
	ch.apply(w.tags)
	w.tags.set(tagPreview, previewOf(v, parts))
	if sec.Attributes != nil {
		w.expires, w.notBefore = sec.Attributes.Expires, sec.Attributes.NotBefore
	}
	if ch.Expiry != nil {
		w.expires = expiryTime(*ch.Expiry)
	}
	return w, w.tags.check()
}

// apply changes the tags a rotation owns, and no others.
func (ch Change) apply(t tags) {
	t.setTime(tagRotated, ch.At)
	t.set(tagRotatedBy, encodePerson(ch.By))
	t.set(tagOp, ch.Op)
	t.set(tagEdited, "")
	t.set(tagSource, "")
	if ch.Endpoint != nil {
		t.set(tagEndpoint, encodeEndpoint(ch.Endpoint))
	}
	if ch.IntervalDays > 0 {
		t.setInterval(ch.IntervalDays)
	}
	if ch.Note != nil {
		t.set(tagNote, *ch.Note)
	}
}
