package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// Deleted is a key that can still be recovered.
type Deleted struct {
	Key       catalog.Key
	At, Until time.Time // when it was deleted, and when the vault ends it for good
	Purgeable bool      // it may be ended before
}

// ID tells this deletion of a key from any other of the same name. "" when the vault has not told its time.
func (d Deleted) ID() string {
	if d.At.IsZero() {
		return ""
	}
	return d.Key.Op + "@" + strconv.FormatInt(d.At.Unix(), 10)
}

// Delete deletes a key with all its versions; the vault keeps it recoverable for its retention time. A key that is
// switched off can be deleted too. ErrMoved, with the key as it is now, when it has changed since openedOn; ErrNotFound,
// ErrForeign, ErrForbidden, ErrThrottled, ErrUnavailable; ErrUnclear when nobody can know.
func (s *Store) Delete(ctx context.Context, name catalog.KeyName, openedOn string) (Deleted, error) {
	d, err := s.deleteKey(ctx, name, openedOn)
	if err != nil {
		return d, fmt.Errorf("deleting the key: %w", err)
	}
	return d, nil
}

func (s *Store) deleteKey(ctx context.Context, name catalog.KeyName, openedOn string) (Deleted, error) {
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return Deleted{}, err
	}
	defer release()
	cur, _, err := s.readCurrent(ctx, name)
	if err != nil && !errors.Is(err, ErrDisabled) {
		return Deleted{}, err
	}
	if err != nil { // switched off: it can't be read, and the last walk has to do
		cur, _ = s.keys.get(name)
	}
	if openedOn != "" && cur.Op != openedOn {
		return Deleted{Key: cur}, ErrMoved
	}
	was, err := s.client.delete(ctx, name.SecretName())
	if err == nil {
		s.keys.remove(name)
		return deletedKey(name, was.Tags, was.Attributes, was.DeletedDate, was.ScheduledPurgeDate), nil
	}
	e := fault(err)
	if e.settled {
		return Deleted{}, e
	}
	return s.settleDelete(ctx, name, e)
}

// settleDelete finds out what an unclear delete did. It is not tried again: the next press of the button does that.
func (s *Store) settleDelete(ctx context.Context, name catalog.KeyName, e *Error) (Deleted, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, _, err := s.readCurrent(ctx, name)
	switch {
	case err == nil || errors.Is(err, ErrDisabled):
		return Deleted{}, e.final()
	case !errors.Is(err, ErrNotFound):
		return Deleted{}, e.unclear()
	}
	s.keys.remove(name)
	d, err := s.FindDeleted(ctx, name)
	if err != nil { // it is gone; what remains of it can't be told right now
		return Deleted{Key: catalog.Key{Name: name}}, nil
	}
	return d, nil
}

// FindDeleted is a deleted key of ours. ErrNotFound when there is none of that name; ErrForbidden, ErrThrottled,
// ErrUnavailable.
func (s *Store) FindDeleted(ctx context.Context, name catalog.KeyName) (Deleted, error) {
	if err := checkName(name); err != nil {
		return Deleted{}, fmt.Errorf("finding a deleted key: %w", err)
	}
	sec, err := s.client.getDeleted(ctx, name.SecretName())
	if err == nil && deref(sec.ContentType) != contentKey {
		err = &Error{Kind: ErrNotFound, settled: true}
	}
	if err != nil {
		return Deleted{}, fmt.Errorf("finding a deleted key: %w", err)
	}
	return deletedKey(name, sec.Tags, sec.Attributes, sec.DeletedDate, sec.ScheduledPurgeDate), nil
}

// DeletedKeys is every deleted key of ours, the last deleted first: all pages of what the vault keeps.
// ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) DeletedKeys(ctx context.Context) ([]Deleted, error) {
	var all []Deleted
	err := s.client.listDeleted(ctx, func(p *azsecrets.DeletedSecretProperties) {
		name, ok := catalog.KeyNameFromSecret(deletedName(p))
		if ok && deref(p.ContentType) == contentKey {
			all = append(all, deletedKey(name, p.Tags, p.Attributes, p.DeletedDate, p.ScheduledPurgeDate))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listing deleted keys: %w", err)
	}
	slices.SortFunc(all, func(a, b Deleted) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return byName(a.Key.Name, b.Key.Name)
	})
	return all, nil
}

func deletedName(p *azsecrets.DeletedSecretProperties) string {
	name, _ := idOf(string(deref(p.ID)))
	return name
}

func deletedKey(
	name catalog.KeyName, wire map[string]*string, a *azsecrets.SecretAttributes, at, until *time.Time,
) Deleted {
	return Deleted{Key: keyFrom(name, wire, a), At: deref(at), Until: deref(until), Purgeable: purgeable(a)}
}

// purgeable reads the recovery level: "Recoverable+Purgeable", "CustomizedRecoverable+Purgeable" and "Purgeable" may be
// purged, all others not (learn.microsoft.com, Key Vault REST API, DeletionRecoveryLevel).
func purgeable(a *azsecrets.SecretAttributes) bool {
	return a != nil && strings.HasSuffix(deref(a.RecoveryLevel), "Purgeable")
}

// Recovering takes a moment in Azure, before the name can be read again.
const (
	recoverTries = 8
	recoverPause = 100 * time.Millisecond // doubled after each try: 25 s in all
)

// Recover brings a deleted key back and waits until it can be read. A key that is there already is no error.
// ErrNotFound, ErrForbidden, ErrThrottled, ErrUnavailable; ErrUnclear when it could not be read in time.
func (s *Store) Recover(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	key, err := s.recover(ctx, name)
	if err != nil {
		return key, fmt.Errorf("recovering the key: %w", err)
	}
	return key, nil
}

func (s *Store) recover(ctx context.Context, name catalog.KeyName) (catalog.Key, error) {
	if err := checkName(name); err != nil {
		return catalog.Key{}, err
	}
	release, err := s.locks.hold(ctx, name.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	err = s.client.recover(ctx, name.SecretName())
	e := (*Error)(nil)
	if err != nil {
		e = fault(err)
	}
	if e != nil && e.settled && e.Status != http.StatusNotFound && e.Status != http.StatusConflict {
		return catalog.Key{}, e
	}
	for try := 1; ; try++ {
		key, _, err := s.readCurrent(ctx, name)
		switch {
		case err == nil:
			s.keys.write(name, key)
			return key, nil
		case !errors.Is(err, ErrNotFound):
			return catalog.Key{}, fault(err).unclear()
		case e != nil && e.Status == http.StatusNotFound:
			return catalog.Key{}, e // neither there nor deleted
		case e != nil && try == readTries:
			return catalog.Key{}, e.final()
		}
		if try == recoverTries || !restFor(ctx, recoverPause<<(try-1)) {
			return catalog.Key{}, &Error{Kind: ErrUnclear, Code: "not-back-yet"}
		}
	}
}

// Purge ends a deleted key for good. shown is the ID of the deletion that was shown; "" is any. ErrMoved when that is not
// what is deleted now, ErrProtected where the vault does not allow it, ErrNotFound when no deleted key has that name;
// ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
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
	err = s.client.purge(ctx, name.SecretName())
	if err == nil {
		return nil
	}
	e := fault(err)
	if e.settled {
		return e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, err = s.FindDeleted(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return e.unclear()
	}
	return e.final()
}
