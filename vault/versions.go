package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"golang.org/x/sync/errgroup"

	"keydesk/catalog"
)

// Version is one stored value of a key, without the value.
type Version struct {
	ID      string // 32 hex digits
	Created time.Time
	Enabled bool
	Current bool
	Rotated time.Time
	By      catalog.Person
	Preview string
	Op      string // of the change that stored it
}

// Versions is a key's history, newest first, all pages. Key Vault's listing does not say which
// version is current and counts time in seconds, so the current one is asked for beside it.
// ErrNotFound, ErrForeign, ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) Versions(ctx context.Context, name catalog.KeyName) ([]Version, error) {
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	var all []*azsecrets.SecretProperties
	var now string
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		all, err = s.client.versions(ctx, again, name.SecretName())
		return err
	})
	g.Go(func() error {
		key, _, err := s.readCurrent(ctx, name)
		if now = key.Version; errors.Is(err, ErrDisabled) {
			return nil
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	return history(name, all, now), nil
}

// history sorts the versions of a key. current is "" when the newest is switched off.
func history(name catalog.KeyName, all []*azsecrets.SecretProperties, current string) []Version {
	vs := make([]Version, 0, len(all))
	for _, p := range all {
		k := versionOf(name, p)
		vs = append(vs, Version{
			ID: k.Version, Created: k.Created, Enabled: k.Enabled, Current: k.Version == current,
			Rotated: k.Rotated, By: k.RotatedBy, Preview: k.Preview, Op: k.Made,
		})
	}
	slices.SortStableFunc(vs, func(a, b Version) int {
		return cmp.Or(rank(b)-rank(a), b.Created.Compare(a.Created), b.Rotated.Compare(a.Rotated))
	})
	if current == "" && len(vs) > 0 {
		vs[0].Current = true
	}
	return vs
}

func rank(v Version) int {
	if v.Current {
		return 1
	}
	return 0
}

// versionOf is a key as one of its versions has it.
func versionOf(name catalog.KeyName, p *azsecrets.SecretProperties) catalog.Key {
	k := keyFrom(name, p.Tags, p.Attributes)
	_, k.Version = idOf(string(*p.ID))
	return k
}

func created(p *azsecrets.SecretProperties) time.Time {
	if p.Attributes == nil {
		return time.Time{}
	}
	return deref(p.Attributes.Created)
}
