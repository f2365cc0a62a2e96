package vault

import (
	"context"
	"errors"
	"fmt"
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

// Delete deletes a key with all its versions; the vault keeps it recoverable for its retention time. A key
// that is switched off can be deleted too. ErrMoved, with the key as it is now, when it has changed since
// openedOn ("" is any); ErrNotFound, ErrForeign, ErrForbidden, ErrThrottled, ErrUnavailable; ErrUnclear
// when nobody can know.
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
	if errors.Is(err, ErrDisabled) {
		cur, err = s.readDisabled(ctx, name)
	}
	if err != nil {
		return Deleted{}, err
	}
	if openedOn != "" && cur.Op != openedOn {
		return Deleted{Key: cur}, ErrMoved
	}
	d, err := s.deleteNow(ctx, name)
	if err == nil && openedOn != "" && d.Key.Op != openedOn && !d.At.IsZero() { // since the read
		return d, s.putBack(ctx, name)
	}
	return d, err
}

// deleteNow sends the delete and says what it took away.
func (s *Store) deleteNow(ctx context.Context, name catalog.KeyName) (Deleted, error) {
	var was azsecrets.DeletedSecret
	err := unlessBusy(ctx, beingRecovered, func() (err error) {
		was, err = s.client.delete(ctx, name.SecretName())
		return err
	})
	if err == nil {
		s.gone(name)
		return deletedOf(name, was), nil
	}
	e := fault(err)
	if e.settled {
		return Deleted{}, e
	}
	return s.settleDelete(ctx, name, e)
}

// gone notes that we have deleted a key.
func (s *Store) gone(name catalog.KeyName) {
	s.keys.remove(name)
	s.leaving.add(name)
}

// putBack recovers a key that another process changed right before we deleted it: ErrMoved.
func (s *Store) putBack(ctx context.Context, name catalog.KeyName) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	_, err := s.FindDeleted(ctx, name)
	if err == nil {
		_, err = s.recoverNow(ctx, name)
	}
	if err != nil {
		s.log.ErrorContext(ctx, "a key that was changed while it was deleted could not be recovered", Cause(err))
		return fault(err).unclear()
	}
	return ErrMoved
}

// settleDelete finds out what an unclear delete did. It is not tried again: the next press of the button
// does that.
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
	s.gone(name)
	d, err := s.FindDeleted(ctx, name)
	if err != nil { // it is gone; what remains of it can't be told right now
		return Deleted{Key: catalog.Key{Name: name}}, nil
	}
	return d, nil
}

// FindDeleted is a deleted key of ours; one that this process has just deleted is waited for. ErrNotFound
// when there is none of that name; ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) FindDeleted(ctx context.Context, name catalog.KeyName) (d Deleted, err error) {
	tries := 1
	if s.leaving.has(name) {
		tries = recoverTries
	}
	err = awaitShown(ctx, tries, func() error {
		d, err = s.readDeleted(ctx, name)
		return err
	})
	if ctx.Err() == nil { // it is there, or nobody need wait for it again
		s.leaving.forget(name)
	}
	if err != nil {
		return Deleted{}, fmt.Errorf("finding a deleted key: %w", err)
	}
	return d, nil
}

func (s *Store) readDeleted(ctx context.Context, name catalog.KeyName) (Deleted, error) {
	if err := checkName(name); err != nil {
		return Deleted{}, err
	}
	sec, err := s.client.getDeleted(ctx, name.SecretName())
	if err == nil && deref(sec.ContentType) != contentKey {
		err = &Error{Kind: ErrNotFound, settled: true}
	}
	if err != nil {
		return Deleted{}, err
	}
	return deletedOf(name, sec), nil
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

func deletedOf(name catalog.KeyName, sec azsecrets.DeletedSecret) Deleted {
	d := deletedKey(name, sec.Tags, sec.Attributes, sec.DeletedDate, sec.ScheduledPurgeDate)
	_, d.Key.Version = idOf(string(deref(sec.ID)))
	return d
}

func deletedKey(
	name catalog.KeyName, wire map[string]*string, a *azsecrets.SecretAttributes, at, until *time.Time,
) Deleted {
	return Deleted{Key: keyFrom(name, wire, a), At: deref(at), Until: deref(until), Purgeable: purgeable(a)}
}

// purgeable reads the recovery level: "Recoverable+Purgeable", "CustomizedRecoverable+Purgeable" and
// "Purgeable" may be purged, all others not (learn.microsoft.com, Key Vault REST API,
// DeletionRecoveryLevel).
func purgeable(a *azsecrets.SecretAttributes) bool {
	return a != nil && strings.HasSuffix(deref(a.RecoveryLevel), "Purgeable")
}
