package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// EndedLinks are the links that memory knows and whose end came before the given time: nobody has claimed
// them, nor taken them back.
func (s *Store) EndedLinks(before time.Time) []Link {
	var ended []Link
	for _, l := range s.links.all() {
		if l.Until.Before(before) {
			ended = append(ended, l)
		}
	}
	return sortedLinks(ended)
}

// Sweep clears away what ended before the given time: it deletes tickets that the last walk saw, passes, and
// staged pieces that have had no request for a day; and purges deleted links, tickets, passes, requests and
// pieces where the vault allows it. It goes on after a failure and returns how many it cleared, and the first
// failure. ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) Sweep(ctx context.Context, before time.Time) (cleared int, err error) {
	var failed []error
	names := map[string]bool{} // a ticket is deleted first and purged then
	note := func(name string, err error) {
		switch {
		case err == nil:
			names[name] = true
		case !errors.Is(err, ErrNotFound):
			failed = append(failed, err)
		}
	}
	for _, name := range s.endedRecords(before) {
		_, err := s.client.delete(ctx, name)
		note(name, err)
	}
	var over []string
	err = s.client.listDeleted(ctx, func(p *azsecrets.DeletedSecretProperties) {
		if isOver(p, before) {
			over = append(over, deletedName(p))
		}
	})
	if err != nil {
		failed = append(failed, err)
	}
	for _, name := range over {
		note(name, s.client.purge(ctx, name))
	}
	if len(failed) > 0 {
		return len(names), fmt.Errorf("sweeping: %w", failed[0])
	}
	return len(names), nil
}

// endedRecords are the names of what is to be deleted.
func (s *Store) endedRecords(before time.Time) (names []string) {
	for name, until := range s.walkedTickets() {
		if until.Before(before) {
			names = append(names, name)
		}
	}
	for _, p := range s.EndedPasses() {
		if p.Until.Before(before) {
			names = append(names, passPrefix+p.ID)
		}
	}
	if alone := s.orphans.Load(); alone != nil {
		for name, made := range *alone {
			if !made.IsZero() && time.Since(made) > orphanAge {
				names = append(names, name)
			}
		}
	}
	return names
}

// isOver says whether a deleted secret is one that had an end, has passed it and may be purged.
func isOver(p *azsecrets.DeletedSecretProperties, before time.Time) bool {
	switch deref(p.ContentType) {
	case contentLink, contentTicket, contentPass, contentRequest, contentStaged:
	default:
		return false
	}
	until := fromWire(p.Tags).time(tagUntil)
	return purgeable(p.Attributes) && !until.IsZero() && until.Before(before)
}

// walkedTickets are the tickets of the last walk with their ends.
func (s *Store) walkedTickets() map[string]time.Time {
	if t := s.tickets.Load(); t != nil {
		return *t
	}
	return nil
}

// Made looks for the version of a key that an operation stored, at any time. ErrForbidden, ErrThrottled,
// ErrUnavailable.
func (s *Store) Made(ctx context.Context, name catalog.KeyName, op string) (catalog.Key, bool, error) {
	if err := checkName(name); err != nil {
		return catalog.Key{}, false, fmt.Errorf("looking for a version: %w", err)
	}
	key, ok, err := s.didBefore(ctx, name, op)
	if errors.Is(err, ErrNotFound) {
		return catalog.Key{}, false, nil
	}
	if err != nil {
		return catalog.Key{}, false, fmt.Errorf("looking for a version: %w", err)
	}
	return key, ok, nil
}
