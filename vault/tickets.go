package vault

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PutTicket lays out the right to do something once, until the given time (cut to milliseconds).
// what is lower case letters, digits and single hyphens, at most 112, and never used twice: a
// claimed ticket's name stays taken while the vault keeps what is deleted. ErrGone: it was laid out
// before and somebody has claimed it. ErrUnclear: it may lie there or not. Laying it out again before
// it is claimed only renews its end.
func (s *Store) PutTicket(ctx context.Context, what string, until time.Time) error {
	name, err := ticketName(what)
	if err != nil {
		return err
	}
	t := tags{}
	t.setTime(tagUntil, millis(until))
	err = s.put(ctx, record{name: name, content: contentTicket, value: empty, tags: t})
	if errors.Is(err, ErrDeleted) {
		err = ErrGone
	}
	if err != nil {
		return fmt.Errorf("laying out a ticket: %w", err)
	}
	return nil
}

// ClaimTicket takes the right. Of any number of claimers at most one gets nil. ErrGone: somebody
// else has it, it is past its end, or it never was. ErrUnclear: anything else; nobody may act on it.
func (s *Store) ClaimTicket(ctx context.Context, what string) error {
	name, err := ticketName(what)
	if err != nil {
		return err
	}
	was, err := s.claim(ctx, name, contentTicket)
	if err == nil && !time.Now().Before(fromWire(was.Tags).time(tagUntil)) {
		err = ErrGone
	}
	if err != nil {
		return fmt.Errorf("claiming a ticket: %w", err)
	}
	return nil
}
