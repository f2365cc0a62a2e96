package vault

import (
	"context"
	"time"

	"keydesk/catalog"
	"keydesk/catalog/request"
)

// Request is what waits for an admin, with the value that is staged for it.
type Request struct {
	request.Request
	Parts Parts  // staged for a key; nil for none
	File  []byte // staged for an import; nil for none
}

// SaveRequest writes a request: new, or again with what has changed (its round, its posts). Stands and falls with its
// secret: ErrGone when it was deleted meanwhile. ErrTooBig, ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) SaveRequest(ctx context.Context, r Request) error { panic("to do") }

// ReadRequest reads a request anew. ErrGone: there is none (any more).
func (s *Store) ReadRequest(ctx context.Context, id string) (Request, error) { panic("to do") }

// DeleteRequest deletes a request and what is staged for it. One that is gone already is no error.
func (s *Store) DeleteRequest(ctx context.Context, id string) error { panic("to do") }

// Requests is every request, the oldest first, from memory and without what is staged.
func (s *Store) Requests() []request.Request { panic("to do") }

// Pass is a person's approved access to one key.
type Pass struct {
	ID     string // the request's
	Key    catalog.KeyName
	Holder catalog.Person
	By     catalog.Person // who approved it
	From   time.Time
	Until  time.Time
	Once   bool
	Op     string
}

// SavePass writes a pass; written again it is the same.
func (s *Store) SavePass(ctx context.Context, p Pass) error { panic("to do") }

// ReadPass reads a pass anew. ErrGone: there is none (any more), or it has ended.
func (s *Store) ReadPass(ctx context.Context, id string) (Pass, error) { panic("to do") }

// UsePass takes a once-pass away: one DELETE that is sent once, so of any number of claims one gets it. What it was
// comes with the answer. ErrGone, ErrUnclear.
func (s *Store) UsePass(ctx context.Context, id string) (Pass, error) { panic("to do") }

// EndPass deletes a pass. ErrGone when it has gone already.
func (s *Store) EndPass(ctx context.Context, id string) error { panic("to do") }

// Passes is every pass that has not ended, from memory, the one that ends first first.
func (s *Store) Passes() []Pass { panic("to do") }
