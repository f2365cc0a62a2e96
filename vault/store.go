package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"keydesk/catalog"
)

// Config is what a Store needs.
type Config struct {
	// URL is the vault's address, https://<host>.
	URL string
	// Credential gets the tokens. nil sends none.
	Credential azcore.TokenCredential
	// Transport carries the requests; nil is the network.
	Transport policy.Transporter
	// AuditURL is the vault of the log's segments; "" is the same vault.
	AuditURL string
	// OutsideMicrosoft switches off the check that the challenge names the vault's own domain.
	OutsideMicrosoft bool
	// Catalog knows the parts of each vendor's keys.
	Catalog *catalog.Catalog
	// Logger hears of walks that fail; nil is silent.
	Logger *slog.Logger
	// Observe hears of every call once: get, set, update, delete, recover, purge, list or versions (of deleted
	// secrets: get and list too), its last HTTP status (0: no answer) and how long it took, retries included.
	// nil is fine.
	Observe func(call string, status int, d time.Duration)
}

// Store is Keydesk's view of one Key Vault. Its methods may be called at any time from anywhere.
type Store struct {
	url     string
	client  *client
	audit   *client
	catalog *catalog.Catalog
	log     *slog.Logger

	locks    locks
	leaving  leaving
	clock    atomic.Uint64
	keys     *keyIndex
	links    *table[string, Link]
	burnt    burnt
	chats    *table[string, chatRow]
	owns     *table[string, catalog.Own]
	requests *table[string, requestRow]
	passes   *table[string, Pass]

	sharing    sync.Mutex // of owns with the catalog
	adoptables atomic.Pointer[[]string]
	tickets    atomic.Pointer[map[string]time.Time] // with their ends, as of the last walk
	orphans    atomic.Pointer[map[string]time.Time] // pieces without a request, and when they were made
	unread     map[string]bool                      // requests that could not be read; the walk's own

	walks     flights
	refreshed atomic.Pointer[time.Time]
	ready     readiness
}

// Open checks the addresses and walks the vault once; it fails when that walk does.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func newStore(cfg Config) (*Store, error) {
	if cfg.Catalog == nil {
		return nil, errors.New("vault: no catalog")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	address, err := vaultURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{url: address, catalog: cfg.Catalog, log: cfg.Logger}
	if s.client, err = newClient(cfg, address); err != nil {
		return nil, err
	}
	if s.audit, err = s.auditClient(cfg); err != nil {
		return nil, err
	}
	s.keys = newKeyIndex(&s.clock)
	s.links = newTable[string, Link](&s.clock)
	s.chats = newTable[string, chatRow](&s.clock)
	s.owns = newTable[string, catalog.Own](&s.clock)
	s.requests = newTable[string, requestRow](&s.clock)
	s.passes = newTable[string, Pass](&s.clock)
	s.walks.run = s.walk
	return s, nil
}

func (s *Store) auditClient(cfg Config) (*client, error) {
	if cfg.AuditURL == "" {
		return s.client, nil
	}
	address, err := vaultURL(cfg.AuditURL)
	if err != nil {
		return nil, err
	}
	if address == s.url {
		return s.client, nil
	}
	return newClient(cfg, address)
}

// URL is the vault's address without a trailing slash.
func (s *Store) URL() string { return s.url }

// Name is the vault's name: the first label of its host.
func (s *Store) Name() string {
	host := strings.TrimPrefix(s.url, "https://")
	host, _, _ = strings.Cut(host, ":")
	name, _, _ := strings.Cut(host, ".")
	return name
}

// Refreshed is when the last complete walk ended; the zero time before the first.
func (s *Store) Refreshed() time.Time {
	if at := s.refreshed.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// readyFor is how long an answer to Ready is used again, so that whoever may ask for /readyz
// cannot make us ask the vault at will.
const readyFor = 2 * time.Second

type readiness struct {
	at  time.Time
	err error
}

// Ready asks the vault for one small secret. nil: it answers and lets us read.
func (s *Store) Ready(ctx context.Context) error {
	release, err := s.locks.hold(ctx, "ready?") // no secret has such a name
	if err != nil {
		return fmt.Errorf("asking the vault: %w", err)
	}
	defer release()
	if !s.ready.at.IsZero() && time.Since(s.ready.at) < readyFor {
		return s.ready.err
	}
	_, err = s.client.get(ctx, settingsName, "")
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDisabled) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("asking the vault: %w", err)
	}
	if ctx.Err() == nil {
		s.ready.at, s.ready.err = time.Now(), err
	}
	return err
}
