package vault

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog/request"
)

// Request is what waits for an admin, with the value that is staged for it: Parts or File, not both.
type Request struct {
	request.Request
	Parts Parts // staged for a key; nil for none
	File  File  // staged for an import; nil for none
}

// maxRequest is the most bytes of a request in its secret. Key Vault takes 25 KB.
const maxRequest = 20 << 10

// waiting is the state of every request that is stored: one that has ended is deleted.
const waiting = "waiting"

// requestRow is a request in memory; edited tells its version from others.
type requestRow struct {
	request.Request
	edited string
}

// SaveRequest writes a request: new, or again with what has changed (its round, its posts). What is staged is
// staged once: it stays as it was first written, also where r comes without it. Two calls to Key Vault, and one
// for each piece of what does not fit beside the request. After an error the same can be saved again.
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
	s.requests.write(r.ID, requestRow{Request: r.Request, edited: edited})
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
	r := Request{Request: e.Request}
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

// DeleteRequest deletes a request and then what is staged for it. One that is gone already is no error, and what
// is left of its pieces then is swept. ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
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

// requestEntry is a request as it is stored.
type requestEntry struct {
	Request request.Request `json:"request"`
	Staged  staged          `json:"staged,omitzero"`
}

// readEntry reads a request without its pieces.
func (s *Store) readEntry(ctx context.Context, id string) (requestEntry, error) {
	name, err := requestName(id)
	if err != nil {
		return requestEntry{}, err
	}
	begun := s.clock.Add(1)
	sec, err := s.client.get(ctx, name, "")
	if errors.Is(err, ErrNotFound) {
		s.requests.missed(id, begun)
		return requestEntry{}, ErrGone
	}
	if err != nil {
		return requestEntry{}, err
	}
	e, err := requestFrom(id, sec)
	if err == nil {
		s.requests.saw(id, requestRow{Request: e.Request, edited: fromWire(sec.Tags)[tagEdited]}, begun)
	}
	return e, err
}

// requestFrom reads a stored request. What the JSON is not must not show in an error: it may hold a value.
func requestFrom(id string, sec azsecrets.Secret) (requestEntry, error) {
	if deref(sec.ContentType) != contentRequest {
		return requestEntry{}, ErrForeign
	}
	var e requestEntry
	if json.Unmarshal([]byte(deref(sec.Value)), &e) != nil || e.Request.ID != id || e.Request.Until.IsZero() {
		return requestEntry{}, fmt.Errorf("a stored request is broken: %w", ErrBadValue)
	}
	return e, nil
}

// record is how a request is stored, or ErrTooBig.
func (e requestEntry) record(edited string) (record, error) {
	r := e.Request
	value, err := json.Marshal(e)
	if err != nil {
		return record{}, ErrBadValue
	}
	if len(value) > maxRequest {
		return record{}, ErrTooBig
	}
	t := tags{}
	t.set(tagKind, string(r.Kind))
	t.set(tagKey, r.Key)
	t.set(tagBy, encodePerson(r.By))
	t.set(tagState, waiting)
	t.setTime(tagUntil, r.Until)
	t.set(tagOp, r.Op)
	t.set(tagEdited, edited)
	if n := e.Staged.Pieces; n > 0 {
		t.set(tagPieces, strconv.Itoa(n))
	}
	name, err := requestName(r.ID)
	if err == nil {
		err = t.check()
	}
	return record{name: name, content: contentRequest, value: string(value), tags: t}, err
}

// readRequests reads the requests that a walk found new or changed. One that can't be read stays as it was
// known, or is left out, and the log hears of it once.
func (s *Store) readRequests(ctx context.Context, f *found) error {
	unread := map[string]bool{}
	for id, listed := range f.requests {
		was, known := s.requests.get(id)
		if known && listed.edited != "" && was.edited == listed.edited {
			f.requests[id] = was
			continue
		}
		e, err := s.readEntry(ctx, id)
		if ctx.Err() != nil {
			return fault(ctx.Err()) // the walk is tried again
		}
		switch {
		case err == nil:
			f.requests[id] = requestRow{Request: e.Request, edited: listed.edited}
			continue
		case known && !errors.Is(err, ErrGone):
			f.requests[id] = was
		default:
			delete(f.requests, id)
		}
		if unread[id] = true; !s.unread[id] && !errors.Is(err, ErrGone) {
			s.log.WarnContext(ctx, "a request can't be read", Cause(err))
		}
	}
	s.unread = unread
	return nil
}
