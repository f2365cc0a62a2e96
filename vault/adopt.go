package vault

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// adoptTag is the tag by which a vault administrator lets Keydesk have a copy of a secret.
const adoptTag, adoptMark = "keydesk", "adopt"

// secretRE is every name that Key Vault takes.
var secretRE = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`)

// adoptable says whether somebody else's secret is marked for us.
func adoptable(content *string, tags map[string]*string) bool {
	return deref(tags[adoptTag]) == adoptMark && !strings.HasPrefix(deref(content), contentPrefix)
}

// Adoptable is the names of other applications' secrets that are marked for adoption, sorted, as of the last walk.
func (s *Store) Adoptable() []string {
	if names := s.adoptables.Load(); names != nil {
		return slices.Clone(*names)
	}
	return nil
}

// Adopt copies the value of a marked secret into the new key k. The secret itself is left alone. ErrNotFound when there
// is no such secret or it is not marked; ErrBadValue when its value does not have the parts of k's vendor;
// the others as Create.
func (s *Store) Adopt(ctx context.Context, secret string, k catalog.Key) (catalog.Key, error) {
	value, err := s.readMarked(ctx, secret)
	if err != nil {
		return catalog.Key{}, fmt.Errorf("adopting a secret: %w", err)
	}
	return s.Create(ctx, k, decodeParts(s.vendor(k.Name), deref(value.Value)))
}

func (s *Store) readMarked(ctx context.Context, name string) (azsecrets.Secret, error) {
	none := &Error{Kind: ErrNotFound, settled: true}
	if !secretRE.MatchString(name) {
		return azsecrets.Secret{}, none
	}
	sec, err := s.client.get(ctx, name, "")
	if err == nil && !adoptable(sec.ContentType, sec.Tags) {
		err = none
	}
	if err != nil {
		return azsecrets.Secret{}, err
	}
	return sec, nil
}
