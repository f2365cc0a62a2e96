package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/singleflight"
)

// Directory tells the roles of a person.
type Directory interface {
	// Roles may be up to 5 minutes old.
	Roles(ctx context.Context, id string) (catalog.Roles, error)
	// FreshRoles asks the source now; claims use it.
	FreshRoles(ctx context.Context, id string) (catalog.Roles, error)
	// Members lists who holds a role, to tell people whom to ask.
	Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error)
}

// ErrUnreachable: the chat or channel takes no message of the bot: no chat yet, or the bot was removed or blocked.
var ErrUnreachable = errors.New("the chat or channel takes no message of the bot")

// Poster puts cards into a person's own chat, and into channels. What can't be reached is ErrUnreachable.
type Poster interface {
	// Post sends a new card and returns its activity id.
	Post(ctx context.Context, person string, c cards.Card) (id string, err error)
	// Edit replaces the card with that activity id.
	Edit(ctx context.Context, person, id string, c cards.Card) error
	// PostIn makes a new post in a channel and returns its activity id.
	PostIn(ctx context.Context, ch vault.Channel, c cards.Card) (id string, err error)
	// EditIn replaces the card of a post in that channel.
	EditIn(ctx context.Context, ch vault.Channel, id string, c cards.Card) error
	// Readers lists who can read in a channel: all of them, or an error.
	Readers(ctx context.Context, ch vault.Channel) ([]Reader, error)
}

// Reader is somebody who can read in a channel.
type Reader struct {
	catalog.Person        // Entra object id and display name; either may be empty
	Tenant         string // Entra tenant id; "" where Teams does not say
	Guest          bool   // invited from another tenant, or without an account
}

// Config is what a Desk stands on. All fields down to Logger must be set.
type Config struct {
	Catalog   *catalog.Catalog
	Vault     *vault.Store
	Log       *audit.Log
	Directory Directory
	Poster    Poster
	// PublicURL is the address people reach the pages at, without a slash at its end.
	PublicURL string
	Logger    *slog.Logger
	// LinkTTL is how long a link can be opened; zero means 5 minutes.
	LinkTTL time.Duration
	// OwnApps are the client ids Keydesk itself signs in with: the secrets of those apps are never revealed. May be
	// empty.
	OwnApps []string
	// Sandbox: the vault holds nothing real, so example keys may be put there.
	Sandbox bool
	// TwoPerson: every command that the table flags waits for another admin.
	TwoPerson bool
	// PageOnly: values come in by secure pages only, never by a card.
	PageOnly bool
	// PerMinute is how many commands a person may run within a minute; zero means 30.
	PerMinute int
	// Observe counts each command with its outcome ("ok", "refused", "denied", "failed"); nil means nobody
	// counts.
	Observe func(command, outcome string, took time.Duration)
}

// Desk runs commands. Safe for concurrent use.
type Desk struct {
	Config
	commands map[string]*Command
	repeats  repeats
	limits   limits
	denials  denials
	attempts attempts
	tended   tended
	untold   untold
	stuck    stuck
	presses  singleflight.Group // of buttons that look at the vault each time, by person and operation
	follow   follower
	running  sync.WaitGroup  // work that goes on after an answer
	life     context.Context // ends with Close
	endLife  context.CancelFunc
	round    chan struct{} // full while a round of Tend is under way
}

// New builds a Desk and takes up the links that are still open from before a restart.
func New(cfg Config) (*Desk, error) {
	switch {
	case cfg.Catalog == nil, cfg.Vault == nil, cfg.Log == nil, cfg.Directory == nil, cfg.Poster == nil,
		cfg.Logger == nil, cfg.PublicURL == "":
		return nil, errors.New("desk: Catalog, Vault, Log, Directory, Poster, PublicURL and Logger must be set")
	}
	if cfg.LinkTTL == 0 {
		cfg.LinkTTL = 5 * time.Minute
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	if cfg.PerMinute == 0 {
		cfg.PerMinute = perMinute
	}
	d := &Desk{Config: cfg, round: make(chan struct{}, 1)}
	d.life, d.endLife = context.WithCancel(context.Background())
	d.limits.most = cfg.PerMinute
	d.commands = index(commands())
	d.follow.timers, d.follow.forms = map[string]*time.Timer{}, map[string]cards.FormView{}
	for _, link := range cfg.Vault.Links() {
		d.followLink(link)
	}
	return d, nil
}

// Close ends Run and the timers and waits, until ctx ends, for the round of Tend that is under way and for
// work that goes on after an answer. Nothing of theirs comes after it.
func (d *Desk) Close(ctx context.Context) {
	d.endLife()
	select {
	case d.round <- struct{}{}: // it may still have something to tell
		<-d.round
	case <-ctx.Done():
	}
	d.follow.stop()
	done := make(chan struct{})
	go func() { d.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Count writes what was only counted so far; it is for the end, after Close.
func (d *Desk) Count(ctx context.Context) { d.countDenials(ctx, true) }
