package vault

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"keydesk/catalog/request"
)

// Request is what waits for an admin, with the value that is staged for it: Parts or File, not both.
type Request struct {
	request.Request
	Parts Parts // staged for a key; nil for none
	File  File  // staged for an import; nil for none
	// Decided is the decision about it where that is not carried out yet; nil: none, or only the log has it.
	Decided *request.Decision
}

// maxRequest is the most bytes of a request in its secret. Key Vault takes 25 KB.
const maxRequest = 20 << 10

// waiting is the state of every request that is stored: one that has ended is deleted.
const waiting = "waiting"

// requestRow is a request in memory; edited tells its version from others.
type requestRow struct {
	request.Request
	decided *request.Decision
	edited  string
}

// SaveRequest writes a request: new, or again with what has changed (its round, its posts). What is staged is
// staged once: it stays as it was first written, also where r comes without it. Two calls to Key Vault, and
// one for each piece of what does not fit beside the request. After an error the same can be saved again.
// ErrGone when it was deleted meanwhile; ErrForeign, ErrBadValue, ErrTooBig, ErrForbidden, ErrThrottled,
// ErrUnavailable, ErrUnclear.
func (s *Store) SaveRequest(ctx context.Context, r Request) error {
	if err := s.saveRequest(ctx, r); err != nil {
		return fmt.Errorf("saving a request: %w", err)
	}
	return nil
}

func (s *Store) saveRequest(ctx context.Context, r Request) error {
	name, err := requestName(r.ID)
	if err != nil {
		return err
	}
	release, err := s.locks.hold(ctx, name)
	if err != nil {
		return err
	}
	defer release()
	_, known := s.requests.get(r.ID)
	e, err := s.readEntry(ctx, r.ID)
	for try := 1; known && errors.Is(err, ErrGone); try++ { // the vault need not show our own write at once
		if try == readTries || !rest(ctx, try) {
			return err
		}
		e, err = s.readEntry(ctx, r.ID)
	}
	if err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	e.Request = r.Request
	if r.Decided != nil { // a decision stays, also where an older copy is saved
		e.Decided = r.Decided
	}
	if e.Staged == (staged{}) {
		if e.Staged, err = pack(r.Parts, r.File); err != nil {
			return err
		}
	}
	edited := rand.Text()
	rec, err := s.fit(ctx, e, edited)
	if err == nil {
		err = s.put(ctx, rec)
	}
	if errors.Is(err, ErrDeleted) {
		err = ErrGone
	}
	if errors.Is(err, ErrGone) {
		s.requests.remove(r.ID)
	}
	if err != nil {
		return err
	}
	s.requests.write(r.ID, requestRow{Request: r.Request, decided: e.Decided, edited: edited})
	return nil
}

// ReadRequest reads a request anew, with all that is staged for it or not at all. ErrGone: there is none (any
// more). ErrBadValue: it can't be read, or a piece of what is staged is missing. ErrForeign, ErrDisabled,
// ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) ReadRequest(ctx context.Context, id string) (Request, error) {
	r, err := s.readRequest(ctx, id)
	if err != nil {
		return Request{}, fmt.Errorf("reading a request: %w", err)
	}
	return r, nil
}

func (s *Store) readRequest(ctx context.Context, id string) (Request, error) {
	e, err := s.readEntry(ctx, id)
	if err != nil {
		return Request{}, err
	}
	r := Request{Request: e.Request, Decided: e.Decided}
	r.Parts, r.File, err = s.unpack(ctx, id, e.Staged)
	if errors.Is(err, ErrNotFound) { // the pieces are deleted after the request
		if _, again := s.readEntry(ctx, id); errors.Is(again, ErrGone) {
			return Request{}, ErrGone
		}
		err = fmt.Errorf("a piece of what is staged is missing: %w", ErrBadValue)
	}
	if err != nil {
		return Request{}, err
	}
	return r, nil
}

// DeleteRequest deletes a request and then what is staged for it. One that is gone already is no error, and
// what is left of its pieces then is swept. ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) DeleteRequest(ctx context.Context, id string) error {
	name, err := requestName(id)
	if err != nil {
		return fmt.Errorf("deleting a request: %w", err)
	}
	was, err := s.drop(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("deleting a request: %w", err)
	}
	s.requests.remove(id)
	pieces, _ := strconv.Atoi(fromWire(was.Tags)[tagPieces])
	for n := 1; n <= min(pieces, maxPieces); n++ {
		if _, err := s.drop(ctx, pieceName(id, n)); err != nil && !errors.Is(err, ErrNotFound) {
			s.log.WarnContext(ctx, "a staged piece is left for the sweeper", Cause(err))
		}
	}
	return nil
}

// Decided is the decision that is kept with a request, from memory.
func (s *Store) Decided(id string) (request.Decision, bool) {
	row, ok := s.requests.get(id)
	if !ok || row.decided == nil {
		return request.Decision{}, false
	}
	return *row.decided, true
}

// Requests is every request, the oldest first, from memory and without what is staged.
func (s *Store) Requests() []request.Request {
	rows := s.requests.all()
	all := make([]request.Request, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.Request)
	}
	slices.SortFunc(all, func(a, b request.Request) int {
		return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	return all
}
