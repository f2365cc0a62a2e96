package request

import (
	"cmp"
	"slices"
	"time"
)

// Facts is what the vault and the log say of a request.
type Facts struct {
	Stored   bool          // it lies in the vault
	Ticket   bool          // the ticket of its round can still be claimed
	Gone     time.Duration // how long that has been known not to be so; measured before the log is read
	Decision *Decision     // as the log has it, by Settle; nil: none
	Done     bool          // what was approved has happened, as its operation id in the vault says
	Failed   bool          // the log says that it was tried and can't be done
	Recorded bool          // the log has the outcome
}

// Step is what is to do next.
type Step string

// The steps, each of which leads to other Facts.
const (
	Wait     Step = "wait"      // for somebody to decide, or for who claimed the ticket
	Reopen   Step = "reopen"    // begin the next round: who claimed the last ticket has come to no decision
	CarryOut Step = "carry out" // do what was approved
	Record   Step = "record"    // write the outcome into the log
	Clear    Step = "clear"     // delete the request
	Nothing  Step = "nothing"
)

// StuckAfter is how long a claimed ticket without a decision is left alone. What its claimer decides is
// readable in the log by then, or will never be there, see Fresh.
const StuckAfter = 2 * time.Minute

// Fresh says whether who claimed a ticket may still write the decision, for 30 seconds. began is before the
// claim was sent, now right before the write. The clocks of the wall and of the process must both say so: one
// may be set, the other stands still while a machine is suspended.
func Fresh(began, now time.Time) bool {
	wall, own := now.Round(0).Sub(began.Round(0)), now.Sub(began)
	return min(wall, own) >= 0 && max(wall, own) < StuckAfter/4
}

// Settle is which decision of those in the log is shown and finished: the first, in whatever order the log
// has them. There are several only when the assumption does not hold. nil: none.
func Settle(log []Decision) *Decision {
	if len(log) == 0 {
		return nil
	}
	first := slices.MinFunc(log, func(a, b Decision) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.End, b.End), cmp.Compare(a.By.ID, b.By.ID))
	})
	return &first
}

// Next says what is to do, in an order in which a crash at any point loses nothing and does nothing twice.
func Next(f Facts) Step {
	switch {
	case !f.Stored:
		return Nothing
	case f.Decision == nil && f.Ticket:
		return Wait
	case f.Decision == nil && f.Gone < StuckAfter:
		return Wait
	case f.Decision == nil:
		return Reopen
	case f.Decision.End != Approved:
		return Clear
	case !f.Done && !f.Failed:
		return CarryOut
	case !f.Recorded:
		return Record
	}
	return Clear
}
