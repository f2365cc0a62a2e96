package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/audit"
)

// segments keeps the log's segments; it meets audit.Store. One call is one request, never repeated:
// a repeated write could land on top of what another writer has put there meanwhile, and the log
// reads again by itself.
type segments struct{ client *client }

// Segments is the log's store: the vault of Config.AuditURL, or this one.
func (s *Store) Segments() audit.Store { return segments{s.audit} }

// Put writes a segment.
func (g segments) Put(ctx context.Context, segment, body string, t map[string]string) error {
	if err := segmentName(segment); err != nil {
		return err
	}
	if err := tags(t).check(); err != nil {
		return fmt.Errorf("writing a segment: %w", err)
	}
	_, err := g.client.set(ctx, once, segment, azsecrets.SetSecretParameters{
		Value: to.Ptr(body), ContentType: to.Ptr(contentAudit), Tags: tags(t).wire(),
	})
	if err != nil {
		return fmt.Errorf("writing a segment: %w", err)
	}
	return nil
}

// Get reads one version of a segment, "" for the current one. audit.ErrNotFound when there is none,
// audit.ErrUnreadable when it was switched off.
func (g segments) Get(ctx context.Context, segment, version string) (string, error) {
	if err := segmentName(segment); err != nil {
		return "", err
	}
	sec, err := g.client.getBy(ctx, once, segment, version)
	switch {
	case errors.Is(err, ErrNotFound):
		return "", fmt.Errorf("reading a segment: %w: %w", audit.ErrNotFound, err)
	case errors.Is(err, ErrDisabled):
		return "", fmt.Errorf("reading a segment: %w: %w", audit.ErrUnreadable, err)
	case err != nil:
		return "", fmt.Errorf("reading a segment: %w", err)
	case deref(sec.ContentType) != contentAudit:
		return "", fmt.Errorf("reading a segment: %w", ErrForeign)
	}
	return deref(sec.Value), nil
}

// List is every segment of every writer, with its tags, in no order.
func (g segments) List(ctx context.Context) ([]audit.SegmentInfo, error) {
	var all []audit.SegmentInfo
	err := g.client.list(ctx, once, func(p *azsecrets.SecretProperties) {
		name, _ := idOf(string(*p.ID))
		if deref(p.ContentType) == contentAudit && strings.HasPrefix(name, auditPrefix) {
			all = append(all, audit.SegmentInfo{Name: name, Tags: fromWire(p.Tags)})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listing the segments: %w", err)
	}
	return all, nil
}

// Versions are the ids of a segment's versions, oldest first. Key Vault counts time in seconds;
// versions of one second stay in the order of its listing. audit.ErrNotFound when there is none.
func (g segments) Versions(ctx context.Context, segment string) ([]string, error) {
	if err := segmentName(segment); err != nil {
		return nil, err
	}
	all, err := g.client.versions(ctx, once, segment)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("listing a segment's versions: %w: %w", audit.ErrNotFound, err)
	case err != nil:
		return nil, fmt.Errorf("listing a segment's versions: %w", err)
	}
	ids := make([]string, 0, len(all))
	for _, p := range oldestFirst(all) {
		_, id := idOf(string(*p.ID))
		ids = append(ids, id)
	}
	return ids, nil
}

// oldestFirst sorts by creation; what is equal keeps its order.
func oldestFirst(all []*azsecrets.SecretProperties) []*azsecrets.SecretProperties {
	slices.SortStableFunc(all, func(a, b *azsecrets.SecretProperties) int {
		return created(a).Compare(created(b))
	})
	return all
}
