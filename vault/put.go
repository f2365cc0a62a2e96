package vault

import (
	"context"
	"maps"

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

func (r record) is(sec azsecrets.Secret) bool {
	return deref(sec.ContentType) == r.content && deref(sec.Value) == r.value &&
		maps.Equal(fromWire(sec.Tags), r.tags)
}
