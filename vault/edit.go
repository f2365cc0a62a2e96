package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// Edit is what an edit changes of a key besides its value. Everything left at its zero value stays as it is.
type Edit struct {
	Endpoint     map[string]string // placeholder values, all of them; nil keeps
	IntervalDays int               // 0 keeps
	Expiry       *catalog.Date     // nil keeps; the zero date removes
	Note         *string           // nil keeps
	Owner        *catalog.Person   // nil keeps
	Op           string            // this operation's id; a repeat of it changes nothing
	OpenedOn     string            // the op the form was opened on; "" for any
}

// Edit changes the tags and the expiry of a key's current version: get, PATCH of exactly that version, get. A PATCH
// replaces all tags, so those that an edit does not own are sent again as they were read. Key Vault can't take an
// expiry away (github.com/Azure/azure-sdk-for-net/issues/5267), so that makes a new version of the same value.
// ErrMoved, with the key as it is now, when the form was opened on another op, or somebody's change came in between:
// the edit is not in force then. The others as Rotate.
func (s *Store) Edit(ctx context.Context, name catalog.KeyName, e Edit) (catalog.Key, error) {
	key, err := s.edit(ctx, name, e)
	if err != nil {
		return key, fmt.Errorf("editing the key: %w", err)
	}
	return key, nil
}

func (s *Store) edit(ctx context.Context, name catalog.KeyName, e Edit) (catalog.Key, error) {
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	cur, sec, err := s.readCurrent(ctx, name)
	switch {
	case err != nil:
		return catalog.Key{}, err
	case e.Op != "" && cur.Op == e.Op:
		return cur, nil
	case e.OpenedOn != "" && cur.Op != e.OpenedOn:
		return cur, ErrMoved
	}
	if e.Op == "" {
		e.Op = rand.Text()
	}
	t := fromWire(sec.Tags)
	e.apply(t)
	if err := t.check(); err != nil {
		return cur, err
	}
	if e.Expiry != nil && e.Expiry.IsZero() && !cur.Expiry.IsZero() {
		return s.withoutExpiry(ctx, cur, sec, t, e.Op)
	}
	return s.patch(ctx, cur, t, e)
}

// apply changes the tags an edit owns, and no others.
func (e Edit) apply(t tags) {
	t.set(tagEdited, e.Op)
	if e.Endpoint != nil {
		t.set(tagEndpoint, encodeEndpoint(e.Endpoint))
	}
	if e.IntervalDays > 0 {
		t.setInterval(e.IntervalDays)
	}
	if e.Note != nil {
		t.set(tagNote, *e.Note)
	}
	if e.Owner != nil {
		t.set(tagOwner, encodePerson(*e.Owner))
	}
}

func (s *Store) withoutExpiry(
	ctx context.Context, cur catalog.Key, sec azsecrets.Secret, t tags, op string,
) (catalog.Key, error) {
	t.set(tagOp, op)
	t.set(tagEdited, "")
	w := write{name: cur.Name, value: NewSecret(deref(sec.Value)), tags: t, op: op, was: cur.Version}
	if sec.Attributes != nil {
		w.notBefore = sec.Attributes.NotBefore
	}
	return s.store(ctx, w)
}

// patch writes the tags of the version that was read. After anything but a clear answer the version is read back.
func (s *Store) patch(ctx context.Context, cur catalog.Key, t tags, e Edit) (catalog.Key, error) {
	p := azsecrets.UpdateSecretPropertiesParameters{Tags: t.wire()}
	if e.Expiry != nil && !e.Expiry.IsZero() {
		p.SecretAttributes = &azsecrets.SecretAttributes{Expires: expiryTime(*e.Expiry)}
	}
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return cur, &Error{Kind: ErrUnavailable, Code: "out-of-time", over: ctx.Err(), settled: true}
		}
		sec, err := s.client.update(ctx, throttled, cur.Name.SecretName(), cur.Version, p)
		if err == nil {
			return s.inForce(ctx, cur, keyOf(cur.Name, sec), e.Op)
		}
		fail := fault(err)
		if fail.settled {
			return cur, fail
		}
		key, err := s.settleEdit(ctx, cur, e.Op)
		if !errors.Is(err, errNotThere) {
			return key, err
		}
		if try == setTries || !rest(ctx, try) {
			return cur, fail.final()
		}
	}
}

