package desk

import (
	"context"
	"errors"
	"strings"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// notCarriedOut begins the note of an event which says that what was approved can't be done.
const notCarriedOut = "not carried out: "

// failure is the event which says that what was approved can't be done.
func failure(r vault.Request, dec request.Decision, word string) audit.Event {
	return audit.Event{Op: r.Op, Action: string(request.Approved), Outcome: audit.Failed, Key: r.Key,
		Chat: string(catalog.System), Note: cut(notCarriedOut+word, maxNote),
		Actor: audit.Actor{ID: dec.By.ID, Name: cut(dec.By.Name, maxName)}}
}

// gaveUp ends what was approved and can't be done. Where that can't be written it is tried again.
func (d *Desk) gaveUp(ctx context.Context, r vault.Request, dec request.Decision, word string) result {
	if err := d.write(ctx, failure(r, dec, word)); err != nil {
		return notYet(err)
	}
	return result{failed: true, word: word}
}

// endedAs is what the log has of an approved request that was carried out, or can't be. A command of several
// changes looks for itself what is left to do.
func (d *Desk) endedAs(c *call, r request.Request) (res result, known bool) {
	found := d.Log.Recent(1, func(e audit.Event) bool {
		return e.Op == r.Op && e.Key == r.Key &&
			(e.Outcome == audit.Failed && strings.HasPrefix(e.Note, notCarriedOut) ||
				c.oneEffect() && e.Action == r.Verb && isDone(e))
	})
	if len(found) == 0 {
		return result{}, false
	}
	if found[0].Outcome == audit.Failed {
		return result{failed: true, word: strings.TrimPrefix(found[0].Note, notCarriedOut)}, true
	}
	return result{}, true
}

// oneEffect says whether a command is done when the log has one good end of it.
func (c *call) oneEffect() bool {
	if c == nil || c.cmd == nil {
		return false
	}
	switch c.cmd.Verb {
	case "add", "rotate", "delete", "recover", "purge", "adopt", "vendor":
		return true
	}
	return false
}

// notYet is the result of what was approved and could not be done now.
func notYet(err error) result {
	if errors.Is(err, vault.ErrUnclear) || errors.Is(err, errStillUnclear) || errors.Is(err, errUnlogged) ||
		errors.Is(err, errNoEnd) {
		return result{later: true,
			word: "It is not known yet whether it is done; Keydesk looks again within minutes."}
	}
	return result{later: true, word: "It could not be done yet; Keydesk tries again. " + cause(err)}
}

// cause is the first of the sentences about what Keydesk needs and did not get.
func cause(err error) string {
	switch {
	case errors.Is(err, vault.ErrForbidden):
		return "Key Vault refused Keydesk."
	case errors.Is(err, vault.ErrThrottled):
		return "Key Vault has too much to do."
	case errors.Is(err, ErrLog):
		return "The log can't be written."
	case errors.Is(err, ErrDirectory):
		return "The roles can't be read."
	}
	return "Key Vault does not answer."
}

// permanent says whether trying again changes nothing.
func permanent(err error) bool {
	for _, cause := range []error{vault.ErrExists, vault.ErrMoved, vault.ErrForeign, vault.ErrDeleted,
		vault.ErrDisabled, vault.ErrNotFound, vault.ErrTooBig, vault.ErrBadValue, vault.ErrProtected,
		vault.ErrWasSecret, ErrDenied} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
