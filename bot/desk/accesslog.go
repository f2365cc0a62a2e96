package desk

import (
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
)

// keptDecisions is how long after a decision a write may still come that has read the tags before it.
const keptDecisions = 15 * time.Minute

// decision is the last change of a key's access.
type decision struct {
	event     audit.Event // its end, with the time and the note of its intent
	after     catalog.Roles
	byDefault bool
}

// How a note of a change of access tells it.
const (
	noteBefore  = "before "
	noteAfter   = " after "
	noteDefault = " (default)"
)

func accessNote(before catalog.Roles, wasDefault bool, after catalog.Roles, isDefault bool) string {
	note := noteBefore + before.String()
	if wasDefault {
		note += noteDefault
	}
	if note += noteAfter + after.String(); isDefault {
		note += noteDefault
	}
	return note
}

// decisionOf reads what an event has decided.
func decisionOf(e audit.Event) (dec decision, ok bool) {
	at := strings.LastIndex(e.Note, noteAfter)
	if at < 0 {
		return dec, false
	}
	list, byDefault := strings.CutSuffix(e.Note[at+len(noteAfter):], noteDefault)
	roles, err := catalog.ParseRoles(list)
	return decision{event: e, after: roles, byDefault: byDefault}, err == nil && roles != 0
}

// decisions is the last decision about each key within the last minutes, as this process knows the log; only
// about one key where it is named. One about a key that was stored anew since does not count.
func (d *Desk) decisions(now time.Time, only string) map[string]decision {
	var events []audit.Event
	notes := map[[2]string]audit.Event{}       // intents, by operation and key
	d.Log.Recent(1, func(e audit.Event) bool { // the newest come first; those written at once in any order
		age := now.Sub(e.Time)
		switch {
		case age > keptDecisions+time.Minute:
			return true // there is nothing behind it
		case e.Key == "" || only != "" && e.Key != only || age > keptDecisions:
		case aboutAccess(e) && e.Outcome == audit.Intent:
			notes[[2]string{e.Op, e.Key}] = e
		case aboutAccess(e) && isDone(e), storedAnew(e):
			events = append(events, e)
		}
		return false
	})
	last := map[string]audit.Event{}
	for _, e := range events {
		if e.Outcome == audit.Found { // it happened when its intent was written
			e.Time, e.Note = notes[[2]string{e.Op, e.Key}].Time, notes[[2]string{e.Op, e.Key}].Note
		}
		if was, there := last[e.Key]; !there || e.Time.After(was.Time) {
			last[e.Key] = e
		}
	}
	out := map[string]decision{}
	for key, e := range last {
		if dec, ok := decisionOf(e); ok && aboutAccess(e) {
			out[key] = dec
		}
	}
	return out
}

// storedAnew says that since this event the name means another key.
func storedAnew(e audit.Event) bool {
	switch e.Action {
	case "add", "import", "adopt", "demo":
		return e.Outcome == audit.OK
	case "edit":
		return e.Outcome == audit.OK && strings.HasPrefix(e.Note, was)
	}
	return false
}

// cameBack is the roles that may retrieve a key, as its tags are, and may not after the last decision.
func (d *Desk) cameBack(dec decision, k catalog.Key) catalog.Roles {
	then := k
	if then.Roles = dec.after; dec.byDefault {
		then.Roles = 0
	}
	return d.Catalog.Access(k) &^ d.Catalog.Access(then)
}
