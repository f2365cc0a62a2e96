package desk

import (
	"keydesk/cards"
	"keydesk/catalog/request"
)

// tellMore adds to the card of a decided request that it is not finished, that the time was shortened, and
// what becomes of a value that waited.
func tellMore(v *cards.RequestView, r request.Request, dec request.Decision, res result) {
	if res.later {
		v.End.Words += ", and not finished yet"
	}
	approved := dec.End == request.Approved
	if approved && r.Kind == request.Access && dec.For != r.For {
		v.Facts[0].Value += "; asked for: " + r.For.String()
	}
	if staged(r) && (!approved || res.failed) {
		v.Lines = append(v.Lines, "What waited was not stored and is deleted. The vault's administrators can "+
			"recover it until it is purged.")
	}
}

// staged says whether values wait with a request.
func staged(r request.Request) bool {
	return r.Verb == "add" || r.Verb == "rotate" || r.Verb == "import"
}
