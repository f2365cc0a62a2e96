package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// Keys is every key, sorted by name, from memory; it may be up to five minutes behind what others
// did to the vault. The slice and its maps are shared: callers leave them as they are. A key
// known from a listing only has no Version, since Key Vault's list does not name it.
func (s *Store) Keys() []catalog.Key { return s.keys.list() }

// Key is one key, from memory.
func (s *Store) Key(name catalog.KeyName) (catalog.Key, bool) { return s.keys.get(name) }

// ReadKey reads a key and its value anew: one GET. What decides about a value uses this.
// ErrNotFound, ErrForeign, ErrDisabled, ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) ReadKey(ctx context.Context, name catalog.KeyName) (catalog.Key, Parts, error) {
	key, sec, err := s.readCurrent(ctx, name)
	if err != nil {
		return catalog.Key{}, nil, fmt.Errorf("reading the key: %w", err)
	}
	return key, decodeParts(s.vendor(name), deref(sec.Value)), nil
}

// readCurrent reads the current version and lets memory know.
func (s *Store) readCurrent(
	ctx context.Context, name catalog.KeyName,
) (catalog.Key, azsecrets.Secret, error) {
	if err := checkName(name); err != nil {
		return catalog.Key{}, azsecrets.Secret{}, err
	}
	begun := s.clock.Add(1)
	sec, err := s.client.get(ctx, name.SecretName(), "")
	if errors.Is(err, ErrNotFound) {
		s.keys.missed(name, begun)
	}
	if err != nil {
		return catalog.Key{}, sec, err
	}
	if deref(sec.ContentType) != contentKey {
		s.keys.missed(name, begun)
		return catalog.Key{}, sec, ErrForeign
	}
	key := keyOf(name, sec)
	s.keys.saw(name, key, begun)
	return key, sec, nil
}

// Create stores a new key. The name is read first, as it may be somebody else's: ErrForeign for
// another application's secret, ErrExists (with the key) for one of ours, ErrDeleted for one that
// is deleted but recoverable. A key that carries k.Op already is a repeat and comes back with
// no error. ErrTogether when another process stored it at the same moment. ErrBadValue and ErrTooBig before
// any call. Preview is computed here; Rotated defaults to now. ErrUnclear only when nobody can know;
// ErrSuperseded when another write came right after.
func (s *Store) Create(ctx context.Context, k catalog.Key, parts Parts) (catalog.Key, error) {
	w, err := s.newKey(k, parts)
	if err != nil {
		return catalog.Key{}, fmt.Errorf("creating the key: %w", err)
	}
	release, err := s.locks.hold(ctx, k.Name.SecretName())
	if err != nil {
		return catalog.Key{}, fmt.Errorf("creating the key: %w", err)
	}
	defer release()
	key, err := s.create(ctx, w)
	if err != nil {
		return key, fmt.Errorf("creating the key: %w", err)
	}
	return key, nil
}

func (s *Store) create(ctx context.Context, w write) (catalog.Key, error) {
	cur, _, err := s.readCurrent(ctx, w.name)
	switch {
	case errors.Is(err, ErrNotFound):
		key, err := s.store(ctx, w)
		if errors.Is(err, ErrMoved) {
			err = ErrExists // it was not there a moment ago
		}
		if err == nil {
			err = s.alone(ctx, key)
		}
		return key, err
	case err != nil:
		return catalog.Key{}, err
	case cur.Made == w.op:
		return cur, nil
	}
	did, ok, err := s.didBefore(ctx, w.name, w.op)
	switch {
	case err != nil:
		return cur, err
	case ok:
		return did, nil
	}
	return cur, ErrExists
}

// alone says whether a new key has no version but ours. Two processes that find a name free at the same moment both set
// it; whoever looks last sees both.
func (s *Store) alone(ctx context.Context, key catalog.Key) error {
	all, err := s.client.versions(ctx, again, key.Name.SecretName())
	if err != nil {
		s.log.WarnContext(ctx, "the versions of a new key could not be listed", Cause(err))
		return nil
	}
	for _, p := range all {
		if versionOf(key.Name, p).Made != key.Made {
			return ErrTogether
		}
	}
	return nil
}

// checkName refuses a name that ParseKeyName would not have made: it could reach another secret.
func checkName(n catalog.KeyName) error {
	if again, err := catalog.ParseKeyName(n.String()); err != nil || again != n {
		return fmt.Errorf("the key's name: %w", ErrBadValue)
	}
	return nil
}

// newKey checks a key and its parts and makes the write.
func (s *Store) newKey(k catalog.Key, parts Parts) (write, error) {
	if err := checkName(k.Name); err != nil {
		return write{}, err
	}
	v := s.vendor(k.Name)
	if v == nil {
		return write{}, fmt.Errorf("the vendor is unknown: %w", ErrBadValue)
	}
	value, err := encodeParts(v, parts)
	if err != nil {
		return write{}, err
	}
	if k.Rotated.IsZero() {
		k.Rotated = time.Now()
	}
	k.Rotated = millis(k.Rotated)
	if k.Op == "" {
		k.Op = rand.Text()
	}
	k.Preview = previewOf(v, parts)
	w := write{name: k.Name, value: value, tags: keyTags(k), expires: expiryTime(k.Expiry), op: k.Op}
	return w, w.tags.check()
}

// vendor is the catalog's entry for a key's vendor; nil when it has none.
func (s *Store) vendor(name catalog.KeyName) *catalog.Vendor {
	v, ok := s.catalog.Vendor(name.Vendor)
	if !ok {
		return nil
	}
	return v
}

// keyOf is a key from one version of its secret.
func keyOf(name catalog.KeyName, sec azsecrets.Secret) catalog.Key {
	k := keyFrom(name, sec.Tags, sec.Attributes)
	if sec.ID != nil {
		_, k.Version = idOf(string(*sec.ID))
	}
	return k
}

func keyFrom(name catalog.KeyName, wire map[string]*string, a *azsecrets.SecretAttributes) catalog.Key {
	k := catalog.Key{Name: name}
	readKey(&k, fromWire(wire))
	if a == nil {
		return k
	}
	k.Created, k.Updated = deref(a.Created), deref(a.Updated)
	k.Enabled = a.Enabled == nil || *a.Enabled
	if a.Expires != nil {
		k.Expiry = catalog.DateOf(a.Expires.UTC())
	}
	return k
}

// expiryTime is the exp attribute of an expiry date: its 00:00 UTC. nil when there is none.
func expiryTime(d catalog.Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	t := d.Time()
	return &t
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
