package desk

import (
	"errors"
	"fmt"
	"time"

	"keydesk/vault"
)

// idle is the causes whose sentences say that nothing was done.
var idle = []error{ErrLog, ErrDirectory, vault.ErrForbidden, vault.ErrThrottled, vault.ErrUnavailable}

// orUnclear is err, unless an earlier try of the same operation, on that key ("" is any), has no known end:
// then nobody may be told that nothing was changed.
func (d *Desk) orUnclear(c *call, key string, err error) error {
	if _, said := errors.AsType[*refusal](err); said || errors.Is(err, errUnlogged) {
		return err
	}
	for _, cause := range idle {
		if errors.Is(err, cause) && d.isOpen(c, key) {
			return fmt.Errorf("%w: %w", errStillUnclear, err)
		}
	}
	return err
}

// isOpen says whether the log has an intent of this operation that came to no end.
func (d *Desk) isOpen(c *call, key string) bool {
	for _, e := range d.Log.Unfinished(time.Now().Add(openFor)) {
		if e.Op == c.op && e.Action == c.cmd.Verb && (key == "" || e.Key == key) {
			return true
		}
	}
	return false
}
