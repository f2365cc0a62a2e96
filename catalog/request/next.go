package request

import "time"

// Facts is what the vault and the log say of a request.
type Facts struct {
	Stored   bool          // it lies in the vault
	Ticket   bool          // the pen of its round can still be claimed
	Gone     time.Duration // how long it has been known that the pen is gone
	Decision *Decision     // as the log has it, by Settle; nil: none
	Counts   bool          // the decision's seal lay there, looked at after the log was read
	Done     bool          // what was approved has happened, as its operation id in the vault says
	Failed   bool          // the log says that it was tried and can't be done
	Recorded bool          // the log has the outcome
}

// Step is what is to do next.
type Step string

// The steps, each of which leads to other Facts.
const (
	Wait     Step = "wait"      // for somebody to decide, or for who claimed the ticket
	Reopen   Step = "reopen"    // begin the next round: who claimed the last pen has come to no decision
	Adopt    Step = "adopt"     // claim the pen and write the decision again, as Write says
	CarryOut Step = "carry out" // do what was approved
	Record   Step = "record"    // write the outcome into the log
	Clear    Step = "clear"     // delete the request
	Nothing  Step = "nothing"
)

// StuckAfter is how long a claimed pen without a decision is left alone. Who claimed it has died by then, or is so
// slow that the next round decides; nothing goes wrong if it wakes up.
const StuckAfter = 2 * time.Minute

// Next says what is to do, in an order in which a crash at any point loses nothing and does nothing twice.
func Next(f Facts) Step {
	switch {
	case !f.Stored:
		return Nothing
	case f.Decision == nil || !f.Counts:
		return undecided(f)
	case f.Decision.End != Approved:
		return Clear
	case !f.Done && !f.Failed:
		return CarryOut
	case !f.Recorded:
		return Record
	}
	return Clear
}

// undecided is for when there is no decision, or one that came so late that its round may be over.
func undecided(f Facts) Step {
	switch {
	case f.Ticket && f.Decision != nil:
		return Adopt
	case f.Ticket || f.Gone < StuckAfter:
		return Wait
	}
	return Reopen
}
