package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"keydesk/catalog/request"
	"keydesk/vault"
)

// errDecided: somebody has decided already.
var errDecided = errors.New("the request is decided already")

// errLate: who claimed the right to decide took too long to use it. Nothing was decided.
var errLate = &refusal{cause: ErrUnavailable, line: true,
	sentence: "This took too long, so nothing was decided. Press again in two minutes."}

// errDeciding: somebody has claimed the right to decide, or an answer about it was lost.
var errDeciding = &refusal{line: true,
	sentence: "Somebody is deciding about this right now. Look again in two minutes."}

// stuck is tickets that somebody claimed without coming to a decision, and since when that is known.
type stuck struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// gone is for how long a ticket has been known to be gone.
func (s *stuck) gone(ticket string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since == nil {
		s.since = map[string]time.Time{}
	}
	for name, at := range s.since {
		if now.Sub(at) > request.OpenFor {
			delete(s.since, name)
		}
	}
	at, ok := s.since[ticket]
	if !ok {
		s.since[ticket] = now
		return 0
	}
	return now.Sub(at)
}

// decideTicket names the right to decide about a request.
func decideTicket(r request.Request) string { return fmt.Sprintf("decide-%s-%d", r.ID, r.Round) }

// putDecide lays out the right to decide. vault.ErrGone: somebody has had it.
func (d *Desk) putDecide(ctx context.Context, r request.Request) error {
	until := r.Until
	if now := time.Now(); until.Before(now) { // of one that nobody has ended in time
		until = now
	}
	return d.Vault.PutTicket(ctx, decideTicket(r), until.Add(keptFor))
}

// claimDecision takes the right to decide, and says since when at the earliest it is held. Where somebody
// has it and has decided it is errDecided; where whoever took it came to no decision for a while, another is
// laid out and taken.
func (d *Desk) claimDecision(ctx context.Context, r *vault.Request) (began time.Time, err error) {
	ticket := decideTicket(r.Request)
	began = time.Now()
	err = d.Vault.ClaimTicket(ctx, ticket)
	if errors.Is(err, vault.ErrUnclear) { // ask again, to know whether it is gone; nobody's it is then
		began = time.Now()
		err = d.Vault.ClaimTicket(ctx, ticket)
	}
	switch {
	case err == nil:
		return began, nil
	case errors.Is(err, vault.ErrUnclear):
		return began, &refusal{cause: err, line: true,
			sentence: "Key Vault gave no clear answer, so nothing was decided. Press again in two minutes."}
	case !errors.Is(err, vault.ErrGone):
		return began, err
	}
	f := request.Facts{Stored: true, Gone: d.stuck.gone(ticket, time.Now())}
	if err := d.Log.Refresh(ctx); err != nil {
		return began, fmt.Errorf("%w: %v", ErrLog, err)
	}
	if dec, ok := d.decided(r.Request); ok {
		f.Decision = &dec
	}
	switch request.Next(f) {
	case request.Reopen:
		return d.reopen(ctx, r)
	case request.Wait:
		return began, errDeciding
	}
	return began, errDecided
}

// reopen lays out another ticket and takes it. One that another process has laid out is as good; it is saved
// too, for an older copy may have been saved since. Of a request that is switched off the round can't be saved:
// everybody comes from its last one to this ticket then.
func (d *Desk) reopen(ctx context.Context, r *vault.Request) (time.Time, error) {
	r.Round++
	if err := d.putDecide(ctx, r.Request); err != nil && !errors.Is(err, vault.ErrGone) {
		return time.Time{}, err
	}
	if err := d.Vault.SaveRequest(ctx, *r); err != nil && !errors.Is(err, vault.ErrDisabled) {
		if errors.Is(err, vault.ErrGone) {
			err = errDecided
		}
		return time.Time{}, err
	}
	return d.claimDecision(ctx, r)
}
