package request

import "fmt"

// Pen names the ticket of a round whose claimer writes its decision. A claim that is unclear is nobody's.
func Pen(id string, round int) string { return fmt.Sprintf("request-%s-%d-pen", id, round) }

// Seal names the ticket of a round that lies there as long as its decision counts. Nobody but who begins the next
// round claims it.
func Seal(id string, round int) string { return fmt.Sprintf("request-%s-%d-seal", id, round) }

// Settle is which decision of those in the log is the request's: the one of the highest round. nil: none.
func Settle(log []Decision) *Decision {
	var last *Decision
	for i, d := range log {
		if last == nil || d.Round > last.Round {
			last = &log[i]
		}
	}
	return last
}

// Write is what the claimer of a round's pen writes: mine, or again what the log has already, since that may have
// been carried out. The log must be read after the claim; of round 0 it needs no reading.
func Write(round int, log []Decision, mine Decision) Decision {
	if was := Settle(log); was != nil {
		mine = *was
	}
	mine.Round = round
	return mine
}
