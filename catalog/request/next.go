package request

import "time"

// Facts is what the vault and the log say of a request.
type Facts struct {
	Stored   bool          // it lies in the vault
	Ticket   bool          // the ticket of its round can still be claimed
	Gone     time.Duration // how long it has been known that the ticket is gone
	Decision *Decision     // as the log has it; nil: none
	Done     bool          // what was approved has happened, as its operation id in the vault says
	Failed   bool          // the log says that it was tried and can't be done
	Recorded bool          // the log has the outcome
}

// Step is what is to do next.
type Step string

// The steps, each of which leads to other Facts.
const (
	Wait     Step = "wait"      // for somebody to decide, or for who claimed the ticket
	Reopen   Step = "reopen"    // lay out another ticket: who claimed the last one has come to no decision
	CarryOut Step = "carry out" // do what was approved
	Record   Step = "record"    // write the outcome into the log
	Clear    Step = "clear"     // delete the request
	Nothing  Step = "nothing"
)

// StuckAfter is how long a claimed ticket without a decision is left alone: who claimed it decides within it, or
// has died.
const StuckAfter = 2 * time.Minute

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
