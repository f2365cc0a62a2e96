package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"keydesk/catalog"
)

// SaveVendor stores a vendor of the customer's own, which must have passed CheckOwn, and gives it to the
// catalog. One that can't be read is written over. A repeat of o.Op is no error. ErrExists for a new one
// (openedOn "") whose id is taken, ErrMoved when it has changed since openedOn: nothing is written then.
// ErrSuperseded: stored, but another process's change came right after. ErrWasSecret, ErrForeign, ErrDeleted
// (by an administrator, in the vault itself); ErrTooBig, ErrForbidden, ErrThrottled, ErrUnavailable,
// ErrUnclear.
func (s *Store) SaveVendor(ctx context.Context, o catalog.Own, openedOn string) error {
	err := s.underVendor(ctx, o.ID, func(now entry) error { return s.saveVendor(ctx, o, now, openedOn) })
	if err != nil {
		return fmt.Errorf("saving the vendor: %w", err)
	}
	return nil
}

// RemoveVendor removes a vendor of the customer's own, also one that can't be read. Whether keys of it are
// stored is the caller's to know. ErrNotFound when there is none; the others as SaveVendor.
func (s *Store) RemoveVendor(ctx context.Context, id, openedOn string) error {
	err := s.underVendor(ctx, id, func(now entry) error { return s.removeVendor(ctx, now, openedOn) })
	if err != nil {
		return fmt.Errorf("removing the vendor: %w", err)
	}
	return nil
}

// SavedVendor says whether an operation has saved a vendor, also where a later one came over it.
// ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) SavedVendor(ctx context.Context, id, op string) (bool, error) {
	saved, err := s.madeRecord(ctx, vendorName(id), op)
	if err != nil {
		return false, fmt.Errorf("looking for a vendor's version: %w", err)
	}
	return saved, nil
}

// underVendor reads a vendor under its lock and changes it. Where somebody else's change stands in the way,
// memory has it afterwards.
func (s *Store) underVendor(ctx context.Context, id string, change func(entry) error) error {
	release, err := s.locks.hold(ctx, vendorName(id))
	if err != nil {
		return err
	}
	defer release()
	before, err := s.recordVersions(ctx, vendorName(id)) // first: what comes after it was not seen below
	if err != nil {
		return err
	}
	now, err := s.lookAtVendor(ctx, id)
	if err == nil && now.version != "" && len(before) == 0 {
		before, err = s.recordVersions(ctx, vendorName(id))
	}
	switch {
	case err != nil:
		return err
	case now.version == "" && len(before) > 0: // one of the two answers is not true
		return &Error{Kind: ErrUnavailable, settled: true}
	}
	before[now.version] = true
	now.before = before
	err = change(now)
	if errors.Is(err, ErrSuperseded) || errors.Is(err, ErrMoved) || errors.Is(err, ErrTogether) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if _, err := s.lookAtVendor(ctx, id); err != nil {
			s.log.WarnContext(ctx, "a changed vendor could not be read", Cause(err))
		}
	}
	return err
}

func (s *Store) saveVendor(ctx context.Context, o catalog.Own, now entry, openedOn string) error {
	switch {
	case now.there() && now.Op == o.Op && now.Same(o):
		return nil
	case now.there() && now.Op == o.Op: // the same form with something else in it
	case now.there() && now.Op != openedOn && openedOn != "", !now.there() && openedOn != "":
		return s.vendorMoved(ctx, o, ErrMoved)
	case now.there() && !now.broken() && openedOn == "":
		return s.vendorMoved(ctx, o, ErrExists)
	}
	if err := s.knowSecrets(ctx, &now); err != nil {
		return err
	}
	o, ok := o.After(now.Own)
	if !ok {
		return ErrWasSecret
	}
	if err := s.putVendor(ctx, contentVendor, o, now); err != nil {
		return err
	}
	s.owns.write(o.ID, o)
	s.shareVendors()
	return nil
}

// vendorMoved tells a repeat, whose own change has been followed by another, from a late form.
func (s *Store) vendorMoved(ctx context.Context, o catalog.Own, otherwise error) error {
	did, err := s.madeRecord(ctx, vendorName(o.ID), o.Op)
	switch {
	case err != nil:
		return err
	case did:
		return ErrSuperseded
	}
	return otherwise
}

func (s *Store) removeVendor(ctx context.Context, now entry, openedOn string) error {
	switch {
	case !now.there():
		return &Error{Kind: ErrNotFound, settled: true}
	case openedOn != "" && now.Op != openedOn:
		return ErrMoved
	}
	if err := s.knowSecrets(ctx, &now); err != nil {
		return err
	}
	left, _ := catalog.Own{ID: now.ID, Op: rand.Text()}.After(now.Own)
	if err := s.putVendor(ctx, contentRemoved, left, now); err != nil {
		return err
	}
	s.owns.remove(now.ID)
	s.shareVendors()
	return nil
}

// putVendor stores a vendor over what was read.
func (s *Store) putVendor(ctx context.Context, content string, o catalog.Own, over entry) error {
	value, err := o.Encode()
	switch {
	case err != nil:
		return ErrBadValue
	case len(value) > MaxValue:
		return ErrTooBig
	}
	t := tags{}
	t.set(tagOp, o.Op)
	r := record{name: vendorName(o.ID), content: content, value: string(value), tags: t}
	if err := s.replace(ctx, r, over.version); err != nil {
		return err
	}
	return s.aloneSince(ctx, r, over.before)
}

// knowSecrets looks in the versions of an entry that can't be read for the parts that were secrets.
func (s *Store) knowSecrets(ctx context.Context, e *entry) error {
	if !e.broken() {
		return nil
	}
	all, err := s.client.versions(ctx, again, vendorName(e.ID))
	if err != nil {
		return err
	}
	for _, p := range all {
		_, version := idOf(string(*p.ID))
		sec, err := s.client.get(ctx, vendorName(e.ID), version)
		if err != nil && !errors.Is(err, ErrDisabled) {
			return err
		}
		if was, err := catalog.ParseOwn([]byte(deref(sec.Value))); err == nil {
			older, _ := catalog.Own{}.After(was)
			e.Secrets = append(e.Secrets, older.Secrets...)
		}
	}
	slices.Sort(e.Secrets)
	e.Secrets = slices.Compact(e.Secrets)
	return nil
}
