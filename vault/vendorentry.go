package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

func vendorName(id string) string { return vendorPrefix + id }

// contentRemoved marks what is left of a vendor that was removed: which parts were secrets. It is a version
// of its own, since Key Vault gives a deleted name back only after a while, and may take one for good.
const contentRemoved = contentVendor + "-removed"

// entry is what is stored under a vendor's name; without content there is nothing.
type entry struct {
	catalog.Own // of one that can't be read ID and Op, of a removed one ID, Op and Secrets
	content     string
	version     string
	before      map[string]bool // all versions when it was read
}

// there says whether a vendor is stored, if only one that can't be read.
func (e entry) there() bool { return e.content == contentVendor }

// broken says that what is stored can't be read.
func (e entry) broken() bool { return e.there() && e.Name == "" }

// lookAtVendor reads a vendor, and lets memory know.
func (s *Store) lookAtVendor(ctx context.Context, id string) (entry, error) {
	begun := s.clock.Add(1)
	now, err := s.readVendor(ctx, id)
	switch {
	case err != nil:
		return now, err
	case now.there():
		s.owns.saw(id, now.Own, begun)
	default:
		s.owns.missed(id, begun)
	}
	s.shareVendors()
	return now, nil
}

func (s *Store) readVendor(ctx context.Context, id string) (entry, error) {
	if n, err := catalog.ParseKeyName(id); err != nil || n.String() != id || n.Label != "" {
		return entry{}, fmt.Errorf("the vendor's id: %w", ErrBadValue)
	}
	sec, err := s.client.get(ctx, vendorName(id), "")
	switch {
	case errors.Is(err, ErrNotFound):
		return entry{}, nil
	case err != nil:
		return entry{}, err
	}
	return vendorFrom(id, sec)
}

func vendorFrom(id string, sec azsecrets.Secret) (entry, error) {
	e := entry{content: deref(sec.ContentType)}
	if e.content != contentVendor && e.content != contentRemoved {
		return entry{}, ErrForeign
	}
	_, e.version = idOf(string(deref(sec.ID)))
	o, err := catalog.ParseOwn([]byte(deref(sec.Value)))
	if err != nil || o.ID != id {
		o = catalog.Own{ID: id}
	}
	o.Op = cmp.Or(o.Op, fromWire(sec.Tags)[tagOp], e.version) // somebody else may have written it
	e.Own = o
	return e, nil
}

// readVendors reads the vendors that a walk found new or changed. One that can't be read stays as it was; it
// must not keep everything else from being taken over.
func (s *Store) readVendors(ctx context.Context, f *found) error {
	for id, listed := range f.owns {
		was, known := s.owns.get(id)
		if known && was.Op == listed.Op && was.Op != "" && was.Name != "" {
			f.owns[id] = was
			continue
		}
		now, err := s.readVendor(ctx, id)
		if ctx.Err() != nil {
			return fault(ctx.Err()) // the walk is tried again
		}
		switch {
		case errors.Is(err, ErrForeign), err == nil && !now.there():
			delete(f.owns, id)
			continue
		case err == nil:
			f.owns[id] = now.Own
		case known:
			f.owns[id] = was
		}
		if now.broken() {
			err = ErrBadValue
		}
		if err != nil {
			s.log.WarnContext(ctx, "a vendor of one's own can't be read", Cause(err))
		}
	}
	return nil
}

// shareVendors gives the vendors in memory to the catalog.
func (s *Store) shareVendors() {
	s.sharing.Lock()
	defer s.sharing.Unlock()
	if err := s.catalog.SetOwn(s.owns.all()); err != nil {
		s.log.Warn("vendors of one's own were left out", "error", err)
	}
}
