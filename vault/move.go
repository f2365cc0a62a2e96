package vault

import (
	"context"
	"errors"
	"fmt"

	"keydesk/catalog"
)

// Move gives a key another label: its value, tags and attributes are copied to the new name, then the old
// name is deleted; at no moment is neither there. Older versions stay with the deleted name. What another
// process makes of the old name before it is gone goes along. A repeat of op goes on where the first
// stopped.
//
// ErrExists for a taken name, ErrDeleted for a deleted one, ErrMoved when the form was opened on another
// op; nothing is changed then. ErrTogether when the key has moved, and at the same moment another process
// stored the new name, or moved or deleted the old one. ErrUnclear where the copy is made and the old name
// may still be there: repeat it. ErrMoved also, and both are there, when both were changed after the copy.
func (s *Store) Move(
	ctx context.Context, from, to catalog.KeyName, op, openedOn string,
) (catalog.Key, error) {
	key, err := s.move(ctx, from, to, op, openedOn)
	if err != nil {
		return key, fmt.Errorf("moving the key: %w", err)
	}
	return key, nil
}

func (s *Store) move(
	ctx context.Context, from, to catalog.KeyName, op, openedOn string,
) (catalog.Key, error) {
	if from == to || from.Vendor != to.Vendor || op == "" {
		return catalog.Key{}, ErrBadValue
	}
	release, err := s.locks.holdBoth(ctx, from.SecretName(), to.SecretName())
	if err != nil {
		return catalog.Key{}, err
	}
	defer release()
	copied, sec, err := s.readCurrent(ctx, to)
	source := deref(sec.Tags[tagSource])
	switch {
	case errors.Is(err, ErrNotFound):
		copied, source, err = s.copy(ctx, from, catalog.Key{Name: to, Made: op}, openedOn)
		if err != nil {
			return copied, err
		}
	case err != nil:
		return catalog.Key{}, err
	case copied.Made != op || source == "":
		return copied, ErrExists
	default: // an earlier try may have left the old name
		return s.finish(ctx, from, copied, source, nil)
	}
	return s.finish(ctx, from, copied, source, ErrTogether)
}

// copy stores a key under its new name, on top of an earlier copy if there is one. source is what it has
// copied.
func (s *Store) copy(
	ctx context.Context, from catalog.KeyName, over catalog.Key, openedOn string,
) (copied catalog.Key, source string, err error) {
	cur, sec, err := s.readCurrent(ctx, from)
	if err != nil {
		return cur, "", err
	}
	if openedOn != "" && cur.Op != openedOn {
		return cur, "", ErrMoved
	}
	t := fromWire(sec.Tags)
	t.set(tagLabel, over.Name.Label)
	t.set(tagOp, over.Made)
	t.set(tagEdited, "")
	t.set(tagSource, "")
	if len(t) < maxTags { // else a repeat can't go on
		t.set(tagSource, sourceOf(cur))
	}
	w := write{name: over.Name, value: NewSecret(deref(sec.Value)), tags: t, op: over.Made, was: over.Version}
	if sec.Attributes != nil {
		w.expires, w.notBefore = sec.Attributes.Expires, sec.Attributes.NotBefore
	}
	copied, err = s.store(ctx, w)
	return copied, sourceOf(cur), err
}

// sourceOf tells a key from what anybody may make of it.
func sourceOf(k catalog.Key) string { return k.Version + "/" + k.Op }

// finish leaves the old name. Half a move is worse than a late one, so it goes on when the caller's time is
// up. When another process has changed the old name meanwhile, that is copied too: the vault has
// acknowledged it. left is what it means where the old name is gone before this deletes it.
func (s *Store) finish(
	ctx context.Context, from catalog.KeyName, copied catalog.Key, source string, left error,
) (catalog.Key, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	together := s.alone(ctx, copied)
	for try := 1; ; try++ {
		gone, err := s.leave(ctx, from, source)
		switch {
		case err == nil && gone && left != nil:
			return copied, left
		case err == nil:
			return copied, together
		case !errors.Is(err, ErrMoved):
			return copied, err
		case try == setTries || !s.untouched(ctx, copied): // neither may be thrown away
			now, _ := s.keys.get(from)
			return now, ErrMoved
		}
		if copied, source, err = s.copy(ctx, from, copied, ""); err != nil {
			return copied, fault(err).unclear()
		}
	}
}

// untouched says whether a copy surely stands as it was made.
func (s *Store) untouched(ctx context.Context, copied catalog.Key) bool {
	now, _, err := s.readCurrent(ctx, copied.Name)
	return err == nil && now.Op == copied.Made
}

// leave deletes the name that a key has moved from; gone says that it was deleted already. ErrMoved when it is
// not, or was not any more, what was copied; it is there then.
func (s *Store) leave(ctx context.Context, from catalog.KeyName, source string) (gone bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	cur, _, err := s.readCurrent(ctx, from)
	switch {
	case errors.Is(err, ErrNotFound):
		return true, s.left(ctx, from, source)
	case err != nil:
		return false, fault(err).unclear()
	case sourceOf(cur) != source:
		return false, ErrMoved
	}
	was, err := s.deleteNow(ctx, from)
	switch {
	case errors.Is(err, ErrNotFound):
		return true, s.left(ctx, from, source)
	case err != nil:
		return false, fault(err).unclear()
	}
	return false, s.keepLater(ctx, was, source)
}

// left looks at what an earlier try has deleted. A 404 alone may also come from something in between.
func (s *Store) left(ctx context.Context, from catalog.KeyName, source string) error {
	was, err := s.FindDeleted(ctx, from)
	if err != nil {
		return fault(err).unclear()
	}
	return s.keepLater(ctx, was, source)
}

// keepLater puts back what was changed between the look at it and its deletion: ErrMoved.
func (s *Store) keepLater(ctx context.Context, was Deleted, source string) error {
	if was.At.IsZero() || sourceOf(was.Key) == source {
		return nil
	}
	return s.putBack(ctx, was.Key.Name)
}
