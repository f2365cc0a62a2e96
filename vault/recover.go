package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"keydesk/catalog"
)

// Recover brings a deleted key back and waits until it can be read; one that is switched off comes back so.
// A key that is there already is no error. ErrNotFound, ErrForeign, ErrForbidden, ErrThrottled,
// ErrUnavailable; ErrUnclear when it could not be read in time.
func (s *Store) Recover(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	key, err := s.recover(ctx, name)
	if err != nil {
		return key, fmt.Errorf("recovering the key: %w", err)
	}
	return key, nil
}

// recover looks first: what is deleted under that name may be another application's.
func (s *Store) recover(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	_, err = s.FindDeleted(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return s.readThere(ctx, name) // perhaps it is back already
	case err != nil:
		return catalog.Key{}, err
	}
	return s.recoverNow(ctx, name)
}

// recoverNow recovers what is known to be a key of ours.
func (s *Store) recoverNow(ctx context.Context, name catalog.KeyName) (key catalog.Key, err error) {
	tries, e := recoverTries, (*Error)(nil)
	err = unlessBusy(ctx, beingDeleted, func() error { return s.client.recover(ctx, name.SecretName()) })
	if err != nil {
		e = fault(err)
	}
	switch {
	case e == nil, e.Status == http.StatusConflict: // somebody else may be recovering it
	case e.settled && e.Status != http.StatusNotFound:
		return key, e
	case e.settled:
		tries = 1 // neither there nor deleted, or back already
	default:
		tries = readTries
	}
	err = awaitShown(ctx, tries, func() error {
		key, err = s.readThere(ctx, name)
		return err
	})
	switch {
	case err == nil:
		s.leaving.forget(name)
		s.keys.write(name, key)
		return key, nil
	case !errors.Is(err, ErrNotFound):
		return key, fault(err).unclear()
	case e == nil:
		return key, &Error{Kind: ErrUnclear, Code: "not-back-yet"}
	case e.settled:
		return key, e
	}
	return key, e.final()
}

// readThere reads a key also where it is switched off.
func (s *Store) readThere(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	key, _, err := s.readCurrent(ctx, name)
	if errors.Is(err, ErrDisabled) {
		return s.readDisabled(ctx, name)
	}
	return key, err
}

// readDisabled is a key whose current version is switched off, from its list of versions: the newest one
// that is. ErrForeign when it is another application's.
func (s *Store) readDisabled(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	begun := s.clock.Add(1)
	all, err := s.client.versions(ctx, again, name.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	key, content := catalog.Key{Enabled: true}, ""
	for _, p := range all {
		k := versionOf(name, p)
		if !k.Enabled && (key.Enabled || k.Created.After(key.Created)) {
			key, content = k, deref(p.ContentType)
		}
	}
	switch {
	case key.Enabled: // switched on again meanwhile
		return catalog.Key{}, &Error{Kind: ErrUnavailable, Code: "changing", settled: true}
	case content != contentKey:
		return catalog.Key{}, ErrForeign
	}
	s.keys.saw(name, key, begun)
	return key, nil
}

// Purge ends a deleted key for good. shown is the ID of the deletion that was shown; "" is any. ErrMoved
// when that is not what is deleted now, ErrProtected where the vault does not allow it, ErrNotFound when no
// deleted key has that name; ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) Purge(ctx context.Context, name catalog.KeyName, shown string) error {
	if err := s.purgeKey(ctx, name, shown); err != nil {
		return fmt.Errorf("purging the key: %w", err)
	}
	return nil
}

func (s *Store) purgeKey(ctx context.Context, name catalog.KeyName, shown string) error {
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return err
	}
	defer release()
	was, err := s.FindDeleted(ctx, name)
	switch {
	case err != nil:
		return err
	case shown != "" && was.ID() != shown:
		return ErrMoved
	case !was.Purgeable:
		return ErrProtected
	}
	err = unlessBusy(ctx, beingDeleted, func() error { return s.client.purge(ctx, name.SecretName()) })
	if err == nil {
		return nil
	}
	e := fault(err)
	if e.settled {
		return e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, err = s.readDeleted(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return e.unclear()
	}
	return e.final()
}
