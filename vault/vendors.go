package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// ownRow is a vendor of the customer's own in memory.
type ownRow struct{ catalog.Own }

func vendorName(id string) string { return vendorPrefix + id }

// SaveVendor stores a vendor of the customer's own, which must have passed CheckOwn, and gives it to the catalog. A
// repeat of o.Op is no error. ErrExists for a new one (openedOn "") whose id is taken, ErrMoved when it has changed since
// openedOn, ErrWasSecret, ErrForeign; ErrTooBig, ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) SaveVendor(ctx context.Context, o catalog.Own, openedOn string) error {
	if err := s.saveVendor(ctx, o, openedOn); err != nil {
		return fmt.Errorf("saving the vendor: %w", err)
	}
	return nil
}

func (s *Store) saveVendor(ctx context.Context, o catalog.Own, openedOn string) error {
	name := vendorName(o.ID)
	release, err := s.locks.hold(ctx, name)
	if err != nil {
		return err
	}
	defer release()
	now, err := s.readVendor(ctx, o.ID)
	switch {
	case err == nil && now.Op == o.Op: // a repeat, or the same form with something else in it
		if now.Same(o) {
			return nil
		}
	case err == nil && openedOn == "":
		return ErrExists
	case err == nil && now.Op != openedOn, errors.Is(err, ErrNotFound) && openedOn != "":
		return ErrMoved
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	}
	o, err = s.putVendor(ctx, o, now)
	if errors.Is(err, ErrDeleted) { // it was removed once, and the vault still keeps that
		o, err = s.putRevived(ctx, o)
	}
	if err != nil {
		return err
	}
	s.owns.write(o.ID, ownRow{o})
	s.shareVendors()
	return nil
}

// putVendor stores a vendor that follows another version of itself.
func (s *Store) putVendor(ctx context.Context, o, was catalog.Own) (catalog.Own, error) {
	o, ok := o.After(was)
	if !ok {
		return o, ErrWasSecret
	}
	value, err := o.Encode()
	switch {
	case err != nil:
		return o, ErrBadValue
	case len(value) > MaxValue:
		return o, ErrTooBig
	}
	t := tags{}
	t.set(tagOp, o.Op)
	return o, s.put(ctx, record{name: vendorName(o.ID), content: contentVendor, value: string(value), tags: t})
}

// putRevived stores a vendor over one that was removed, whose secret parts still count.
func (s *Store) putRevived(ctx context.Context, o catalog.Own) (catalog.Own, error) {
	if err := s.revive(ctx, vendorName(o.ID)); err != nil {
		return o, err
	}
	was, err := s.readVendor(ctx, o.ID)
	if err == nil {
		o, err = s.putVendor(ctx, o, was)
	}
	if errors.Is(err, ErrWasSecret) {
		err = errors.Join(err, s.deleteVendor(ctx, o.ID))
	}
	return o, err
}

// revive recovers a deleted secret, so that its name can be set again.
func (s *Store) revive(ctx context.Context, name string) error {
	if err := s.client.recover(ctx, name); err != nil && !fault(err).settled {
		return err
	}
	for try := 1; ; try++ {
		_, err := s.client.get(ctx, name, "")
		if err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
		if try == recoverTries || !restFor(ctx, recoverPause<<(try-1)) {
			return &Error{Kind: ErrUnavailable, Code: "not-back-yet"}
		}
	}
}

// RemoveVendor deletes a vendor of the customer's own. Whether keys of it are stored is the caller's to know.
// ErrNotFound when there is none; the others as SaveVendor.
func (s *Store) RemoveVendor(ctx context.Context, id, openedOn string) error {
	if err := s.removeVendor(ctx, id, openedOn); err != nil {
		return fmt.Errorf("removing the vendor: %w", err)
	}
	return nil
}

func (s *Store) removeVendor(ctx context.Context, id, openedOn string) error {
	release, err := s.locks.hold(ctx, vendorName(id))
	if err != nil {
		return err
	}
	defer release()
	now, err := s.readVendor(ctx, id)
	switch {
	case err == nil && openedOn != "" && now.Op != openedOn:
		return ErrMoved
	case err == nil:
		err = s.deleteVendor(ctx, id)
	}
	if err == nil || errors.Is(err, ErrNotFound) {
		s.owns.remove(id)
		s.shareVendors()
	}
	return err
}

func (s *Store) deleteVendor(ctx context.Context, id string) error {
	_, err := s.client.delete(ctx, vendorName(id))
	if err == nil || fault(err).settled {
		return err
	}
	e := fault(err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, err = s.readVendor(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return e.unclear()
	}
	return e.final()
}

func (s *Store) readVendor(ctx context.Context, id string) (catalog.Own, error) {
	if n, err := catalog.ParseKeyName(id); err != nil || n.String() != id || n.Label != "" {
		return catalog.Own{}, fmt.Errorf("the vendor's id: %w", ErrBadValue)
	}
	sec, err := s.client.get(ctx, vendorName(id), "")
	if err != nil {
		return catalog.Own{}, err
	}
	return vendorFrom(id, sec)
}

func vendorFrom(id string, sec azsecrets.Secret) (catalog.Own, error) {
	if deref(sec.ContentType) != contentVendor {
		return catalog.Own{}, ErrForeign
	}
	o, err := catalog.ParseOwn([]byte(deref(sec.Value)))
	if err != nil || o.ID != id {
		return catalog.Own{}, ErrBadValue
	}
	return o, nil
}

// readVendors reads the vendors that a walk found new or changed. One that can't be read stays as it was; it must not
// keep everything else from being taken over.
func (s *Store) readVendors(ctx context.Context, f *found) error {
	for id, row := range f.owns {
		if was, ok := s.owns.get(id); ok && was.Op == row.Op && row.Op != "" {
			f.owns[id] = was
			continue
		}
		o, err := s.readVendor(ctx, id)
		switch {
		case err == nil:
			f.owns[id] = ownRow{o}
		case errors.Is(err, ErrUnavailable), errors.Is(err, ErrThrottled):
			return err // the walk is tried again
		default:
			s.log.WarnContext(ctx, "a vendor of one's own can't be read", Cause(err))
			delete(f.owns, id)
		}
	}
	return nil
}

// shareVendors gives the vendors in memory to the catalog.
func (s *Store) shareVendors() {
	s.sharing.Lock()
	defer s.sharing.Unlock()
	var all []catalog.Own
	for _, row := range s.owns.all() {
		all = append(all, row.Own)
	}
	if err := s.catalog.SetOwn(all); err != nil {
		s.log.Warn("vendors of one's own were left out", "error", err)
	}
}
