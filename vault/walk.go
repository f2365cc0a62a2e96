package vault

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// When the vault is walked, and how long one walk may take: 5,000 keys are 200 pages, one after
// the other as each names the next.
const (
	walkEvery = 5 * time.Minute
	walkAgain = 30 * time.Second // after a walk that failed
	walkTime  = 3 * time.Minute
)

// Run walks the vault every five minutes until ctx ends. A walk that fails changes nothing and is
// tried again sooner.
func (s *Store) Run(ctx context.Context) {
	t := time.NewTimer(walkEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		next := walkEvery
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "walking the vault failed", Cause(err))
			next = walkAgain
		}
		t.Reset(next)
	}
}

// Refresh walks the vault now. Callers share a walk, but only one that begins after they asked, so
// that what was in the vault before the call is in memory after it.
func (s *Store) Refresh(ctx context.Context) error {
	if err := s.walks.join(ctx); err != nil {
		return fmt.Errorf("walking the vault: %w", fault(err))
	}
	return nil
}

// found is what one walk collects.
type found struct {
	keys     map[catalog.KeyName]catalog.Key
	links    map[string]Link
	chats    map[string]chatRow
	owns     map[string]catalog.Own
	blind    []string // names of chats whose tags do not tell all
	adopt    []string // names of secrets marked for adoption
	tickets  map[string]time.Time
	passes   map[string]Pass
	requests map[string]requestRow // as listed: only what tells the version
	waiting  map[string]bool       // the ids of all requests listed
	pieces   map[string]time.Time  // of what is staged, with when they were made
}

// walk lists everything once and takes it over. What is not marked as ours is left alone.
func (s *Store) walk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, walkTime)
	defer cancel()
	begun := s.clock.Add(1)
	f := found{
		keys:     map[catalog.KeyName]catalog.Key{},
		links:    map[string]Link{},
		chats:    map[string]chatRow{},
		owns:     map[string]catalog.Own{},
		tickets:  map[string]time.Time{},
		passes:   map[string]Pass{},
		requests: map[string]requestRow{},
		waiting:  map[string]bool{},
		pieces:   map[string]time.Time{},
	}
	if err := s.client.list(ctx, again, f.take); err != nil {
		return err
	}
	if err := s.readChats(ctx, &f); err != nil {
		return err
	}
	if err := s.readVendors(ctx, &f); err != nil {
		return err
	}
	if err := s.readRequests(ctx, &f); err != nil {
		return err
	}
	s.owns.replace(f.owns, begun, nil)
	s.shareVendors() // before the keys, which need their vendors
	s.keys.replace(f.keys, begun, keepVersion)
	s.links.replace(f.links, begun, nil)
	s.chats.replace(f.chats, begun, nil)
	s.requests.replace(f.requests, begun, nil)
	s.passes.replace(f.passes, begun, nil)
	orphans := f.orphans()
	s.orphans.Store(&orphans)
	slices.Sort(f.adopt)
	s.adoptables.Store(&f.adopt)
	s.tickets.Store(&f.tickets)
	now := time.Now()
	s.refreshed.Store(&now)
	return nil
}

// take sorts one listed secret in by its content type.
func (f *found) take(p *azsecrets.SecretProperties) {
	name, _ := idOf(string(*p.ID))
	switch deref(p.ContentType) {
	case contentKey:
		if k, ok := catalog.KeyNameFromSecret(name); ok {
			f.keys[k] = keyFrom(k, p.Tags, p.Attributes)
		}
	case contentLink:
		if l, ok := linkFrom(name, p.Tags); ok {
			f.links[l.ID] = l
		}
	case contentChat:
		if c, ok := chatFrom(p.Tags); ok && chatName(c.Person) == name {
			f.chats[c.Person] = chatRow{Chat: c, saved: true}
		} else {
			f.blind = append(f.blind, name)
		}
	case contentTicket:
		if until := fromWire(p.Tags).time(tagUntil); strings.HasPrefix(name, ticketPrefix) && !until.IsZero() {
			f.tickets[name] = until
		}
	case contentRequest:
		if id, ok := strings.CutPrefix(name, requestPrefix); ok && requestIDRE.MatchString(id) {
			f.waiting[id], f.requests[id] = true, requestRow{edited: fromWire(p.Tags)[tagEdited]}
		}
	case contentStaged:
		if _, ok := requestOfPiece(name); ok {
			f.pieces[name] = created(p)
		}
	case contentPass:
		if v, ok := passFrom(name, p.Tags); ok {
			f.passes[v.ID] = v
		}
	case contentVendor:
		if id, ok := strings.CutPrefix(name, vendorPrefix); ok {
			f.owns[id] = catalog.Own{ID: id, Op: fromWire(p.Tags)[tagOp]}
		}
	default:
		if adoptable(p.ContentType, p.Tags) {
			f.adopt = append(f.adopt, name)
		}
	}
}

// keepVersion carries the version over, which the listing does not tell, while the key is
// otherwise the same.
func keepVersion(old, seen catalog.Key) catalog.Key {
	if seen.Version == "" && seen.Op == old.Op && seen.Updated.Equal(old.Updated) && seen.Op != "" {
		seen.Version = old.Version
		if maps.Equal(seen.Endpoint, old.Endpoint) {
			seen.Endpoint = old.Endpoint
		}
	}
	return seen
}

// sortedLinks orders links by their end, the next to end first.
func sortedLinks(links []Link) []Link {
	slices.SortFunc(links, func(a, b Link) int { return a.Until.Compare(b.Until) })
	return links
}
