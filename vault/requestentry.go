package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog/request"
)

// requestEntry is a request as it is stored.
type requestEntry struct {
	Request request.Request   `json:"request"`
	Decided *request.Decision `json:"decided,omitzero"`
	Staged  staged            `json:"staged,omitzero"`
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
		s.requests.saw(id, requestRow{Request: e.Request, decided: e.Decided,
			edited: fromWire(sec.Tags)[tagEdited]}, begun)
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
			f.requests[id] = requestRow{Request: e.Request, decided: e.Decided, edited: listed.edited}
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
