package vault

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// record is a secret that is no key: what it is, its value and tags.
type record struct {
	name, content, value string
	tags                 tags
}

func (r record) parameters() azsecrets.SetSecretParameters {
	return azsecrets.SetSecretParameters{
		Value: to.Ptr(r.value), ContentType: to.Ptr(r.content), Tags: r.tags.wire(),
	}
}

// put writes a record for which it is all the same whether it is written once or several times.
// When it ends unclear, the record is read back: one that stands there as it was sent was written.
func (s *Store) put(ctx context.Context, r record) error {
	_, err := s.client.set(ctx, again, r.name, r.parameters())
	if err == nil {
		return nil
	}
	e := fault(err)
	if e.settled {
		return e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	sec, err := s.client.get(ctx, r.name, "")
	switch {
	case err != nil && fault(err).Kind != ErrNotFound:
		return e.unclear()
	case err == nil && r.is(sec):
		return nil
	}
	return e.final()
}

// drop deletes a record for which it is all the same who deletes it. What it was comes with the answer, where
// there was one. ErrNotFound when it has gone already.
func (s *Store) drop(ctx context.Context, name string) (azsecrets.DeletedSecret, error) {
	was, err := s.client.delete(ctx, name)
	if err == nil {
		return was, nil
	}
	e := fault(err)
	switch {
	case e.Kind == ErrDeleted:
		return was, &Error{Kind: ErrNotFound, Status: e.Status, Code: e.Code, settled: true}
	case e.settled:
		return was, e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, err = s.client.get(ctx, name, "")
	switch {
	case errors.Is(err, ErrNotFound):
		return was, nil
	case err != nil && !errors.Is(err, ErrDisabled):
		return was, e.unclear()
	}
	return was, e.final()
}

// replace writes a new version of a record once, over the version was ("" for a new name), and reads it back,
// as store does with a key's. Its tag op tells it from those of others. Callers hold the record's lock.
// ErrSuperseded, ErrMoved (nothing was written), ErrUnclear; what a set may end in.
func (s *Store) replace(ctx context.Context, r record, was string) error {
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return &Error{Kind: ErrUnavailable, Code: "out-of-time", over: ctx.Err(), settled: true}
		}
		_, err := s.client.set(ctx, throttled, r.name, r.parameters())
		if err == nil {
			return s.confirmRecord(ctx, r, was)
		}
		e := fault(err)
		if e.settled {
			return e
		}
		if err := s.settleRecord(ctx, r, was); !errors.Is(err, errNotThere) {
			return err
		}
		if try == setTries || !rest(ctx, try) {
			return e.final()
		}
	}
}

// settleRecord finds out what an unclear set did.
func (s *Store) settleRecord(ctx context.Context, r record, was string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	sec, err := s.client.get(ctx, r.name, "")
	_, version := idOf(string(deref(sec.ID)))
	switch {
	case err != nil && fault(err).Kind == ErrNotFound && was == "", err == nil && version == was:
		return errNotThere
	case err != nil:
		return fault(err).unclear()
	case r.is(sec):
		return nil
	}
	did, err := s.madeRecord(ctx, r.name, r.tags[tagOp])
	switch {
	case err != nil:
		return fault(err).unclear()
	case did:
		return ErrSuperseded
	}
	return ErrMoved
}

// confirmRecord reads back what the vault said it has stored. The vault's word stands where it can't be read,
// and an answer from before the set is no sign of a second writer.
func (s *Store) confirmRecord(ctx context.Context, r record, was string) error {
	for try := 1; ; try++ {
		sec, err := s.client.get(ctx, r.name, "")
		_, version := idOf(string(deref(sec.ID)))
		switch {
		case err != nil:
			s.log.WarnContext(ctx, "a stored record could not be read back", Cause(err))
			return nil
		case r.is(sec) && version != was:
			return nil
		case version != was:
			return ErrSuperseded
		}
		if try == readTries || !rest(ctx, try) {
			return nil
		}
	}
}

// recordVersions is the versions of a record, by id; none where there is no record.
func (s *Store) recordVersions(ctx context.Context, name string) (map[string]bool, error) {
	all, err := s.client.versions(ctx, again, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	ids := make(map[string]bool, len(all))
	for _, p := range all {
		_, version := idOf(string(deref(p.ID)))
		ids[version] = true
	}
	return ids, nil
}

// aloneSince says whether no version was made besides ours since before: ErrTogether. Two processes that read
// the same version both write over it; whoever looks last sees both.
func (s *Store) aloneSince(ctx context.Context, r record, before map[string]bool) error {
	all, err := s.client.versions(ctx, again, r.name)
	if err != nil {
		s.log.WarnContext(ctx, "the versions of a record could not be listed", Cause(err))
		return nil
	}
	for _, p := range all {
		if _, version := idOf(string(deref(p.ID))); !before[version] && fromWire(p.Tags)[tagOp] != r.tags[tagOp] {
			return ErrTogether
		}
	}
	return nil
}

// madeRecord looks for a version that an operation made.
func (s *Store) madeRecord(ctx context.Context, name, op string) (bool, error) {
	all, err := s.client.versions(ctx, again, name)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return slices.ContainsFunc(all, func(p *azsecrets.SecretProperties) bool {
		return op != "" && fromWire(p.Tags)[tagOp] == op
	}), err
}

func (r record) is(sec azsecrets.Secret) bool {
	return deref(sec.ContentType) == r.content && deref(sec.Value) == r.value &&
		maps.Equal(fromWire(sec.Tags), r.tags)
}
