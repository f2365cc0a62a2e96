package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

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
	Access       *Access           // nil keeps
	Op           string            // this operation's id; a repeat of it changes nothing
	OpenedOn     string            // the op the form was opened on; "" for any
}

// Access is a key's own access list, and the one it was decided on: ErrMoved where the key has another by
// now. The empty list is none, so that the default of the key's category holds; any other has Admin in it.
type Access struct{ Was, Roles catalog.Roles }

// list is what the key has then.
func (a Access) list() catalog.Roles {
	if a.Roles == 0 {
		return 0
	}
	return a.Roles.With(catalog.Admin)
}

// Edit changes the tags and the expiry of a key's current version: get, PATCH of exactly that version, get.
// A PATCH replaces all tags, so those that an edit does not own are sent again as they were read. Key Vault
// can't take an expiry away (github.com/Azure/azure-sdk-for-net/issues/5267), so that makes a new version
// of the same value. ErrMoved, with the key as it is now, when the form was opened on another op, or
// somebody's change came in between, and not all of the edit is in force. The others as Rotate.
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
	case e.OpenedOn != "" && cur.Op != e.OpenedOn && e.stands(cur): // a repeat, and somebody carried it over
		return cur, nil
	case e.OpenedOn != "" && cur.Op != e.OpenedOn, e.Access != nil && cur.Roles != e.Access.Was:
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
	if e.Access != nil {
		t.set(tagRoles, e.Access.list().String())
	}
}

// stands says whether all that an edit is to change is so.
func (e Edit) stands(k catalog.Key) bool {
	return (e.Endpoint == nil || encodeEndpoint(e.Endpoint) == encodeEndpoint(k.Endpoint)) &&
		(e.IntervalDays <= 0 || e.IntervalDays == k.IntervalDays) &&
		(e.Expiry == nil || *e.Expiry == k.Expiry) &&
		(e.Note == nil || *e.Note == k.Note) &&
		(e.Owner == nil || *e.Owner == k.Owner) &&
		(e.Access == nil || e.Access.list() == k.Roles)
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

// patch writes the tags of the version that was read. After anything but a clear answer the version is read
// back.
func (s *Store) patch(ctx context.Context, cur catalog.Key, t tags, e Edit) (catalog.Key, error) {
	p := azsecrets.UpdateSecretPropertiesParameters{Tags: t.wire()}
	if e.Expiry != nil && !e.Expiry.IsZero() {
		p.SecretAttributes = &azsecrets.SecretAttributes{Expires: expiryTime(*e.Expiry)}
	}
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return cur, &Error{Kind: ErrUnavailable, Code: "out-of-time", over: ctx.Err(), settled: true}
		}
		var sec azsecrets.Secret
		err := unlessBusy(ctx, beingRecovered, func() (err error) {
			sec, err = s.client.update(ctx, throttled, cur.Name.SecretName(), cur.Version, p)
			return err
		})
		if err == nil {
			return s.inForce(ctx, cur, keyOf(cur.Name, sec), e)
		}
		fail := fault(err)
		if fail.settled {
			return cur, fail
		}
		key, err := s.settleEdit(ctx, cur, e)
		if !errors.Is(err, errNotThere) {
			return key, err
		}
		if try == setTries || !rest(ctx, try) {
			return cur, fail.final()
		}
	}
}

// settleEdit finds out what an unclear PATCH did.
func (s *Store) settleEdit(ctx context.Context, cur catalog.Key, e Edit) (catalog.Key, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	now, _, err := s.readCurrent(ctx, cur.Name)
	switch {
	case err != nil:
		return cur, fault(err).unclear()
	case now.Version == cur.Version && now.Op == cur.Op:
		return now, errNotThere
	}
	return now, e.followed(now)
}

// followed: somebody else's change may stand on top of an edit and have carried it over, or over it.
func (e Edit) followed(now catalog.Key) error {
	if now.Op == e.Op || e.stands(now) {
		return nil
	}
	return ErrMoved
}

// inForce reads back an edit that the vault has taken: another process may have made a new version, or
// edited this one, at the same time. The vault's word stands where it can't be read.
func (s *Store) inForce(ctx context.Context, cur, key catalog.Key, e Edit) (catalog.Key, error) {
	s.keys.write(key.Name, key)
	for try := 1; ; try++ {
		begun := s.clock.Add(1)
		sec, err := s.client.get(ctx, cur.Name.SecretName(), "")
		if err != nil {
			s.log.WarnContext(ctx, "an edited key could not be read back", Cause(err))
			return key, nil
		}
		now := keyOf(cur.Name, sec)
		if now.Version != cur.Version || now.Op != cur.Op { // not merely an answer from before
			s.keys.saw(now.Name, now, begun)
			return now, e.followed(now)
		}
		if try == readTries || !rest(ctx, try) {
			return key, nil
		}
	}
}