// settleEdit finds out what an unclear PATCH did.
func (s *Store) settleEdit(ctx context.Context, cur catalog.Key, op string) (catalog.Key, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	now, _, err := s.readCurrent(ctx, cur.Name)
	switch {
	case err != nil:
		return cur, fault(err).unclear()
	case now.Op == op:
		return now, nil
	case now.Version == cur.Version && now.Op == cur.Op:
		return now, errNotThere
	}
	return now, ErrMoved
}

// inForce reads back an edit that the vault has taken: another process may have made a new version, or edited this one,
// at the same time. The vault's word stands where it can't be read.
func (s *Store) inForce(ctx context.Context, cur, key catalog.Key, op string) (catalog.Key, error) {
	s.keys.write(key.Name, key)
	for try := 1; ; try++ {
		begun := s.clock.Add(1)
		sec, err := s.client.get(ctx, cur.Name.SecretName(), "")
		if err != nil {
			s.log.WarnContext(ctx, "an edited key could not be read back", Cause(err))
			return key, nil
		}
		now := keyOf(cur.Name, sec)
		switch {
		case now.Op == op:
			return now, nil
		case now.Version != cur.Version || now.Op != cur.Op: // not merely an answer from before
			s.keys.saw(now.Name, now, begun)
			return now, ErrMoved
		}
		if try == readTries || !rest(ctx, try) {
			return key, nil
		}
	}
}

// Move gives a key another label: its value, tags and attributes are copied to the new name, then the old name is
// deleted; at no moment is neither there. Older versions stay with the deleted name. A repeat of op goes on where the
// first stopped. ErrExists for a taken name, ErrDeleted for a deleted one, ErrMoved when the form was opened on another
// op; nothing is changed then. ErrUnclear where the copy is made and the old name may still be there: repeat it.
func (s *Store) Move(ctx context.Context, from, to catalog.KeyName, op, openedOn string) (catalog.Key, error) {
	key, err := s.move(ctx, from, to, op, openedOn)
	if err != nil {
		return key, fmt.Errorf("moving the key: %w", err)
	}
	return key, nil
}

func (s *Store) move(ctx context.Context, from, to catalog.KeyName, op, openedOn string) (catalog.Key, error) {
	if from == to || from.Vendor != to.Vendor || op == "" {
		return catalog.Key{}, ErrBadValue
	}
	release, err := s.locks.holdBoth(ctx, from.SecretName(), to.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	copied, _, err := s.readCurrent(ctx, to)
	switch {
	case errors.Is(err, ErrNotFound):
		if copied, err = s.copy(ctx, from, to, op, openedOn); err != nil {
			return copied, err
		}
	case err != nil:
		return catalog.Key{}, err
	case copied.Made != op:
		return copied, ErrExists
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace) // half a move is worse than a late one
	defer cancel()
	return copied, s.leave(ctx, from)
}

func (s *Store) copy(ctx context.Context, from, to catalog.KeyName, op, openedOn string) (catalog.Key, error) {
	cur, sec, err := s.readCurrent(ctx, from)
	if err != nil {
		return cur, err
	}
	if openedOn != "" && cur.Op != openedOn {
		return cur, ErrMoved
	}
	t := fromWire(sec.Tags)
	t.set(tagLabel, to.Label)
	t.set(tagOp, op)
	t.set(tagEdited, "")
	w := write{name: to, value: NewSecret(deref(sec.Value)), tags: t, op: op}
	if sec.Attributes != nil {
		w.expires, w.notBefore = sec.Attributes.Expires, sec.Attributes.NotBefore
	}
	return s.store(ctx, w)
}

// leave deletes the name that a key has moved from.
func (s *Store) leave(ctx context.Context, from catalog.KeyName) error {
	_, err := s.client.delete(ctx, from.SecretName())
	if err != nil && fault(err).Status != http.StatusNotFound {
		return fault(err).unclear()
	}
	s.keys.remove(from)
	return nil
}
